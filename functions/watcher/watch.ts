import type { ReadServices } from '../level/read-services';
import type { Reading } from '../level/reading';
import type { Count, Log } from '../log';
import type { ReadSettings, Settings } from '../read-settings';
import { METRICS } from '../settings';
import { dependencyOf, type Subject, threadKey } from '../subject';
import type { Wake, Watched } from '../wake';
import { type Found, findChange, findDue } from './find';
import type { ListServices } from './list-services';
import type { Probe } from './probe';
import { probeAll } from './probe-all';
import type { WriteProbe } from './probe-metrics';
import { nameOf, readCluster, type Unread } from './read-cluster';
import type { SentWakes } from './sent-wakes';

/** What one more call of ECS and one of the queue take at the worst, each with its retry. */
const RESERVE_MS = 17_000;

export interface WatchDeps {
  readonly settings: ReadSettings;
  readonly listServices: ListServices;
  readonly readServices: ReadServices;
  readonly watched: () => Promise<readonly Watched[]>;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
  readonly sent: SentWakes;
  readonly probe: Probe;
  readonly writeProbe: WriteProbe;
  readonly log: Log;
  readonly count: Count;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  readonly remainingMs: () => number;
}

/**
 * One pass: wakes the notifier for what ECS says other than what was last told and for what is due, and asks the
 * endpoints. What ECS does not answer is left to the next pass.
 *
 * @throws when the settings or the threads cannot be read, or the queue does not take a wake
 */
export async function watch(deps: WatchDeps): Promise<void> {
  const settings = await deps.settings();
  const parts = await Promise.allSettled([lookAtCluster(settings, deps), probeAll(settings, deps)]);
  for (const part of parts) if (part.status === 'rejected') throw part.reason;
}

async function lookAtCluster(settings: Settings, deps: WatchDeps): Promise<void> {
  const { cluster, accountId: account, region } = settings.cluster;
  const threads = new Map((await deps.watched()).map((thread) => [threadKey(thread.subject), thread]));
  const failures: unknown[] = [];
  const send = async (found: readonly (Found | undefined)[]) => {
    const unsent = deps.sent.unsent(found.filter((one) => one !== undefined));
    if (unsent.length === 0) return;
    try {
      await deps.wake(unsent.map(({ wake }) => wake));
      deps.sent.remember(unsent);
    } catch (error) {
      failures.push(error);
    }
  };
  const compare = (readings: ReadonlyMap<string, Reading>) => {
    const found = [...readings].map(([service, reading]) => {
      const subject = { account, region, cluster, service };
      return findChange(settings, subject, threads.get(threadKey(subject))?.level, reading);
    });
    return send(found);
  };

  await send([...threads.values()].map((thread) => findDue(thread, deps.now().getTime())));
  const unread = await readAll({ account, region, cluster }, [...threads.values()], compare, deps);
  if (unread.services > 0) {
    deps.log('warn', 'services could not be read', { ...unread });
    deps.count(METRICS.readFailed, unread.services);
  }
  if (failures.length > 0) throw failures[0];
}

/** Reads the services that are listed, and those that were and are no more: a service is deleted when both say so. */
async function readAll(
  cluster: Subject,
  threads: readonly Watched[],
  handOn: (readings: ReadonlyMap<string, Reading>) => Promise<void>,
  { listServices, readServices, remainingMs, now, sleep }: WatchDeps,
): Promise<Unread> {
  const known = servicesOf(cluster, threads);
  let listed: readonly string[];
  try {
    listed = await listServices(cluster.cluster);
  } catch (error) {
    // How many there are is not known: at least that it failed is to be seen.
    return { services: Math.max(1, known.length), causes: [nameOf(error)] };
  }
  const hasTime = () => remainingMs() > RESERVE_MS;
  const isListed = new Set(listed);
  const believed = (readings: ReadonlyMap<string, Reading>) =>
    handOn(new Map([...readings].filter(([service, { deleted }]) => !(deleted && isListed.has(service)))));
  const services = [...new Set([...listed, ...known])];
  return readCluster(cluster.cluster, services, believed, { readServices, hasTime, now, sleep });
}

/** The services of the cluster that a thread knows as being there. */
function servicesOf(cluster: Subject, threads: readonly Watched[]): readonly string[] {
  return threads.flatMap(({ subject, level }) => {
    const { service } = subject;
    if (service === undefined || dependencyOf(subject) !== undefined) return [];
    const isOurs = threadKey(subject) === threadKey({ ...cluster, service });
    return isOurs && level !== undefined && !level.deleted ? [service] : [];
  });
}
