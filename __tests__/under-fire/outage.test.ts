import { DAY, HOUR, MINUTE } from '../simulation/place';
import { SEED } from '../simulation/random';
import type { Happened } from './cluster';
import { account, readThreads } from './ledger';
import { burn, START_MS, serviceNames } from './storm';
import type { Mood } from './unwell-slack';

const BEGINS_MS = START_MS + MINUTE;
const OUTAGE_MS = 6 * HOUR;

test.each<[string, Mood]>([
  ['answers with 503', () => ({ kind: 'status', status: 503, done: false })],
  ['does not answer', () => ({ kind: 'hang' })],
])('a Slack that %s for six hours: nothing lost, and then digests, no flood', async (_how, down) => {
  const names = serviceNames(20);
  const { fire, cluster, notifier, happens } = await burn(SEED, ([channel = '']) =>
    names.map((name) => ({ name, channel })),
  );
  const { clock, random, slack } = fire;
  const endsAtMs = BEGINS_MS + OUTAGE_MS;
  slack.mood = (call, atMs) => (atMs >= BEGINS_MS && atMs < endsAtMs ? down(call, atMs) : undefined);
  const happened: Happened[] = [];
  for (let atMs = BEGINS_MS; atMs < endsAtMs; atMs += MINUTE) {
    const one = cluster.stopped(
      names[random.whole(0, names.length - 1)] ?? '',
      atMs + random.between(0, MINUTE),
      random,
    );
    happened.push(one);
    happens(one);
  }
  await clock.run(endsAtMs);
  expect(notifier.queue.deadLetters).toEqual([]);
  await clock.run(endsAtMs + 12 * MINUTE);
  const threads = await readThreads(fire);
  const told = account(fire, happened, threads);
  await fire.close();

  expect(happened.length).toBe(360);
  expect(told).toMatchObject({
    lost: [],
    doubled: [],
    postedTwice: [],
    miscounted: [],
    told: happened.length,
  });
  // One that began with the outage, and one after it: what came last comes back first.
  expect(told.parents).toBeLessThanOrEqual(2 * 20);
  // What came together is told together: a few digests a service, not one message an alert.
  expect(told.replies).toBeLessThanOrEqual(5 * 20);
  expect(notifier.queue.deadLetters).toEqual([]);
});

test('a redrive after 14 days tells nothing twice', async () => {
  const { fire, cluster, notifier, send } = await burn(SEED, ([channel = '']) => [{ name: 'api', channel }]);
  const { clock, random, slack } = fire;
  const happened = [cluster.stopped('api', BEGINS_MS, random), cluster.stopped('api', BEGINS_MS + 5000, random)];
  // The parent is told, the digest is not: both records end in the dead-letter queue.
  let posts = 0;
  slack.mood = ({ method }) =>
    method === 'chat.postMessage' && ++posts > 1 ? { kind: 'code', code: 'not_in_channel', done: false } : undefined;
  for (const { body } of happened) send(body);
  await clock.run(BEGINS_MS + HOUR);
  expect(notifier.queue.deadLetters.map(({ cause }) => cause)).toEqual([
    expect.stringContaining('/invite'),
    expect.stringContaining('/invite'),
  ]);

  slack.mood = () => undefined;
  await clock.run(BEGINS_MS + 14 * DAY);
  notifier.queue.redrive();
  await clock.run(BEGINS_MS + 14 * DAY + HOUR);
  const told = account(fire, happened, await readThreads(fire));
  await fire.close();
  expect(told).toMatchObject({ told: 2, lost: [], doubled: [], postedTwice: [] });
});

test('without the scope to read, a lost answer doubles once at most, and the log says which scope would prevent it', async () => {
  const { fire, cluster, notifier, send } = await burn(SEED, ([channel = '']) => [{ name: 'api', channel }]);
  const { clock, random, slack } = fire;
  let posts = 0;
  slack.mood = ({ method }) => {
    if (method.startsWith('conversations.')) return { kind: 'code', code: 'missing_scope', done: false };
    return method === 'chat.postMessage' && ++posts === 1 ? { kind: 'lost', visibleAfterMs: 100 } : undefined;
  };
  const happened = [cluster.stopped('api', BEGINS_MS, random)];
  for (const { body } of happened) send(body);
  await clock.run(BEGINS_MS + HOUR);

  const told = account(fire, happened, await readThreads(fire));
  await fire.close();
  expect(told.postedTwice).toHaveLength(1);
  expect([...fire.logged.keys()].join('\n')).toContain('channels:history');
  expect(notifier.queue.length).toBe(0);
});
