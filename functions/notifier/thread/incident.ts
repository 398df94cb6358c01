import { SEVERITIES, type Severity } from '../../settings';
import {
  type Alert,
  type Deployment,
  isAlarm,
  type Steady,
  severityOf,
  type TaskStopped,
  type TasksAlert,
} from '../alert';

/** A message in Slack. `ts` stays a string: it is an identifier, not a number. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
  /** Link to it; asked for when a later incident refers to it. */
  readonly permalink?: string;
}

/** The unasked stops since the present stretch began. */
export interface Stops {
  readonly count: number;
  readonly firstAtMs: number;
  readonly last: TaskStopped;
}

/** The time in which a subject's alerts belong together: one Slack thread. All of it is by the events' own time. */
export interface Incident {
  readonly openedAtMs: number;
  /** Start of the present stretch: the opening, or the last reopening. */
  readonly sinceMs: number;
  readonly lastAtMs: number;
  /** Set when the last condition ended, or after long quiet; a recurrence takes it away. */
  readonly endedAtMs?: number;
  /** It ended because nothing happened any more. */
  readonly quiet?: true;
  /** End of the condition that ended last. */
  readonly lastEndAtMs?: number;
  /** The worst since `sinceMs`. */
  readonly severity: Severity;
  /** The worst since `openedAtMs`. */
  readonly worst: Severity;
  /** What is wrong now, by key: an alarm in ALARM, a failed deployment. */
  readonly conditions: Readonly<Record<string, Alert>>;
  /** Since when one of them is critical. */
  readonly criticalSinceMs?: number;
  readonly remindedAtMs?: number;
  /** The conditions since `sinceMs` that are over, newest last. */
  readonly was: readonly Alert[];
  /** The worst alert since `sinceMs` that is no condition; the headline when there is none. */
  readonly note?: Alert;
  readonly stops?: Stops;
  readonly alertCount: number;
  readonly parent?: Posted;
  /** The parent of the incident before this one. */
  readonly previous?: Posted;
  /** Threads of dependencies that were firing when this one opened. */
  readonly related?: readonly { readonly name: string; readonly permalink: string }[];
}

/** When an incident is over, in minutes. */
export interface Lifetime {
  readonly quietMinutes: number;
  readonly reopenMinutes: number;
}

/** What is known of an alert that comes after newer ones. */
export interface Hindsight {
  /** A newer state change of the same alarm was seen: this one says nothing about now. */
  readonly late: boolean;
  /** When what the alert says was over, if that is known already. */
  readonly overAtMs?: number;
}

export const MINUTE = 60_000;
const INFO_THREAD_MS = 24 * 60 * MINUTE;
const REMEMBERED_ENDS = 5;
/** Keys of conditions that are no alarms; those of alarms have the prefix `alarm/`. */
export const DEPLOYMENT = 'deployment';
export const CRASH_LOOP = 'crash-loop';
export const STOPPED = 'tasks/stopped';
const UNDER_DESIRED = 'tasks/under-desired';
const SERVICE_PROBLEM = 'service-problem/';
/**
 * When a service that has settled ends them: after a rollback, and when a deployment was only slow, at once. Else not before
 * a rollback would have been seen, or a problem would have been told again: ECS pauses between tries.
 */
const SETTLES_MS = { 'failed deployment': 2 * MINUTE, 'crash loop': 10 * MINUTE, problem: 10 * MINUTE } as const;

/** When the incident is over; in the future while it may still be quiet; never while a condition stands. */
function endOf(incident: Incident, { quietMinutes }: Lifetime): number {
  if (incident.endedAtMs !== undefined) return incident.endedAtMs;
  return isFiring(incident) ? Number.POSITIVE_INFINITY : incident.lastAtMs + quietMinutes * MINUTE;
}

/** Whether something is wrong now. A condition whose series is gone only waits for quiet. */
export function isFiring({ conditions }: Incident): boolean {
  return Object.values(conditions).some((alert) => !(isAlarm(alert) && alert.vanished));
}

/** Whether an alert that may only join finds the incident open. */
export function isOpen(incident: Incident, alert: Alert, lifetime: Lifetime): boolean {
  return endOf(incident, lifetime) >= alert.atMs;
}

function isOver(incident: Incident, alert: Alert, lifetime: Lifetime): boolean {
  const onlyInfo = incident.worst === 'info' && severityOf(alert) === 'info';
  if (onlyInfo && alert.atMs < incident.openedAtMs + INFO_THREAD_MS) return false;
  return !isOpen(incident, alert, lifetime);
}

/** The incident that the alert belongs to: the open one, the one that it reopens, or a new one. */
export function placeFor(alert: Alert, incident: Incident | undefined, lifetime: Lifetime): Incident {
  const { atMs } = alert;
  const severity = severityOf(alert);
  if (incident !== undefined && !isOver(incident, alert, lifetime)) return incident;
  if (incident !== undefined && atMs <= endOf(incident, lifetime) + lifetime.reopenMinutes * MINUTE) {
    // That it scales in the hour after is no recurrence: it is told, and what is over stays over.
    if (severity === 'info')
      return incident.endedAtMs === undefined ? gone(incident, endOf(incident, lifetime)) : incident;
    const { note: _note, stops: _stops, remindedAtMs: _reminded, criticalSinceMs: _since, ...kept } = unended(incident);
    return { ...kept, sinceMs: atMs, severity, conditions: {}, was: [] };
  }
  const previous = incident?.parent;
  return {
    openedAtMs: atMs,
    sinceMs: atMs,
    lastAtMs: atMs,
    severity,
    worst: severity,
    conditions: {},
    was: [],
    alertCount: 0,
    ...(previous === undefined ? {} : { previous }),
  };
}

/** Nothing happened for long enough. The parent says so, nobody is told. */
export function gone(incident: Incident, atMs: number): Incident {
  const vanished = Object.values(incident.conditions);
  return { ...incident, conditions: {}, was: remembered(incident, vanished), endedAtMs: atMs, quiet: true };
}

function unended(incident: Incident): Incident {
  const { endedAtMs: _ended, lastEndAtMs: _last, quiet: _quiet, ...open } = incident;
  return open;
}

/** What one alert makes of its incident. */
export function apply(incident: Incident, alert: Alert, { late, overAtMs }: Hindsight): Incident {
  if (alert.kind === 'reminder') return { ...incident, remindedAtMs: alert.atMs };
  const severity = severityOf(alert);
  const { endedAtMs = Number.POSITIVE_INFINITY, worst } = incident;
  const goesOn = alert.atMs > endedAtMs && (severity !== 'info' || worst === 'info');
  const open = goesOn ? unended(incident) : incident;
  const counted: Incident = {
    ...open,
    lastAtMs: Math.max(open.lastAtMs, alert.atMs),
    alertCount: open.alertCount + 1,
    severity: worstOf(open.severity, severity),
    worst: worstOf(open.worst, severity),
  };
  const key = conditionOf(alert);
  const held = key === undefined ? undefined : counted.conditions[key];
  if (key !== undefined && overAtMs !== undefined) {
    // What stands under the key may be newer than the end of what comes late.
    if (held !== undefined && held.atMs >= overAtMs) return withNote(counted, alert);
    return alreadyOver(incident, counted, alert, overAtMs);
  }
  if (late) return withNote(counted, alert);
  if (isAlarm(alert) && alert.vanished) return vanish(counted, alert.condition);
  const ended = endedBy(counted, alert);
  if (ended !== undefined) return without(withNote(lacking(counted, alert), alert), ended, alert.atMs);
  if (alert.kind === 'deployment') return withDeployment(counted, alert);
  const stopped = alert.kind === 'crash-loop' ? alert.stops?.last : alert.kind === 'task-stopped' ? alert : undefined;
  const stops = stopped === undefined ? {} : { stops: withStop(counted.stops, stopped) };
  if (key !== undefined) return { ...withCondition(counted, key, newest(alert, held)), ...stops };
  return withNote({ ...counted, ...stops }, alert);
}

/** A condition that was over before it is told: it makes nothing worse now, and ends nothing that began later. */
function alreadyOver(incident: Incident, counted: Incident, alert: Alert, overAtMs: number): Incident {
  const isLast = !isFiring(incident) && incident.lastAtMs <= overAtMs;
  const endedAtMs = isLast ? Math.max(overAtMs, incident.endedAtMs ?? 0) : incident.endedAtMs;
  const severity = incident.alertCount === 0 ? counted.severity : incident.severity;
  const was = remembered(counted, [alert]);
  return { ...counted, severity, was, ...(endedAtMs === undefined ? {} : { endedAtMs }) };
}

/** A condition that is told once more, be it late, is as new as the newest of it. */
function newest(alert: Alert, held: Alert | undefined): Alert {
  const { goesOn: _part, ...condition } = { goesOn: undefined, ...alert };
  return { ...condition, atMs: Math.max(alert.atMs, held?.atMs ?? 0) } as Alert;
}

/** A service that had no task and has some: there are too few as long as there are not all. */
function lacking(incident: Incident, alert: Alert): Incident {
  if (alert.kind !== 'tasks' || alert.what !== 'stopped' || alert.state !== 'OK') return incident;
  if (alert.tasks.running >= alert.tasks.desired) return incident;
  const few: TasksAlert = { ...alert, what: 'under-desired', state: 'ALARM' };
  return { ...incident, conditions: { ...incident.conditions, [UNDER_DESIRED]: few } };
}

/** The key of the condition that the alert is; undefined for what is over when it is told. */
export function conditionOf(alert: Alert): string | undefined {
  switch (alert.kind) {
    case 'deployment':
      return alert.phase === 'failed' || alert.phase === 'overdue' ? DEPLOYMENT : undefined;
    case 'crash-loop':
      return alert.state === 'ALARM' ? CRASH_LOOP : undefined;
    case 'service-problem':
      return `${SERVICE_PROBLEM}${alert.name}`;
    case 'tasks':
      return alert.state === 'ALARM' && isLack(alert) ? `tasks/${alert.what}` : undefined;
    case 'scaled-up':
    case 'scaled-down':
      return undefined;
    default:
      return isAlarm(alert) && alert.state === 'ALARM' ? alert.condition : undefined;
  }
}

function isLack({ what }: TasksAlert): boolean {
  return what === 'stopped' || what === 'under-desired';
}

/** The conditions that the alert ends; undefined for one that ends none by its nature. Nothing ends what is newer. */
export function endedBy({ conditions }: Incident, alert: Alert): readonly string[] | undefined {
  const those = (ends: (held: Alert, key: string) => boolean) =>
    Object.entries(conditions)
      .filter(([key, held]) => held.atMs <= alert.atMs && ends(held, key))
      .map(([key]) => key);
  switch (alert.kind) {
    case 'crash-loop':
      return alert.state === 'OK' ? those((_, key) => key === CRASH_LOOP) : undefined;
    case 'tasks':
      if (alert.what === 'deleted') return Object.keys(conditions);
      if (alert.what === 'scaled-to-zero') return those(isLackOfTasks);
      if (alert.state === 'ALARM') return undefined;
      if (alert.tasks.running >= alert.tasks.desired) return those(isLackOfTasks);
      return alert.what === 'stopped' ? those((held, key) => key === STOPPED || held.kind === 'stopped') : [];
    case 'steady':
      return those((held) => isEndedBySteady(held, alert));
    case 'deployment':
      if (alert.phase === 'completed') return those((held) => endsWithDeployment(held) || held.kind === 'deployment');
      return undefined;
    default:
      return isAlarm(alert) && alert.state === 'OK' ? [alert.condition] : undefined;
  }
}

/** What ECS itself calls steady has no problem any more; what only looks so may have one that is told again in a moment. */
function isEndedBySteady(held: Alert, { atMs, said, settled }: Steady): boolean {
  if (!said) return isLackOfTasks(held) || atMs >= settlesFrom(held);
  if (held.kind === 'service-problem') return true;
  return held.kind === 'deployment' && settled !== false && atMs >= settlesFrom(held);
}

function isLackOfTasks(held: Alert): boolean {
  return held.kind === 'tasks' || held.kind === 'stopped';
}

/** From when on a condition is over as soon as ECS, when it is asked, shows a service that has settled. */
export function settlesFrom(held: Alert): number {
  switch (held.kind) {
    case 'service-problem':
      return held.atMs + SETTLES_MS.problem;
    case 'crash-loop':
      return held.atMs + SETTLES_MS['crash loop'];
    case 'deployment': {
      const isThrough = held.phase === 'rolled-back' || held.phase === 'overdue';
      return isThrough ? held.atMs : held.atMs + SETTLES_MS['failed deployment'];
    }
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** What a deployment that completes brings to an end besides a failed one. */
function endsWithDeployment(held: Alert): boolean {
  return held.kind === 'crash-loop' || held.kind === 'service-problem' || (isAlarm(held) && held.vanished);
}

/** Of a deployment that goes on: its own steps, and those of its rollback. */
function withDeployment(incident: Incident, alert: Deployment): Incident {
  const failed = incident.conditions[DEPLOYMENT];
  switch (alert.phase) {
    case 'in-progress':
    case 'completed':
      return withNote(incident, alert);
    case 'failed':
    case 'overdue':
      return withCondition(incident, DEPLOYMENT, alert);
    case 'rolling-back':
    case 'rolled-back': {
      // The condition stays the failed deployment's: its revision and its time, in the new phase, which only goes on. The
      // rollback's own revision is the good one.
      const { revision: _target, ...unnamed } = alert;
      const isThrough = failed?.kind === 'deployment' && failed.phase === 'rolled-back';
      const phase = isThrough ? ('rolled-back' as const) : alert.phase;
      const condition = failed?.kind === 'deployment' ? { ...failed, phase } : unnamed;
      const held = withCondition(incident, DEPLOYMENT, condition);
      if (alert.phase === 'rolling-back') return held;
      const over = Object.entries(held.conditions).filter(
        ([, one]) => one.atMs <= alert.atMs && endsWithDeployment(one),
      );
      return without(
        held,
        over.map(([key]) => key),
        alert.atMs,
      );
    }
  }
}

function withCondition(incident: Incident, key: string, alert: Alert): Incident {
  const { endedAtMs: _ended, quiet: _quiet, ...open } = incident;
  return { ...open, conditions: { ...incident.conditions, [key]: alert } };
}

/** A condition that is not told again, but stands longer for it. */
export function repeated(incident: Incident, alert: Alert): Incident {
  const key = conditionOf(alert);
  const held = key === undefined ? undefined : incident.conditions[key];
  if (key === undefined || held === undefined || held.atMs >= alert.atMs) return incident;
  const conditions = { ...incident.conditions, [key]: { ...held, atMs: alert.atMs } };
  return { ...incident, conditions, lastAtMs: Math.max(incident.lastAtMs, alert.atMs) };
}

function without(incident: Incident, keys: readonly string[], atMs: number): Incident {
  const entries = Object.entries(incident.conditions);
  const ended = entries.filter(([key]) => keys.includes(key)).map(([, alert]) => alert);
  if (ended.length === 0) return incident;
  const left = entries.filter(([key]) => !keys.includes(key));
  // Ends may come in any order: it is over when the last one was.
  const lastEndAtMs = Math.max(atMs, incident.lastEndAtMs ?? 0);
  return {
    ...incident,
    conditions: Object.fromEntries(left),
    was: remembered(incident, ended),
    lastEndAtMs,
    ...(left.length === 0 ? { endedAtMs: lastEndAtMs } : {}),
  };
}

function remembered({ was }: Incident, ended: readonly Alert[]): readonly Alert[] {
  return [...was, ...ended].slice(-REMEMBERED_ENDS);
}

/** The series is gone, which is no recovery: the condition stands until new data, a deployment or quiet. */
function vanish(incident: Incident, key: string): Incident {
  const held = incident.conditions[key];
  if (held === undefined || !isAlarm(held)) return incident;
  return { ...incident, conditions: { ...incident.conditions, [key]: { ...held, vanished: true } } };
}

function withStop(stops: Stops | undefined, alert: TaskStopped): Stops {
  if (stops === undefined) return { count: 1, firstAtMs: alert.atMs, last: alert };
  return {
    count: stops.count + 1,
    firstAtMs: Math.min(stops.firstAtMs, alert.atMs),
    last: alert.atMs >= stops.last.atMs ? alert : stops.last,
  };
}

/** The end of a condition is no headline. */
function withNote(incident: Incident, alert: Alert): Incident {
  const isEnd = alert.kind === 'steady' || ('state' in alert && alert.state === 'OK');
  return isEnd ? incident : { ...incident, note: noteOf(incident, alert) };
}

function noteOf({ note }: Incident, alert: Alert): Alert {
  // Scaled down again: that it was at its maximum is no headline any more.
  if (alert.kind === 'scaling' && (note?.kind === 'scaling' || note?.kind === 'at-max')) return alert;
  return note === undefined || rank(severityOf(alert)) >= rank(severityOf(note)) ? alert : note;
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function worstOf(a: Severity, b: Severity): Severity {
  return rank(a) >= rank(b) ? a : b;
}
