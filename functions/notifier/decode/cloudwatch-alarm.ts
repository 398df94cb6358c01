import type { OurAlarm } from '../../read-settings';
import { dependencySubject, type Subject } from '../../subject';
import type { AlarmAlert } from '../alert';
import { shorten } from '../shorten';
import type { Context, Seen } from './context';
import { type Fields, fields, list, number, text, time } from './narrow';

/**
 * The SNS message of a single-metric, metric-math, multi-series (contributor), anomaly or composite alarm.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
export function cloudwatchAlarm(event: unknown, context: Seen): AlarmAlert | undefined {
  const message = fields(event);
  const alarmName = text(message?.['AlarmName']);
  const state = stateOf(message?.['NewStateValue']);
  if (message === undefined || alarmName === undefined || state === undefined) return undefined;

  const changed = text(message['StateChangeTime']);
  const contributor = text(message['AlarmContributorId']);
  // Prefixed: an alarm may be called like anything else that is a key.
  const condition = `alarm/${alarmName}${contributor === undefined ? '' : `#${contributor}`}`;
  const reason = text(message['NewStateReason']) ?? '';
  const trigger = fields(message['Trigger']) ?? {};
  const metric = metricOf(trigger);
  const value = newestDatapoint(reason);
  const threshold = number(trigger['Threshold']);
  const ours = context.alarms.get(alarmName);
  const kind = ours?.kind ?? kindOf(trigger, metric);
  const subject = subjectOf(message, metric, context);
  return {
    kind,
    subject,
    identity: `${condition}@${changed ?? context.fingerprint}`,
    atMs: time(changed) ?? context.sentAtMs,
    state,
    condition,
    alarmName,
    ...(ours === undefined ? {} : { ours: true as const }),
    ...(ours === undefined
      ? measureOf(kind, trigger, metric, text(message['AlarmDescription']) ?? alarmName)
      : ownMeasure(ours, trigger, metric)),
    ...(value === undefined ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold }),
    below: text(trigger['ComparisonOperator'])?.startsWith('LessThan') ?? false,
    ...datapointsOf(trigger),
    vanished: state === 'OK' && isNoRecovery(kind, reason, value, threshold),
    ...settingsOf(kind, subject, ours, context),
  };
}

/** Of these a service that runs always has data: without any, nothing has recovered. */
const ALWAYS_MEASURED: ReadonlySet<AlarmAlert['kind']> = new Set(['cpu-high', 'memory-high', 'saturated']);

/** The series ended, minutes without data made it OK, or the datapoint that is named is still above the limit. */
function isNoRecovery(kind: AlarmAlert['kind'], reason: string, value = 0, threshold = 0): boolean {
  if (reason.startsWith('No data was returned')) return true;
  return ALWAYS_MEASURED.has(kind) && (/treated as \[NonBreaching\]/i.test(reason) || value > threshold);
}

/** What the settings know of an alarm besides its message. */
function settingsOf(
  kind: AlarmAlert['kind'],
  { service = '' }: Subject,
  ours: OurAlarm | undefined,
  context: Context,
): Pick<AlarmAlert, 'dependency' | 'maxTasks' | 'telling'> {
  if (ours?.dependency !== undefined) {
    const { usedBy = [], telling } = context.dependencies.get(ours.dependency) ?? {};
    return { dependency: { name: ours.dependency, usedBy }, ...(telling === undefined ? {} : { telling }) };
  }
  const own = context.services.get(service);
  // The alarm of all services says what the service's own alarm says by other limits: it is told once.
  const hasOwn = ours?.service === undefined && Object.values(own?.alarms ?? {}).some((alarm) => alarm.kind === kind);
  return {
    ...(hasOwn && ours !== undefined ? { telling: { policy: 'off' as const } } : {}),
    ...(kind === 'saturated' && own?.maxTasks !== undefined ? { maxTasks: own.maxTasks } : {}),
  };
}

/** Of what an alarm measures so many characters are shown. */
const MEASURE_MAX = 80;

interface Metric {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly dimensions: ReadonlyMap<string, string>;
}

function stateOf(value: unknown): AlarmAlert['state'] | undefined {
  return value === 'ALARM' || value === 'OK' || value === 'INSUFFICIENT_DATA' ? value : undefined;
}

/** The alarm's metric; of a metric-math alarm the first one that it is computed from. */
function metricOf(trigger: Fields): Metric {
  const stat = list(trigger['Metrics'])
    .map((entry) => fields(fields(fields(entry)?.['MetricStat'])?.['Metric']))
    .find((metric) => metric !== undefined);
  const metric = stat ?? trigger;
  const pairs = list(metric['Dimensions']).map((entry) => fields(entry));
  return {
    namespace: text(metric['Namespace']),
    name: text(metric['MetricName']) ?? selected(trigger),
    dimensions: new Map(pairs.map((pair) => [text(pair?.['name']) ?? '', text(pair?.['value']) ?? ''])),
  };
}

/** The expression whose series the alarm watches. */
function expressionOf(trigger: Fields): Fields | undefined {
  const expressions = list(trigger['Metrics'])
    .map(fields)
    .filter((entry) => entry?.['Expression'] !== undefined);
  return expressions.find((entry) => entry?.['ReturnData'] === true) ?? expressions[0];
}

/** `SELECT AVG(CPUUtilization) FROM …` → `CPUUtilization` */
function selected(trigger: Fields): string | undefined {
  return /^\s*SELECT\s+\w+\("?(\w+)"?\)/i.exec(text(expressionOf(trigger)?.['Expression']) ?? '')?.[1];
}

const UTILIZATION: ReadonlyMap<string | undefined, AlarmAlert['kind']> = new Map([
  ['CPUUtilization', 'cpu-high'],
  ['MemoryUtilization', 'memory-high'],
]);

/** An alarm that we did not make is ours in kind if it watches what ours do. */
function kindOf(trigger: Fields, metric: Metric): AlarmAlert['kind'] {
  const rises = text(trigger['ComparisonOperator'])?.startsWith('GreaterThan') ?? false;
  const counts =
    trigger['Statistic'] === 'SAMPLE_COUNT' || text(expressionOf(trigger)?.['Expression'])?.includes('DIFF(');
  if (!rises || counts || (metric.namespace !== undefined && metric.namespace !== 'AWS/ECS')) return 'alarm';
  return UTILIZATION.get(metric.name) ?? 'alarm';
}

function measureOf(
  kind: AlarmAlert['kind'],
  trigger: Fields,
  metric: Metric,
  fallback: string,
): Pick<AlarmAlert, 'measure' | 'unit'> {
  const label = text(expressionOf(trigger)?.['Label']);
  if (trigger['Statistic'] === 'SAMPLE_COUNT') return { measure: inAWord(fallback), unit: '' };
  // What is of a kind that we know is called so, whatever its author calls it.
  const known = label === undefined ? (UTILIZATION.get(metric.name) ?? kind) : kind;
  const own = OWN_MEASURES[known];
  if (own !== undefined) return { measure: own, unit: '%' };
  return { measure: inAWord(label ?? metric.name ?? fallback), unit: '' };
}

const OWN_MEASURES: Readonly<Partial<Record<AlarmAlert['kind'], string>>> = {
  'cpu-high': 'CPU',
  saturated: 'CPU',
  'memory-high': 'memory',
};

/** Our own alarms say it in the settings, where it is not clear from their kind. */
function ownMeasure({ kind, measure, unit = '' }: OurAlarm, trigger: Fields, metric: Metric) {
  const own = OWN_MEASURES[kind];
  if (measure !== undefined) return { measure, unit };
  return own === undefined ? measureOf(kind, trigger, metric, kind) : { measure: own, unit: '%' };
}

/** A label or a description may be a page long, and the headline is a line. */
function inAWord(words: string): string {
  return shorten(words.replace(/\s+/g, ' ').trim(), MEASURE_MAX);
}

function datapointsOf(trigger: Fields): Pick<AlarmAlert, 'datapoints'> {
  const of = number(trigger['EvaluationPeriods']);
  const periodSeconds = number(trigger['Period']);
  if (of === undefined || periodSeconds === undefined) return {};
  return { datapoints: { needed: number(trigger['DatapointsToAlarm']) ?? of, of, periodSeconds } };
}

/** `…datapoints [91.2 (18/11/26 09:13:00), 88.05 (…)]…`: the first in the brackets is the newest. */
function newestDatapoint(reason: string): number | undefined {
  const found = /\[(-?\d+(?:\.\d+)?(?:E-?\d+)?) \(/i.exec(reason)?.[1];
  return found === undefined ? undefined : number(Number(found));
}

/** From the settings by alarm name, else from dimensions or contributor attributes, else the cluster. */
function subjectOf(message: Fields, metric: Metric, context: Context): Subject {
  const ours = context.alarms.get(text(message['AlarmName']) ?? '');
  if (ours?.dependency !== undefined) return dependencySubject(context.cluster, ours.dependency);
  const contributor = text(fields(message['AlarmContributorAttributes'])?.['ServiceName']);
  const service = ours?.service ?? contributor ?? (metric.dimensions.get('ServiceName') || undefined);
  return {
    account: text(message['AWSAccountId']) ?? context.cluster.account,
    region: text(message['AlarmArn'])?.split(':')[3] ?? context.cluster.region,
    cluster: metric.dimensions.get('ClusterName') || context.cluster.cluster,
    ...(service === undefined ? {} : { service }),
  };
}
