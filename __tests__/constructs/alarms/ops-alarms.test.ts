import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { alerts, type Body, ref } from '../../support/synth';

const OPS_ARN = 'arn:aws:sns:eu-west-1:111122223333:platform';
const NOTIFIER = { FunctionName: ref('aws_lambda_function.alerts_notifier_function_35D53690', 'function_name') };
const WATCHER = { FunctionName: expect.stringContaining('aws_lambda_function.alerts_watcher_function_') };

/** The alarms that are told to others, by their names. */
function opsAlarms(more: Parameters<typeof alerts>[0]): Readonly<Record<string, Body>> {
  const all = alerts(more).all(CloudwatchMetricAlarm);
  const found = all.filter(({ alarm_name }) => String(alarm_name).startsWith('ecs-alerts/'));
  return Object.fromEntries(found.map((body) => [String(body['alarm_name']), body]));
}

function shape(
  metric: string,
  dimensions: object,
  statistic: string,
  [comparison, threshold]: readonly [string, number],
) {
  const [namespace, metric_name] = metric.split(':');
  return { namespace, metric_name, dimensions, statistic, comparison_operator: comparison, threshold };
}

function time(period: number, datapoints_to_alarm: number, evaluation_periods: number, treat_missing_data: string) {
  return { period, datapoints_to_alarm, evaluation_periods, treat_missing_data };
}

const ONCE = ['GreaterThanOrEqualToThreshold', 1] as const;
const failed = (rule: string) => ({
  ...shape('AWS/Events:FailedInvocations', { RuleName: expect.stringMatching(rule) }, 'Sum', ONCE),
  ...time(300, 1, 1, 'notBreaching'),
});

test('tell another topic when the alerting itself fails', () => {
  const alarms = opsAlarms({ opsTopicArn: OPS_ARN });
  const shapes = Object.entries(alarms).map(
    ([name, { alarm_name, alarm_description, alarm_actions, ok_actions, tags, ...rest }]) => {
      expect([alarm_actions, ok_actions]).toEqual([[OPS_ARN], [OPS_ARN]]);
      expect(alarm_description).toMatch(/^Alerting of cluster shop: .+\.$/);
      expect(tags).toEqual({ EcsCluster: 'shop', Kind: 'alerting' });
      return [name.replace('ecs-alerts/shop/', ''), rest];
    },
  );

  expect(Object.fromEntries(shapes)).toEqual({
    'notifier-errors': {
      ...shape('AWS/Lambda:Errors', NOTIFIER, 'Sum', ONCE),
      ...time(300, 1, 1, 'notBreaching'),
    },
    'delivery-failed': {
      ...shape('EcsAlerts:DeliveryFailed', NOTIFIER, 'Sum', ONCE),
      ...time(300, 3, 3, 'notBreaching'),
    },
    'oldest-message': {
      ...shape(
        'AWS/SQS:ApproximateAgeOfOldestMessage',
        { QueueName: ref('aws_sqs_queue.alerts_queue_0F87CE63', 'name') },
        'Maximum',
        ['GreaterThanThreshold', 900],
      ),
      ...time(60, 3, 3, 'notBreaching'),
    },
    'dead-letters': {
      ...shape(
        'AWS/SQS:ApproximateNumberOfMessagesVisible',
        { QueueName: ref('aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685', 'name') },
        'Maximum',
        ['GreaterThanThreshold', 0],
      ),
      ...time(60, 1, 1, 'notBreaching'),
    },
    'rule-task-stopped-failed': failed('_task-stopped_'),
    'rule-deployment-failed': failed('_deployment_'),
    'rule-service-action-failed': failed('_service-action_'),
    'rule-scaled-to-max-failed': failed('_scaled-to-max_'),
    'rule-watcher-failed': failed('_watcher_schedule_'),
    'watcher-errors': {
      ...shape('AWS/Lambda:Errors', WATCHER, 'Sum', ONCE),
      ...time(60, 3, 5, 'notBreaching'),
    },
    'read-failed': {
      ...shape('EcsAlerts:ReadFailed', WATCHER, 'Sum', ONCE),
      ...time(300, 3, 3, 'notBreaching'),
    },
    'watcher-not-running': {
      ...shape('AWS/Lambda:Invocations', WATCHER, 'Sum', ['LessThanThreshold', 1]),
      ...time(60, 5, 5, 'breaching'),
    },
  });
});

test('are only on what there is', () => {
  const names = Object.keys(opsAlarms({ opsTopicArn: OPS_ARN, watcher: false, scaledToMax: false }));

  expect(names.filter((name) => /watcher|read|scaled-to-max/.test(name))).toEqual([]);
  expect(names).toHaveLength(7);
});

test('say what to do, if the cluster says so', () => {
  const runbook = 'https://example.com/shop';

  for (const { alarm_description } of Object.values(opsAlarms({ opsTopicArn: OPS_ARN, runbook }))) {
    expect(alarm_description).toMatch(/\. Runbook: https:\/\/example\.com\/shop$/);
  }
});

test('are not made where nobody is told', () => {
  expect(opsAlarms({})).toEqual({});
});
