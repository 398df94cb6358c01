import { MINUTE } from '../simulation/place';
import { SEED } from '../simulation/random';
import { ClusterOnFire, type Happened } from './cluster';
import { startFire } from './fire';
import { account, readThreads } from './ledger';
import { burn, parentAtMs, runStorm, START_MS, serviceNames } from './storm';
import type { Call, Fault, Mood } from './unwell-slack';

const BEGINS_MS = START_MS + MINUTE;

test.each([SEED, SEED + 1, SEED + 2])(
  '1,000 alerts of 20 services, seed %i: 20 parents, within the budgets',
  async (seed) => {
    const { account: told, calls, leastCalls, seconds, posts } = await runStorm(seed);

    expect(told).toMatchObject({ told: 1000, parents: 20, lost: [], doubled: [], postedTwice: [], miscounted: [] });
    expect(calls).toBeLessThanOrEqual(250);
    expect(calls).toBeLessThanOrEqual(1.2 * leastCalls);
    expect(seconds).toBeLessThanOrEqual(1.2 * posts);
  },
);

test('the digests of a storm say what happened', async () => {
  const { fire, cluster, send, happens } = await burn(SEED, ([channel = '']) => [{ name: 'api', channel }]);
  const { clock, random } = fire;
  for (let nth = 0; nth < 40; nth++) {
    happens(cluster.stopped('api', BEGINS_MS + nth * 50, random));
  }
  const [alarm] = cluster.alarmsOf('api');
  if (alarm !== undefined) send(cluster.changed('api', alarm, 'ALARM', BEGINS_MS, random).body);
  await clock.run(BEGINS_MS + MINUTE);

  const [thread] = await readThreads(fire);
  await fire.close();
  expect(thread?.replies.length).toBeLessThanOrEqual(4);
  expect(JSON.stringify(thread?.replies.map(({ blocks }) => blocks))).toMatch(/\d+ alerts in \d+\s+s: \d+ stops/);
  for (const { text } of thread?.replies ?? []) expect([...text].length).toBeLessThanOrEqual(120);
});

test('1,000 alerts of one service do not hold up the parent of another', async () => {
  const { fire, cluster, happens, notifier } = await burn(SEED, ([channel = '']) =>
    ['loud', 'quiet'].map((name) => ({ name, channel })),
  );
  const { clock, random } = fire;
  for (let nth = 0; nth < 1000; nth++) {
    happens(cluster.stopped('loud', BEGINS_MS + nth, random));
  }
  const other = cluster.stopped('quiet', BEGINS_MS + 3000, random);
  happens(other);
  await clock.run(BEGINS_MS + 10 * MINUTE);

  const after = (await parentAtMs(fire, 'quiet')) - other.atMs;
  await fire.close();
  expect(after).toBeLessThanOrEqual(15_000 + notifier.batchWindowMs);
});

test('a channel that is throttled holds up nobody else’s', async () => {
  const names = serviceNames(20);
  const { fire, cluster, happens, notifier } = await burn(SEED, ([one = '', two = '']) => [
    ...names.map((name) => ({ name, channel: one })),
    { name: 'elsewhere', channel: two },
  ]);
  const { clock, random, slack } = fire;
  const [throttled] = fire.emulator.channels;
  slack.mood = ({ method, body }) =>
    method === 'chat.postMessage' && body.get('channel') === throttled
      ? { kind: 'code', code: 'ratelimited', done: false }
      : undefined;
  for (let nth = 0; nth < 1000; nth++) {
    happens(cluster.stopped(names[nth % 20] ?? '', BEGINS_MS + nth, random));
  }
  const other = cluster.stopped('elsewhere', BEGINS_MS + 20_000, random);
  happens(other);
  await clock.run(BEGINS_MS + 10 * MINUTE);

  const after = (await parentAtMs(fire, 'elsewhere')) - other.atMs;
  await fire.close();
  expect(after).toBeLessThanOrEqual(15_000 + notifier.batchWindowMs);
});

test.each<[string, Mood]>([
  ['takes no blocks', refusesBlocks],
  [
    'does no edits',
    ({ method }) => (method === 'chat.update' ? { kind: 'status', status: 503, done: false } : undefined),
  ],
])('a Slack that %s still gets every word', async (_how, mood) => {
  const names = serviceNames(20);
  const { fire, cluster, happens } = await burn(SEED, ([channel = '']) => names.map((name) => ({ name, channel })));
  const { clock, random, slack } = fire;
  slack.mood = mood;
  const happened = Array.from({ length: 200 }, (_, nth) => {
    const atMs = BEGINS_MS + (nth < 100 ? 0 : 5 * MINUTE) + nth;
    return cluster.stopped(names[nth % 20] ?? '', atMs, random);
  });
  for (const one of happened) happens(one);
  await clock.run(BEGINS_MS + 15 * MINUTE);

  const told = account(fire, happened, await readThreads(fire));
  await fire.close();
  expect(told).toMatchObject({ told: 200, parents: 20, lost: [], doubled: [], postedTwice: [], miscounted: [] });
});

test('three notifiers on one channel lose nothing', async () => {
  const clusters: ClusterOnFire[] = [];
  const fire = await startFire({
    seed: SEED,
    startMs: START_MS,
    clusters: ([channel = '']) => {
      for (const cluster of ['red', 'green', 'blue']) {
        clusters.push(new ClusterOnFire(serviceNames(10).map((name) => ({ name: `${cluster}-${name}`, channel }))));
      }
      return clusters.map((cluster) => cluster.onFire());
    },
  });
  const { clock, random, notifiers } = fire;
  const happened: Happened[] = [];
  for (const [index, cluster] of clusters.entries()) {
    for (let nth = 0; nth < 300; nth++) {
      const service = cluster.services[nth % cluster.services.length]?.name ?? '';
      const one = cluster.stopped(service, BEGINS_MS + random.between(0, 5000), random);
      happened.push(one);
      clock.at(one.atMs, () => notifiers[index]?.queue.send(one.body));
    }
  }
  await clock.run(BEGINS_MS + 30 * MINUTE);

  const told = account(fire, happened, await readThreads(fire));
  const left = notifiers.map(({ queue }) => queue.length + queue.deadLetters.length);
  await fire.close();
  expect(told).toMatchObject({ told: 900, parents: 30, lost: [], doubled: [], postedTwice: [], miscounted: [] });
  expect(left).toEqual([0, 0, 0]);
});

function refusesBlocks({ method, body }: Call): Fault | undefined {
  const isDrawn = method.startsWith('chat.') && (body.get('blocks') ?? '[]') !== '[]';
  return isDrawn ? { kind: 'code', code: 'invalid_blocks', done: false } : undefined;
}
