import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { EcsService } from '@cdktf/provider-aws/lib/ecs-service';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { TerraformOutput } from 'cdktf';
import { EcsClusterAlerts } from '../../constructs';
import { alerts, type Body, ref, SHOP, statements, synth } from '../support/synth';

/** What a team has already and brings along, and what it does with what is made. */

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:team-alarms';
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary';
const PAGER = 'arn:aws:sns:eu-west-1:111122223333:pager';
const DESK = 'arn:aws:sns:eu-west-1:111122223333:desk';

const actionsOf = (alarm: Body | undefined) => [alarm?.['alarm_actions'], alarm?.['ok_actions']];

describe('a topic', () => {
  const shop = alerts({ topicArn: TOPIC, services: { api: {} } });

  test('is used by alarms, queue and policies, and none is made', () => {
    expect(shop.all(SnsTopic)).toEqual([]);
    expect(shop.one(SnsTopicSubscription)['topic_arn']).toBe(TOPIC);
    for (const alarm of shop.all(CloudwatchMetricAlarm)) expect(alarm['alarm_actions']).toEqual([TOPIC]);
    for (const queue of shop.all(SqsQueue)) {
      expect(statements(queue['policy'])).toContainEqual(
        expect.objectContaining({ Sid: 'Topic', Condition: { ArnEquals: { 'aws:SourceArn': [TOPIC] } } }),
      );
    }
  });

  test('may be made in the same stack', () => {
    const own = synth((scope) => {
      const topic = new SnsTopic(scope, 'topic', { name: 'team-alarms' });
      const { topicArn, resources } = new EcsClusterAlerts(scope, 'alerts', { ...SHOP, topicArn: topic.arn });
      expect(resources.topic).toBeUndefined();
      new TerraformOutput(scope, 'arn', { value: topicArn });
    });

    const arn = ref('aws_sns_topic.topic', 'arn');
    expect(own.one(SnsTopicSubscription)['topic_arn']).toBe(arn);
    expect(JSON.parse(own.text)).toMatchObject({ output: { arn: { value: arn } } });
  });
});

describe('a key', () => {
  const shop = alerts({ kmsKeyArn: KEY });

  test('encrypts all that holds alerts', () => {
    expect(shop.one(SnsTopic)['kms_master_key_id']).toBe(KEY);
    for (const queue of shop.all(SqsQueue)) {
      expect(queue).toMatchObject({ kms_master_key_id: KEY });
      // One excludes the other.
      expect(queue).not.toHaveProperty('sqs_managed_sse_enabled');
    }
    expect(shop.one(DynamodbTable)['server_side_encryption']).toEqual({ enabled: true, kms_key_arn: KEY });
    expect(shop.all(CloudwatchLogGroup).map(({ kms_key_id }) => kms_key_id)).toEqual([KEY, KEY]);
  });

  test.each(['notifier', 'watcher'])(
    'may be used by the %s, only through the services that keep what it reads',
    (end) => {
      const granted = statements(shop.one(IamRolePolicy, `${end}_policy`)['policy']) as { Resource: unknown }[];

      expect(granted.filter(({ Resource }) => Resource === KEY)).toEqual([
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: KEY,
          Condition: { StringEquals: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' } },
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
          Resource: KEY,
          Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' } },
        },
      ]);
    },
  );

  test('is nobody’s where there is none', () => {
    const without = alerts();

    expect(without.text).not.toContain('kms_key');
    for (const queue of without.all(SqsQueue)) expect(queue).toMatchObject({ sqs_managed_sse_enabled: true });
  });
});

test('a permissions boundary bounds every role', () => {
  const roles = alerts({ permissionsBoundaryArn: BOUNDARY }).all(IamRole);

  expect(roles.map(({ permissions_boundary }) => permissions_boundary)).toEqual([BOUNDARY, BOUNDARY]);
});

describe('a prefix', () => {
  const shop = alerts({
    namePrefix: 'team-a-',
    services: { api: { logs: [{ logGroup: '/ecs/api', pattern: 'ERROR' }], dependsOn: ['jobs'] } },
    dependencies: { jobs: { sqsQueue: 'jobs' } },
    dashboard: true,
    opsTopicArn: 'arn:aws:sns:eu-west-1:111122223333:platform',
  });
  const { resource } = JSON.parse(shop.text) as { resource: Record<string, Record<string, Body>> };
  const bodies = Object.values(resource).flatMap((named) => Object.values(named));

  test('begins the names of all that has one', () => {
    const names = bodies.flatMap(({ name, alarm_name, function_name, dashboard_name }) =>
      [name, alarm_name, function_name, dashboard_name].filter(
        (one) => one !== undefined && !String(one).startsWith('${'),
      ),
    );
    // Policies inside of a role, and log groups: Lambda names these.
    const free = names.filter((name) => !String(name).startsWith('team-a-'));

    expect(names.length).toBeGreaterThan(30);
    expect(free).toEqual([
      '/aws/lambda/team-a-ecs-alerts-shop-notifier',
      '/aws/lambda/team-a-ecs-alerts-shop-watcher',
      'notifier',
      'watcher',
    ]);
  });

  test('is known to the functions, and to what they may read', () => {
    expect(shop.text).toContain('alarm:team-a-ecs/shop/*');
    expect(shop.text).toContain('rule/team-a-ecs-alerts-shop-task-stopped');
    expect(shop.text).toMatch(/namePrefix[\\"]+:[\\"]+team-a-/);
    expect(shop.text).not.toMatch(/[":/]ecs-alerts-shop/);
  });
});

describe('a VPC', () => {
  const vpc = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
  const inside = (synthesized: ReturnType<typeof alerts>) =>
    synthesized.all(LambdaFunction).flatMap(({ vpc_config, function_name }) => (vpc_config ? [function_name] : []));

  test('has the watcher in it, and the notifier where it is wanted', () => {
    expect(inside(alerts({ vpc }))).toEqual(['ecs-alerts-shop-watcher']);
    expect(inside(alerts({ vpc: { ...vpc, notifier: true } }))).toEqual([
      'ecs-alerts-shop-notifier',
      'ecs-alerts-shop-watcher',
    ]);
    expect(inside(alerts({ watcher: false, vpc: { ...vpc, notifier: true } }))).toEqual(['ecs-alerts-shop-notifier']);
  });
});

describe('alarms tell more than the topic', () => {
  const shop = alerts({
    alarmActions: { critical: [PAGER], warning: [DESK] },
    cpu: { severity: 'critical' },
    services: {
      api: { maxTasks: 5, memory: { percent: 50 }, dependsOn: ['jobs', 'carts'] },
      worker: { stopped: { severity: 'warning' }, alarmActions: { warning: [] } },
    },
    dependencies: { jobs: { sqsQueue: 'jobs' }, carts: { dynamoDbTable: 'carts', severity: 'critical' } },
  });
  const topic = ref('aws_sns_topic.alerts_queue_topic_DB58EBD6', 'arn');
  const alarm = (name: string) => shop.all(CloudwatchMetricAlarm).find(({ alarm_name }) => alarm_name === name);

  test.each([
    ['ecs/shop/cpu-high', [PAGER]],
    ['ecs/shop/memory-high', [DESK]],
    ['ecs/shop/api/stopped', [PAGER]],
    ['ecs/shop/api/saturated', [PAGER]],
    ['ecs/shop/api/memory-high', [DESK]],
    ['ecs/shop/worker/stopped', []],
    ['ecs/shop/dependency:jobs/oldest-message-old', [DESK]],
  ])('%s by its severity: %j', (name, actions) => {
    expect(actionsOf(alarm(name))).toEqual([
      [topic, ...actions],
      [topic, ...actions],
    ]);
  });

  test('a dependency by the severity that is its own', () => {
    const carts = shop.all(CloudwatchMetricAlarm).filter(({ alarm_name }) => String(alarm_name).includes('carts'));

    expect(carts.length).toBeGreaterThan(0);
    for (const one of carts) expect(one['alarm_actions']).toEqual([topic, PAGER]);
  });

  test('what is no topic once, not again at the end', () => {
    const opsItem = 'arn:aws:ssm:eu-west-1:111122223333:opsitem:3';
    const own = alerts({ alarmActions: { critical: [opsItem, PAGER] }, services: { api: {} } });
    const [stopped] = own.all(CloudwatchMetricAlarm).filter(({ alarm_name }) => alarm_name === 'ecs/shop/api/stopped');

    expect(actionsOf(stopped)).toEqual([
      [topic, opsItem, PAGER],
      [topic, PAGER],
    ]);
  });

  test('a scaling when it happens, it has no end', () => {
    const own = alerts({ alarmActions: { info: [DESK] }, services: { api: {} } });
    const [up] = own.all(CloudwatchMetricAlarm).filter(({ alarm_name }) => alarm_name === 'ecs/shop/api/scaled-up');

    expect(actionsOf(up)).toEqual([[topic, DESK], undefined]);
  });
});

describe('alarms roll deployments back', () => {
  const SERVICES = {
    api: {
      maxTasks: 5,
      cpu: { percent: 95 },
      logs: [{ logGroup: '/ecs/api', pattern: 'FATAL', name: 'fatal' }],
    },
    worker: { stopped: false as const },
  };

  test('by what is wrong with the service itself, as ECS takes them', () => {
    const stack = synth((scope) => {
      const made = new EcsClusterAlerts(scope, 'alerts', { ...SHOP, services: SERVICES });
      new EcsService(scope, 'api', {
        name: 'api',
        alarms: { alarmNames: made.deploymentAlarms('api'), enable: true, rollback: true },
      });
      expect(made.deploymentAlarms('worker')).toEqual([]);
      expect(() => made.deploymentAlarms('web')).toThrow('alerts: `web` must be one of services to have alarms');
    });
    const { resource } = JSON.parse(stack.text) as { resource: Record<string, Record<string, Body>> };
    const named = Object.entries(resource['aws_cloudwatch_metric_alarm'] ?? {});
    const names = (stack.one(EcsService)['alarms'] as { alarm_names: string[] }).alarm_names.map(
      (one) => named.find(([id]) => one === ref(`aws_cloudwatch_metric_alarm.${id}`, 'alarm_name'))?.[1]['alarm_name'],
    );

    expect(names).toEqual(['ecs/shop/api/stopped', 'ecs/shop/api/cpu-high', 'ecs/shop/api/log-pattern:fatal']);
  });
});

test('has the raw parts of all that is made', () => {
  synth((scope) => {
    const { resources } = new EcsClusterAlerts(scope, 'alerts', { ...SHOP, services: { api: {} }, dashboard: true });

    expect(new Set(Object.keys(resources))).toEqual(
      new Set([
        'alarms',
        'dashboard',
        'deadLetterQueue',
        'notifier',
        'notifierLogGroup',
        'notifierRole',
        'queue',
        'rules',
        'subscription',
        'table',
        'topic',
        'watcher',
        'watcherLogGroup',
        'watcherRole',
        'watcherSchedule',
      ]),
    );
    expect(Object.keys(resources.alarms)).toEqual([
      'ecs/shop/cpu-high',
      'ecs/shop/memory-high',
      'ecs/shop/api/stopped',
      'ecs/shop/api/scaled-up',
      'ecs/shop/api/scaled-down',
    ]);
    expect(resources.alarms['ecs/shop/api/stopped']).toBeInstanceOf(CloudwatchMetricAlarm);
  });
});
