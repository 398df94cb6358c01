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
  const identity = `${what}@${clock}`;
  return { kind: 'due', subject: API, identity, atMs, saidAtMs: atMs, due: { what, atMs, openedAtMs } };
};
const steady = (clock: string): Alert => ({
  kind: 'steady',
  said: true,
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

  test('is critical with the counts, once, and over when all tasks run again', () => {
    const all = playAll([
      seen,
      [none('14:02')],
      [silent('14:06'), none('14:07')],
      [silent('14:09', { state: 'OK' }), anObservation('14:10', { running: 2 })],
      [anObservation('14:11')],
    ]);

    expect(all.map((folded) => told(folded).map(({ kind }) => kind))).toEqual([
      [],
      ['tasks'],
      [],
      ['tasks'],
      ['tasks'],
    ]);
    expect(all[1]?.thread.incident?.severity).toBe('critical');
    expect(conditions(all[3] as Folded)).toEqual(['tasks/under-desired']);
    expect(all.map(({ closed }) => closed)).toEqual([false, false, false, false, true]);
  });

  test('is told to nobody when tasks run: only their metrics are missing', () => {
    expect(told(play(seen, [silent('14:06'), anObservation('14:07')]))).toEqual([]);
  });

  test('is told at the first stop that leaves no task, by the parent itself', () => {
    const folded = play(seen, [aStop('14:02'), none('14:02')]);

    expect(told(folded).map(({ kind }) => kind)).toEqual(['task-stopped']);
    expect(rules(folded)).toEqual(['shown in the parent']);
    expect(conditions(folded)).toEqual(['tasks/stopped']);
    expect(folded.thread.incident?.severity).toBe('critical');
  });

  test('of a service that never ran is told at once when a task ran and ended', () => {
    const folded = play([aStop('14:02'), anObservation('14:02', { running: 0 }, true)]);

    expect(conditions(folded)).toEqual(['tasks/stopped']);
  });

  test('is told as the alarm has it when ECS cannot be read, and by ECS as soon as it can', () => {
    const unread = [silent('14:06', { unread: true })];
    const all = playAll([seen, unread, [anObservation('14:08')]]);

    expect(all[1]?.opens?.alert.kind).toBe('stopped');
    expect(all[2]).toMatchObject({ closed: true });
    const read = play(seen, unread, [none('14:08')]);
    expect(conditions(read)).toEqual(['tasks/stopped']);
    expect(read).toMatchObject({ replies: [], changed: true });
  });

  test('by an alarm alone is over for a service that is scaled to zero or deleted', () => {
    const zero = { desired: 0, running: 0 };
    const known = [anObservation('13:50', zero)];
    const unread = [silent('14:06', { unread: true })];

    expect(play(known, unread, [anObservation('14:08', zero)])).toMatchObject({ closed: true });
    const gone = { ...zero, deleted: true, deployments: [] } as const;
    expect(play([anObservation('13:50', gone)], unread, [anObservation('14:08', gone)])).toMatchObject({
      closed: true,
    });
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

  test('does not count what the machine under it did, nor across lasting steadiness', () => {
    expect(conditions(play([...loop.slice(1), aStop('14:10', { crashed: false })]))).toEqual([]);
    const [one, two, three] = [aStop('14:00'), aStop('14:02'), aStop('14:14')];
    expect(conditions(play([one, two, three]))).toEqual(['crash-loop']);
    expect(conditions(play([one, two, steady('14:03'), three]))).toEqual([]);
  });

  test('counts across what looks steady while a task lives for some minutes', () => {
    const flapping = [aStop('14:00'), steady('14:01'), aStop('14:04'), steady('14:05'), aStop('14:08')];

    expect(conditions(play(flapping))).toEqual(['crash-loop']);
  });

  test('counts stops in whatever order they come', () => {
    expect(conditions(play([aStop('14:09')], [aStop('14:00')], [aStop('14:04')]))).toEqual(['crash-loop']);
  });

  test('tells each task once, also when its stop comes in several events', () => {
    const again = aStop('14:00', { identity: 'with a higher version', task: '14:00' });

    expect(rules(play([aStop('14:00')], [again]))).toEqual(['told before']);
  });

  test('counts on in its parent, and is over after ten minutes without a stop where ECS was never read', () => {
    const all = playAll([loop, [aStop('14:12')], [due('crash-loop-over', '14:22', '14:00')]]);

    expect(all[0]?.thread.due).toMatchObject({ what: 'crash-loop-over', atMs: at('14:19') });
    expect(all[1]?.thread.due).toMatchObject({ atMs: at('14:22') });
    expect(rules(all[1] as Folded)).toEqual(['part of a crash loop']);
    expect(all[1]).toMatchObject({ replies: [], changed: true });
    expect(all[1]?.thread.incident?.conditions['crash-loop']).toMatchObject({ stops: { count: 4 } });
    expect(all[2]).toMatchObject({ closed: true });
  });

  test('is over when ECS shows a service that has settled, ten minutes after the last stop and not sooner', () => {
    const few = [anObservation('14:18', { running: 3 })];
    const all = playAll([seen, loop, [anObservation('14:15')], few, [anObservation('14:20')]]);

    expect(all[1]?.thread.due).not.toMatchObject({ what: 'crash-loop-over' });
    expect(all.map(({ closed }) => closed)).toEqual([false, false, false, false, true]);
  });

  test('keeps its newest stop when an older one comes late', () => {
    const folded = play(loop, [aStop('14:20')], [aStop('14:05')]);

    expect(folded.thread.due).toMatchObject({ atMs: at('14:30') });
    const stops = { count: 5, last: { atMs: at('14:20') } };
    expect(folded.thread.incident?.conditions['crash-loop']).toMatchObject({ stops });
  });

  test('shows in the parent only that its tasks come and go', () => {
    const all = playAll([
      seen,
      loop,
      [anObservation('14:10', { running: 0 })],
      [anObservation('14:11', { running: 4 })],
    ]);

    expect(all.map((folded) => told(folded).length)).toEqual([0, 3, 0, 0]);
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

  test('that ECS lists as a rollback is told as one, but not another one', () => {
    const completed = aDeployment('14:14', 'completed', { deploymentId: 'ecs-svc/43' });
    const listed = (id: string) => {
      const deployments = deploying('14:11', { id, state: 'completed' });
      return { ...anObservation('14:14', { running: 3, deployments }), rolledBack: true };
    };

    expect(told(play(seen, [failed], [completed, listed('ecs-svc/43')]))).toMatchObject([{ phase: 'rolled-back' }]);
    expect(told(play(seen, [failed], [completed, listed('ecs-svc/44')]))[0]).toMatchObject({ phase: 'completed' });
  });

  test('whose rollback comes late reopens nothing that a later success closed', () => {
    const fixed = aDeployment('14:30', 'completed', { deploymentId: 'ecs-svc/43' });
    const all = playAll([
      [failed],
      [fixed],
      [aDeployment('14:11', 'rolling-back', back)],
      [aDeployment('14:14', 'completed', back)],
    ]);

    expect(all.map((folded) => folded.thread.incident?.endedAtMs !== undefined)).toEqual([false, true, true, true]);
  });

  test('that fails after another one succeeded is not over because an older failure comes late', () => {
    const older = aDeployment('14:05', 'failed', { deploymentId: 'ecs-svc/40' });
    const fixed = aDeployment('14:08', 'completed', { deploymentId: 'ecs-svc/41' });

    expect(conditions(play([fixed], [failed], [older]))).toEqual(['deployment']);
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

  test('ends with what came after it, in whatever order that is delivered', () => {
    const late = playAll([[steady('14:09')], [problem('14:05')]])[1];

    expect(late?.thread.incident).toMatchObject({ conditions: {}, endedAtMs: at('14:09') });
    expect(conditions(play([problem('14:05')], [steady('14:00')]))).toHaveLength(1);
  });

  test('whose steady state is lost is over when the service has settled and it was not told again for a while', () => {
    const settled = [anObservation('14:18')];
    const all = playAll([seen, [problem('14:02')], [problem('14:08')], [anObservation('14:14')], settled]);

    expect(all.map(({ closed }) => closed)).toEqual([false, false, false, false, true]);
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

  test('reminds once after a pause, not once for each hour of it', () => {
    const none = [anObservation('14:02', { running: 0 })];
    const late = { ...due('reminder', '15:02', '14:02'), saidAtMs: at('20:20') } as Alert;
    const folded = play(seen, none, [late]);

    expect(told(folded)).toMatchObject([{ atMs: at('20:02') }]);
    expect(folded.thread.due).toMatchObject({ atMs: at('21:02') });
  });

  test('tells a scaling in the hour after an incident as a reply: what is over stays over', () => {
    const five = [anObservation('14:40', { desired: 5, running: 5 })];
    const folded = play(seen, [anAlarm('14:02')], [anOk('14:20')], five);

    expect(told(folded)).toMatchObject([{ kind: 'scaling' }]);
    expect(folded.thread.incident).toMatchObject({ endedAtMs: at('14:20'), sinceMs: at('14:02') });
    expect(folded.worsening).toBeUndefined();
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

  test('that switch a kind off while it stands leave it its end', () => {
    const off = { ...RULES, tell: { 'cpu-high': { policy: 'off' }, stopped: { policy: 'off' } } } as const;
    const none = play(seen, [anObservation('14:02', { running: 0 })]).thread;
    const cpu = play([anAlarm('14:02')]).thread;

    expect(fold(cpu, [anOk('14:20')], off)).toMatchObject({ closed: true });
    expect(fold(none, [anObservation('14:20')], off)).toMatchObject({ closed: true });
    expect(fold(none, [anObservation('14:20', { desired: 0, running: 0 })], off)).toMatchObject({ closed: true });
  });

  test('that know an alarm no more end what it said', () => {
    const gone = { ...RULES, hasAlarm: () => false };
    const ours = play([anAlarm('14:02', { ours: true })]).thread;
    const own = play([anAlarm('14:02')]).thread;

    expect(conditions(fold(ours, [aStop('14:20')], gone))).toEqual([]);
    expect(conditions(fold(own, [aStop('14:20')], gone))).toHaveLength(1);
  });

  test('without the maximum still tell the scaling', () => {
    const off = { ...RULES, maxTasks: 6, tell: { 'scaled-to-max': { policy: 'off' } } } as const;
    const six = [anObservation('14:02', { desired: 6, running: 6 })];

    expect(playAll([seen, six], off).map(told)).toMatchObject([[], [{ kind: 'scaling', atMax: false }]]);
  });

  test('switch a Spot stop neither into a warning nor into a crash', () => {
    expect(play([aStop('14:02', { spot: true, crashed: false })]).thread.incident?.severity).toBe('info');
  });
});
