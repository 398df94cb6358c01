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
    'aws_cloudwatch_event_rule.alerts_rules_scaled-to-max_FF538C0A',
    'aws_cloudwatch_event_rule.alerts_rules_service-action_67D3120D',
    'aws_cloudwatch_event_rule.alerts_rules_task-stopped_1D82BD1B',
    'aws_cloudwatch_event_rule.alerts_watcher_schedule_8B26A483',
    'aws_cloudwatch_event_target.alerts_rules_deployment-target_04F3AA90',
    'aws_cloudwatch_event_target.alerts_rules_scaled-to-max-target_B4EC18C6',
    'aws_cloudwatch_event_target.alerts_rules_service-action-target_30F5D7B1',
    'aws_cloudwatch_event_target.alerts_rules_task-stopped-target_BB6C9D35',
    'aws_cloudwatch_event_target.alerts_watcher_target_0C16D3BB',
    'aws_cloudwatch_log_group.alerts_notifier_log-group_16AC96B1',
    'aws_cloudwatch_log_group.alerts_watcher_log-group_BC6ADFFB',
    'aws_cloudwatch_metric_alarm.alerts_cluster-alarms_cpu-high_9F20F1D0',
    'aws_cloudwatch_metric_alarm.alerts_cluster-alarms_memory-high_64C76F17',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_scaled-down_DA3C6D67',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_scaled-up_E9E18955',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_stopped_C7F64CF7',
    'aws_dynamodb_table.alerts_table_0A42719C',
    'aws_dynamodb_table_item.alerts_settings_cluster_34CC2D9B',
    'aws_dynamodb_table_item.alerts_settings_services_api_406E5B3C',
    'aws_iam_role.alerts_notifier_role_B5CD5764',
    'aws_iam_role.alerts_watcher_role_BB10C560',
    'aws_iam_role_policy.alerts_notifier_policy_23BF0654',
    'aws_iam_role_policy.alerts_watcher_policy_C01088C1',
    'aws_lambda_event_source_mapping.alerts_notifier_mapping_9031BA7D',
    'aws_lambda_function.alerts_notifier_function_35D53690',
    'aws_lambda_function.alerts_watcher_function_D30B868D',
    'aws_lambda_function_event_invoke_config.alerts_watcher_invocation_BEE65F45',
    'aws_lambda_permission.alerts_watcher_permission_E302B539',
    'aws_sns_topic.alerts_queue_topic_DB58EBD6',
    'aws_sns_topic_subscription.alerts_subscription_CABC95A1',
    'aws_sqs_queue.alerts_queue_0F87CE63',
    'aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685',
  ]);
});

test('keeps the addresses of what is made only when it is asked for', () => {
  const least = alerts({ services: { api: {} } }).addresses();
  const most = alerts({
    services: {
      api: {
        cpu: { percent: 50 },
        memory: { percent: 50 },
        maxTasks: 5,
        logs: [
          { logGroup: 'a', pattern: 'a' },
          { logGroup: 'a', pattern: 'b', name: 'errors' },
        ],
      },
    },
    dependencies: { jobs: { sqsQueue: 'jobs' } },
    dashboard: true,
    opsTopicArn: 'arn:aws:sns:eu-west-1:111122223333:platform',
  }).addresses();

  expect(least.filter((address) => !most.includes(address))).toEqual([]);
  expect(most.filter((address) => !least.includes(address))).toEqual([
    'aws_cloudwatch_dashboard.alerts_dashboard_0DBE759C',
    'aws_cloudwatch_log_metric_filter.alerts_service-alarms_api_logs_1_filter_78B7C7B6',
    'aws_cloudwatch_log_metric_filter.alerts_service-alarms_api_logs_errors_filter_719C9FB6',
    'aws_cloudwatch_metric_alarm.alerts_dependency-alarms_jobs_oldest-message-old_BAAAAFE4',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_dead-letters_A21D6D83',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_delivery-failed_1C94BC34',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_notifier-errors_75378C20',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_oldest-message_39EB8A3B',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_read-failed_F6C25E77',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_rule-deployment-failed_8239469B',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_rule-scaled-to-max-failed_55930E32',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_rule-service-action-failed_72F4F338',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_rule-task-stopped-failed_03BF5FFA',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_rule-watcher-failed_E3465A75',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_watcher-errors_D256E7BB',
    'aws_cloudwatch_metric_alarm.alerts_ops-alarms_watcher-not-running_6102F5F7',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_cpu-high_AC364FE0',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_logs_1_alarm_F8D1A1CC',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_logs_errors_alarm_DAA8CE4F',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_memory-high_B8C5E347',
    'aws_cloudwatch_metric_alarm.alerts_service-alarms_api_saturated_784F9C05',
    'aws_dynamodb_table_item.alerts_settings_dependencies_jobs_28A865DC',
  ]);
});

test('makes the alarms of a service only when the notifier can know them', () => {
  const [stopped] = alerts({ services: { api: {} } })
    .all(CloudwatchMetricAlarm)
    .filter(({ alarm_name }) => alarm_name === 'ecs/shop/api/stopped');

  expect(stopped?.['depends_on']).toContainEqual(expect.stringMatching(/^aws_dynamodb_table_item\..*services_api/));
});

test('makes alarms, rules and targets only when what they send is read', () => {
  const shop = alerts({ watcher: false, services: { api: {} }, dependencies: { jobs: { sqsQueue: 'jobs' } } });

  const speakers = [CloudwatchMetricAlarm, CloudwatchEventRule, CloudwatchEventTarget].flatMap((type) =>
    shop.all(type),
  );

  expect(speakers).toHaveLength(14);
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

    expect(names).toHaveLength(46);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('shows its resources, so that what the props do not cover can be changed', () => {
  const { text } = synth((scope) => {
    const { resources, topicArn } = new EcsClusterAlerts(scope, 'alerts', { ...SHOP, dashboard: true });
    if (resources.watcher !== undefined) resources.watcher.memorySize = 1024;
    resources.dashboard?.addOverride('dashboard_name', 'ours');
    resources.notifier.memorySize = 512;
    resources.notifier.addOverride('tags.topic', topicArn);
  });

  expect(text).toContain('"memory_size": 512');
  expect(text).toContain('"memory_size": 1024');
  expect(text).toContain('"dashboard_name": "ours"');
  expect(text).toContain(`"topic": "${ref('aws_sns_topic.alerts_queue_topic_DB58EBD6', 'arn')}"`);
});

test('has no watcher and no dashboard to show where there is none', () => {
  synth((scope) => {
    const { resources } = new EcsClusterAlerts(scope, 'alerts', { ...SHOP, watcher: false });
    expect(new Set(Object.keys(resources))).toEqual(
      new Set([
        'topic',
        'subscription',
        'queue',
        'deadLetterQueue',
        'table',
        'notifier',
        'notifierRole',
        'notifierLogGroup',
        'rules',
        'alarms',
      ]),
    );
    expect(Object.keys(resources.rules)).toEqual(['task-stopped', 'deployment', 'service-action', 'scaled-to-max']);
  });
});

test('runs the watcher where private endpoints are', () => {
  const vpc = { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] };

  expect(alerts({ vpc }).one(LambdaFunction, 'watcher_function')['vpc_config']).toEqual({
    subnet_ids: ['subnet-0a', 'subnet-0b'],
    security_group_ids: ['sg-0a'],
  });
});

test('gives its tags to everything that can have some', () => {
  const { text } = alerts({ tags: { Team: 'shop' }, services: { api: {} } });
  const resources = (JSON.parse(text) as { resource: Record<string, Record<string, Body>> }).resource;
  const untagged = Object.entries(resources).filter(([, named]) =>
    Object.values(named).some(({ tags }) => (tags as Record<string, string> | undefined)?.['Team'] !== 'shop'),
  );

  expect(untagged.map(([type]) => type).sort()).toEqual([
    'aws_cloudwatch_event_target',
    'aws_dynamodb_table_item',
    'aws_iam_role_policy',
    'aws_lambda_function_event_invoke_config',
    'aws_lambda_permission',
    'aws_sns_topic_subscription',
  ]);
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
        '  runtime: must be a Node.js runtime such as nodejs24.x, nodejs20.x or later, got "python3.13"',
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
    [LambdaFunction, 'function_name', 64, 2],
    [LambdaFunction, 'description', 256, 2],
    [IamRole, 'name', 64, 2],
    [CloudwatchEventRule, 'name', 64, 5],
    [CloudwatchEventRule, 'description', 512, 5],
    [CloudwatchEventRule, 'event_pattern', 2048, 5],
    [DynamodbTable, 'name', 255, 1],
    [CloudwatchLogGroup, 'name', 512, 2],
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
