import { createHash } from 'node:crypto';
import { recorded } from './events';
import { ACCOUNT, CLUSTER, REGION } from './place';

/** What Terraform gets of an alarm: as much as its evaluation and its message need. */
export interface AlarmResource {
  readonly alarm_name: string;
  readonly alarm_description?: string;
  readonly namespace?: string;
  readonly metric_name?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic?: string;
  readonly metric_query?: readonly Query[];
  readonly comparison_operator: string;
  readonly threshold: number;
  readonly period?: number;
  readonly evaluation_periods: number;
  readonly datapoints_to_alarm?: number;
  readonly treat_missing_data?: string;
  readonly alarm_actions: readonly string[];
  readonly ok_actions?: readonly string[];
}

interface Query {
  readonly id: string;
  readonly expression?: string;
  readonly label?: string;
  readonly return_data?: boolean;
  readonly metric?: {
    readonly namespace: string;
    readonly metric_name: string;
    readonly stat: string;
    readonly period: number;
    readonly dimensions?: Readonly<Record<string, string>>;
  };
}

export interface StateChange {
  readonly state: 'ALARM' | 'OK';
  readonly reason: string;
  readonly atMs: number;
  /** The series of a multi-series alarm. */
  readonly contributor?: string;
}

const SINGLE = recorded<Readonly<Record<string, unknown>>>('sns-alarm-single-metric-ALARM');
const CONTRIBUTOR = recorded<Readonly<Record<string, unknown>>>('sns-alarm-metrics-insights-contributor-ALARM');
const ENVELOPE = JSON.parse(
  recorded<{ Records: { body: string }[] }>('envelope-sqs-sns-not-raw').Records[0]?.body ?? '{}',
) as Readonly<Record<string, unknown>>;
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:ecs-alerts-${CLUSTER}-alarms`;

/** The body that SNS puts into the queue. */
export function alarmMessage(messageId: string, alarm: AlarmResource, change: StateChange): string {
  const { contributor, state, atMs } = change;
  const name = alarm.alarm_name;
  const { AlarmContributorId: _id, AlarmContributorAttributes: _of, ...plain } = CONTRIBUTOR;
  const message = {
    ...(contributor === undefined ? { ...plain, ...SINGLE } : CONTRIBUTOR),
    AlarmName: name,
    AlarmDescription: alarm.alarm_description ?? null,
    NewStateValue: state,
    NewStateReason: change.reason,
    StateChangeTime: new Date(atMs).toISOString().replace('Z', '+0000'),
    Region: 'EU (Ireland)',
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`,
    OldStateValue: state === 'ALARM' ? 'OK' : 'ALARM',
    OKActions: alarm.ok_actions === undefined ? [] : [TOPIC],
    AlarmActions: [TOPIC],
    ...(contributor === undefined
      ? {}
      : { AlarmContributorId: contributorId(contributor), AlarmContributorAttributes: { ServiceName: contributor } }),
    Trigger: triggerOf(alarm),
  };
  return JSON.stringify({
    ...ENVELOPE,
    MessageId: messageId,
    TopicArn: TOPIC,
    Subject: `${state}: "${name}" in EU (Ireland)`.slice(0, 100),
    Message: JSON.stringify(message),
    Timestamp: new Date(atMs + 35).toISOString(),
  });
}

/** Opaque, and the same for the same attributes. */
function contributorId(service: string): string {
  return createHash('sha256').update(service).digest('hex').slice(0, 16);
}

function triggerOf(alarm: AlarmResource): object {
  const shared = {
    Period: alarm.period ?? 60,
    EvaluationPeriods: alarm.evaluation_periods,
    DatapointsToAlarm: alarm.datapoints_to_alarm ?? alarm.evaluation_periods,
    ComparisonOperator: alarm.comparison_operator,
    Threshold: alarm.threshold,
    TreatMissingData: alarm.treat_missing_data ?? 'missing',
    EvaluateLowSampleCountPercentile: '',
  };
  if (alarm.metric_query !== undefined) return { ...shared, Metrics: alarm.metric_query.map(entryOf) };
  return {
    MetricName: alarm.metric_name,
    Namespace: alarm.namespace,
    StatisticType: 'Statistic',
    Statistic: STATISTICS[alarm.statistic ?? ''] ?? alarm.statistic?.toUpperCase(),
    Unit: null,
    Dimensions: dimensionsOf(alarm.dimensions),
    ...shared,
  };
}

const STATISTICS: Readonly<Record<string, string>> = { SampleCount: 'SAMPLE_COUNT' };

function entryOf({ id, expression, label, return_data: returned, metric }: Query): object {
  const shared = { Id: id, ...(label === undefined ? {} : { Label: label }), ReturnData: returned ?? false };
  if (metric === undefined) return { ...shared, Expression: expression, Period: 60 };
  const { namespace, metric_name, stat, period, dimensions } = metric;
  const Metric = { Dimensions: dimensionsOf(dimensions), MetricName: metric_name, Namespace: namespace };
  return { ...shared, MetricStat: { Metric, Period: period, Stat: stat } };
}

function dimensionsOf(dimensions: Readonly<Record<string, string>> = {}): object[] {
  return Object.entries(dimensions).map(([name, value]) => ({ value, name }));
}
