import { type Alert, isAlarm, type TaskStopped } from '../alert';
import type { Incident, Stops } from './incident';
import type { KnownDeployment, Thread } from './memory';

/**
 * What older versions wrote into the table, read as what is written today: whoever upgrades has incidents that are open. All
 * that knows how it was is here.
 */

type Lacking<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

type FormerStop = Lacking<TaskStopped, 'task' | 'crashed'>;
type FormerAlert = Exclude<Alert, TaskStopped> | FormerStop;

interface FormerIncident extends Lacking<Omit<Incident, 'conditions' | 'was' | 'note' | 'stops'>, 'worst'> {
  readonly conditions: Readonly<Record<string, FormerAlert>>;
  readonly was: readonly FormerAlert[];
  readonly note?: FormerAlert;
  readonly stops?: Omit<Stops, 'last'> & { readonly last: FormerStop };
}

/** A thread as any version wrote it. */
export interface FormerThread extends Omit<Thread, 'incident' | 'changes' | 'deployments'> {
  readonly incident?: FormerIncident;
  /** A number was the time of the change, whatever it was. */
  readonly changes: Readonly<Record<string, number | Thread['changes'][string]>>;
  readonly deployments: Readonly<Record<string, Lacking<KnownDeployment, 'seenAtMs'>>>;
}

const ALARM = 'alarm/';
const DEPLOYMENT = 'deployment/';

export function asToday({ incident, changes, deployments, ...rest }: FormerThread): Thread {
  const isOk = (condition: string) => incident?.conditions[condition] === undefined;
  return {
    ...rest,
    changes: mapped(changes, (key, change) => [
      under(ALARM, key),
      typeof change === 'number' ? { atMs: change, isOk: isOk(key) } : change,
    ]),
    deployments: mapped(deployments, (id, known) => [
      under(DEPLOYMENT, id),
      { seenAtMs: known.startedAtMs ?? 0, ...known },
    ]),
    ...(incident && { incident: incidentToday(incident) }),
  };
}

/** Alarms were told under their names alone: what comes again is known by them too. */
export function identitiesOf(identity: string): readonly string[] {
  return identity.startsWith(ALARM) ? [identity, identity.slice(ALARM.length)] : [identity];
}

function incidentToday({ conditions, was, note, stops, ...rest }: FormerIncident): Incident {
  return {
    worst: rest.severity,
    ...rest,
    conditions: mapped(conditions, (key, held) => {
      const alert = alertToday(held);
      return [isAlarm(alert) ? alert.condition : key, alert];
    }),
    was: was.map(alertToday),
    ...(note && { note: alertToday(note) }),
    ...(stops && { stops: { ...stops, last: stopToday(stops.last) } }),
  };
}

function alertToday(alert: FormerAlert): Alert {
  if (alert.kind === 'task-stopped') return stopToday(alert);
  return isAlarm(alert) ? { ...alert, condition: under(ALARM, alert.condition) } : alert;
}

/** The task stands in the identity, which is its ARN and a version. Whether it crashed matters only while it is new. */
function stopToday(stop: FormerStop): TaskStopped {
  const task = stop.identity.slice(0, stop.identity.lastIndexOf('@')).split('/').at(-1) || stop.identity;
  return { crashed: false, task, ...stop };
}

function under(prefix: string, key: string): string {
  return key.startsWith(prefix) ? key : `${prefix}${key}`;
}

function mapped<T, U>(
  record: Readonly<Record<string, T>>,
  map: (key: string, value: T) => readonly [string, U],
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => map(key, value)));
}
