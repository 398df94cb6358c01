import { threadKey } from '../../functions/subject';
import type { Due, Wake } from '../../functions/wake';
import { aReading, aWorld, SHOP, TIMEOUT_MS } from './world';

const API = { ...SHOP, service: 'api' };
const MINUTE = 60_000;

const names = (wakes: readonly Wake[]) => wakes.map(({ subject }) => subject.service).sort();

/** A world in which `api` runs three tasks and the notifier knows. */
async function aKnownService() {
  const world = aWorld();
  world.services.set('api', aReading());
  world.take((await world.pass()).woken);
  world.clock.skip(MINUTE);
  return world;
}

describe('a pass', () => {
  test('wakes the notifier at the first sight of a service, and not again when that was taken', async () => {
    const world = aWorld();
    world.services.set('api', aReading()).set('worker', aReading({ desired: 0, running: 0 }));
    const { woken } = await world.pass();

    expect(woken).toMatchObject([
      { source: 'ecs-alerts.watcher', kind: 'reading', subject: API, version: 0, reading: { desired: 3, running: 3 } },
      { source: 'ecs-alerts.watcher', kind: 'reading', subject: { ...SHOP, service: 'worker' }, version: 0 },
    ]);

    world.take(woken);
    world.clock.skip(MINUTE);
    expect((await world.pass()).woken).toEqual([]);
  });

  test('says nothing of a cluster without services', async () => {
    const world = aWorld();

    expect(await world.pass()).toEqual({ woken: [], failed: undefined, tookMs: 0 });
    expect(world.calls).toEqual([]);
    expect(world.batches).toEqual([]);
  });

  test.each([
    ['more tasks are desired', { desired: 5, running: 3 }],
    ['no task runs', { running: 0 }],
    ['a task is missing', { running: 2 }],
    [
      'a deployment failed',
      {
        deployments: [
          { id: 'ecs-svc/2', primary: true, revision: 'api:43', state: 'failed', createdAtMs: 0, failedTasks: 4 },
        ],
      },
    ],
  ] as const)('wakes it when %s, with the version of the level that it compared with', async (_what, more) => {
    const world = await aKnownService();
    world.services.set('api', aReading(more));

    expect((await world.pass()).woken).toMatchObject([{ kind: 'reading', subject: API, version: 1, reading: more }]);
  });

  test('does not wake it when more tasks run than before', async () => {
    const world = await aKnownService();
    world.services.set('api', aReading({ running: 4 }));

    expect((await world.pass()).woken).toEqual([]);
  });

  test('compares with the limits of the service', async () => {
    const world = await aKnownService();
    world.ownSettings.set('api', { service: 'api', alarms: {}, maxTasks: 3 });

    expect(names((await world.pass()).woken)).toEqual(['api']);
  });

  test('leaves alone what other clusters have in the table', async () => {
    const world = aWorld();
    const subject = { ...API, cluster: 'other' };
    const level = { version: 4, atMs: 0, desired: 1, running: 1, hasRun: true };
    world.threads.set(threadKey(subject), { subject, level });

    expect((await world.pass()).woken).toEqual([]);
    expect(world.calls).toEqual([]);
  });
});

describe('a service that is not listed any more', () => {
  test('is deleted when ECS says so', async () => {
    const world = await aKnownService();
    world.services.delete('api');
    const { woken } = await world.pass();

    expect(woken).toMatchObject([{ subject: API, version: 1, reading: { deleted: true } }]);

    world.take(woken);
    world.calls.length = 0;
    expect((await world.pass()).woken).toEqual([]);
    expect(world.calls).toEqual([]);
  });

  test('is not when ECS still knows it', async () => {
    const world = await aKnownService();
    world.deps.listServices = async () => [];

    expect((await world.pass()).woken).toEqual([]);
    expect(world.calls.at(-1)?.names).toEqual(['api']);
  });

  test('is not while it is listed, whatever else ECS says', async () => {
    const world = await aKnownService();
    world.services.set('api', aReading({ desired: 0, running: 0, deleted: true }));
    world.deps.listServices = async () => ['api'];

    expect(await world.pass()).toMatchObject({ woken: [], failed: undefined });
    expect(world.counted).toEqual([]);
  });

  test('is not when the list cannot be read, and that is counted', async () => {
    const world = await aKnownService();
    world.services.delete('api');
    world.deps.listServices = () => Promise.reject(throttled());

    expect(await world.pass()).toMatchObject({ woken: [], failed: undefined });
    expect(world.counted).toEqual([{ metric: 'ReadFailed', value: 1 }]);
    expect(world.logged).toEqual([
      {
        level: 'warn',
        message: 'services could not be read',
        fields: { services: 1, causes: ['ThrottlingException'] },
      },
    ]);
  });

  test('is seen again when it is made again', async () => {
    const world = await aKnownService();
    world.services.delete('api');
    world.take((await world.pass()).woken);
    world.services.set('api', aReading());

    expect((await world.pass()).woken).toMatchObject([{ subject: API, version: 2 }]);
  });

  test('is nothing to tell when it came and went unseen', async () => {
    const world = aWorld();
    world.deps.listServices = async () => ['brief'];

    expect((await world.pass()).woken).toEqual([]);
  });
});

describe('what is due', () => {
  const due = (atMs: number): Due => ({ what: 'quiet', atMs, openedAtMs: 7 });

  test('wakes the notifier when its time has come, for whatever it is', async () => {
    const world = aWorld();
    const nowMs = world.clock.now().getTime();
    const dependency = { ...SHOP, service: 'dependency:orders-db' };
    for (const subject of [SHOP, dependency, { ...API, cluster: 'other' }]) {
      world.threads.set(threadKey(subject), { subject, due: due(nowMs) });
    }
    world.threads.set(threadKey(API), { subject: API, due: due(nowMs + 1) });

    expect((await world.pass()).woken).toEqual(
      [SHOP, dependency, { ...API, cluster: 'other' }].map((subject) => ({
        source: 'ecs-alerts.watcher',
        kind: 'due',
        subject,
        due: due(nowMs),
      })),
    );
  });

  test('is sent although ECS does not answer', async () => {
    const world = aWorld();
    world.threads.set(threadKey(API), { subject: API, due: due(0) });
    world.deps.listServices = () => Promise.reject(throttled());

    expect(await world.pass()).toMatchObject({ woken: [{ kind: 'due' }], failed: undefined });
  });

  test('is another when its time was put off', async () => {
    const world = aWorld();
    world.threads.set(threadKey(API), { subject: API, due: due(1) });
    await world.pass();
    world.threads.set(threadKey(API), { subject: API, due: due(2) });

    expect((await world.pass()).woken).toMatchObject([{ due: { atMs: 2 } }]);
  });
});

describe('a wake that nobody took', () => {
  test('is sent again after ten minutes', async () => {
    const world = await aKnownService();
    world.threads.set('cluster', { subject: SHOP, due: { what: 'reminder', atMs: 0, openedAtMs: 7 } });
    world.services.set('api', aReading({ desired: 5 }));
    const sentInMinute: number[] = [];
    for (let minute = 0; minute <= 10; minute++) {
      if ((await world.pass()).woken.length === 2) sentInMinute.push(minute);
      world.clock.skip(MINUTE);
    }

    expect(sentInMinute).toEqual([0, 10]);
  });

  test('does not hold up what was found since', async () => {
    const world = await aKnownService();
    world.services.set('api', aReading({ desired: 5 }));
    await world.pass();
    world.clock.skip(MINUTE);
    world.services.set('api', aReading({ desired: 5, running: 0 }));

    expect((await world.pass()).woken).toMatchObject([{ version: 1, reading: { desired: 5, running: 0 } }]);
  });

  test('is sent by the next pass when the queue did not take it', async () => {
    const world = await aKnownService();
    world.services.set('api', aReading({ desired: 5 }));
    const { wake } = world.deps;
    world.deps.wake = () => Promise.reject(new Error('the queue does not take 1 of 1 wakes'));
    expect((await world.pass()).failed).toMatchObject({ message: 'the queue does not take 1 of 1 wakes' });
    world.deps.wake = wake;

    expect(names((await world.pass()).woken)).toEqual(['api']);
  });
});

describe('a call that fails', () => {
  test('leaves out its services, and the rest goes on', async () => {
    const world = aWorld();
    for (let index = 0; index < 35; index++) world.services.set(`service-${index}`, aReading());
    const { readServices } = world.deps;
    let call = 0;
    world.deps.readServices = (cluster, some) => {
      call += 1;
      return call === 2 ? Promise.reject(throttled()) : readServices(cluster, some);
    };

    expect(await world.pass()).toMatchObject({ failed: undefined, woken: { length: 25 } });
    expect(world.counted).toEqual([{ metric: 'ReadFailed', value: 10 }]);
    expect(world.logged.map(({ fields }) => fields)).toEqual([{ services: 10, causes: ['ThrottlingException'] }]);

    expect((await world.pass()).woken).toHaveLength(10);
  });

  test('counts services that ECS does not say anything of', async () => {
    const world = aWorld();
    world.services.set('api', aReading());
    world.deps.readServices = async () => new Map();

    expect(await world.pass()).toMatchObject({ failed: undefined, woken: [] });
    expect(world.counted).toEqual([{ metric: 'ReadFailed', value: 1 }]);
  });

  test.each(['settings', 'watched'] as const)('fails the pass when it is that of %s', async (what) => {
    const world = aWorld({ probes: { orders: 10 } });
    world.services.set('api', aReading());
    const noTable = () => Promise.reject(new Error('no table'));
    Object.assign(world.deps, { [what]: noTable });

    expect(await world.pass()).toMatchObject({ failed: { message: 'no table' }, woken: [] });
    expect(world.probed).toHaveLength(what === 'settings' ? 0 : 1);
  });
});

describe('500 services', () => {
  test('are read in 50 calls, one after the other, four a second', async () => {
    const world = aWorld();
    for (let index = 0; index < 500; index++) world.services.set(`service-${index}`, aReading());
    const { woken, tookMs } = await world.pass();

    expect(woken).toHaveLength(500);
    expect(world.calls).toHaveLength(50);
    expect(world.calls.every(({ names: some }) => some.length === 10)).toBe(true);
    for (const [index, { fromMs }] of world.calls.entries()) {
      const before = world.calls[index - 1];
      if (before !== undefined) expect(fromMs).toBe(before.fromMs + 250);
    }
    expect(tookMs).toBe(49 * 250 + 60);
    expect(world.batches.every((batch) => batch.length <= 10)).toBe(true);
  });

  test('are read in the time that there is when ECS is slow, and all of them within two minutes', async () => {
    const world = aWorld();
    for (let index = 0; index < 500; index++) world.services.set(`service-${index}`, aReading());
    const { readServices, sleep } = world.deps;
    world.deps.readServices = async (cluster, some) => {
      await sleep(900);
      return readServices(cluster, some);
    };
    const first = await world.pass();

    expect(first.failed).toBeUndefined();
    expect(first.tookMs).toBeLessThan(TIMEOUT_MS - 15_000);
    expect(first.woken.length).toBeGreaterThan(350);
    expect(world.counted).toEqual([{ metric: 'ReadFailed', value: 500 - first.woken.length }]);
    expect(world.logged[0]?.fields).toMatchObject({ causes: ['no time left'] });

    world.clock.skip(MINUTE - first.tookMs);
    world.take(first.woken);
    const second = await world.pass();
    expect(new Set([...names(first.woken), ...names(second.woken)]).size).toBe(500);
  });
});

describe('endpoints', () => {
  test('are asked beside the reading, and a slow one delays nobody', async () => {
    const slow = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`slow-${index}`, 60_000]));
    const quick = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`quick-${index}`, 50]));
    const world = aWorld({ probes: { ...slow, ...quick } });
    for (let index = 0; index < 20; index++) world.services.set(`service-${index}`, aReading());
    const { tookMs } = await world.pass();

    const [lastQuick] = world.probed.filter(({ result }) => result.healthy).slice(-1);
    expect(lastQuick?.atMs).toBe(200);
    expect(world.calls.map(({ toMs }) => toMs - (world.calls[0]?.fromMs ?? 0))).toEqual([60, 310]);
    expect(tookMs).toBe(10_000);
    expect(world.logged).toHaveLength(5);
    expect(world.logged[0]).toEqual({
      level: 'warn',
      message: 'endpoint is not healthy',
      fields: { endpoint: 'slow-0', cause: 'no answer within 10000 ms' },
    });
  });

  test('are left out when there is no time for an answer', async () => {
    const slow = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`slow-${index}`, 60_000]));
    const world = aWorld({ probes: slow });
    const { tookMs, failed } = await world.pass();

    expect({ tookMs, failed }).toEqual({ tookMs: 50_000, failed: undefined });
    expect(world.probed).toHaveLength(100);
    expect(world.logged.at(-1)).toMatchObject({
      message: 'no time left to ask endpoints',
      fields: { endpoints: ['slow-100'] },
    });
  });
});

function throttled(): Error {
  return Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
}
