import type { Alert } from '../../functions/notifier/alert';
import { newThread, type Thread } from '../../functions/notifier/thread/memory';
import { type Folded, fold } from '../../functions/notifier/thread/thread';
import { API, aDeployment, anAlarm, anOk, aStop, at, RULES } from '../support/alerts';

/** As if every message was posted: the parent is there for what comes next. */
function posted({ thread }: Folded): Thread {
  const { incident } = thread;
  return incident === undefined
    ? thread
    : { ...thread, incident: { parent: { channel: 'C1', ts: '1.1' }, ...incident } };
}

/** Folds one batch after the other; the last one's result. */
function play(...batches: readonly (readonly Alert[])[]): Folded {
  const [last = [], ...earlier] = [...batches].reverse();
  const thread = earlier.reverse().reduce((before, batch) => posted(fold(before, batch, RULES)), newThread(API));
  return fold(thread, last, RULES);
}

/** No crash: the machine was taken away. */
const SPOT = { crashed: false, spot: true } as const;
const identities = (folded: Folded) => folded.replies.map(({ alert }) => alert.identity);
const rules = (folded: Folded) => folded.untold.map(({ rule }) => rule);

test('opens an incident with the first alert', () => {
  const folded = play([anAlarm('14:02')]);

  expect(folded.opens?.alert).toMatchObject({ kind: 'cpu-high' });
  expect(folded.replies).toEqual([]);
  expect(folded.thread.incident).toMatchObject({ openedAtMs: at('14:02'), severity: 'warning', alertCount: 1 });
});

test('tells later alerts as replies', () => {
  const stop = aStop('14:03');

  expect(identities(play([anAlarm('14:02')], [stop]))).toEqual([stop.identity]);
});

test('is over when its last condition ends, with the time of that end', () => {
  const memory = { condition: 'memory', alarmName: 'memory' };
  const one = play([anAlarm('14:02'), anAlarm('14:03', memory)], [anOk('14:20')]);
  const both = play([anAlarm('14:02'), anAlarm('14:03', memory)], [anOk('14:20')], [anOk('14:25', memory)]);

  expect(one.closed).toBe(false);
  expect(one.thread.incident?.endedAtMs).toBeUndefined();
  expect(both.closed).toBe(true);
  expect(both.thread.incident).toMatchObject({ endedAtMs: at('14:25'), conditions: {} });
});

test('records an OK without a condition and does not tell it', () => {
  const folded = play([anOk('14:02')]);

  expect(rules(folded)).toEqual(['OK without a condition']);
  expect(folded.thread.changes).toEqual({ [anOk('14:02').condition]: { atMs: at('14:02'), isOk: true } });
});

test('ignores an OK that is older than the ALARM that it would close', () => {
  const folded = play([anAlarm('14:05')], [anOk('14:04')]);

  expect(rules(folded)).toEqual(['stale OK']);
  expect(Object.keys(folded.thread.incident?.conditions ?? {})).toHaveLength(1);
});

test('tells an ALARM that comes after its own OK as over since then', () => {
  const folded = play([anOk('14:05')], [anAlarm('14:04')]);

  expect(folded.opens?.alert.identity).toBe(anAlarm('14:04').identity);
  expect(folded.thread.incident).toMatchObject({ conditions: {}, endedAtMs: at('14:05') });
});

test('tells a FAILED that comes after the COMPLETED of a later deployment as over since then', () => {
  const next = aDeployment('14:30', 'completed', { deploymentId: 'ecs-svc/43' });

  expect(play([next], [aDeployment('14:04', 'failed')]).thread.incident).toMatchObject({
    conditions: {},
    endedAtMs: at('14:30'),
  });
});

test('does not end a failed deployment with a COMPLETED from before it that comes late', () => {
  const before = aDeployment('13:50', 'completed', { deploymentId: 'ecs-svc/41' });

  expect(play([aDeployment('14:04', 'failed')], [before])).toMatchObject({ closed: false });
});

test('knows a rollback by the deployment that it completes once more, also without its start', () => {
  const old = { deploymentId: 'ecs-svc/41' };
  const folded = play(
    [aDeployment('09:00', 'completed', old)],
    [aDeployment('14:04', 'failed')],
    [aDeployment('14:08', 'completed', old)],
  );

  expect(folded.replies[0]?.alert).toMatchObject({ phase: 'rolled-back' });
  expect(folded.closed).toBe(false);
});

test('is over when the last condition was, in whatever order the ends come', () => {
  const memory = { condition: 'memory', alarmName: 'memory' };
  const folded = play([anAlarm('14:02'), anAlarm('14:03', memory)], [anOk('14:25')], [anOk('14:10', memory)]);

  expect(folded.thread.incident?.endedAtMs).toBe(at('14:25'));
});

test('takes no info for a day into a thread that was once above info', () => {
  const up = (clock: string) => anAlarm(clock, { kind: 'scaled-up', condition: 'up', value: 2, unread: true });
  const folded = play([anAlarm('08:00')], [anOk('08:20')], [up('08:40')], [up('20:00')]);

  expect(folded.opens).toBeDefined();
});

test('survives IDs that are names of JavaScript', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    const folded = play(
      [aDeployment('14:00', 'in-progress', { deploymentId: name })],
      [aDeployment('14:04', 'failed', { deploymentId: name })],
    );
    expect(folded.opens?.alert).toMatchObject({ startedAtMs: at('14:00') });
  }
});

test('does not take a vanished series for a recovery, but a completed deployment ends it', () => {
  const vanished = [anOk('14:10', { vanished: true })];

  expect(play([anAlarm('14:02')], vanished)).toMatchObject({ closed: false });
  expect(identities(play([anAlarm('14:02')], vanished))).toHaveLength(1);
  expect(play([anAlarm('14:02')], vanished, [aDeployment('14:20', 'completed')])).toMatchObject({ closed: true });
});

test('does not tell stops that were asked for', () => {
  expect(rules(play([aStop('14:02', { askedFor: true })]))).toEqual(['asked for']);
});

test('tells how deployments go only in an open incident', () => {
  const start = aDeployment('14:02', 'in-progress');

  expect(rules(play([start]))).toEqual(['join without an open incident']);
  expect(identities(play([anAlarm('14:00')], [start]))).toEqual([start.identity]);
});

test('opens an incident with a failed deployment and knows its revision from a stopped task', () => {
  const stop = aStop('14:01', { askedFor: true });
  const folded = play([aDeployment('14:00', 'in-progress'), stop], [aDeployment('14:04', 'failed')]);

  expect(folded.opens?.alert).toMatchObject({ revision: 'api:42', startedAtMs: at('14:00') });
  expect(folded.thread.incident).toMatchObject({ severity: 'critical' });
});

test('tells the COMPLETED of a rollback as rolled back, never as a success', () => {
  const back = { deploymentId: 'ecs-svc/41' };
  const failed = [aDeployment('14:04', 'failed', { revision: 'api:42' })];
  const folded = play(failed, [aDeployment('14:05', 'rolling-back', back)], [aDeployment('14:08', 'completed', back)]);

  expect(folded.replies[0]?.alert).toMatchObject({ phase: 'rolled-back' });
  expect(folded.closed).toBe(false);
  expect(folded.thread.incident?.conditions['deployment']).toMatchObject({
    phase: 'rolled-back',
    revision: 'api:42',
    atMs: at('14:04'),
  });
});

test('ends a failed deployment with the COMPLETED of a later one', () => {
  const next = aDeployment('14:30', 'completed', { deploymentId: 'ecs-svc/43' });

  expect(play([aDeployment('14:04', 'failed')], [next])).toMatchObject({ closed: true });
});

test('reopens the thread for a recurrence within the reopen time, later opens a new one that knows the old', () => {
  const over = [[anAlarm('14:02')], [anOk('14:20')]] as const;
  const soon = play(...over, [anAlarm('15:20')]);
  const late = play(...over, [anAlarm('15:21')]);

  expect(soon.opens).toBeUndefined();
  expect(soon.thread.incident).toMatchObject({ openedAtMs: at('14:02'), sinceMs: at('15:20'), alertCount: 3 });
  expect(late.opens).toBeDefined();
  expect(late.thread.incident).toMatchObject({ openedAtMs: at('15:21'), previous: { ts: '1.1' }, alertCount: 1 });
});

test('takes an incident without a condition for over after the quiet time', () => {
  expect(play([aStop('14:00')], [aStop('14:59')]).opens).toBeUndefined();
  expect(play([aStop('14:00')], [aStop('15:30')]).worsening).toBe('warning');
  expect(play([aStop('14:00')], [aStop('16:01')]).opens).toBeDefined();
});

test('takes further info alerts into a thread that was never above info, for a day', () => {
  const up = (clock: string) => anAlarm(clock, { kind: 'scaled-up', condition: 'up', value: 2, unread: true });

  expect(play([up('00:10')], [up('23:50')])).toMatchObject({ replies: [expect.anything()] });
  expect(play([up('00:10')], [up('23:50')]).worsening).toBeUndefined();
  expect(play([up('00:10')], [aStop('23:50')]).opens).toBeDefined();
});

test('takes no scaling for a condition', () => {
  const folded = play([anAlarm('14:02', { kind: 'scaled-up', condition: 'up', unread: true })]);

  expect(folded.thread.incident).toMatchObject({ conditions: {}, severity: 'info' });
});

test('worsens when the severity rises and when it reopens, not when it repeats', () => {
  const down = anAlarm('14:10', { kind: 'stopped', condition: 'stopped', unread: true });

  expect(play([aStop('14:02')], [aStop('14:03')]).worsening).toBeUndefined();
  expect(play([aStop('14:02')], [down]).worsening).toBe('critical');
  expect(play([anAlarm('14:02')], [anOk('14:05')], [anAlarm('14:20')]).worsening).toBe('warning');
});

test('does not reopen an incident for an alert from before its end that comes late', () => {
  const folded = play([anAlarm('14:02')], [anOk('14:20')], [aStop('14:10')]);

  expect(folded.thread.incident?.endedAtMs).toBe(at('14:20'));
  expect(identities(folded)).toHaveLength(1);
});

test('keeps alerts of a later incident for the next turn', () => {
  const [early, late] = [aStop('08:00'), aStop('14:00')];
  const folded = play([late, early]);

  expect(folded.opens?.alert.identity).toBe(early.identity);
  expect(folded.rest.map(({ identity }) => identity)).toEqual([late.identity]);
});

test('counts the stops of an incident for each of its replies', () => {
  const folded = play([aStop('14:02')], [aStop('14:04', SPOT), aStop('14:09', SPOT)]);

  expect(folded.replies.map(({ stop }) => stop)).toEqual([
    { nth: 2, sinceMs: at('14:02') },
    { nth: 3, sinceMs: at('14:02') },
  ]);
});
