import type { Severity } from '../../settings';
import { type Alert, isAlarm, policyOf, type Subject } from '../alert';
import { apply, type Hindsight, type Incident, isOver, placeFor, type Rules, rank, worstOf } from './incident';

/** What was seen of a deployment; its own events say little. */
interface KnownDeployment {
  readonly startedAtMs?: number;
  readonly completedAtMs?: number;
  readonly revision?: string;
  readonly rollback?: boolean;
}

/** All that is remembered of a subject. */
export interface Thread {
  readonly subject: Subject;
  readonly incident?: Incident;
  /** Newest state change seen of each alarm: what is older is late. */
  readonly changes: Readonly<Record<string, { readonly atMs: number; readonly isOk: boolean }>>;
  /** By ID, with a prefix: an ID may be called like anything. */
  readonly deployments: Readonly<Record<string, KnownDeployment>>;
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

const REMEMBERED_DEPLOYMENTS = 10;
const REMEMBERED_CHANGES_MS = 15 * 24 * 3600 * 1000;

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
  const alert = enriched(raw, thread);
  const remembered = remember(thread, alert);
  const rule = whyUntold(alert, thread, rules);
  if (rule !== undefined) {
    return { ...folded, thread: remembered, untold: [...folded.untold, { alert, rule }] };
  }

  const before = placeFor(alert, thread.incident, rules);
  const incident = apply(before, alert, hindsightOf(alert, thread));
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
function enriched(alert: Alert, thread: Thread): Alert {
  if (alert.kind !== 'deployment') return alert;
  const { startedAtMs, completedAtMs, revision, rollback } = thread.deployments[keyOf(alert.deploymentId)] ?? {};
  // A rollback completes the old deployment once more.
  const isRollback = rollback || (completedAtMs !== undefined && completedAtMs < alert.atMs);
  return {
    ...alert,
    ...(alert.phase === 'completed' && isRollback ? { phase: 'rolled-back' as const } : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function remember(thread: Thread, alert: Alert): Thread {
  if (isAlarm(alert)) return withChange(thread, alert.condition, { atMs: alert.atMs, isOk: alert.state === 'OK' });
  if (alert.kind === 'task-stopped' && alert.deploymentId !== undefined) {
    return withKnown(thread, alert.deploymentId, { revision: alert.revision });
  }
  if (alert.kind !== 'deployment') return thread;
  switch (alert.phase) {
    case 'in-progress':
    case 'rolling-back':
      return withKnown(thread, alert.deploymentId, {
        startedAtMs: alert.atMs,
        rollback: alert.phase === 'rolling-back',
      });
    case 'completed':
      return withKnown(thread, alert.deploymentId, { completedAtMs: alert.atMs });
    case 'failed':
    case 'rolled-back':
      return thread;
  }
}

function withChange(thread: Thread, condition: string, change: Thread['changes'][string]): Thread {
  const newest = thread.changes[condition];
  if (newest !== undefined && newest.atMs > change.atMs) return thread;
  const recent = Object.entries(thread.changes).filter(([, { atMs }]) => atMs > change.atMs - REMEMBERED_CHANGES_MS);
  return { ...thread, changes: { ...Object.fromEntries(recent), [condition]: change } };
}

function withKnown(thread: Thread, id: string, what: KnownDeployment): Thread {
  const key = keyOf(id);
  const others = Object.entries(thread.deployments).filter(([other]) => other !== key);
  const entry = [key, { ...thread.deployments[key], ...what }] as const;
  return { ...thread, deployments: Object.fromEntries([...others, entry].slice(-REMEMBERED_DEPLOYMENTS)) };
}

function keyOf(deploymentId: string): string {
  return `deployment/${deploymentId}`;
}

/** What came before the alert although it happened after it. */
function hindsightOf(alert: Alert, thread: Thread): Hindsight {
  if (isAlarm(alert)) {
    const newest = thread.changes[alert.condition];
    const late = newest !== undefined && alert.atMs < newest.atMs;
    return { late, ...(late && newest.isOk && alert.state === 'ALARM' ? { overAtMs: newest.atMs } : {}) };
  }
  if (alert.kind !== 'deployment' || alert.phase !== 'failed') return { late: false };
  const completions = Object.values(thread.deployments).map(({ completedAtMs = 0 }) => completedAtMs);
  const overAtMs = Math.max(0, ...completions);
  return overAtMs > alert.atMs ? { late: true, overAtMs } : { late: false };
}

function whyUntold(alert: Alert, thread: Thread, rules: Rules): UntoldRule | undefined {
  if (alert.kind === 'task-stopped' && alert.askedFor) return 'asked for';
  if (isAlarm(alert) && alert.state === 'OK') {
    if (hindsightOf(alert, thread).late) return 'stale OK';
    if (thread.incident?.conditions[alert.condition] === undefined) return 'OK without a condition';
  }
  const open = thread.incident !== undefined && !isOver(thread.incident, alert, rules);
  return policyOf(alert) === 'join' && !open ? 'join without an open incident' : undefined;
}

function stopOf({ stops, sinceMs }: Incident): NonNullable<Told['stop']> {
  return { nth: stops?.count ?? 1, sinceMs: stops?.firstAtMs ?? sinceMs };
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
  return reopened || rose ? worstOf(after.severity, folded.worsening ?? 'info') : undefined;
}
