import type { MetricAlarm, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Subject } from '../../subject';
import type { About } from './about';
import type { Chart, DependencyState } from './explanation';
import type { Point } from './sources';

/** Which metrics say how it is, and what they say. */

const PERIOD_SECONDS = 60;
const CHART = 'chart';

/** A metric to be asked for, with its limit. */
export interface Measured {
  readonly id: string;
  readonly queries: readonly MetricDataQuery[];
  readonly periodSeconds: number;
  readonly measure: string;
  readonly unit: string;
  readonly threshold?: number;
  readonly title: string;
}

/** The alarm whose own definition says what is drawn. */
export function alarmToDraw({ alarm, parts }: About): string | undefined {
  const isAsked = alarm?.settings !== undefined && UTILIZATION[alarm.kind] === undefined && parts.includes('chart');
  return isAsked ? alarm.alarmName : undefined;
}

const UTILIZATION: Readonly<Record<string, { readonly metric: string; readonly measure: string }>> = {
  'cpu-high': { metric: 'CPUUtilization', measure: 'CPU' },
  saturated: { metric: 'CPUUtilization', measure: 'CPU' },
  'memory-high': { metric: 'MemoryUtilization', measure: 'memory' },
};

/** What is drawn: the alarm's metric, of all services' alarms that of the one service; without alarm what scaling follows. */
export function toDraw(about: About, alarms: readonly MetricAlarm[]): Measured | undefined {
  const { alarm, subject, atMax, scales, parts } = about;
  if (!parts.includes('chart')) return undefined;
  const utilization = UTILIZATION[alarm?.kind ?? (atMax !== undefined || scales ? 'cpu-high' : '')];
  if (utilization !== undefined && subject.service !== undefined) {
    const { measure, metric } = utilization;
    const threshold = alarm?.threshold === undefined ? {} : { threshold: alarm.threshold };
    const query = ofService(subject, metric);
    return {
      id: CHART,
      queries: [query],
      periodSeconds: PERIOD_SECONDS,
      measure,
      unit: '%',
      ...threshold,
      title: `${measure} of ${subject.service}`,
    };
  }
  const definition = alarms.find(({ AlarmName }) => AlarmName === alarm?.alarmName);
  if (alarm === undefined || definition === undefined) return undefined;
  const measured = measuredBy(definition, CHART);
  const measure = alarm.kind === 'log-pattern' ? 'log lines' : alarm.measure;
  return (
    measured && {
      ...measured,
      measure,
      unit: alarm.unit,
      title: `${measure} of ${alarm.dependency?.name ?? subject.service ?? ''}`,
    }
  );
}

function ofService({ cluster, service = '' }: Subject, MetricName: string): MetricDataQuery {
  const Dimensions = [
    { Name: 'ClusterName', Value: cluster },
    { Name: 'ServiceName', Value: service },
  ];
  const Metric = { Namespace: 'AWS/ECS', MetricName, Dimensions };
  return { Id: CHART, MetricStat: { Metric, Period: PERIOD_SECONDS, Stat: 'Average' }, ReturnData: true };
}

/** The metrics of the alarms of what the service leans on. */
export function ofDependencies({ leansOn }: About, alarms: readonly MetricAlarm[]): readonly (Measured & Of)[] {
  return leansOn.flatMap(({ name, alarms: own }) =>
    Object.entries(own).flatMap(([alarmName, { measure, unit = '' }]) => {
      const index = alarms.findIndex(({ AlarmName }) => AlarmName === alarmName);
      const alarm = alarms[index];
      const measured = alarm === undefined ? undefined : measuredBy(alarm, `d${index}`);
      if (alarm === undefined || measured === undefined) return [];
      return [{ ...measured, measure: measure ?? measured.measure, unit, title: name, dependency: name, alarm }];
    }),
  );
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_MAX = 500;

/** As many as can be asked at once; an expression and what it is of stay together. */
export function inOneQuestion<T extends Measured>(measured: readonly T[]): readonly T[] {
  let count = 0;
  return measured.filter(({ queries }) => {
    count += queries.length;
    return count <= QUERIES_MAX;
  });
}

interface Of {
  readonly dependency: string;
  readonly alarm: MetricAlarm;
}

/** From an alarm what it looks at. One that selects series cannot be asked for beside others. */
function measuredBy(alarm: MetricAlarm, id: string): Measured | undefined {
  const { Namespace, MetricName, Dimensions, Period = PERIOD_SECONDS, Threshold, Metrics = [] } = alarm;
  const common = {
    id,
    unit: '',
    title: '',
    measure: MetricName ?? '',
    ...(Threshold === undefined ? {} : { threshold: Threshold }),
  };
  if (MetricName !== undefined) {
    const Stat = alarm.Statistic ?? alarm.ExtendedStatistic ?? 'Average';
    const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period, Stat };
    return { ...common, periodSeconds: Period, queries: [{ Id: id, MetricStat, ReturnData: true }] };
  }
  const main = Metrics.find(({ ReturnData }) => ReturnData !== false);
  if (main === undefined || Metrics.some(({ Expression = '' }) => /^\s*SELECT\b/i.test(Expression))) return undefined;
  const rename = (old = '') => (old === main.Id ? id : `${id}_${old}`);
  const ids = Metrics.map((query) => query.Id ?? '');
  const names = new RegExp(`\\b(${ids.join('|')})\\b`, 'g');
  const periodSeconds = Math.max(
    PERIOD_SECONDS,
    ...Metrics.map((query) => query.MetricStat?.Period ?? query.Period ?? 0),
  );
  const queries = Metrics.map((query) => ({
    ...query,
    Id: rename(query.Id),
    ReturnData: query === main,
    ...(query.Expression === undefined ? {} : { Expression: query.Expression.replace(names, (old) => rename(old)) }),
  }));
  return { ...common, periodSeconds, queries };
}

type Series = ReadonlyMap<string, readonly Point[]>;

export function chartOf({ id, title, measure, unit, threshold }: Measured, series: Series): Chart | undefined {
  const points = series.get(id) ?? [];
  if (points.length === 0) return undefined;
  return { title, measure, unit, points, ...(threshold === undefined ? {} : { threshold }) };
}

/** By dependency, the ill ones first. */
export function dependencyStates(
  { leansOn }: About,
  measured: readonly (Measured & Of)[],
  series: Series,
): readonly DependencyState[] {
  const states = leansOn.map(({ name }): DependencyState => {
    const own = measured.filter(({ dependency }) => dependency === name);
    const isBad = own.some(({ alarm }) => alarm.StateValue === 'ALARM');
    const isGood = own.some(({ alarm }) => alarm.StateValue === 'OK');
    const values = own.map(({ id, alarm, measure, unit, threshold }) => {
      const value = series.get(id)?.at(-1)?.value;
      return {
        measure,
        unit,
        bad: alarm.StateValue === 'ALARM',
        ...(value === undefined ? {} : { value }),
        ...(threshold === undefined ? {} : { threshold }),
      };
    });
    return { name, state: isBad ? 'unhealthy' : isGood ? 'healthy' : 'unknown', values };
  });
  return states.sort((a, b) => Number(b.state === 'unhealthy') - Number(a.state === 'unhealthy'));
}
