import { alarmName, type Named } from '../names';
import type { ClusterOptions, ServiceOptions } from '../options';
import type { UtilizationOptions } from '../watch-options';
import { detailsOf } from '../watching';
import { actionsOf, forMinutes, lasting, PERIOD, type Plan } from './alarm';

const PERCENT = 85;
const MINUTES = 5;

/** A query has at most so many characters: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
const EXPRESSION_MAX = 1024;

/** What a service uses of what it reserves. */
export const UTILIZATIONS = [
  { option: 'cpu', kind: 'cpu-high', metric: 'CPUUtilization', what: 'CPU' },
  { option: 'memory', kind: 'memory-high', metric: 'MemoryUtilization', what: 'Memory' },
] as const;
type Utilization = (typeof UTILIZATIONS)[number];

export interface Limit {
  readonly percent: number;
  readonly minutes: number;
}

export function limitOf(options: Partial<UtilizationOptions>): Limit {
  return { percent: options.percent ?? PERCENT, minutes: options.minutes ?? MINUTES };
}

/** The limit of a service that is not its cluster's: it gets an alarm of its own. */
export function ownLimit({ option }: Utilization, cluster: ClusterOptions, service: ServiceOptions): Limit | undefined {
  if (service[option] === false) return undefined;
  const own = limitOf(detailsOf(service[option]));
  if (cluster[option] === false) return own;
  const { percent, minutes } = limitOf(detailsOf(cluster[option]));
  return own.percent === percent && own.minutes === minutes ? undefined : own;
}

/** The alarms of the whole cluster, which also see services that nobody listed. */
export function clusterAlarms(
  named: Named,
  options: ClusterOptions,
  services: ReadonlyMap<string, ServiceOptions>,
): readonly Plan[] {
  const { clusterName } = named;
  return UTILIZATIONS.filter(({ option }) => options[option] !== false).map((utilization) => {
    const { option, kind, what, metric } = utilization;
    const { percent, minutes } = limitOf(detailsOf(options[option]));
    const apart = [...services].flatMap(([name, own]) =>
      own[option] === false || ownLimit(utilization, options, own) !== undefined ? [name] : [],
    );
    return {
      id: kind,
      name: alarmName(named, undefined, kind),
      settings: { kind },
      description: `${what} of a service of cluster ${clusterName} is above ${percent} % ${forMinutes(minutes)}. It has next to nothing left of what it reserves: tasks become slow${option === 'cpu' ? '' : ' or are killed'}.`,
      runbook: options.runbooks?.[kind] ?? options.runbook,
      actions: actionsOf(kind, options),
      tags: { EcsCluster: clusterName, Kind: kind },
      shape: {
        metricQuery: [
          { id: 'services', expression: query(clusterName, metric, apart), period: PERIOD, returnData: true },
        ],
        comparisonOperator: 'GreaterThanThreshold',
        threshold: percent,
        ...lasting(minutes),
        // A series that ends goes to OK whatever stands here; a cluster without any series has nothing that is too high.
        treatMissingData: 'notBreaching',
      },
    };
  });
}

const NOT = 'AND ServiceName != ';

/** How many services a query leaves out. */
export function leftOutOf(expression: string): number {
  return expression.split(NOT).length - 1;
}

/**
 * A multi-series query: one state and one message for each service. GROUP BY and ORDER BY are both needed for that.
 * Services with an alarm of their own are left out, in order of their names, as far as there is room; of the others the
 * notifier drops what the service's own alarm says.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/multi-time-series-alarm.html
 */
function query(clusterName: string, metric: string, apart: readonly string[]): string {
  const select = `SELECT AVG(${metric}) FROM SCHEMA("AWS/ECS", ClusterName, ServiceName) WHERE ClusterName = '${clusterName}'`;
  const order = ' GROUP BY ServiceName ORDER BY AVG() DESC';
  const where = [...apart].sort().reduce((all, service) => {
    const more = `${all} ${NOT}'${service}'`;
    return select.length + more.length + order.length <= EXPRESSION_MAX ? more : all;
  }, '');
  return `${select}${where}${order}`;
}
