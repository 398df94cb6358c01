import { ClusterOnFire, type Happened, type ServiceOnFire } from './cluster';
import { type Fire, startFire } from './fire';
import { type Account, account, readThreads } from './ledger';

export const START_MS = Date.parse('2026-11-18T14:00:00Z');

/** One cluster on fire: its services by name, each with its channel. */
export async function burn(
  seed: number,
  services: (channels: readonly string[]) => readonly ServiceOnFire[],
  { realTime } = { realTime: false },
) {
  let cluster: ClusterOnFire | undefined;
  const fire = await startFire({
    seed,
    ...(realTime ? {} : { startMs: START_MS }),
    clusters: (channels) => {
      cluster = new ClusterOnFire(services(channels));
      return [cluster.onFire()];
    },
  });
  const [notifier] = fire.notifiers;
  if (cluster === undefined || notifier === undefined) throw new Error('nothing burns');
  const { send } = notifier.queue;
  /** Is heard of when it happens. */
  const happens = ({ body, atMs }: Happened) => fire.clock.at(atMs, () => send(body));
  return { fire, cluster, notifier, send, happens };
}

/** Names of so many services. */
export function serviceNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `service-${index}`);
}

export interface StormResult {
  readonly account: Account;
  readonly calls: number;
  /** Answers of Slack that asked to wait. */
  readonly limited: number;
  /** Parents, and one digest and one edit per subject and batch received. */
  readonly leastCalls: number;
  readonly batches: number;
  /** From the first alert to the last word of it. */
  readonly seconds: number;
  /** `chat.postMessage` calls of the busiest channel: at one a second, so many seconds at the least. */
  readonly posts: number;
}

/** 1,000 alerts of 20 services within five seconds into one channel, where Slack takes one message a second. */
export async function runStorm(seed: number, { realTime } = { realTime: false }): Promise<StormResult> {
  const names = serviceNames(20);
  const { fire, cluster, notifier, happens } = await burn(
    seed,
    ([channel = '']) => names.map((name) => ({ name, channel })),
    { realTime },
  );
  const { clock, random, slack } = fire;
  const beginsAtMs = clock.ms() + 3000;
  const happened: Happened[] = Array.from({ length: 1000 }, (_, index) =>
    cluster.stopped(names[index % names.length] ?? '', beginsAtMs + random.between(0, 5000), random),
  );
  for (const one of happened) happens(one);
  for (let nth = 1; nth <= 120 && (nth < 3 || notifier.queue.length > 0); nth++)
    await clock.run(beginsAtMs + nth * 10_000);

  const accounted = account(fire, happened, await readThreads(fire));
  const posts = slack.calls.filter(({ method }) => method === 'chat.postMessage');
  const result = {
    account: accounted,
    calls: slack.calls.length,
    limited: slack.calls.filter(({ came }) => came === '429').length,
    leastCalls: accounted.parents + 2 * notifier.subjectsReceived(),
    batches: notifier.queue.batches,
    seconds: (notifier.lastDoneAtMs() - beginsAtMs) / 1000,
    posts: posts.length,
  };
  await fire.close();
  return result;
}

/** When the parent of a service was posted, by the virtual clock. */
export async function parentAtMs(fire: Fire, service: string): Promise<number> {
  const threads = await readThreads(fire);
  const thread = threads.find(({ parent }) => new RegExp(`^\\S+ ${service}:`).test(parent.text));
  return Number(thread?.parent.ts ?? Number.NaN) * 1000;
}
