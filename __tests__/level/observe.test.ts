import { differs, type Finding, type Level, type Limits, observe } from '../../functions/level/observe';
import type { Reading } from '../../functions/level/reading';
import { aReading, at, deploying } from '../support/alerts';

const LIMITS: Limits = { deploymentMinutes: 30, underDesiredMinutes: 5 };

/** Reads one after the other; what was found, a list a reading. */
function read(readings: readonly Reading[], limits = LIMITS): readonly (readonly Finding[])[] {
  let level: Level | undefined;
  return readings.map((reading) => {
    const observed = observe(level, reading, limits);
    level = observed.level;
    return observed.findings;
  });
}

const kinds = (found: readonly (readonly Finding[])[]) => found.map((one) => one.map(({ kind }) => kind));
const last = (readings: readonly Reading[], limits = LIMITS) => read(readings, limits).at(-1);

test('is silent when it sees a service for the first time, whatever its state', () => {
  const odd = [
    aReading('14:00', { running: 0 }),
    aReading('14:00', { running: 1 }),
    aReading('14:00', { deployments: deploying('12:00') }),
    aReading('14:00', { deployments: deploying('13:50', { state: 'failed' }) }),
    aReading('14:00', { desired: 0, running: 0, deleted: true }),
  ];
  expect(odd.map((reading) => read([reading])[0])).toEqual([[], [], [], [], []]);
});

test('finds a scaling with both counts, once', () => {
  const five = aReading('14:01', { desired: 5, running: 4 });

  expect(read([aReading('14:00'), five, five, aReading('14:02', { desired: 3, running: 3 })])).toEqual([
    [],
    [{ kind: 'scaled', from: 4, to: 5, atMax: false }],
    [],
    [{ kind: 'scaled', from: 5, to: 3, atMax: false }],
  ]);
});

test('ignores a reading that is older than the one before', () => {
  expect(last([aReading('14:01'), aReading('14:00', { desired: 9 })])).toEqual([]);
});

test('takes no daemon for scaled: its desired count is the number of instances', () => {
  expect(
    last([aReading('14:00', { daemon: true }), aReading('14:01', { daemon: true, desired: 6, running: 6 })]),
  ).toEqual([]);
});

test('knows the maximum, from the configuration or from Application Auto Scaling, and says it once', () => {
  const max = { ...LIMITS, maxTasks: 6 };
  const six = aReading('14:01', { desired: 6, running: 6 });

  expect(last([aReading('14:00'), six], max)).toEqual([{ kind: 'scaled', from: 4, to: 6, atMax: true }]);
  expect(last([aReading('14:00'), six, aReading('14:02', { desired: 6, running: 6 })], max)).toEqual([]);
  const { level } = observe(undefined, aReading('14:00'), LIMITS);
  expect(observe({ ...level, maxSeen: 6 }, six, LIMITS).findings).toEqual([
    { kind: 'scaled', from: 4, to: 6, atMax: true },
  ]);
  expect(observe({ ...level, maxSeen: 5 }, six, LIMITS).findings).toMatchObject([{ atMax: false }]);
});

test('finds at once that no task of a running service runs any more, and when one does again', () => {
  const readings = [aReading('14:00'), aReading('14:01', { running: 0 }), aReading('14:02', { running: 1 })];

  expect(read(readings)).toEqual([
    [],
    [{ kind: 'stopped', desired: 4 }],
    [{ kind: 'running-again', running: 1, desired: 4 }],
  ]);
});

test('gives a deployment that replaces the only task its time, but not one that fails to start any', () => {
  const one = (clock: string, running: number, more: Partial<Reading> = {}) =>
    aReading(clock, { desired: 1, running, ...more });
  const replaced = { deployments: deploying('14:00:30') };

  const soonBack = [one('14:00', 1), one('14:01', 0, replaced), one('14:02', 1, replaced)];
  expect(kinds(read(soonBack))).toEqual([[], [], []]);
  const stays = [one('14:00', 1), one('14:01', 0, replaced), one('14:05', 0, replaced), one('14:06', 0, replaced)];
  expect(kinds(read(stays))).toEqual([[], [], [], ['stopped']]);
  const fails = { deployments: deploying('14:00:30', { failedTasks: 1 }) };
  expect(kinds(read([one('14:00', 1), one('14:01', 0, fails), one('14:02', 0, fails)]))).toEqual([[], [], ['stopped']]);
});

test('gives a service that starts its time, unless an alarm insists', () => {
  const starting = (clock: string) => aReading(clock, { desired: 3, running: 0 });
  const zero = aReading('14:00', { desired: 0, running: 0 });

  expect(kinds(read([zero, starting('14:01'), starting('14:05'), starting('14:06')]))).toEqual([
    [],
    ['scaled'],
    [],
    ['stopped'],
  ]);
  const { level } = observe(undefined, starting('14:01'), LIMITS);
  expect(observe(level, starting('14:02'), LIMITS, true).findings).toEqual([{ kind: 'stopped', desired: 3 }]);
});

test('goes on as too few when some run again of a service that had none, until all do', () => {
  const running = (clock: string, tasks: number) => aReading(clock, { running: tasks });

  expect(read([running('14:00', 4), running('14:01', 0), running('14:02', 1), running('14:03', 4)]).slice(2)).toEqual([
    [{ kind: 'running-again', running: 1, desired: 4 }],
    [{ kind: 'at-desired', running: 4, desired: 4 }],
  ]);
});

test('takes a service that was made again under the old name for a new one', () => {
  const gone = aReading('14:01', { desired: 0, running: 0, deleted: true, deployments: [] });

  expect(kinds(read([aReading('14:00'), gone, aReading('14:02', { desired: 2, running: 0 })]))).toEqual([
    [],
    ['deleted'],
    [],
  ]);
});

test('tells scaled to zero as such, not as stopped, and it ends what was stopped', () => {
  expect(last([aReading('14:00'), aReading('14:01', { desired: 0, running: 0 })])).toEqual([
    { kind: 'scaled-to-zero', from: 4 },
  ]);
});

test('finds too few tasks after five minutes without a deployment', () => {
  const few = (clock: string, more: Partial<Reading> = {}) => aReading(clock, { running: 3, ...more });

  expect(
    kinds(read([aReading('14:00'), few('14:01'), few('14:05'), few('14:06'), few('14:07'), aReading('14:08')])),
  ).toEqual([[], [], [], ['under-desired'], [], ['at-desired']]);
  const replaced = { deployments: deploying('14:00') };
  expect(kinds(read([aReading('14:00'), few('14:01', replaced), few('14:20', replaced)]))).toEqual([[], [], []]);
});

test('finds a deployment that runs too long, once, with the tasks that failed', () => {
  const running = (clock: string) => aReading(clock, { deployments: deploying('14:00', { failedTasks: 7 }) });

  expect(read([aReading('13:59'), running('14:01'), running('14:30'), running('14:31')])).toEqual([
    [],
    [],
    [
      {
        kind: 'deployment-overdue',
        id: 'ecs-svc/42',
        revision: 'api:42',
        startedAtMs: at('14:00'),
        failedTasks: 7,
      },
    ],
    [],
  ]);
});

test('takes a rollback, which goes on with an old deployment, for begun when it is seen', () => {
  const back = (clock: string) => aReading(clock, { deployments: deploying('09:00', { id: 'ecs-svc/41' }) });

  expect(kinds(read([aReading('14:00'), back('14:01'), back('14:30'), back('14:31')]))).toEqual([
    [],
    [],
    [],
    ['deployment-overdue'],
  ]);
});

test('finds a deployment that failed, once, as long as ECS shows it', () => {
  const failed = (clock: string) => aReading(clock, { deployments: deploying('14:00', { state: 'failed' }) });

  expect(kinds(read([aReading('13:59'), failed('14:05'), failed('14:06')]))).toEqual([[], ['deployment-failed'], []]);
});

test('finds that a service is gone, once', () => {
  const gone = (clock: string) => aReading(clock, { desired: 0, running: 0, deleted: true, deployments: [] });

  expect(kinds(read([aReading('14:00'), gone('14:01'), gone('14:02')]))).toEqual([[], ['deleted'], []]);
});

test('says what a failed deployment waits for: all tasks, and nothing under way', () => {
  const { level } = observe(undefined, aReading('14:00'), LIMITS);
  const waiting: Level = { ...level, awaitsSettledFromMs: at('14:01') };

  expect(observe(waiting, aReading('14:01', { running: 3 }), LIMITS).findings).toEqual([]);
  expect(observe(waiting, aReading('14:01', { deployments: deploying('14:00') }), LIMITS).findings).toEqual([]);
  expect(observe({ ...waiting, awaitsSettledFromMs: at('14:02') }, aReading('14:01'), LIMITS).findings).toEqual([]);
  expect(observe(waiting, aReading('14:01'), LIMITS).findings).toEqual([
    { kind: 'settled', running: 4, desired: 4, revision: 'api:41' },
  ]);
});

test('does not tell again what an alarm told while ECS could not be read', () => {
  const { level } = observe(undefined, aReading('14:00'), LIMITS);
  const told: Level = { ...level, toldByEdge: { direction: 'up', atMs: at('14:02') } };

  expect(observe(told, aReading('14:04', { desired: 6 }), LIMITS).findings).toEqual([]);
  expect(observe(told, aReading('14:04', { desired: 2, running: 2 }), LIMITS).findings).toHaveLength(1);
  expect(observe(told, aReading('14:40', { desired: 6, running: 6 }), LIMITS).findings).toHaveLength(1);
});

test('is worth writing down only when more than times and running tasks changed', () => {
  const { level } = observe(undefined, aReading('14:00'), LIMITS);
  const again = (more: Partial<Reading>) => differs(level, observe(level, aReading('14:01', more), LIMITS).level);

  expect(differs(undefined, level)).toBe(true);
  expect(again({})).toBe(false);
  expect(again({ running: 5 })).toBe(false);
  expect(again({ running: 3 })).toBe(true);
  expect(again({ deployments: deploying('14:00') })).toBe(true);
});
