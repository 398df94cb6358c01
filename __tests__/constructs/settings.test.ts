import { type AttributeValue, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import { settingsReader } from '../../functions/notifier/read-settings';
import { startTable } from '../../tools/table';
import { alerts, ref, SHOP, type Synth } from '../support/synth';

const NOON = () => new Date('2026-11-18T12:00:00Z');
const TABLE = 'aws_dynamodb_table.alerts_table_0A42719C';
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

test('writes an item for the cluster and one for each listed service', () => {
  const items = alerts({ services: { api: {}, worker: {} } }).all(DynamodbTableItem);

  expect(items.map((item) => keyOf(item['item']))).toEqual(['cluster', 'service/api', 'service/worker']);
  for (const item of items) {
    expect(item).toEqual({
      table_name: ref(TABLE, 'name'),
      hash_key: 'pk',
      range_key: 'sk',
      item: expect.any(String),
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
      alarms: { 'ecs/shop/cpu-high': 'cpu-high', 'ecs/shop/memory-high': 'memory-high' },
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
        cpu: false,
      }),
    );

    expect(cluster).toMatchObject({
      accountName: 'prod',
      channel: 'C9876543210',
      token: { secretArn: tokenSecretArn },
      broadcast: [],
      quietMinutes: 10,
      reopenMinutes: 0,
      alarms: { 'ecs/shop/memory-high': 'memory-high' },
    });
  });

  test('are those of a cluster of 500 services with long names', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `${'s'.repeat(240)}-${index}`);
    const services = Object.fromEntries(names.map((name) => [name, {}]));

    const { cluster, alarms } = await readBack(alerts({ clusterName: 'c'.repeat(255), services }));

    expect(cluster.cluster).toBe('c'.repeat(255));
    expect(alarms.size).toBe(2 + 3 * 500);
    const told = [...alarms.values()].filter(({ service }) => service !== undefined);
    expect(new Set(told.map(({ kind, service }) => `${service} ${kind}`))).toEqual(
      new Set(names.flatMap((name) => [`${name} stopped`, `${name} scaled-up`, `${name} scaled-down`])),
    );
  });

  test('know every alarm that is made, and no other', async () => {
    const shop = alerts({ memory: false, services: { api: {}, worker: { stopped: false } } });
    const made = [...shop.text.matchAll(/"alarm_name": "([^"]+)"/g)].map(([, name]) => name);

    const { alarms } = await readBack(shop);

    expect(new Set(alarms.keys())).toEqual(new Set(made));
    expect(alarms.get('ecs/shop/worker/scaled-up')).toEqual({ kind: 'scaled-up', service: 'worker' });
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
