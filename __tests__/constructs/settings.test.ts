import { type AttributeValue, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import type { EcsClusterAlertsProps } from '../../constructs';
import { settingsReader } from '../../functions/read-settings';
import { startTable } from '../../tools/table';
import { alerts, ref, SHOP, type Synth } from '../support/synth';

const NOON = () => new Date('2026-11-18T12:00:00Z');
const TABLE = 'aws_dynamodb_table.alerts_table_0A42719C';
const FUNCTIONS = [
  'aws_lambda_function.alerts_notifier_function_35D53690',
  'aws_lambda_function.alerts_watcher_function_D30B868D',
];
const BATCH_WRITE_MAX = 25;

test.each([
  [undefined, false],
  [true, true],
])(
  'makes the table on demand, with an end of life for items; continuous backups %s',
  (pointInTimeRecovery, enabled) => {
    expect(alerts({ pointInTimeRecovery }).all(DynamodbTable)).toEqual([
      {
        name: 'ecs-alerts-shop-threads',
        billing_mode: 'PAY_PER_REQUEST',
        hash_key: 'pk',
        range_key: 'sk',
        attribute: [
          { name: 'pk', type: 'S' },
          { name: 'sk', type: 'S' },
        ],
        ttl: { attribute_name: 'expiresAt', enabled: true },
        point_in_time_recovery: { enabled },
      },
    ]);
  },
);

test('writes an item for the cluster and one for each listed service and each dependency', () => {
  const items = alerts({
    services: { api: {}, worker: {} },
    dependencies: { jobs: { sqsQueue: 'jobs' } },
  }).all(DynamodbTableItem);

  expect(items.map((item) => keyOf(item['item']))).toEqual([
    'cluster',
    'service/api',
    'service/worker',
    'dependency/jobs',
  ]);
  for (const item of items) {
    expect(item).toEqual({
      table_name: ref(TABLE, 'name'),
      hash_key: 'pk',
      range_key: 'sk',
      item: expect.any(String),
      // The one before it would not understand them.
      depends_on: FUNCTIONS,
    });
  }
});

describe('read back by the notifier', () => {
  let started: Awaited<ReturnType<typeof startTable>>;
  beforeEach(async () => {
    started = await startTable();
  });
  afterEach(() => started.close());

  /** Does what Terraform does with the items, then what the function does at its start. */
  async function readBack(synth: Synth) {
    const { db, table } = started;
    const items = synth.all(DynamodbTableItem).map(({ item }) => JSON.parse(String(item)) as Item);
    for (let start = 0; start < items.length; start += BATCH_WRITE_MAX) {
      const part = items.slice(start, start + BATCH_WRITE_MAX).map((Item) => ({ PutRequest: { Item } }));
      await db.send(new BatchWriteItemCommand({ RequestItems: { [table]: part } }));
    }
    return settingsReader(db, table, NOON)();
  }

  test('are the defaults', async () => {
    const { cluster, alarms } = await readBack(alerts());

    expect(cluster).toEqual({
      accountId: '111122223333',
      accountName: '111122223333',
      region: 'eu-west-1',
      cluster: 'shop',
      channel: 'C0123456789',
      token: { parameter: '/ecs-alerts/slack-bot-token' },
      broadcast: ['warning', 'critical'],
      quietMinutes: 60,
      reopenMinutes: 60,
      remindMinutes: 60,
      deploymentMinutes: 30,
      underDesiredMinutes: 5,
      crashLoop: { stops: 3, minutes: 30 },
      tell: {},
      explain: ['why', 'changes', 'lastLines', 'chart', 'dependencies'],
      alarms: { 'ecs/shop/cpu-high': { kind: 'cpu-high' }, 'ecs/shop/memory-high': { kind: 'memory-high' } },
    });
    expect([...alarms]).toEqual([
      ['ecs/shop/cpu-high', { kind: 'cpu-high' }],
      ['ecs/shop/memory-high', { kind: 'memory-high' }],
    ]);
  });

  test('are the given props', async () => {
    const tokenSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';
    const { cluster } = await readBack(
      alerts({
        accountName: 'prod',
        slack: { channel: 'C9876543210', tokenSecretArn, broadcast: [] },
        quietMinutes: 10,
        reopenMinutes: 0,
        remindMinutes: 0,
        deploymentMinutes: 45,
        underDesired: { minutes: 10, severity: 'critical' },
        crashLoop: { stops: 5 },
        deployment: { policy: 'open' },
        scaledUp: { policy: 'off' },
        cpu: false,
        runbook: 'https://example.com/shop',
        runbooks: { 'crash-loop': 'https://example.com/crash-loop' },
        dashboard: true,
      }),
    );

    expect(cluster).toMatchObject({
      accountName: 'prod',
      channel: 'C9876543210',
      token: { secretArn: tokenSecretArn },
      broadcast: [],
      quietMinutes: 10,
      reopenMinutes: 0,
      remindMinutes: 0,
      deploymentMinutes: 45,
      underDesiredMinutes: 10,
      crashLoop: { stops: 5, minutes: 30 },
      tell: {
        'cpu-high': { policy: 'off' },
        'under-desired': { severity: 'critical' },
        'crash-loop': { runbook: 'https://example.com/crash-loop' },
        deployment: { policy: 'open' },
        'scaled-up': { policy: 'off' },
      },
      runbook: 'https://example.com/shop',
      dashboard: 'ecs-alerts-shop-eu-west-1',
      alarms: { 'ecs/shop/memory-high': { kind: 'memory-high' } },
    });
  });

  test('are those of a cluster of 500 services with long names', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `${'s'.repeat(240)}-${index}`);
    const services = Object.fromEntries(names.map((name) => [name, { dependsOn: ['db', 'jobs'] }]));
    const dependencies = { db: { rdsInstance: 'orders' }, jobs: { sqsQueue: 'jobs' } };

    const { cluster, alarms, ...read } = await readBack(
      alerts({ clusterName: 'c'.repeat(255), services, dependencies }),
    );

    expect(cluster.cluster).toBe('c'.repeat(255));
    expect(alarms.size).toBe(2 + 3 * 500 + 3 + 1);
    expect([...read.services.values()].map(({ dependsOn }) => dependsOn)).toEqual(names.map(() => ['db', 'jobs']));
    expect(new Set(read.dependencies.get('db')?.usedBy)).toEqual(new Set(names));
    const told = [...alarms.values()].filter(({ service }) => service !== undefined);
    expect(new Set(told.map(({ kind, service }) => `${service} ${kind}`))).toEqual(
      new Set(names.flatMap((name) => [`${name} stopped`, `${name} scaled-up`, `${name} scaled-down`])),
    );
  });

  test('know every alarm that is made, and no other', async () => {
    const shop = alerts({
      memory: false,
      services: { api: {}, worker: { stopped: false, maxTasks: 3, logs: [{ logGroup: 'a', pattern: 'ERROR' }] } },
      dependencies: { db: { rdsInstance: 'orders' }, health: { endpoint: 'https://example.com' } },
    });
    const made = [...shop.text.matchAll(/"alarm_name": "([^"]+)"/g)].map(([, name]) => name);

    const { alarms } = await readBack(shop);

    expect(new Set(alarms.keys())).toEqual(new Set(made));
    expect(alarms.get('ecs/shop/worker/scaled-up')).toEqual({ kind: 'scaled-up', service: 'worker' });
    expect(alarms.get('ecs/shop/worker/log-pattern:1')).toEqual({
      kind: 'log-pattern',
      measure: 'ERROR',
      log: { group: 'a', pattern: 'ERROR' },
      service: 'worker',
    });
    expect(alarms.get('ecs/shop/dependency:db/free-storage-low')).toEqual({
      kind: 'dependency',
      measure: 'free storage',
      unit: 'GB',
      dependency: 'db',
    });
  });

  describe('of a service', () => {
    const own = async (service: object, more: Partial<EcsClusterAlertsProps> = {}) => {
      const { services } = await readBack(alerts({ ...more, services: { api: service } }));
      const { service: name, alarms, ...rest } = services.get('api') ?? { service: '', alarms: {} };
      expect([name, Object.keys(alarms)]).toEqual([
        'api',
        expect.arrayContaining([expect.stringMatching('ecs/shop/')]),
      ]);
      return rest;
    };

    test('are nothing where it says nothing', async () => {
      expect(await own({}, { quietMinutes: 5, cpu: false, runbook: 'https://example.com' })).toEqual({});
    });

    test('are nothing where it says what its cluster says', async () => {
      expect(
        await own({ quietMinutes: 5, cpu: { severity: 'info' } }, { quietMinutes: 5, cpu: { severity: 'info' } }),
      ).toEqual({});
    });

    test('are what it says otherwise', async () => {
      const service = {
        slack: { channel: 'C9876543210', broadcast: ['critical'] },
        quietMinutes: 5,
        reopenMinutes: 6,
        remindMinutes: 7,
        deploymentMinutes: 8,
        underDesired: { minutes: 9 },
        crashLoop: { stops: 10 },
        maxTasks: 11,
        runbook: 'https://example.com/api',
        runbooks: { stopped: 'https://example.com/stopped' },
        taskStopped: false,
      };

      expect(await own(service, { crashLoop: { minutes: 12 } })).toEqual({
        channel: 'C9876543210',
        broadcast: ['critical'],
        quietMinutes: 5,
        reopenMinutes: 6,
        remindMinutes: 7,
        deploymentMinutes: 8,
        underDesiredMinutes: 9,
        crashLoop: { stops: 10, minutes: 12 },
        maxTasks: 11,
        runbook: 'https://example.com/api',
        tell: { stopped: { runbook: 'https://example.com/stopped' }, 'task-stopped': { policy: 'off' } },
      });
    });

    test('say that it is told again, by default or as for its cluster', async () => {
      const off = { scaledUp: false, scaledDown: { policy: 'off', severity: 'warning' } } as const;

      expect(await own({ scaledUp: true, scaledDown: true }, off)).toEqual({
        tell: { 'scaled-up': {}, 'scaled-down': { severity: 'warning' } },
      });
    });

    test('say that it is told again with options over what is not told', async () => {
      const off = { scaledUp: { policy: 'off', severity: 'warning' }, scaledDown: { policy: 'off' } } as const;

      expect(await own({ scaledUp: {}, scaledDown: { policy: 'off', severity: 'critical' } }, off)).toEqual({
        tell: { 'scaled-up': { severity: 'warning' }, 'scaled-down': { policy: 'off', severity: 'critical' } },
      });
    });

    test('name each dependency once', async () => {
      const dependencies = { jobs: { sqsQueue: 'jobs' } };

      expect(await own({ dependsOn: ['jobs', 'jobs'] }, { dependencies })).toEqual({ dependsOn: ['jobs'] });
    });
  });

  test('of a dependency say who leans on it, how it is told and what is asked', async () => {
    const { dependencies } = await readBack(
      alerts({
        services: { api: { dependsOn: ['health', 'jobs'] }, web: { dependsOn: ['health'] } },
        dependencies: {
          health: {
            endpoint: 'https://example.com/health',
            policy: 'join',
            severity: 'critical',
            runbook: 'https://example.com/runbook',
            certificateDays: false,
          },
          jobs: { sqsQueue: 'jobs' },
          asked: { endpoint: 'http://10.0.0.1:8080/', timeoutSeconds: 2, status: { to: 204 } },
        },
      }),
    );

    expect(dependencies.get('health')).toEqual({
      dependency: 'health',
      usedBy: ['api', 'web'],
      telling: { policy: 'join', severity: 'critical', runbook: 'https://example.com/runbook' },
      probe: { url: 'https://example.com/health', timeoutMs: 5000, status: { from: 200, to: 399 } },
      alarms: {
        'ecs/shop/dependency:health/unhealthy': { kind: 'dependency', measure: 'healthy answers' },
        'ecs/shop/dependency:health/latency-high': { kind: 'dependency', measure: 'response time', unit: 'ms' },
      },
    });
    expect(dependencies.get('jobs')).toEqual({
      dependency: 'jobs',
      usedBy: ['api'],
      alarms: {
        'ecs/shop/dependency:jobs/oldest-message-old': {
          kind: 'dependency',
          measure: 'age of the oldest message',
          unit: 's',
        },
      },
    });
    const off = await readBack(
      alerts({ dependency: false, dependencies: { health: { endpoint: 'https://example.com' } } }),
    );
    expect(off.dependencies.get('health')).toEqual({ dependency: 'health', usedBy: [], alarms: {} });
    expect(dependencies.get('asked')).toMatchObject({
      usedBy: [],
      probe: { url: 'http://10.0.0.1:8080/', timeoutMs: 2000, status: { from: 200, to: 204 } },
    });
  });
});

test('never writes a token anywhere: only where it is', () => {
  const { text } = alerts();

  expect(text).toContain(SHOP.slack.tokenParameter);
  expect(text).not.toContain('xox');
});

type Item = Record<string, AttributeValue>;

function keyOf(item: unknown): unknown {
  return (JSON.parse(String(item)) as Item)['sk']?.S;
}
