import { type ReadServices, SERVICES_PER_CALL } from '../level/read-services';
import type { Reading } from '../level/reading';
import type { Log } from '../log';
import { type Alert, isEdge, type Observation } from './alert';
import type { Group } from './deliver/deliver';

export interface LevelDeps {
  readonly readServices: ReadServices;
  /** Whether the newest deployment of the service ended as a rollback; its event does not say so. */
  readonly rolledBack: (cluster: string, service: string) => Promise<boolean>;
  readonly now: () => Date;
  readonly log: Log;
}

/** The place that can be read: services of another one are told as their alarms have it. */
export interface OwnCluster {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
}

/**
 * Edges wake, the level decides: reads ECS for the services whose counts or deployments may be other than told, ten a call.
 * A service that cannot be read is told as its edges have it.
 */
export async function withLevels<G extends Group>(
  groups: readonly G[],
  own: OwnCluster,
  deps: LevelDeps,
): Promise<readonly G[]> {
  const asking = groups.filter((group) => isOwn(group, own) && group.alerts.some(asksForLevel));
  const readings = await readAll(
    asking.map(({ subject }) => subject.service ?? ''),
    own.cluster,
    deps,
  );
  return Promise.all(
    groups.map(async (group) => {
      const reading = asking.includes(group) ? readings.get(group.subject.service ?? '') : undefined;
      return reading === undefined ? unread(group) : await read(group, reading, deps);
    }),
  );
}

function isOwn({ subject }: Group, { account, region, cluster }: OwnCluster): boolean {
  const { service } = subject;
  const isService = service !== undefined && !service.includes(':');
  return isService && subject.account === account && subject.region === region && subject.cluster === cluster;
}

function asksForLevel(alert: Alert): boolean {
  return (
    isEdge(alert) ||
    alert.kind === 'observation' ||
    alert.kind === 'task-stopped' ||
    alert.kind === 'deployment' ||
    alert.kind === 'steady' ||
    alert.kind === 'at-max' ||
    alert.kind === 'crash-loop'
  );
}

/** Alerts wait no longer for what ECS says. */
const READ_MS = 10_000;

/** One call after the other; when one fails the rest is left alone: alerts must not wait for an ECS that is throttled. */
async function readAll(
  services: readonly string[],
  cluster: string,
  { readServices, log, now }: LevelDeps,
): Promise<ReadonlyMap<string, Reading>> {
  const readings = new Map<string, Reading>();
  const endsAtMs = now().getTime() + READ_MS;
  for (let start = 0; start < services.length; start += SERVICES_PER_CALL) {
    const names = services.slice(start, start + SERVICES_PER_CALL);
    if (now().getTime() >= endsAtMs) {
      log('warn', 'ECS answers too slowly, told as the events have it', { services: services.length - start });
      break;
    }
    try {
      for (const [name, reading] of await readServices(cluster, names)) readings.set(name, reading);
    } catch (error) {
      log('warn', 'ECS could not be read, told as the events have it', { services: names, error: String(error) });
      break;
    }
  }
  return readings;
}

async function read<G extends Group>(group: G, reading: Reading, deps: LevelDeps): Promise<G> {
  const { subject, alerts } = group;
  // Not found is believed only when the watcher does not find it in the list either.
  if (reading.deleted && !alerts.some((one) => one.kind === 'observation' && one.reading.deleted)) return unread(group);
  const completed = alerts.some((alert) => alert.kind === 'deployment' && alert.phase === 'completed');
  const rolledBack = completed ? await wasRolledBack(subject, deps) : undefined;
  const observation: Observation = {
    kind: 'observation',
    subject,
    identity: `reading@${reading.atMs}`,
    atMs: reading.atMs,
    reading,
    insists: alerts.some(insists),
    ...(rolledBack === undefined ? {} : { rolledBack }),
  };
  // What the watcher read is older.
  return { ...group, alerts: [...alerts.filter(({ kind }) => kind !== 'observation'), observation] };
}

/** That no task runs is no start that takes its time: an alarm has waited for it, or a task ran and ended. */
function insists(alert: Alert): boolean {
  if (alert.kind === 'task-stopped') return !alert.askedFor && alert.exitCode !== undefined;
  return isEdge(alert) && alert.kind === 'stopped' && alert.state === 'ALARM';
}

/** Asked in addition: without an answer the events themselves have to do. */
async function wasRolledBack({ cluster, service = '' }: Group['subject'], { rolledBack, log }: LevelDeps) {
  try {
    return await rolledBack(cluster, service);
  } catch (error) {
    log('warn', 'deployments could not be listed', { service, error: String(error) });
    return undefined;
  }
}

/** Of several readings of the watcher the newest counts, and only for what happened before it. */
function unread<G extends Group>(group: G): G {
  const newest = group.alerts
    .filter((alert) => alert.kind === 'observation')
    .sort((a, b) => b.atMs - a.atMs)
    .at(0);
  const isRead = (alert: Alert) => newest !== undefined && newest.atMs >= alert.atMs;
  const alerts = group.alerts
    .filter((alert) => alert.kind !== 'observation' || alert === newest)
    .map((alert) => (isEdge(alert) && !isRead(alert) ? { ...alert, unread: true as const } : alert))
    .map((alert) => {
      const isInsisted = alert.kind === 'observation' && group.alerts.some((one) => isRead(one) && insists(one));
      return isInsisted ? { ...alert, insists: true } : alert;
    });
  return { ...group, alerts };
}
