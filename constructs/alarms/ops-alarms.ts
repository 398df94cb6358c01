import type { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Construct } from 'constructs';
import { METRICS } from '../../functions/settings';
import { type Named, opsAlarmName } from '../names';
import { described, lasting, PERIOD, type Shape } from './alarm';

const FIVE_MINUTES = 300;
const OLD_SECONDS = 15 * 60;

export interface OpsAlarmsProps extends Named {
  /** URL of what to do, if the cluster has one. */
  readonly runbook: string | undefined;
  /** Where it is told. Never the topic that the notifier reads: the notifier may be what is broken. */
  readonly topicArn: string;
  readonly notifier: LambdaFunction;
  readonly watcher: LambdaFunction | undefined;
  readonly queue: SqsQueue;
  readonly deadLetterQueue: SqsQueue;
  /** By the end of their names. */
  readonly rules: Readonly<Record<string, CloudwatchEventRule>>;
}

/** What can fail of the alerting, and what then happens to alerts. */
interface Failure {
  /** End of the alarm's name. */
  readonly what: string;
  readonly words: string;
  readonly shape: Shape;
}

/** The alarms on the alerting itself. */
export class OpsAlarms extends Construct {
  /** By their names. */
  readonly alarms: Readonly<Record<string, CloudwatchMetricAlarm>>;

  constructor(scope: Construct, id: string, props: OpsAlarmsProps) {
    super(scope, id);
    const { clusterName, runbook, topicArn, notifier, watcher, rules } = props;
    const failures = [
      ...ofNotifier(notifier),
      ...ofQueues(props),
      ...Object.entries(rules).map(([end, rule]) => ofRule(end, rule)),
      ...(watcher === undefined ? [] : ofWatcher(watcher)),
    ];
    const make = ({ what, words, shape }: Failure) => {
      const alarmName = opsAlarmName(props, what);
      const alarm = new CloudwatchMetricAlarm(this, what, {
        alarmName,
        alarmDescription: described(`Alerting of cluster ${clusterName}: ${words}`, runbook),
        alarmActions: [topicArn],
        okActions: [topicArn],
        tags: { EcsCluster: clusterName, Kind: 'alerting' },
        ...shape,
      });
      return [alarmName, alarm] as const;
    };
    this.alarms = Object.fromEntries(failures.map(make));
  }
}

function ofNotifier(notifier: LambdaFunction): readonly Failure[] {
  return [
    {
      what: 'notifier-errors',
      words: 'the notifier fails. Alerts wait in the queue, and are told when it works again.',
      // A record that fails comes back after six minutes: one error is all that a period shows.
      shape: sum(errorsOf(notifier), FIVE_MINUTES, lasting(1)),
    },
    {
      what: 'delivery-failed',
      words: 'alerts come back to the queue, or are given up. The log of the notifier says why.',
      // Slack asks to wait now and then: only what lasts is told.
      shape: sum(ours(METRICS.deliveryFailed, notifier), FIVE_MINUTES, lasting(3)),
    },
  ];
}

function ofQueues({ queue, deadLetterQueue }: OpsAlarmsProps): readonly Failure[] {
  const above = (metricName: string, { name }: SqsQueue, threshold: number, minutes: number): Shape => ({
    namespace: 'AWS/SQS',
    metricName,
    dimensions: { QueueName: name },
    statistic: 'Maximum',
    period: PERIOD,
    comparisonOperator: 'GreaterThanThreshold',
    threshold,
    ...lasting(minutes),
    // SQS measures nothing of a queue that nobody has used for hours.
    treatMissingData: 'notBreaching',
  });
  return [
    {
      what: 'oldest-message',
      words: 'an alert has waited in the queue for more than 15 minutes.',
      shape: above('ApproximateAgeOfOldestMessage', queue, OLD_SECONDS, 3),
    },
    {
      what: 'dead-letters',
      words: 'alerts could not be told. They are in the dead-letter queue, each with its cause.',
      shape: above('ApproximateNumberOfMessagesVisible', deadLetterQueue, 0, 1),
    },
  ];
}

function ofRule(end: string, rule: CloudwatchEventRule): Failure {
  const metric = { namespace: 'AWS/Events', metricName: 'FailedInvocations', dimensions: { RuleName: rule.name } };
  return {
    what: `rule-${end}-failed`,
    words: `EventBridge could not deliver what rule ${end} matched.`,
    shape: sum(metric, FIVE_MINUTES, lasting(1)),
  };
}

function ofWatcher(watcher: LambdaFunction): readonly Failure[] {
  return [
    {
      what: 'watcher-errors',
      words: 'the watcher fails again and again. Scalings, stops and reminders are not told.',
      // One minute that fails is made good by the next.
      shape: sum(errorsOf(watcher), PERIOD, { evaluationPeriods: 5, datapointsToAlarm: 3 }),
    },
    {
      what: 'read-failed',
      words: 'the watcher cannot read services from ECS. The log of the watcher says why.',
      shape: sum(ours(METRICS.readFailed, watcher), FIVE_MINUTES, lasting(3)),
    },
    {
      what: 'watcher-not-running',
      words: 'the watcher has not been started for 5 minutes.',
      shape: {
        namespace: 'AWS/Lambda',
        metricName: 'Invocations',
        dimensions: named(watcher),
        statistic: 'Sum',
        period: PERIOD,
        comparisonOperator: 'LessThanThreshold',
        threshold: 1,
        ...lasting(5),
        // A function that is not started measures nothing: silence is the alarm.
        treatMissingData: 'breaching',
      },
    },
  ];
}

function named({ functionName }: LambdaFunction): Record<string, string> {
  return { FunctionName: functionName };
}

function errorsOf(lambda: LambdaFunction) {
  return { namespace: 'AWS/Lambda', metricName: 'Errors', dimensions: named(lambda) };
}

function ours(metricName: string, lambda: LambdaFunction) {
  return { namespace: METRICS.namespace, metricName, dimensions: named(lambda) };
}

/** Any at all in a period. */
function sum(
  metric: Pick<Shape, 'namespace' | 'metricName' | 'dimensions'>,
  period: number,
  datapoints: Pick<Shape, 'evaluationPeriods' | 'datapointsToAlarm'>,
): Shape {
  return {
    ...metric,
    statistic: 'Sum',
    period,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    ...datapoints,
    // Where nothing failed there is no datapoint.
    treatMissingData: 'notBreaching',
  };
}
