import { type Alert, type Deployment, isAlarm, severityOf, type TaskStopped, type TasksAlert } from '../alert';
import { conditionOf, DEPLOYMENT, endedBy, endsWithDeployment, UNDER_DESIRED } from './conditions';
import { type Incident, isFiring, rank, remembered, type Stops, unended, worstOf } from './incident';

/** What is known of an alert that comes after newer ones. */
export interface Hindsight {
  /** A newer state change of the same alarm was seen: this one says nothing about now. */
  readonly late: boolean;
  /** When what the alert says was over, if that is known already. */
  readonly overAtMs?: number;
}

/** What one alert makes of its incident. */
export function apply(incident: Incident, alert: Alert, { late, overAtMs }: Hindsight): Incident {
  if (alert.kind === 'reminder') return { ...incident, remindedAtMs: alert.atMs };
  const severity = severityOf(alert);
  const { endedAtMs = Number.POSITIVE_INFINITY, worst } = incident;
  const isAgain = alert.atMs > endedAtMs && (severity !== 'info' || worst === 'info');
  const open = isAgain ? unended(incident) : incident;
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
  return { ...alert, atMs: Math.max(alert.atMs, held?.atMs ?? 0) };
}

/** A service that had no task and has some: there are too few as long as there are not all. */
function lacking(incident: Incident, alert: Alert): Incident {
  if (alert.kind !== 'tasks' || alert.what !== 'stopped' || alert.state !== 'OK') return incident;
  if (alert.tasks.running >= alert.tasks.desired) return incident;
  const few: TasksAlert = { ...alert, what: 'under-desired', state: 'ALARM' };
  return { ...incident, conditions: { ...incident.conditions, [UNDER_DESIRED]: few } };
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

/** More stand in no parent, and the item would outgrow the 400 KB of DynamoDB: they are told, and not waited for. */
const CONDITIONS_KEPT = 100;

function withCondition(incident: Incident, key: string, alert: Alert): Incident {
  const { endedAtMs: _ended, quiet: _quiet, ...open } = incident;
  const isNew = incident.conditions[key] === undefined;
  if (isNew && Object.keys(incident.conditions).length >= CONDITIONS_KEPT) return open;
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

export function without(incident: Incident, keys: readonly string[], atMs: number): Incident {
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

/** The end of a condition is no headline, nor is a test where there is anything else to say. */
function withNote(incident: Incident, alert: Alert): Incident {
  const isEnd = alert.kind === 'steady' || ('state' in alert && alert.state === 'OK');
  const isAside = alert.kind === 'test' && says(incident);
  return isEnd || isAside ? incident : { ...incident, note: noteOf(incident, alert) };
}

function says({ note, conditions, was }: Incident): boolean {
  return note !== undefined || was.length > 0 || Object.keys(conditions).length > 0;
}

function noteOf({ note }: Incident, alert: Alert): Alert {
  // Scaled down again: that it was at its maximum is no headline any more.
  if (alert.kind === 'scaling' && (note?.kind === 'scaling' || note?.kind === 'at-max')) return alert;
  return note === undefined || rank(severityOf(alert)) >= rank(severityOf(note)) ? alert : note;
}
