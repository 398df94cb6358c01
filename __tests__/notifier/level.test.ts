import type { Alert } from '../../functions/notifier/alert';
import { newThread, type Thread } from '../../functions/notifier/thread/memory';
import { type Folded, fold, type Rules } from '../../functions/notifier/thread/thread';
import type { Due } from '../../functions/wake';
import { API, aDeployment, anAlarm, anObservation, anOk, aStop, at, deploying, RULES } from '../support/alerts';

/** As if every message was posted: the parent is there for what comes next. */
function posted({ thread }: Folded): Thread {
  const { incident } = thread;
  const parent = { channel: 'C1', ts: '1.1' };
  return incident === undefined ? thread : { ...thread, incident: { parent, ...incident } };
}

/** Folds one batch after the other, with nothing told before; a result a batch. */
function playAll(batches: readonly (readonly Alert[])[], rules: Rules = RULES): readonly Folded[] {
  let thread = newThread(API);
  return batches.map((batch) => {
    const folded = fold(thread, batch, rules);
    thread = posted(folded);
    return folded;
  });
}

function play(...batches: readonly (readonly Alert[])[]): Folded {
  const folded = playAll(batches).at(-1);
  if (folded === undefined) throw new Error('nothing to play');
  return folded;
}

const told = ({ opens, replies }: Folded) =>
  [...(opens === undefined ? [] : [opens]), ...replies].map((one) => one.alert);
const rules = (folded: Folded) => folded.untold.map(({ rule }) => rule);
const conditions = ({ thread }: Folded) => Object.keys(thread.incident?.conditions ?? {});

const seen = [anObservation('13:50')];
const up = (clock: string, more = {}) =>
  anAlarm(clock, { kind: 'scaled-up', condition: 'alarm/up', alarmName: 'ecs/shop/api/scaled-up', value: 1, ...more });
const silent = (clock: string, more = {}) =>
  anAlarm(clock, { kind: 'stopped', condition: 'alarm/down', alarmName: 'ecs/shop/api/stopped', ...more });
const due = (what: Due['what'], clock: string, opened: string): Alert => {
  const [atMs, openedAtMs] = [at(clock), at(opened)];
  return { kind: 'due', subject: API, identity: `${what}@${clock}`, atMs, due: { what, atMs, openedAtMs } };
};
const steady = (clock: string): Alert => ({
  kind: 'steady',
  subject: API,
  identity: `steady@${clock}`,
  atMs: at(clock),
});
const problem = (clock: string, reason = 'RESOURCE:CPU'): Alert => ({
  kind: 'service-problem',
  name: 'SERVICE_TASK_PLACEMENT_FAILURE',
  isError: true,
  reason,
  subject: API,
  identity: `problem@${clock}`,
  atMs: at(clock),
});

describe('scaling', () => {
  const six = (clock: string) => anObservation(clock, { desired: 6, running: 6 });

  test('is told with both counts, in the words of the level, not of the alarm', () => {
    const folded = play(seen, [up('14:02'), six('14:03')]);

    expect(told(folded)).toEqual([expect.objectContaining({ kind: 'scaling', from: 4, to: 6 })]);
    expect(rules(folded)).toEqual(['the level decides']);
  });

  test('is told once when alarm, watcher and a duplicate say it', () => {
    const all = playAll([seen, [six('14:02')], [up('14:02'), six('14:03')], [up('14:02'), six('14:04')]]);

    expect(all.map((folded) => told(folded).length)).toEqual([0, 1, 0, 0]);
  });

  test('is not told for a datapoint that came late: the counts are the same', () => {
    expect(told(play(seen, [up('14:02'), anObservation('14:03')]))).toEqual([]);
  });

  test('is told as the alarm has it when ECS cannot be read, and not again when it can', () => {
    const all = playAll([seen, [up('14:02', { unread: true })], [six('14:04')], [up('14:02', { unread: true })]]);

    expect(all.map((folded) => told(folded).map(({ kind }) => kind))).toEqual([[], ['scaled-up'], [], []]);
    expect(rules(all[3] as Folded)).toEqual(['told before']);
  });

  test('opens nothing while a deployment runs and shortly after, but is told in a thread that is open', () => {
    const during = anObservation('14:03', { desired: 6, deployments: deploying('14:00') });
    const after = anObservation('14:06', { desired: 8, running: 8 });
    const later = anObservation('14:12', { desired: 9, running: 9 });

    expect(playAll([seen, [during], [after], [later]]).map((folded) => told(folded).length)).toEqual([0, 0, 0, 1]);
    expect(told(play(seen, [anAlarm('14:01')], [during]))).toHaveLength(1);
  });

  test('to the maximum is a warning, and what Application Auto Scaling says of it is told once', () => {
    const event: Alert = { kind: 'at-max', subject: API, identity: 'max', atMs: at('14:02'), max: 6 };
    const all = playAll([seen, [six('14:02')], [event], [{ ...event, identity: 'again' }]]);

    expect(all.map((folded) => told(folded).map(({ kind }) => kind))).toEqual([[], ['scaling'], ['at-max'], []]);
    expect(all[2]?.thread.incident?.severity).toBe('warning');
    const withMax = playAll([seen, [six('14:02')], [event]], { ...RULES, maxTasks: 6 });
    expect(withMax.map((folded) => told(folded))).toMatchObject([[], [{ atMax: true }], []]);
  });
});

describe('stopped', () => {
  const none = (clock: string) => anObservation(clock, { running: 0 });

  test('is critical with the counts, once, and over when a task runs', () => {
    const all = playAll([
      seen,
      [none('14:02')],
      [silent('14:06'), none('14:07')],
      [silent('14:09', { state: 'OK' }), anObservation('14:10', { running: 2 })],
    ]);

    expect(all.map((folded) => told(folded).map(({ kind }) => kind))).toEqual([[], ['tasks'], [], ['tasks']]);
    expect(all[1]?.thread.incident?.severity).toBe('critical');
    expect(all[3]?.closed).toBe(true);
  });

  test('is told to nobody when tasks run: only their metrics are missing', () => {
    expect(told(play(seen, [silent('14:06'), anObservation('14:07')]))).toEqual([]);
  });

  test('is told at the first stop that leaves no task', () => {
    const folded = play(seen, [aStop('14:02'), none('14:02')]);

    expect(told(folded).map(({ kind }) => kind)).toEqual(['task-stopped', 'tasks']);
  });

  test('is told as the alarm has it when ECS cannot be read, and ends when it says that tasks run', () => {
    const all = playAll([seen, [silent('14:06', { unread: true })], [anObservation('14:08')]]);

    expect(all[1]?.opens?.alert.kind).toBe('stopped');
    expect(all[2]).toMatchObject({ closed: true });
  });

  test('says nothing of a service that was scaled to zero but that, and ends what was wrong', () => {
    const all = playAll([seen, [none('14:02')], [anObservation('14:05', { desired: 0, running: 0 })]]);

    expect(told(all[2] as Folded)).toMatchObject([{ what: 'scaled-to-zero' }]);
    expect(all[2]?.closed).toBe(true);
  });
});

describe('crash loop', () => {
  const loop = [aStop('14:00'), aStop('14:04'), aStop('14:09')];

  test('is the third distinct task of one revision that crashes within half an hour', () => {
    const folded = play(loop);

    expect(conditions(folded)).toEqual(['crash-loop']);
    expect(folded.thread.incident).toMatchObject({ severity: 'critical', stops: { count: 3 } });
    expect(conditions(play([aStop('13:30'), ...loop.slice(1)]))).toEqual([]);
    expect(conditions(play([aStop('14:00', { revision: 'api:41' }), ...loop.slice(1)]))).toEqual([]);
    expect(conditions(play([...loop.slice(1), aStop('14:10', { task: '14:09' })]))).toEqual([]);
  });

  test('does not count what the machine under it did, nor across a steady state', () => {
    expect(conditions(play([...loop.slice(1), aStop('14:10', { crashed: false })]))).toEqual([]);
    expect(conditions(play([...loop.slice(0, 2), steady('14:05'), ...loop.slice(2)]))).toEqual([]);
  });

  test('counts on while it lasts, and is over after ten minutes without a stop', () => {
    const all = playAll([loop, [aStop('14:12')], [due('crash-loop-over', '14:22', '14:00')]]);

    expect(all[0]?.thread.due).toMatchObject({ what: 'crash-loop-over', atMs: at('14:19') });
    expect(all[1]?.thread.due).toMatchObject({ atMs: at('14:22') });
    expect(told(all[1] as Folded)).toMatchObject([{ kind: 'crash-loop', goesOn: true, stops: { count: 4 } }]);
    expect(all[2]).toMatchObject({ closed: true });
  });

  test('is not over for a due time that a later stop has moved', () => {
    const folded = play(loop, [aStop('14:12')], [due('crash-loop-over', '14:19', '14:00')]);

    expect(rules(folded)).toEqual(['not due any more']);
    expect(folded.closed).toBe(false);
  });

  test('ends with a completed deployment', () => {
    expect(play(loop, [aDeployment('14:15', 'completed', { deploymentId: 'ecs-svc/43' })]).closed).toBe(true);
  });

  test('is one as soon as ECS says that it cannot start tasks, and that is told once', () => {
    const impaired = (clock: string): Alert => {
      return { kind: 'crash-loop', state: 'ALARM', subject: API, identity: clock, atMs: at(clock) };
    };
    expect(playAll([[impaired('14:02')], [impaired('14:08')]]).map((folded) => told(folded).length)).toEqual([1, 0]);
  });

  test('is not counted when it is switched off: the stops are told as stops', () => {
    const [folded] = playAll([loop], { ...RULES, tell: { 'crash-loop': { policy: 'off' } } });

    expect(told(folded as Folded).map(({ kind }) => kind)).toEqual(['task-stopped', 'task-stopped', 'task-stopped']);
  });
});

describe('deployment', () => {
  const failed = aDeployment('14:10', 'failed', { revision: 'api:42', startedAtMs: at('14:00') });
  const back = { deploymentId: 'ecs-svc/41' };

  test('knows its revision and the counts from ECS', () => {
    const read = anObservation('14:05', { deployments: deploying('14:01', { state: 'completed' }) });
    const folded = play(seen, [anAlarm('14:00')], [aDeployment('14:05', 'completed'), read]);

    expect(told(folded)).toMatchObject([{ revision: 'api:42', tasks: { running: 4, desired: 4 } }]);
  });

  test('that is older than the failed one and completes after it is the rollback, also without its events', () => {
    const folded = play(
      seen,
      [failed],
      [aDeployment('14:14', 'completed', back), anObservation('14:14', { running: 3 })],
    );

    expect(told(folded)).toMatchObject([{ phase: 'rolled-back' }]);
    expect(folded.closed).toBe(false);
  });

  test('that ECS lists as a rollback is told as one', () => {
    const completed = aDeployment('14:14', 'completed', { deploymentId: 'ecs-svc/43' });
    const folded = play(seen, [failed], [completed, { ...anObservation('14:14', { running: 3 }), rolledBack: true }]);

    expect(told(folded)).toMatchObject([{ phase: 'rolled-back' }]);
  });

  test('is over after its rollback when all tasks run, by reading or by SERVICE_STEADY_STATE', () => {
    const rolledBack = [failed, aDeployment('14:11', 'rolling-back', back), aDeployment('14:14', 'completed', back)];

    expect(play(seen, rolledBack, [anObservation('14:16')])).toMatchObject({ closed: true });
    expect(play(seen, rolledBack, [steady('14:16')])).toMatchObject({ closed: true });
    expect(play(seen, rolledBack, [anObservation('14:16', { running: 3 })])).toMatchObject({ closed: false });
  });

  test('that fails without an event, the circuit breaker is off, is told when it takes too long', () => {
    const running = (clock: string) => anObservation(clock, { deployments: deploying('14:00', { failedTasks: 9 }) });
    const all = playAll([seen, [running('14:01')], [running('14:31')], [anObservation('14:50')]]);

    expect(all[2]?.opens?.alert).toMatchObject({ phase: 'overdue', failedTasks: 9, revision: 'api:42' });
    expect(all[2]?.thread.incident?.severity).toBe('critical');
    expect(all[3]?.closed).toBe(true);
  });

  test('that fails is told once, by its event or by the reading', () => {
    const read = (clock: string) => anObservation(clock, { deployments: deploying('14:00', { state: 'failed' }) });

    expect(playAll([seen, [failed], [read('14:11')]]).map((folded) => told(folded).length)).toEqual([0, 1, 0]);
    expect(playAll([seen, [read('14:09')], [failed]]).map((folded) => told(folded).length)).toEqual([0, 1, 0]);
  });
});

describe('service problem', () => {
  test('is critical, not repeated while it stands, and over with a steady state, which is told only then', () => {
    const all = playAll([[problem('14:02')], [problem('14:05')], [steady('14:09')], [steady('20:09')]]);

    expect(all.map((folded) => told(folded).length)).toEqual([1, 0, 1, 0]);
    expect(all[0]?.thread.incident?.severity).toBe('critical');
    expect(all[2]?.closed).toBe(true);
  });
});

describe('time', () => {
  test('closes an incident that went quiet without a word, and takes info into it again', () => {
    const five = (clock: string, desired: number) => [anObservation(clock, { desired, running: desired })];
    const all = playAll([seen, five('14:02', 5), [due('quiet', '15:02', '14:02')], five('18:00', 4)]);

    expect(all[1]?.thread.due).toEqual({ what: 'quiet', atMs: at('15:02'), openedAtMs: at('14:02') });
    expect(all[2]).toMatchObject({ replies: [], changed: true, closed: false });
    expect(all[2]?.thread.incident).toMatchObject({ quiet: true, endedAtMs: at('15:02') });
    expect(all[2]?.thread.due).toBeUndefined();
    expect(all[3]).toMatchObject({ replies: [expect.anything()] });
    expect(all[3]?.thread.incident).not.toHaveProperty('endedAtMs');
  });

  test('tells nothing of a deployment in a thread that went quiet', () => {
    const five = [anObservation('14:02', { desired: 5, running: 5 })];
    const folded = play(seen, five, [due('quiet', '15:02', '14:02')], [aDeployment('16:00', 'in-progress')]);

    expect(rules(folded)).toEqual(['join without an open incident']);
  });

  test('reminds while it stays critical, at the pace that is set, and never when it is not', () => {
    const none = [anObservation('14:02', { running: 0 })];
    const all = playAll([seen, none, [due('reminder', '15:02', '14:02')]]);

    expect(told(all[2] as Folded)).toMatchObject([{ kind: 'reminder', sinceMs: at('14:02') }]);
    expect(all[2]?.thread.due).toMatchObject({ what: 'reminder', atMs: at('16:02') });
    expect(all[2]?.thread.incident?.alertCount).toBe(1);
    expect(playAll([seen, none], { ...RULES, remindMinutes: 0 })[1]?.thread.due).toBeUndefined();
    expect(play([anAlarm('14:02')]).thread.due).toBeUndefined();
  });

  test('takes a condition whose series is gone for over when it went quiet', () => {
    const gone = play([anAlarm('14:02')], [anOk('14:10', { vanished: true })]);

    expect(gone.thread.due).toMatchObject({ what: 'quiet', atMs: at('15:10') });
  });
});

describe('settings', () => {
  test('have the last word on policy and severity, but make no good news bad', () => {
    const tell = {
      'cpu-high': { severity: 'critical' },
      'task-stopped': { policy: 'join' },
      stopped: { policy: 'off' },
    } as const;
    const all = playAll(
      [
        seen,
        [aStop('13:55')],
        [anAlarm('14:02')],
        [aStop('14:03')],
        [anObservation('14:04', { running: 0 })],
        [anOk('14:09')],
      ],
      { ...RULES, tell },
    );

    expect(all.map(rules)).toEqual([[], ['join without an open incident'], [], [], ['switched off'], []]);
    expect(all[2]?.thread.incident?.severity).toBe('critical');
    expect(all[5]?.closed).toBe(true);
  });

  test('switch a Spot stop neither into a warning nor into a crash', () => {
    expect(play([aStop('14:02', { spot: true, crashed: false })]).thread.incident?.severity).toBe('info');
  });
});
