import type { AlarmKind } from '../../functions/settings';
import { alarmName, type Named } from '../names';
import type { ClusterOptions, ServiceOptions } from '../options';
import { overridden } from '../overridden';
import { detailsOf } from '../watching';
import { actionsOf, forMinutes, lasting, PERIOD, type Plan, type Shape } from './alarm';
import { type Limit, limitOf, ownLimit, UTILIZATIONS } from './cluster-alarms';

const NAMESPACE = 'AWS/ECS';
const STOPPED_MINUTES = 3;

/** Of a listed service, with all that holds for its cluster. */
export interface Listed extends Named {
  readonly service: string;
  readonly cluster: ClusterOptions;
  readonly options: ServiceOptions;
}

/** The alarms of one listed service: they work when nothing of ours reads ECS. Those of its logs are apart. */
export function serviceAlarms(listed: Listed): readonly Plan[] {
  const { clusterName, service, cluster, options } = listed;
  const dimensions = { ClusterName: clusterName, ServiceName: service };
  const containerInsights = cluster.containerInsights ?? false;
  const plan = (kind: AlarmKind, description: string, shape: Shape): Plan => ({
    id: kind,
    name: alarmName(listed, service, kind),
    settings: { kind },
    description,
    ...marks(listed, kind),
    shape,
  });
  const stoppedMinutes = detailsOf(options.stopped).minutes ?? STOPPED_MINUTES;
  // As for its CPU: with less, what is critical would be told before what is a warning.
  const saturation = limitOf(overridden(detailsOf(options.cpu), detailsOf(options.saturated)));
  return [
    ...(options.stopped === false
      ? []
      : [plan('stopped', stoppedWords(service, stoppedMinutes), stopped(dimensions, stoppedMinutes))]),
    ...(['scaled-up', 'scaled-down'] as const)
      .filter((kind) => options[kind === 'scaled-up' ? 'scaledUp' : 'scaledDown'] !== false)
      .map((kind) => plan(kind, scaledWords(service, kind), scaled(kind, dimensions, containerInsights))),
    ...UTILIZATIONS.flatMap((utilization) => {
      const limit = ownLimit(utilization, cluster, options);
      if (limit === undefined) return [];
      const { kind, what, metric } = utilization;
      const words = `${what} of service ${service} is above ${limit.percent} % ${forMinutes(limit.minutes)}, a limit of its own.`;
      return [plan(kind, words, high(metric, dimensions, limit))];
    }),
    ...(options.saturated === false || options.maxTasks === undefined
      ? []
      : [
          plan(
            'saturated',
            saturatedWords(service, options.maxTasks, saturation),
            saturated(dimensions, options.maxTasks, saturation, containerInsights),
          ),
        ]),
  ];
}

/** Whose alarm it is, where it says what to do, and what else it tells. */
export function marks(
  { clusterName, service, options }: Listed,
  kind: AlarmKind,
): Pick<Plan, 'runbook' | 'actions' | 'tags'> {
  return {
    runbook: options.runbooks?.[kind] ?? options.runbook,
    actions: actionsOf(kind, options),
    tags: { EcsCluster: clusterName, EcsService: service, Kind: kind },
  };
}

function stoppedWords(service: string, minutes: number): string {
  return `No task of service ${service} has reported ${forMinutes(minutes)}: none runs, or none for long enough.`;
}

/**
 * SampleCount of a metric that every running task reports once a minute is the number of running tasks.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
 */
function stopped(dimensions: Record<string, string>, minutes: number): Shape {
  return {
    namespace: NAMESPACE,
    metricName: 'MemoryUtilization',
    dimensions,
    statistic: 'SampleCount',
    period: PERIOD,
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    ...lasting(minutes),
    // A service without tasks reports nothing at all: silence is the alarm.
    treatMissingData: 'breaching',
  };
}

function scaledWords(service: string, kind: 'scaled-up' | 'scaled-down'): string {
  return `Service ${service} has ${kind === 'scaled-up' ? 'more' : 'fewer'} tasks than the minute before.`;
}

/** The difference to the minute before. Without FILL: a late minute would be taken for zero tasks. */
function scaled(
  kind: 'scaled-up' | 'scaled-down',
  dimensions: Record<string, string>,
  containerInsights: boolean,
): Shape {
  const tasks = containerInsights
    ? { namespace: 'ECS/ContainerInsights', metricName: 'DesiredTaskCount', stat: 'Maximum' }
    : { namespace: NAMESPACE, metricName: 'MemoryUtilization', stat: 'SampleCount' };
  return {
    metricQuery: [
      { id: 'tasks', metric: { ...tasks, period: PERIOD, dimensions }, returnData: false },
      {
        id: 'step',
        expression: 'DIFF(tasks)',
        label: `change of ${containerInsights ? 'desired' : 'running'} tasks`,
        returnData: true,
      },
    ],
    comparisonOperator: kind === 'scaled-up' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    threshold: 0,
    // The step is in one datapoint only, and the newest minute may come late.
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
    // A stop is told by `stopped`.
    treatMissingData: 'notBreaching',
  };
}

function high(metricName: string, dimensions: Record<string, string>, { percent, minutes }: Limit): Shape {
  return {
    namespace: NAMESPACE,
    metricName,
    dimensions,
    statistic: 'Average',
    period: PERIOD,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: percent,
    ...lasting(minutes),
    // A service without tasks uses nothing.
    treatMissingData: 'notBreaching',
  };
}

function saturatedWords(service: string, maxTasks: number, { percent, minutes }: Limit): string {
  const tasks = maxTasks === 1 ? 'the one task' : `all ${maxTasks} tasks`;
  return `CPU of service ${service} is above ${percent} % ${forMinutes(minutes)} while ${tasks} run that there may be: scaling cannot help any more.`;
}

/** The datapoints are the CPU, so that a message can show it; as long as there may be more tasks they are 0. */
function saturated(
  dimensions: Record<string, string>,
  maxTasks: number,
  { percent, minutes }: Limit,
  containerInsights: boolean,
): Shape {
  const running = containerInsights
    ? { namespace: 'ECS/ContainerInsights', metricName: 'RunningTaskCount', stat: 'Maximum' }
    : { namespace: NAMESPACE, metricName: 'MemoryUtilization', stat: 'SampleCount' };
  const cpu = { namespace: NAMESPACE, metricName: 'CPUUtilization', stat: 'Average' };
  return {
    metricQuery: [
      { id: 'cpu', metric: { ...cpu, period: PERIOD, dimensions }, returnData: false },
      { id: 'tasks', metric: { ...running, period: PERIOD, dimensions }, returnData: false },
      { id: 'full', expression: `IF(tasks >= ${maxTasks}, cpu, 0)`, label: 'CPU at the most tasks', returnData: true },
    ],
    comparisonOperator: 'GreaterThanThreshold',
    threshold: percent,
    ...lasting(minutes),
    // A service without tasks is not full.
    treatMissingData: 'notBreaching',
  };
}
