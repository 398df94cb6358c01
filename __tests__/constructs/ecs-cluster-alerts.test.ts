import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { EcsClusterAlerts } from '../../constructs';
import { alerts, type Body, ref, SHOP, synth } from '../support/synth';

test('keeps its resource addresses', () => {
  expect(alerts({ services: { api: {} } }).addresses()).toEqual([
    'aws_cloudwatch_event_rule.alerts_rules_deployment_E2B7D89F',
    'aws_cloudwatch_event_rule.alerts_rules_task-stopped_1D82BD1B',
    'aws_cloudwatch_event_target.alerts_rules_deployment-target_04F3AA90',
    'aws_cloudwatch_event_target.alerts_rules_task-stopped-target_BB6C9D35',
    'aws_cloudwatch_log_group.alerts_notifier_log-group_16AC96B1',
    'aws_cloudwatch_metric_alarm.alerts_cluster-alarms_cpu-high_9F20F1D0',
    'aws_cloudwatch_metric_alarm.alerts_cluster-alarms_memory-high_64C76F17',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_scaled-down_DA3C6D67',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_scaled-up_E9E18955',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_stopped_C7F64CF7',
    'aws_dynamodb_table.alerts_table_0A42719C',
    'aws_dynamodb_table_item.alerts_settings_cluster_34CC2D9B',
    'aws_dynamodb_table_item.alerts_settings_services_api_406E5B3C',
    'aws_iam_role.alerts_notifier_role_B5CD5764',
    'aws_iam_role_policy.alerts_notifier_policy_23BF0654',
    'aws_lambda_event_source_mapping.alerts_notifier_mapping_9031BA7D',
    'aws_lambda_function.alerts_notifier_function_35D53690',
    'aws_sns_topic.alerts_queue_topic_DB58EBD6',
    'aws_sns_topic_subscription.alerts_subscription_CABC95A1',
    'aws_sqs_queue.alerts_queue_0F87CE63',
    'aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685',
  ]);
});

test('makes the alarms of a service only when the notifier can know them', () => {
  const [stopped] = alerts({ services: { api: {} } })
    .all(CloudwatchMetricAlarm)
    .filter(({ alarm_name }) => alarm_name === 'ecs/shop/api/stopped');

  expect(stopped?.['depends_on']).toContainEqual(expect.stringMatching(/^aws_dynamodb_table_item\..*services_api/));
});

test('makes alarms, rules and targets only when what they send is read', () => {
  const shop = alerts({ services: { api: {} } });

  const speakers = [CloudwatchMetricAlarm, CloudwatchEventRule, CloudwatchEventTarget].flatMap((type) =>
    shop.all(type),
  );

  expect(speakers).toHaveLength(9);
  for (const speaker of speakers) {
    expect(speaker['depends_on']).toEqual(
      expect.arrayContaining([
        'aws_sns_topic_subscription.alerts_subscription_CABC95A1',
        'aws_lambda_event_source_mapping.alerts_notifier_mapping_9031BA7D',
      ]),
    );
  }
});

describe('two clusters in one stack', () => {
  const both = synth((scope) => {
    new EcsClusterAlerts(scope, 'one', { ...SHOP, clusterName: 'shop', services: { api: {} } });
    new EcsClusterAlerts(scope, 'two', { ...SHOP, clusterName: 'shop-eu', services: { api: {} } });
  });
  const resources = (JSON.parse(both.text) as { resource: Record<string, Record<string, Body>> }).resource;
  const bodies = Object.values(resources).flatMap((named) => Object.entries(named));

  test('have the same resources', () => {
    const of = (cluster: string) =>
      both
        .addresses()
        .filter((address) => address.includes(`.${cluster}_`))
        .map((address) => address.replace(`.${cluster}_`, '.').replace(/_[0-9A-F]{8}$/, ''));

    expect(of('one')).toEqual(of('two'));
    expect(of('one')).toHaveLength(both.addresses().length / 2);
  });

  test('refer to nothing of each other', () => {
    for (const [id, body] of bodies) {
      const referred = [...JSON.stringify(body).matchAll(/aws_\w+\.(one|two)_/g)].map(([, cluster]) => cluster);
      expect(new Set([id.slice(0, 3), ...referred])).toEqual(new Set([id.slice(0, 3)]));
    }
  });

  test('have no name in common', () => {
    const named = Object.entries(resources).flatMap(([type, ids]) =>
      Object.values(ids).map((body) => [type, body['name'] ?? body['function_name'] ?? body['alarm_name']] as const),
    );
    // The name of an inline policy is its role's own.
    const names = named.filter(([type, name]) => name !== undefined && type !== 'aws_iam_role_policy').map(String);

    expect(names).toHaveLength(30);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('shows its resources, so that what the props do not cover can be changed', () => {
  const { text } = synth((scope) => {
    const { resources, topicArn } = new EcsClusterAlerts(scope, 'alerts', SHOP);
    resources.notifier.memorySize = 512;
    resources.notifier.addOverride('tags.topic', topicArn);
  });

  expect(text).toContain('"memory_size": 512');
  expect(text).toContain(`"topic": "${ref('aws_sns_topic.alerts_queue_topic_DB58EBD6', 'arn')}"`);
});

test('tells all mistakes in its props at once, before it makes anything', () => {
  const wrong = {
    ...SHOP,
    clusterName: 'shop eu',
    accountId: '1111',
    region: 'Ireland',
    logRetentionDays: 31,
    runtime: 'python3.13',
    slack: { channel: 'C0123456789' },
  };

  expect(() => synth((scope) => new EcsClusterAlerts(scope, 'alerts', wrong))).toThrow(
    new Error(
      [
        'stack/alerts: 6 mistakes',
        '  runtime: must be a Node.js runtime such as nodejs24.x, got "python3.13"',
        '  logRetentionDays: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got 31',
        '  clusterName: must be the name of an ECS cluster: 1 to 255 letters, digits, - and _, got "shop eu"',
        '  accountId: must be 12 digits, got "1111"',
        '  region: must be a region such as eu-west-1, got "Ireland"',
        '  slack: must have either tokenParameter or tokenSecretArn, got none',
      ].join('\n'),
    ),
  );
});

describe('a synthesized cluster whose name and whose service’s name have 255 characters', () => {
  const longest = alerts({ clusterName: 'c'.repeat(255), services: { ['s'.repeat(255)]: {} } });

  test.each([
    [CloudwatchMetricAlarm, 'alarm_name', 255, 5],
    [CloudwatchMetricAlarm, 'alarm_description', 1024, 5],
    [SnsTopic, 'name', 256, 1],
    [SqsQueue, 'name', 80, 2],
    [LambdaFunction, 'function_name', 64, 1],
    [LambdaFunction, 'description', 256, 1],
    [IamRole, 'name', 64, 1],
    [CloudwatchEventRule, 'name', 64, 2],
    [CloudwatchEventRule, 'description', 512, 2],
    [CloudwatchEventRule, 'event_pattern', 2048, 2],
    [DynamodbTable, 'name', 255, 1],
    [CloudwatchLogGroup, 'name', 512, 1],
  ])('keeps %p.%s within %i characters', (type, attribute, max, count) => {
    const texts = longest.all(type).map((body) => String(body[attribute]));

    expect(texts).toHaveLength(count);
    expect(new Set(texts).size).toBe(count);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(max);
  });

  test('keeps each metric expression within 1024 characters', () => {
    const expressions = [...longest.text.matchAll(/"expression": "(.*)"/g)].map(([, text]) => JSON.parse(`"${text}"`));

    expect(expressions).toHaveLength(4);
    expect(Math.max(...expressions.map(String).map(({ length }) => length))).toBeLessThanOrEqual(1024);
  });

  test('keeps each address within the 255 characters of a folder’s name', () => {
    const ids = longest.addresses().map((address) => address.replace(/^\w+\./, ''));

    expect(Math.max(...ids.map(({ length }) => length))).toBeLessThanOrEqual(255);
  });
});
