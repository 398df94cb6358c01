import { ClusterOnFire, type Happened, type ServiceOnFire } from './cluster';
import { type Fire, startFire } from './fire';
import { type Account, account, type ChannelThread, readThreads } from './ledger';

export const START_MS = Date.parse('2026-11-18T14:00:00Z');

/** One cluster on fire: its services by name, each with its channel. */
export async function burn(
  seed: number,
  services: (channels: readonly string[]) => readonly ServiceOnFire[],
  { realTime = false, explain = true }: { readonly realTime?: boolean; readonly explain?: boolean } = {},
) {
  let cluster: ClusterOnFire | undefined;
  const fire = await startFire({
    seed,
    ...(realTime ? {} : { startMs: START_MS }),
    clusters: (channels) => {
      cluster = new ClusterOnFire(services(channels), { explain });
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
  /** From the first alert to the last message that tells one. */
  readonly seconds: number;
  /** `chat.postMessage` calls until then: at one a second, so many seconds at the least. */
  readonly posts: number;
  /** From the first alert of each service to its parent. */
  readonly parentSeconds: readonly number[];
  /** Replies that explain, and from the first alert to the last of them. */
  readonly explained: number;
  readonly explainedSeconds: number;
}

/** 1,000 alerts of 20 services within five seconds into one channel, where Slack takes one message a second. */
export async function runStorm(
  seed: number,
  { realTime = false, explain = true }: { readonly realTime?: boolean; readonly explain?: boolean } = {},
): Promise<StormResult> {
  const names = serviceNames(20);
  const { fire, cluster, notifier, happens } = await burn(
    seed,
    ([channel = '']) => names.map((name) => ({ name, channel })),
    { realTime, explain },
  );
  const { clock, random, slack } = fire;
  const beginsAtMs = clock.ms() + 3000;
  const happened: Happened[] = Array.from({ length: 1000 }, (_, index) =>
    cluster.stopped(names[index % names.length] ?? '', beginsAtMs + random.between(0, 5000), random),
  );
  for (const one of happened) happens(one);
  for (let nth = 1; nth <= 120 && (nth < 3 || notifier.queue.length > 0); nth++)
    await clock.run(beginsAtMs + nth * 10_000);

  const threads = await readThreads(fire);
  const accounted = account(fire, happened, threads);
  const posts = slack.calls.filter(({ method }) => method === 'chat.postMessage');
  const lastAtMs = (of: typeof posts) => Math.max(...of.map(({ atMs }) => atMs));
  const toldAtMs = lastAtMs(posts.filter(({ alerts }) => alerts > 0));
  const explaining = posts.filter(({ alerts }) => alerts === 0);
  const result = {
    account: accounted,
    calls: slack.calls.length,
    limited: slack.calls.filter(({ came }) => came === '429').length,
    leastCalls: accounted.parents + 2 * notifier.subjectsReceived(),
    batches: notifier.queue.batches,
    seconds: (toldAtMs - beginsAtMs) / 1000,
    posts: posts.filter(({ atMs }) => atMs <= toldAtMs).length,
    parentSeconds: names.map((name) => {
      const firstAtMs = Math.min(...happened.filter(({ service }) => service === name).map(({ atMs }) => atMs));
      return (parentOf(threads, name) - firstAtMs) / 1000;
    }),
    explained: explaining.length,
    explainedSeconds: explaining.length === 0 ? 0 : (lastAtMs(explaining) - beginsAtMs) / 1000,
  };
  await fire.close();
  return result;
}

/** When the parent of a service was posted, by the virtual clock. */
export async function parentAtMs(fire: Fire, service: string): Promise<number> {
  return parentOf(await readThreads(fire), service);
}

function parentOf(threads: readonly ChannelThread[], service: string): number {
  const thread = threads.find(({ parent }) => new RegExp(`^\\S+ ${service}:`).test(parent.text));
  return Number(thread?.parent.ts ?? Number.NaN) * 1000;
}
