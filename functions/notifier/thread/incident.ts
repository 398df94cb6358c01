import { SEVERITIES, type Severity } from '../../settings';
import { type Alert, isAlarm, severityOf, type TaskStopped } from '../alert';
import type { Cause } from '../explain/explanation';

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

/** What is known of why. */
export interface Explained {
  /** Topics that a request was sent for. */
  readonly asked: readonly string[];
  readonly askedAtMs: number;
  /** Topics that are explained. */
  readonly told: readonly string[];
  /** The reply that explains, edited as more is known. */
  readonly reply?: Posted;
  /** Slack does not take its chart. */
  readonly chartless?: true;
  readonly cause?: Cause;
  /** Of the last log lines the one that says most, and whose it is. */
  readonly lastLine?: { readonly revision: string; readonly text: string };
  /** Where its lines are. */
  readonly log?: { readonly group: string; readonly stream?: string };
}

/** The reply that tells a crash loop, edited with each further stop. */
export interface LoopReply extends Posted {
  readonly broadcast: boolean;
  /** What it says now. */
  readonly shown: string;
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
  readonly explained?: Explained;
  readonly loop?: LoopReply;
  /** Threads of dependencies that were firing when this one opened. */
  readonly related?: readonly { readonly name: string; readonly permalink: string }[];
}

/** When an incident is over, in minutes. */
export interface Lifetime {
  readonly quietMinutes: number;
  readonly reopenMinutes: number;
}

export const MINUTE = 60_000;
const INFO_THREAD_MS = 24 * 60 * MINUTE;
const REMEMBERED_ENDS = 5;

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
    // What was explained is another time's.
    const { note: _note, stops: _stops, explained: _why, loop: _loop, ...present } = unended(incident);
    const { remindedAtMs: _reminded, criticalSinceMs: _since, ...kept } = present;
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

export function unended(incident: Incident): Incident {
  const { endedAtMs: _ended, lastEndAtMs: _last, quiet: _quiet, ...open } = incident;
  return open;
}

export function remembered({ was }: Incident, ended: readonly Alert[]): readonly Alert[] {
  return [...was, ...ended].slice(-REMEMBERED_ENDS);
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function worstOf(a: Severity, b: Severity): Severity {
  return rank(a) >= rank(b) ? a : b;
}
