import { leftOutOf } from '../constructs/alarms/cluster-alarms';
import type { PriceName, Prices } from './cost-prices';
import { clustersIn, type Resource, type Stack } from './synthesized';

/** What Terraform makes for one cluster. */
export interface Counts {
  readonly cluster: string;
  readonly resources: number;
  readonly alarms: number;
  /** Metrics that the alarms list; those of a query are counted by its services. */
  readonly listedMetrics: number;
  readonly queries: number;
  /** Services that the queries leave out, of all queries together. */
  readonly leftOut: number;
  readonly listedServices: number;
  readonly logMetrics: number;
  readonly endpoints: number;
  readonly dashboards: number;
  readonly hasWatcher: boolean;
}

interface Line {
  readonly what: string;
  readonly usd: number;
  readonly sourced: boolean;
}

type Alarm = Resource['body'];

/** What is counted of each cluster of a stack. */
export function countsOf(stack: Stack): readonly Counts[] {
  return [...clustersIn(stack)].map(([name, resources]) => {
    const of = (type: string) => resources.filter((one) => one.type === type).map(({ body }) => body);
    const alarms = of('aws_cloudwatch_metric_alarm');
    const queries = alarms.flatMap(queriesOf).flatMap(({ expression }) => (isSql(expression) ? [expression] : []));
    const items = of('aws_dynamodb_table_item').map(({ item }) => String(item));
    return {
      cluster: `${stack.name}/${name}`,
      resources: resources.length,
      alarms: alarms.length,
      listedMetrics: alarms.reduce((total, alarm) => total + listedMetrics(alarm), 0),
      queries: queries.length,
      leftOut: queries.reduce((total, expression) => total + leftOutOf(expression), 0),
      listedServices: items.filter((item) => item.includes('"service/')).length,
      logMetrics: of('aws_cloudwatch_log_metric_filter').length,
      endpoints: items.filter((item) => item.includes('\\"probe\\"')).length,
      dashboards: of('aws_cloudwatch_dashboard').length,
      hasWatcher: of('aws_lambda_function').length > 1,
    };
  });
}

function queriesOf(alarm: Alarm): readonly { readonly expression?: string; readonly metric?: unknown }[] {
  return (alarm['metric_query'] ?? []) as { expression?: string; metric?: unknown }[];
}

function isSql(expression: string | undefined): expression is string {
  return expression?.startsWith('SELECT') ?? false;
}

function listedMetrics(alarm: Alarm): number {
  return alarm['metric_query'] === undefined ? 1 : queriesOf(alarm).filter(({ metric }) => metric !== undefined).length;
}

const DAYS = 30.4;
const WATCHER_RUNS = Math.round(DAYS * 24 * 60);
/** Lambda asks a quiet queue with five pollers, each for twenty seconds. */
const IDLE_RECEIVES = Math.round((DAYS * 24 * 3600 * 5) / 20);
/** Of a pass: what it always takes, and what ten services add, a call of ECS a quarter of a second. 13.4 s measured for 500. */
const PASS_SECONDS = { always: 0.3, tenServices: 0.26 };
/** What the query of a pass reads of a service: a thread of up to 4 KB, not consistently. 198 units measured for 500 of 3 KB. */
const READ_UNITS_A_SERVICE = 0.5;
/** Mostly waiting for Slack and the channel's turn. */
const ALERT_SECONDS = 1.5;
const CALLS_AN_ALERT = { reads: 12, writes: 10, queue: 4 };
const MEMORY_GB = 0.25;
/** An endpoint has three metrics. */
const ENDPOINT_METRICS = 3;
const LINE_BYTES = 300;

/** The price of a month, with what is counted. */
export function clusterCost(
  counts: Counts,
  { prices }: Prices,
  { alerts, services = counts.listedServices }: { readonly alerts: number; readonly services?: number | undefined },
) {
  const seen = Math.max(services, counts.listedServices);
  const alarmMetrics = counts.listedMetrics + counts.queries * seen - counts.leftOut;
  const watcherRuns = counts.hasWatcher ? WATCHER_RUNS : 0;
  const passSeconds = PASS_SECONDS.always + PASS_SECONDS.tenServices * Math.ceil(seen / 10);
  const customMetrics = counts.logMetrics + counts.endpoints * ENDPOINT_METRICS;
  const logGb = (watcherRuns * (1 + counts.endpoints) * LINE_BYTES + alerts * LINE_BYTES * 2) / 1e9;
  const line = (what: string, ...parts: readonly (readonly [PriceName, number])[]): Line => ({
    what,
    usd: parts.reduce((total, [name, units]) => total + (prices[name].usd * units) / (prices[name].per ?? 1), 0),
    sourced: parts.every(([name]) => prices[name].source !== undefined),
  });
  const lines = [
    line(`alarms: ${alarmMetrics} metrics`, ['alarmMetricMonth', alarmMetrics]),
    line(`metrics of our own: ${customMetrics}`, ['customMetricMonth', customMetrics]),
    line(`dashboards: ${counts.dashboards}`, ['dashboardMonth', counts.dashboards]),
    line(
      `watcher: ${watcherRuns} runs of ${passSeconds.toFixed(2)} s`,
      ['lambdaRequests', watcherRuns],
      ['lambdaGbSecond', watcherRuns * passSeconds * MEMORY_GB],
    ),
    line(
      `notifier: ${alerts} alerts`,
      ['lambdaRequests', alerts],
      ['lambdaGbSecond', alerts * ALERT_SECONDS * MEMORY_GB],
    ),
    line(`queue: ${IDLE_RECEIVES + alerts * CALLS_AN_ALERT.queue} requests`, [
      'sqsRequests',
      IDLE_RECEIVES + alerts * CALLS_AN_ALERT.queue,
    ]),
    line(
      'table',
      ['dynamoReadUnits', watcherRuns * (1 + seen * READ_UNITS_A_SERVICE) + alerts * CALLS_AN_ALERT.reads],
      ['dynamoWriteUnits', alerts * CALLS_AN_ALERT.writes],
    ),
    line('logs', ['logsIngestedGb', logGb]),
  ];
  return { cluster: counts.cluster, counts: { ...counts, services: seen, alarmMetrics, watcherRuns }, lines };
}

export function sum(lines: readonly Line[]): number {
  return lines.reduce((total, { usd }) => total + usd, 0);
}
