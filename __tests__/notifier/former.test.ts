import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { threadStore } from '../../functions/notifier/deliver/thread-store';
import { asToday } from '../../functions/notifier/thread/former';
import { fold } from '../../functions/notifier/thread/thread';
import { topicsOf } from '../../functions/notifier/thread/topics';
import { settingsOf } from '../../functions/read-settings';
import { startTable } from '../../tools/table';
import { anOk, RULES } from '../support/alerts';

/** What the zip of the first version wrote, and the settings that it read. */
const read = (file: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'first-deployment', file), 'utf8'));
const ITEMS = read('items.json') as readonly Readonly<Record<string, unknown>>[];
const CPU = 'ecs/shop/cpu-high#d29cc7719cf01505';
const CPU_AT_MS = 1_795_403_728_130;

let table: Awaited<ReturnType<typeof startTable>>;
beforeAll(async () => {
  table = await startTable();
  for (const Item of ITEMS) await table.db.send(new PutCommand({ TableName: table.table, Item }));
});
afterAll(() => table.close());

const keyOf = (service: string) => `111122223333/eu-west-1/shop/${service}`;

function aStore() {
  return threadStore(table.db, table.table, { now: () => new Date(CPU_AT_MS), newId: randomUUID });
}

async function threadOf(service: string) {
  const [thread] = await aStore().read([keyOf(service)]);
  if (thread === undefined) throw new Error(`${service} has no thread`);
  return thread;
}

test('an alarm that stands is known by today’s key, and so are its changes', async () => {
  const { changes, incident } = await threadOf('api');

  expect(incident).toMatchObject({
    severity: 'warning',
    worst: 'warning',
    parent: { channel: 'C000000001', ts: '1795403728.000005' },
    conditions: { [`alarm/${CPU}`]: { kind: 'cpu-high', condition: `alarm/${CPU}`, value: 95 } },
  });
  expect(changes).toEqual({
    'alarm/ecs/shop/api/stopped': { atMs: 1_795_403_722_810, isOk: true },
    [`alarm/${CPU}`]: { atMs: CPU_AT_MS, isOk: false },
  });
});

test.each([
  ['after it ends the incident', 1, []],
  ['before it does not', -1, [`alarm/${CPU}`]],
])('an OK %s', async (_when, laterMs, standing) => {
  const ok = anOk('14:02', { condition: `alarm/${CPU}`, atMs: CPU_AT_MS + laterMs });
  const { thread } = fold(await threadOf('api'), [ok], RULES);

  expect(Object.keys(thread.incident?.conditions ?? {})).toEqual(standing);
});

test('stops name their task, and deployments have today’s key', async () => {
  const { incident, deployments } = await threadOf('worker');

  expect(incident?.stops).toMatchObject({ count: 2, last: { task: 'second', revision: 'api:42', exitCode: 1 } });
  expect(incident?.note).toMatchObject({ kind: 'task-stopped', task: 'second' });
  expect(deployments).toEqual({ 'deployment/ecs-svc/8823410076651294203': { revision: 'api:42', seenAtMs: 0 } });
});

test('what is over is remembered', async () => {
  const { incident } = await threadOf('web');

  expect(incident).toMatchObject({
    conditions: {},
    endedAtMs: 1_795_403_646_816,
    was: [{ condition: 'alarm/web-cpu' }],
  });
});

test.each([
  ['api', [`alarm/${CPU}`]],
  ['worker', ['stop/api:42/1']],
  ['checkout', ['deployment/ecs-svc/8823410076651294203']],
])('what is open of %s can be explained', async (service, topics) => {
  const { incident } = await threadOf(service);

  expect(incident && topicsOf(incident, { leansOn: false })).toEqual(topics);
});

test('what Slack may have and nobody knows of waits in the outbox', async () => {
  const held = await aStore().lock(keyOf('worker'), (await threadOf('worker')).subject, CPU_AT_MS + 1);

  expect(held).toMatchObject({ stale: true, refused: [], editLostAtMs: 0 });
  expect(held?.outbox).toMatchObject([{ attempted: true, reply: { broadcast: false } }]);
});

test('what was told is known by today’s identities', async () => {
  const identity = `alarm/${CPU}@2026-11-23T03:15:28.130+0000`;
  const told = await aStore().told(keyOf('api'), [identity, `alarm/${CPU}@2026-11-23T03:16:28.130+0000`]);

  expect(told).toEqual(new Map([[identity, '1795403728.000005']]));
});

test('what is written today is read as it is', async () => {
  for (const service of ['api', 'worker', 'web', 'checkout']) {
    const thread = await threadOf(service);
    expect(asToday(thread)).toEqual(thread);
  }
});

test('the settings are understood until today’s are written', () => {
  const { resource } = read('cdk.tf.json') as {
    readonly resource: { readonly aws_dynamodb_table_item: Readonly<Record<string, { readonly item: string }>> };
  };
  const items = Object.values(resource.aws_dynamodb_table_item).map(({ item }) => {
    const { sk, settings } = JSON.parse(item) as Readonly<Record<string, { readonly S: string }>>;
    return { sk: sk?.S, settings: settings?.S };
  });
  const { cluster, alarms } = settingsOf(items, table.table);

  expect(cluster).toMatchObject({ cluster: 'shop', remindMinutes: 0, tell: {}, explain: [] });
  expect(alarms.get('ecs/shop/cpu-high')).toEqual({ kind: 'cpu-high' });
  expect(alarms.get('ecs/shop/api/stopped')).toEqual({ kind: 'stopped', service: 'api' });
});
