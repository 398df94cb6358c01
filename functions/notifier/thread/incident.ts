import { SEVERITIES, type Severity } from '../../settings';
import { type Alert, type Deployment, isAlarm, severityOf, type TaskStopped } from '../alert';

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
  /** Set when the last condition ended; a recurrence takes it away. */
  readonly endedAtMs?: number;
  /** End of the condition that ended last. */
  readonly lastEndAtMs?: number;
  /** The worst since `sinceMs`. */
  readonly severity: Severity;
  /** The worst since `openedAtMs`. */
  readonly worst: Severity;
  /** What is wrong now, by key: an alarm in ALARM, a failed deployment. */
  readonly conditions: Readonly<Record<string, Alert>>;
  /** The conditions since `sinceMs` that are over, newest last. */
  readonly was: readonly Alert[];
  /** The worst alert since `sinceMs` that is no condition; the headline when there is none. */
  readonly note?: Alert;
  readonly stops?: Stops;
  readonly alertCount: number;
  readonly parent?: Posted;
  /** The parent of the incident before this one. */
  readonly previous?: Posted;
}

/** When an incident is over, in minutes. */
export interface Rules {
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

const MINUTE = 60_000;
const INFO_THREAD_MS = 24 * 60 * MINUTE;
const REMEMBERED_ENDS = 5;
/** Key of the condition that a failed deployment is; those of alarms have a prefix. */
export const DEPLOYMENT = 'deployment';

/** When the incident is over; in the future while it may still be quiet; never while a condition stands. */
function endOf(incident: Incident, rules: Rules): number {
  if (incident.endedAtMs !== undefined) return incident.endedAtMs;
  const stands = Object.values(incident.conditions).some((alert) => !(isAlarm(alert) && alert.vanished));
  return stands ? Number.POSITIVE_INFINITY : incident.lastAtMs + rules.quietMinutes * MINUTE;
}

export function isOver(incident: Incident, alert: Alert, rules: Rules): boolean {
  const onlyInfo = incident.worst === 'info' && severityOf(alert) === 'info';
  if (onlyInfo && alert.atMs < incident.openedAtMs + INFO_THREAD_MS) return false;
  return endOf(incident, rules) < alert.atMs;
}

/** The incident that the alert belongs to: the open one, the one that it reopens, or a new one. */
export function placeFor(alert: Alert, incident: Incident | undefined, rules: Rules): Incident {
  const { atMs } = alert;
  const severity = severityOf(alert);
  if (incident !== undefined && !isOver(incident, alert, rules)) return incident;
  if (incident !== undefined && atMs <= endOf(incident, rules) + rules.reopenMinutes * MINUTE) {
    const { endedAtMs: _ended, lastEndAtMs: _last, note: _note, stops: _stops, ...kept } = incident;
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

/** What one alert makes of its incident. */
export function apply(incident: Incident, alert: Alert, { late, overAtMs }: Hindsight): Incident {
  const severity = severityOf(alert);
  const counted: Incident = {
    ...incident,
    lastAtMs: Math.max(incident.lastAtMs, alert.atMs),
    alertCount: incident.alertCount + 1,
    severity: worstOf(incident.severity, severity),
    worst: worstOf(incident.worst, severity),
  };
  const key = conditionOf(alert);
  if (key !== undefined && overAtMs !== undefined) return without(withCondition(counted, key, alert), [key], overAtMs);
  if (late) return { ...counted, note: noteOf(counted, alert) };
  if (alert.kind === 'deployment') return withDeployment(counted, alert);
  if (isAlarm(alert) && alert.state === 'OK') {
    return alert.vanished ? vanish(counted, alert.condition) : without(counted, [alert.condition], alert.atMs);
  }
  if (key !== undefined) return withCondition(counted, key, alert);
  const stops = alert.kind === 'task-stopped' ? { stops: withStop(counted.stops, alert) } : {};
  return { ...counted, ...stops, note: noteOf(counted, alert) };
}

/** An alarm in ALARM is a condition, but for scalings: they are over when they are told. So is a failed deployment. */
function conditionOf(alert: Alert): string | undefined {
  if (alert.kind === 'deployment') return alert.phase === 'failed' ? DEPLOYMENT : undefined;
  const isOne = isAlarm(alert) && alert.state === 'ALARM' && alert.kind !== 'scaled-up' && alert.kind !== 'scaled-down';
  return isOne ? alert.condition : undefined;
}

function withDeployment(incident: Incident, alert: Deployment): Incident {
  const failed = incident.conditions[DEPLOYMENT];
  switch (alert.phase) {
    case 'in-progress':
      return { ...incident, note: noteOf(incident, alert) };
    case 'failed':
      return withCondition(incident, DEPLOYMENT, alert);
    case 'rolling-back':
    case 'rolled-back': {
      // The condition stays the failed deployment's: its revision and its time, in the new phase. The rollback's own
      // revision is the good one.
      const { revision: _target, ...unnamed } = alert;
      const condition = failed?.kind === 'deployment' ? { ...failed, phase: alert.phase } : unnamed;
      return withCondition(incident, DEPLOYMENT, condition);
    }
    case 'completed': {
      const gone = Object.entries(incident.conditions).filter(([, held]) => isAlarm(held) && held.vanished);
      const isLater = failed !== undefined && failed.atMs < alert.atMs;
      const ended = [...(isLater ? [DEPLOYMENT] : []), ...gone.map(([key]) => key)];
      return without({ ...incident, note: noteOf(incident, alert) }, ended, alert.atMs);
    }
  }
}

function withCondition(incident: Incident, key: string, alert: Alert): Incident {
  const { endedAtMs: _ended, ...open } = incident;
  return { ...open, conditions: { ...incident.conditions, [key]: alert } };
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
    was: [...incident.was, ...ended].slice(-REMEMBERED_ENDS),
    lastEndAtMs,
    ...(left.length === 0 ? { endedAtMs: lastEndAtMs } : {}),
  };
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

function noteOf({ note }: Incident, alert: Alert): Alert {
  return note === undefined || rank(severityOf(alert)) >= rank(severityOf(note)) ? alert : note;
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function worstOf(a: Severity, b: Severity): Severity {
  return rank(a) >= rank(b) ? a : b;
}
