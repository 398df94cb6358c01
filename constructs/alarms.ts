import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { AlarmKind } from '../functions/settings';
import { alarmName } from './names';
import type { ClusterOptions, ServiceOptions, UtilizationOptions } from './options';

const NAMESPACE = 'AWS/ECS';
const PERCENT = 85;
const MINUTES = 5;
/** One minute: the metrics' own resolution. The number of tasks is only right at exactly this period. */
const PERIOD = 60;

/** What every alarm of a cluster shares. */
export interface AlarmsContext {
  readonly clusterName: string;
  readonly topicArn: string;
  /** What must stand before the first alarm fires, or it fires into the void. */
  readonly dependsOn: ITerraformDependable[];
}

type Shape = Omit<CloudwatchMetricAlarmConfig, 'alarmName'>;

/** Names of alarms with their kinds: how the notifier knows what an alarm says. */
export type AlarmKinds = Readonly<Record<string, AlarmKind>>;

/** The alarms that a cluster gets, by name. */
export function clusterAlarmKinds(clusterName: string, { cpu, memory }: ClusterOptions): AlarmKinds {
  return named(clusterName, undefined, { 'cpu-high': cpu !== false, 'memory-high': memory !== false });
}

/** The alarms that a listed service gets, by name. */
export function serviceAlarmKinds(clusterName: string, service: string, options: ServiceOptions): AlarmKinds {
  const { stopped = true, scaledUp = true, scaledDown = true } = options;
  return named(clusterName, service, { stopped, 'scaled-up': scaledUp, 'scaled-down': scaledDown });
}

function named(cluster: string, service: string | undefined, on: Partial<Record<AlarmKind, boolean>>): AlarmKinds {
  const kinds = (Object.keys(on) as AlarmKind[]).filter((kind) => on[kind]);
  return Object.fromEntries(kinds.map((kind) => [alarmName(cluster, service, kind), kind]));
}

/** The alarms of the whole cluster, which also see services that nobody listed. */
export class ClusterAlarms extends Construct {
  constructor(scope: Construct, id: string, context: AlarmsContext, kinds: AlarmKinds, options: ClusterOptions) {
    super(scope, id);
    const { clusterName } = context;
    make(this, context, kinds, (kind) =>
      kind === 'cpu-high'
        ? utilization(clusterName, 'CPU', options.cpu || {})
        : utilization(clusterName, 'Memory', options.memory || {}),
    );
  }
}

/** The alarms of one listed service: they work when nothing of ours reads ECS. */
export class ServiceAlarms extends Construct {
  constructor(
    scope: Construct,
    service: string,
    context: AlarmsContext,
    kinds: AlarmKinds,
    containerInsights: boolean,
  ) {
    super(scope, service);
    const dimensions = { ClusterName: context.clusterName, ServiceName: service };
    make(this, context, kinds, (kind) =>
      kind === 'scaled-up' || kind === 'scaled-down'
        ? scaled(kind, dimensions, containerInsights)
        : stopped(dimensions),
    );
  }
}

function make(scope: Construct, context: AlarmsContext, kinds: AlarmKinds, shapeOf: (kind: AlarmKind) => Shape): void {
  const { topicArn, dependsOn } = context;
  for (const [name, kind] of Object.entries(kinds)) {
    new CloudwatchMetricAlarm(scope, kind, {
      alarmName: name,
      alarmActions: [topicArn],
      dependsOn,
      ...shapeOf(kind),
      ...okActions(kind, topicArn),
    });
  }
}

/** A scaling is over when it is told: its OK would only say that nothing scaled in the last minutes. */
function okActions(kind: AlarmKind, topicArn: string): Pick<CloudwatchMetricAlarmConfig, 'okActions'> {
  return kind === 'scaled-up' || kind === 'scaled-down' ? {} : { okActions: [topicArn] };
}

/**
 * A multi-series alarm: one state and one message for each service. GROUP BY and ORDER BY are both needed for that.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/multi-time-series-alarm.html
 */
function utilization(clusterName: string, what: 'CPU' | 'Memory', options: UtilizationOptions) {
  const { percent = PERCENT, minutes = MINUTES } = options;
  const schema = `SCHEMA("${NAMESPACE}", ClusterName, ServiceName)`;
  const where = `WHERE ClusterName = '${clusterName}' GROUP BY ServiceName ORDER BY AVG() DESC`;
  return {
    alarmDescription: `${what} of a service of cluster ${clusterName} is above ${percent} % for ${minutes} minutes.`,
    metricQuery: [
      {
        id: 'services',
        expression: `SELECT AVG(${what}Utilization) FROM ${schema} ${where}`,
        period: PERIOD,
        returnData: true,
      },
    ],
    comparisonOperator: 'GreaterThanThreshold',
    threshold: percent,
    evaluationPeriods: minutes,
    datapointsToAlarm: minutes,
    // A series that ends goes to OK whatever stands here; a cluster without any series has nothing that is too high.
    treatMissingData: 'notBreaching',
  };
}

/**
 * SampleCount of a metric that every running task reports once a minute is the number of running tasks.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
 */
function stopped(dimensions: Record<string, string>) {
  return {
    alarmDescription: `No task of service ${dimensions['ServiceName']} has reported for 3 minutes.`,
    namespace: NAMESPACE,
    metricName: 'MemoryUtilization',
    dimensions,
    statistic: 'SampleCount',
    period: PERIOD,
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    // A service without tasks reports nothing at all: silence is the alarm.
    treatMissingData: 'breaching',
  };
}

/** The difference to the minute before. Without FILL: a late minute would be taken for zero tasks. */
function scaled(kind: 'scaled-up' | 'scaled-down', dimensions: Record<string, string>, containerInsights: boolean) {
  const up = kind === 'scaled-up';
  const tasks = containerInsights
    ? { namespace: 'ECS/ContainerInsights', metricName: 'DesiredTaskCount', stat: 'Maximum' }
    : { namespace: NAMESPACE, metricName: 'MemoryUtilization', stat: 'SampleCount' };
  return {
    alarmDescription: `Service ${dimensions['ServiceName']} has ${up ? 'more' : 'fewer'} tasks than the minute before.`,
    metricQuery: [
      { id: 'tasks', metric: { ...tasks, period: PERIOD, dimensions }, returnData: false },
      { id: 'step', expression: 'DIFF(tasks)', label: 'change of running tasks', returnData: true },
    ],
    comparisonOperator: up ? 'GreaterThanThreshold' : 'LessThanThreshold',
    threshold: 0,
    // The step is in one datapoint only, and the newest minute may come late.
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
    // A stop is told by `stopped`.
    treatMissingData: 'notBreaching',
  };
}
