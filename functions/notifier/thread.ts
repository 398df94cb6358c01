import { SEVERITIES, type Severity } from '../settings';
import { type Alert, type Deployment, isAlarm, policyOf, type Subject, severityOf, type TaskStopped } from './alert';

/** A message in Slack. `ts` stays a string: it is an identifier, not a number. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
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
  /** The worst since `sinceMs`. */
  readonly severity: Severity;
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

interface KnownDeployment {
  readonly startedAtMs?: number;
  readonly revision?: string;
  readonly rollback?: boolean;
}

/** All that is remembered of a subject. */
export interface Thread {
  readonly subject: Subject;
  readonly incident?: Incident;
  /** Newest state change seen of each alarm: what is older is late. */
  readonly changes: Readonly<Record<string, number>>;
  readonly deployments: Readonly<Record<string, KnownDeployment>>;
}

export interface Rules {
  readonly quietMinutes: number;
  readonly reopenMinutes: number;
}

/** An alert that is told, with what its words need from the thread. */
export interface Told {
  readonly alert: Alert;
  readonly stop?: { readonly nth: number; readonly sinceMs: number };
}

/** Why an alert is not told. */
export type UntoldRule = 'asked for' | 'stale OK' | 'OK without a condition' | 'join without an open incident';

export interface Folded {
  readonly thread: Thread;
  /** The alert that a new parent tells. */
  readonly opens?: Told;
  /** What replies tell, in the order it happened. */
  readonly replies: readonly Told[];
  readonly untold: readonly { readonly alert: Alert; readonly rule: UntoldRule }[];
  /** The severity to which the incident rose or with which it reopened. */
  readonly worsening?: Severity;
  /** The last condition ended with these alerts. */
  readonly closed: boolean;
  /** What belongs into another incident than the alerts before it: to be folded when those are told. */
  readonly rest: readonly Alert[];
}

const MINUTE = 60_000;
const INFO_THREAD_MS = 24 * 60 * MINUTE;
const REMEMBERED_DEPLOYMENTS = 10;
const REMEMBERED_CHANGES_MS = 15 * 24 * 60 * MINUTE;
const REMEMBERED_ENDS = 5;
const DEPLOYMENT = 'deployment';

export function newThread(subject: Subject): Thread {
  return { subject, changes: {}, deployments: {} };
}

/** What the alerts make of the thread, and what has to be told. Pure; the alerts are those not told before. */
export function fold(thread: Thread, alerts: readonly Alert[], rules: Rules): Folded {
  const ordered = [...alerts].sort((a, b) => a.atMs - b.atMs);
  let folded: Folded = { thread, replies: [], untold: [], closed: false, rest: [] };
  for (const [index, alert] of ordered.entries()) {
    const next = step(folded, alert, rules);
    const told = folded.opens !== undefined || folded.replies.length > 0;
    if (told && next.thread.incident?.openedAtMs !== folded.thread.incident?.openedAtMs) {
      return { ...folded, rest: ordered.slice(index) };
    }
    folded = next;
  }
  return folded;
}

function step(folded: Folded, raw: Alert, rules: Rules): Folded {
  const { thread } = folded;
  const alert = withDeployment(raw, thread);
  const remembered = remember(thread, alert);
  const rule = whyUntold(alert, thread, rules);
  if (rule !== undefined) {
    return { ...folded, thread: remembered, untold: [...folded.untold, { alert, rule }] };
  }

  const before = placeFor(alert, thread.incident, rules);
  const incident = apply(before, alert, isLate(alert, thread));
  const told: Told = { alert, ...(alert.kind === 'task-stopped' ? { stop: stopOf(incident) } : {}) };
  const isNew = incident.parent === undefined && folded.opens === undefined;
  const worsening = worseningOf(thread.incident, before, incident, folded);
  return {
    ...folded,
    thread: { ...remembered, incident },
    ...(isNew ? { opens: told } : { replies: [...folded.replies, told] }),
    ...(worsening === undefined ? {} : { worsening }),
    closed: incident.endedAtMs !== undefined && (folded.closed || before.endedAtMs === undefined),
  };
}

/** What the thread knows of the alert's deployment, and that a rollback's COMPLETED is no success. */
function withDeployment(alert: Alert, thread: Thread): Alert {
  if (alert.kind !== 'deployment') return alert;
  const known = thread.deployments[alert.deploymentId];
  const { startedAtMs, revision } = known ?? {};
  return {
    ...alert,
    ...(alert.phase === 'completed' && known?.rollback ? { phase: 'rolled-back' as const } : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function remember(thread: Thread, alert: Alert): Thread {
  if (isAlarm(alert)) {
    const newest = Math.max(alert.atMs, thread.changes[alert.condition] ?? 0);
    const recent = Object.entries(thread.changes).filter(([, atMs]) => atMs > alert.atMs - REMEMBERED_CHANGES_MS);
    return { ...thread, changes: { ...Object.fromEntries(recent), [alert.condition]: newest } };
  }
  if (alert.kind === 'task-stopped' && alert.deploymentId !== undefined) {
    return withKnown(thread, alert.deploymentId, { revision: alert.revision });
  }
  if (alert.kind === 'deployment' && (alert.phase === 'in-progress' || alert.phase === 'rolling-back')) {
    const rollback = alert.phase === 'rolling-back';
    return withKnown(thread, alert.deploymentId, { startedAtMs: alert.atMs, rollback });
  }
  return thread;
}

function withKnown(thread: Thread, id: string, what: KnownDeployment): Thread {
  const others = Object.entries(thread.deployments).filter(([key]) => key !== id);
  const entry = [id, { ...thread.deployments[id], ...what }] as const;
  return { ...thread, deployments: Object.fromEntries([...others, entry].slice(-REMEMBERED_DEPLOYMENTS)) };
}

/** A newer state change of the same alarm was seen before this one: it says nothing about now. */
function isLate(alert: Alert, thread: Thread): boolean {
  return isAlarm(alert) && alert.atMs < (thread.changes[alert.condition] ?? 0);
}

function whyUntold(alert: Alert, thread: Thread, rules: Rules): UntoldRule | undefined {
  if (alert.kind === 'task-stopped' && alert.askedFor) return 'asked for';
  if (isAlarm(alert) && alert.state === 'OK') {
    if (isLate(alert, thread)) return 'stale OK';
    if (thread.incident?.conditions[alert.condition] === undefined) return 'OK without a condition';
  }
  const open = thread.incident !== undefined && !isOver(thread.incident, alert, rules);
  return policyOf(alert) === 'join' && !open ? 'join without an open incident' : undefined;
}

/** When the incident is over; in the future while it may still be quiet; never while a condition stands. */
function endOf(incident: Incident, rules: Rules): number {
  if (incident.endedAtMs !== undefined) return incident.endedAtMs;
  const stands = Object.values(incident.conditions).some((alert) => !(isAlarm(alert) && alert.vanished));
  return stands ? Number.POSITIVE_INFINITY : incident.lastAtMs + rules.quietMinutes * MINUTE;
}

function isOver(incident: Incident, alert: Alert, rules: Rules): boolean {
  const onlyInfo = incident.severity === 'info' && severityOf(alert) === 'info';
  if (onlyInfo && alert.atMs < incident.openedAtMs + INFO_THREAD_MS) return false;
  return endOf(incident, rules) < alert.atMs;
}

/** The incident that the alert belongs to: the open one, the one that it reopens, or a new one. */
function placeFor(alert: Alert, incident: Incident | undefined, rules: Rules): Incident {
  const atMs = alert.atMs;
  const severity = severityOf(alert);
  if (incident !== undefined && !isOver(incident, alert, rules)) return incident;
  if (incident !== undefined && atMs <= endOf(incident, rules) + rules.reopenMinutes * MINUTE) {
    const { endedAtMs: _ended, note: _note, stops: _stops, ...kept } = incident;
    return { ...kept, sinceMs: atMs, severity, conditions: {}, was: [] };
  }
  const previous = incident?.parent;
  return {
    openedAtMs: atMs,
    sinceMs: atMs,
    lastAtMs: atMs,
    severity,
    conditions: {},
    was: [],
    alertCount: 0,
    ...(previous === undefined ? {} : { previous }),
  };
}

function apply(incident: Incident, alert: Alert, late: boolean): Incident {
  const counted: Incident = {
    ...incident,
    lastAtMs: Math.max(incident.lastAtMs, alert.atMs),
    alertCount: incident.alertCount + 1,
    severity: worst(incident.severity, severityOf(alert)),
  };
  if (late) return { ...counted, note: noteOf(counted, alert) };
  if (alert.kind === 'deployment') return withDeploymentCondition(counted, alert);
  if (isAlarm(alert) && alert.state === 'OK') {
    return alert.vanished ? vanish(counted, alert.condition) : without(counted, [alert.condition], alert.atMs);
  }
  if (isCondition(alert)) return withCondition(counted, alert.condition, alert);
  const stops = alert.kind === 'task-stopped' ? { stops: withStop(counted.stops, alert) } : {};
  return { ...counted, ...stops, note: noteOf(counted, alert) };
}

/** An alarm in ALARM is a condition, but for scalings: they are over when they are told. */
function isCondition(alert: Alert): alert is Alert & { condition: string } {
  return isAlarm(alert) && alert.state === 'ALARM' && alert.kind !== 'scaled-up' && alert.kind !== 'scaled-down';
}

function withDeploymentCondition(incident: Incident, alert: Deployment): Incident {
  const failed = incident.conditions[DEPLOYMENT];
  switch (alert.phase) {
    case 'failed':
    case 'rolled-back':
    case 'rolling-back': {
      if (alert.phase === 'failed') return withCondition(incident, DEPLOYMENT, alert);
      // The condition stays the failed deployment's: its revision and its time, in the new phase. The rollback's own
      // revision is the good one.
      const { revision: _target, ...unnamed } = alert;
      return withCondition(
        incident,
        DEPLOYMENT,
        failed?.kind === 'deployment' ? { ...failed, phase: alert.phase } : unnamed,
      );
    }
    case 'in-progress':
      return { ...incident, note: noteOf(incident, alert) };
    case 'completed': {
      const gone = Object.entries(incident.conditions).filter(([, held]) => isAlarm(held) && held.vanished);
      const noted = { ...incident, note: noteOf(incident, alert) };
      return without(noted, [DEPLOYMENT, ...gone.map(([key]) => key)], alert.atMs);
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
  const left = entries.filter(([key]) => !keys.includes(key));
  return {
    ...incident,
    conditions: Object.fromEntries(left),
    was: [...incident.was, ...ended].slice(-REMEMBERED_ENDS),
    ...(left.length === 0 && ended.length > 0 ? { endedAtMs: atMs } : {}),
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

function stopOf({ stops, sinceMs }: Incident): NonNullable<Told['stop']> {
  return { nth: stops?.count ?? 1, sinceMs: stops?.firstAtMs ?? sinceMs };
}

function noteOf(incident: Incident, alert: Alert): Alert {
  const { note } = incident;
  return note === undefined || rank(severityOf(alert)) >= rank(severityOf(note)) ? alert : note;
}

/** Only what rises in a thread that people already have: a new parent is seen by itself. */
function worseningOf(
  known: Incident | undefined,
  before: Incident,
  after: Incident,
  folded: Folded,
): Severity | undefined {
  if (known === undefined || known.parent === undefined || after.parent === undefined || folded.opens) return undefined;
  const reopened = before !== known && after.severity !== 'info';
  const rose = before === known && rank(after.severity) > rank(known.severity);
  return reopened || rose ? worst(after.severity, folded.worsening ?? 'info') : undefined;
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function worst(a: Severity, b: Severity): Severity {
  return rank(a) >= rank(b) ? a : b;
}
