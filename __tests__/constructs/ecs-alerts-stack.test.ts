import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import ownConfig from '../../alerts.config';
import { type AlertsConfig, type ClusterConfig, defineAlerts, EcsAlertsStack } from '../../constructs';
import { EVERY_OPTION } from '../support/every-option';
import { Synth, testApp, untraced } from '../support/synth';

const PROD = { id: '111122223333' };
const STAGING = { id: '444455556666' };
const SHOP: ClusterConfig = { account: 'prod', region: 'eu-west-1', name: 'shop' };

function config(more: Partial<AlertsConfig> = {}): AlertsConfig {
  const slack = { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' };
  return { slack, accounts: { prod: PROD, staging: STAGING }, clusters: [SHOP], ...more };
}

/** Every stack of a configuration, by its name. */
function stacks(given: AlertsConfig): ReadonlyMap<string, Synth> {
  const made = untraced(() => EcsAlertsStack.forAll(testApp(), defineAlerts(given)));
  return new Map(made.map((stack) => [stack.node.id, new Synth(stack)]));
}

function stack(given: AlertsConfig): Synth {
  const [first, ...others] = stacks(given).values();
  if (first === undefined || others.length > 0) throw new Error('not one stack');
  return first;
}

function alarmNames(synth: Synth): readonly unknown[] {
  return synth.all(CloudwatchMetricAlarm).map((body) => body['alarm_name']);
}

/** The settings that the notifier of the only cluster gets. */
function settings(synth: Synth): unknown {
  const { settings: text } = JSON.parse(String(synth.one(DynamodbTableItem, 'settings_cluster')['item'])) as {
    settings: { S: string };
  };
  return JSON.parse(text.S);
}

test('takes the configuration that was checked as it is', () => {
  const given = config();

  expect(defineAlerts(given)).toBe(given);
  expect(() => defineAlerts(config({ quietMinutes: 0 }))).toThrow('alerts configuration: 1 mistake');
});

test('makes one stack for each account and region', () => {
  const clusters = [
    SHOP,
    { ...SHOP, name: 'batch' },
    { ...SHOP, region: 'us-east-1' },
    { ...SHOP, account: 'staging' },
  ];

  const made = stacks(config({ clusters }));

  expect([...made.keys()]).toEqual(['prod-eu-west-1', 'prod-us-east-1', 'staging-eu-west-1']);
  expect([...made.values()].map((synth) => synth.all(DynamodbTable).length)).toEqual([2, 1, 1]);
});

test('makes the two accounts and three clusters of the repository’s own list', () => {
  const made = stacks(ownConfig);

  const tables = [...made].map(([name, synth]) => [
    name,
    synth
      .all(DynamodbTable)
      .map((body) => body['name'])
      .sort(),
  ]);
  expect(tables).toEqual([
    ['prod-eu-west-1', ['ecs-alerts-batch-threads', 'ecs-alerts-shop-threads']],
    ['staging-eu-west-1', ['ecs-alerts-shop-threads']],
  ]);
});

test('shares nothing between clusters of the same name in two regions or accounts', () => {
  const clusters = [SHOP, { ...SHOP, region: 'us-east-1' }, { ...SHOP, account: 'staging' }];

  const made = stacks(config({ clusters }));

  const arnsOf = (name: string) =>
    new Set(
      made
        .get(name)
        ?.text.match(/arn:aws:\w+:[\w-]*:\d*/g)
        ?.map(placeOf),
    );
  expect(arnsOf('prod-eu-west-1')).toEqual(new Set(['eu-west-1:111122223333']));
  expect(arnsOf('prod-us-east-1')).toEqual(new Set(['us-east-1:111122223333']));
  expect(arnsOf('staging-eu-west-1')).toEqual(new Set(['eu-west-1:444455556666']));
  // The only names that are the account's and not the region's.
  const roles = ['prod-eu-west-1', 'prod-us-east-1'].map(
    (name) => made.get(name)?.one(IamRole, 'notifier_role')['name'],
  );
  expect(roles).toEqual(['ecs-alerts-shop-eu-west-1-notifier', 'ecs-alerts-shop-us-east-1-notifier']);
});

test('moves what the first version made at the top of the stack', () => {
  const fixture = join(__dirname, '..', 'fixtures', 'first-deployment', 'cdk.tf.json');
  const { resource } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly resource: Record<string, object> };
  const former = Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((id) => `${type}.${id}`));
  const synth = stack(config({ clusters: [{ ...SHOP, services: { api: {}, worker: {} } }] }));
  const { moved } = JSON.parse(synth.text) as { readonly moved: readonly { from: string; to: string }[] };

  expect(moved.map(({ from }) => from)).toEqual(expect.arrayContaining(former));
  expect(new Set(moved.map(({ to }) => to))).toEqual(new Set(synth.addresses()));
});

test('deploys only into the account that it is for', () => {
  expect(JSON.parse(stack(config()).text)).toMatchObject({
    provider: { aws: [{ region: 'eu-west-1', allowed_account_ids: ['111122223333'] }] },
  });
});

test('assumes the account’s role', () => {
  const deployRoleArn = 'arn:aws:iam::111122223333:role/deploy';
  const { text } = stack(config({ accounts: { prod: { ...PROD, deployRoleArn } } }));

  expect((JSON.parse(text) as { provider: unknown }).provider).toEqual({
    aws: [{ region: 'eu-west-1', allowed_account_ids: ['111122223333'], assume_role: [{ role_arn: deployRoleArn }] }],
  });
});

describe('state', () => {
  const backend = (given: AlertsConfig) =>
    (JSON.parse(stack(given).text) as { terraform: { backend: unknown } }).terraform.backend;

  test('is a local file for each stack by default', () => {
    expect(backend(config())).toEqual({
      local: { path: expect.stringMatching(/terraform\.prod-eu-west-1\.tfstate$/) },
    });
  });

  test.each([
    [undefined, 'ecs-alerts/prod-eu-west-1.tfstate'],
    ['team/', 'team/prod-eu-west-1.tfstate'],
  ])('is in S3 with a lock file when configured, key prefix %s', (keyPrefix, key) => {
    const s3State = { bucket: 'states', region: 'us-east-1', keyPrefix };

    expect(backend(config({ s3State }))).toEqual({
      s3: { bucket: 'states', region: 'us-east-1', key, encrypt: true, use_lockfile: true },
    });
  });
});

test.each([
  [undefined, 'nodejs24.x'],
  ['5.100.0', 'nodejs22.x'],
  ['6.18.0', 'nodejs22.x'],
  ['6.19.0', 'nodejs24.x'],
  ['6.25.1', 'nodejs24.x'],
  ['7.0.0', 'nodejs24.x'],
])('runs with AWS provider %s on %s', (awsProviderVersion, runtime) => {
  const synth = stack(config({ awsProviderVersion }));
  const { terraform } = JSON.parse(synth.text) as { terraform: { required_providers: { aws: { version: string } } } };

  expect(synth.all(LambdaFunction).map((body) => body['runtime'])).toEqual([runtime, runtime]);
  if (awsProviderVersion === undefined) expect(terraform.required_providers.aws.version).toMatch(/^\d+\.\d+\.\d+$/);
  else expect(terraform.required_providers.aws.version).toBe(awsProviderVersion);
});

describe('what holds for all', () => {
  test('is overruled by the cluster, and that by the service', () => {
    const services = { api: {}, worker: { stopped: true } };
    const off = { cpu: false, memory: false, scaledUp: false, scaledDown: false } as const;
    const names = (forAll: boolean, cluster: ClusterConfig) =>
      alarmNames(stack(config({ ...off, stopped: forAll, clusters: [{ ...cluster, services }] })));

    expect(names(false, SHOP)).toEqual(['ecs/shop/worker/stopped']);
    expect(names(false, { ...SHOP, stopped: true })).toEqual(['ecs/shop/api/stopped', 'ecs/shop/worker/stopped']);
    expect(names(true, { ...SHOP, stopped: false })).toEqual(['ecs/shop/worker/stopped']);
    expect(names(true, { ...SHOP, cpu: {}, services: {} })[0]).toBe('ecs/shop/cpu-high');
  });

  test('is laid over field by field, in that order', () => {
    const forAll = { cpu: { percent: 70, minutes: 7 }, tags: { Team: 'all', All: 'yes' } } as const;
    const services = { api: {}, web: { cpu: { percent: 90 } }, worker: { cpu: { minutes: 9 } } };
    const cluster = { ...SHOP, cpu: { percent: 80 }, tags: { Team: 'shop' }, services };
    const synth = stack(config({ ...forAll, clusters: [cluster] }));
    const limits = synth
      .all(CloudwatchMetricAlarm)
      .filter(({ alarm_name }) => String(alarm_name).endsWith('/cpu-high'))
      .map(({ alarm_name, threshold, evaluation_periods }) => [alarm_name, threshold, evaluation_periods]);

    expect(limits).toEqual([
      ['ecs/shop/cpu-high', 80, 7],
      ['ecs/shop/web/cpu-high', 90, 7],
      ['ecs/shop/worker/cpu-high', 80, 9],
    ]);
    expect(synth.one(DynamodbTable)['tags']).toEqual({ Team: 'shop', All: 'yes' });
  });

  test('is what a service has again that its cluster has not', () => {
    const services = { api: { cpu: true }, web: { cpu: { minutes: 9 } }, worker: { cpu: false }, plain: {} } as const;
    const clusters = [{ ...SHOP, cpu: false as const, services }];
    const limits = stack(config({ cpu: { percent: 70, minutes: 7 }, clusters }))
      .all(CloudwatchMetricAlarm)
      .filter(({ alarm_name }) => String(alarm_name).endsWith('/cpu-high'))
      .map(({ alarm_name, threshold, evaluation_periods }) => [alarm_name, threshold, evaluation_periods]);

    expect(limits).toEqual([
      ['ecs/shop/api/cpu-high', 70, 7],
      ['ecs/shop/web/cpu-high', 70, 9],
    ]);
  });

  test('is off, and on again for one cluster', () => {
    const clusters = [
      { ...SHOP, watcher: true, dashboard: false },
      { ...SHOP, name: 'batch', watcher: undefined },
    ];
    const synth = stack(config({ watcher: false, dashboard: true, clusters }));

    expect(synth.all(LambdaFunction).map((body) => body['function_name'])).toEqual([
      'ecs-alerts-shop-notifier',
      'ecs-alerts-shop-watcher',
      'ecs-alerts-batch-notifier',
    ]);
    expect(synth.all(CloudwatchDashboard).map((body) => body['dashboard_name'])).toEqual([
      'ecs-alerts-batch-eu-west-1',
    ]);
  });

  test('reaches the notifier with the account’s name', () => {
    expect(settings(stack(config({ quietMinutes: 5, reopenMinutes: 6 })))).toMatchObject({
      accountName: 'prod',
      quietMinutes: 5,
      reopenMinutes: 6,
      channel: 'C0123456789',
    });
  });

  test('keeps its token when the cluster has a channel of its own', () => {
    const clusters = [{ ...SHOP, slack: { channel: 'C9876543210' } }];

    expect(settings(stack(config({ clusters })))).toMatchObject({
      channel: 'C9876543210',
      token: { parameter: '/ecs-alerts/slack-bot-token' },
    });
  });

  test('gives way to a token of the cluster’s own', () => {
    const tokenSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';
    const clusters = [{ ...SHOP, slack: { tokenSecretArn } }];

    expect(settings(stack(config({ clusters })))).toMatchObject({
      channel: 'C0123456789',
      token: { secretArn: tokenSecretArn },
    });
  });
});

test('takes clusters that are called as the provider and the backend', () => {
  const clusters = [
    { ...SHOP, name: 'aws' },
    { ...SHOP, name: 'backend' },
  ];
  const s3State = { bucket: 'states', region: 'us-east-1' };

  expect(stack(config({ clusters, s3State })).all(DynamodbTable)).toHaveLength(2);
});

test('makes every option there is', () => {
  const made = stacks(EVERY_OPTION);

  expect([...made.keys()]).toEqual(['prod-eu-west-1', 'staging-us-east-1']);
  for (const { text } of made.values()) expect(text).not.toMatch(/undefined|NaN|\[object|TfToken/);
});

test('refuses an account that is not in the list', () => {
  const props = { config: config(), account: 'test', region: 'eu-west-1' };

  expect(() => new EcsAlertsStack(testApp(), 'test-eu-west-1', props)).toThrow(
    'test-eu-west-1: `account` must be a key of accounts, got "test"',
  );
});

/** `eu-west-1:111122223333` of an ARN; IAM's and S3's have no region. */
function placeOf(arn: string): string {
  return arn.split(':').slice(3).join(':');
}
