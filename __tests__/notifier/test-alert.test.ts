import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../functions/notifier/alert';
import { decode } from '../../functions/notifier/decode';
import type { Context } from '../../functions/notifier/decode/context';
import { handle } from '../../functions/notifier/handler';
import { newThread, type Thread } from '../../functions/notifier/thread/memory';
import { fold } from '../../functions/notifier/thread/thread';
import { TEST_SOURCE, testIn, testReason } from '../../functions/test-alert';
import { startTable } from '../../tools/table';
import { API, anAlarm, anObservation, anOk, aStop, at, RULES } from '../support/alerts';
import { aNotifier, aRecord, someSettings } from '../support/notifier';

const TEST = { nonce: '3f2b', sentBy: 'user/alice' };
const ALARM = 'ecs/shop/api/stopped';
const { service: _service, ...cluster } = API;
const CONTEXT: Context = {
  cluster,
  alarms: new Map([[ALARM, { kind: 'stopped', service: 'api' }]]),
  services: new Map(),
  dependencies: new Map(),
  sentAtMs: at('14:02'),
};
const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/sns-alarm-single-metric-no-running-tasks-ALARM.json'), 'utf8'),
) as { readonly AlarmArn: string };

/** What the topic hands on when the alarm is set to a state. */
function set(NewStateValue: string, NewStateReason: string, StateChangeTime = '2026-11-18T14:02:00.000+0000') {
  const AlarmArn = fixture.AlarmArn.replace('us-east-1', 'eu-west-1');
  const Trigger = { Dimensions: [{ name: 'ClusterName', value: 'shop' }] };
  return { ...fixture, AlarmName: ALARM, AlarmArn, NewStateValue, NewStateReason, StateChangeTime, Trigger };
}

const record = { source: TEST_SOURCE, subject: API, ...TEST };
const read = (body: object) => decode(JSON.stringify(body), CONTEXT);

test('is an alarm that was set to ALARM with a marked reason, of the subject that the alarm has', () => {
  expect(read(set('ALARM', testReason(TEST)))).toEqual({
    kind: 'test',
    subject: API,
    identity: 'test/3f2b',
    atMs: at('14:02'),
    sentBy: 'user/alice',
    alarm: ALARM,
  });
});

test('is no other alarm, and no other state of one', () => {
  expect(read(set('ALARM', 'Threshold Crossed: 3 datapoints'))).toMatchObject({ kind: 'stopped' });
  expect(read(set('OK', testReason(TEST)))).toMatchObject({ kind: 'stopped', state: 'OK' });
});

test('is a marked record, and what only says that it is one is shown as it is', () => {
  expect(read(record)).toEqual({
    kind: 'test',
    subject: API,
    identity: 'test/3f2b',
    atMs: CONTEXT.sentAtMs,
    sentBy: 'user/alice',
  });
  for (const odd of [
    { ...record, nonce: undefined },
    { ...record, subject: 'api' },
    { ...record, sentBy: 7 },
  ]) {
    expect(read(odd)).toMatchObject({ kind: 'unknown' });
  }
});

test.each(['user/alice', 'assumed-role/deploy: a test, sent by\nnobody'])('reads back who sent it: %s', (sentBy) => {
  expect(testIn(testReason({ ...TEST, sentBy }))).toEqual({ ...TEST, sentBy });
});

/** What the thread is after these, each told before the next comes. */
function after(...alerts: readonly Alert[]): Thread {
  return alerts.reduce((thread, alert) => {
    const next = fold(thread, [alert], RULES).thread;
    return next.incident === undefined
      ? next
      : { ...next, incident: { parent: { channel: 'C1', ts: '1.1' }, ...next.incident } };
  }, newThread(API));
}

const aTest = (clock: string): Alert => ({
  kind: 'test',
  subject: API,
  identity: `test/${clock}`,
  atMs: at(clock),
  sentBy: 'user/alice',
});

test('is a reply in an open thread, which stays as bad as it is and has the headline that it had', () => {
  for (const alert of [anAlarm('14:02'), aStop('14:02')]) {
    const before = after(alert);
    const { replies, worsening, closed, thread } = fold(before, [aTest('14:05')], RULES);

    expect(replies.map(({ alert: { kind } }) => kind)).toEqual(['test']);
    expect({ worsening, closed }).toEqual({ worsening: undefined, closed: false });
    expect(thread.incident).toMatchObject({ severity: 'warning', conditions: before.incident?.conditions });
    expect(thread.incident?.note).toEqual(before.incident?.note);
  }
});

test('leaves green what is over', () => {
  const { replies, thread } = fold(after(anAlarm('14:02'), anOk('14:10')), [aTest('14:20')], RULES);

  expect(replies).toHaveLength(1);
  expect(thread.incident?.endedAtMs).toBe(at('14:10'));
});

test('opens a thread where there is none, which the next alert joins', () => {
  const opened = fold(newThread(API), [aTest('14:02')], RULES);
  expect(opened.opens?.alert.kind).toBe('test');

  const { replies, worsening, thread } = fold(after(aTest('14:02')), [aStop('14:05')], RULES);
  expect(replies).toHaveLength(1);
  expect(worsening).toBe('warning');
  expect(thread.incident?.note?.kind).toBe('task-stopped');
});

test('is told whatever is switched off, without asking ECS, and the OK that follows is not', async () => {
  const table = await startTable();
  const { deps, slack, asked } = aNotifier(table);
  const tell = { stopped: { policy: 'off' as const } };
  const settings = someSettings();
  const off = {
    ...settings,
    cluster: { ...settings.cluster, tell, explain: ['why' as const] },
    alarms: CONTEXT.alarms,
  };
  const readServices = jest.fn(async () => new Map([['api', anObservation('14:02').reading]]));
  const told = { ...deps, settings: async () => off, readServices };

  await handle([aRecord(set('ALARM', testReason(TEST)))], told);
  expect(readServices).not.toHaveBeenCalled();
  await handle([aRecord(set('OK', 'Threshold Crossed', '2026-11-18T14:03:00.000+0000'))], told);
  await table.close();

  expect(slack.parents().map(({ text }) => text.replaceAll('\u00a0', ' '))).toEqual([
    '🔵 api: test alert: alarm ecs/shop/api/stopped set off, sent by user/alice (prod, shop)',
  ]);
  expect(slack.replies(slack.parents()[0])).toEqual([]);
  expect(asked).toEqual([]);
});
