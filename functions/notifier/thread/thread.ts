import { observe } from '../../level/observe';
import type { Severity, Telling, Watching } from '../../settings';
import {
  type Alert,
  type Deployment,
  type DueAlert,
  isAlarm,
  isEdge,
  kindOf,
  type Observation,
  severityOf,
} from '../alert';
import { dueOf } from './due';
import { alertOf } from './found';
import { apply, DEPLOYMENT, gone, type Hindsight, type Incident, MINUTE, placeFor, rank, worstOf } from './incident';
import { crashLoopOf, deploymentOf, remember, type Thread } from './memory';
import { type UntoldRule, whyUntold } from './untold';

/** How the subject is watched, as far as its thread is concerned. */
export type Rules = Watching & { readonly maxTasks?: number };

/** An alert that is told, with what its words need from the thread. */
export interface Told {
  readonly alert: Alert;
  readonly stop?: { readonly nth: number; readonly sinceMs: number };
}

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
  /** The parent shows another state, without a word in the thread. */
  readonly changed: boolean;
  /** What belongs into another incident than the alerts before it: to be folded when those are told. */
  readonly rest: readonly Alert[];
}

/** Scalings so soon after a deployment are its own. */
const DEPLOYMENT_ECHO_MS = 5 * MINUTE;

/** What the alerts make of the thread, and what has to be told. Pure; the alerts are those not told before. */
export function fold(thread: Thread, alerts: readonly Alert[], rules: Rules): Folded {
  const ordered = [...alerts].sort((a, b) => order(a) - order(b));
  const observation = alerts.find((alert) => alert.kind === 'observation');
  let folded: Folded = { thread, replies: [], untold: [], closed: false, changed: false, rest: [] };
  for (const [index, alert] of ordered.entries()) {
    const next = step(folded, alert, rules, observation);
    const told = folded.opens !== undefined || folded.replies.length > 0;
    if (told && next.thread.incident?.openedAtMs !== folded.thread.incident?.openedAtMs) {
      return { ...folded, thread: finished(folded.thread, rules), rest: ordered.slice(index) };
    }
    folded = next;
  }
  return { ...folded, thread: finished(folded.thread, rules) };
}

/** As it happened; what ECS says now comes last. */
function order(alert: Alert): number {
  return alert.kind === 'observation' ? Number.POSITIVE_INFINITY : alert.atMs;
}

function step(folded: Folded, alert: Alert, rules: Rules, observation: Observation | undefined): Folded {
  if (alert.kind === 'observation') return observed(folded, alert, rules);
  if (alert.kind === 'due') return timeUp(folded, alert, rules);
  return one(folded, enriched(alert, folded.thread, observation), rules);
}

/** Each thing that ECS says and that was not told yet. */
function observed(folded: Folded, observation: Observation, rules: Rules): Folded {
  const { reading, insists } = observation;
  const { level, findings } = observe(folded.thread.level, reading, rules, insists);
  const seen: Folded = { ...folded, thread: { ...folded.thread, level } };
  return findings.reduce((all, finding) => one(all, alertOf(finding, observation), rules), seen);
}

function timeUp(folded: Folded, alert: DueAlert, rules: Rules): Folded {
  const { incident } = folded.thread;
  const due = dueOf(incident, rules);
  const { what, atMs, openedAtMs } = alert.due;
  const isDue = due?.what === what && due.atMs === atMs && due.openedAtMs === openedAtMs;
  const untold = (rule: UntoldRule) => ({ ...folded, untold: [...folded.untold, { alert, rule }] });
  if (!isDue || incident === undefined) return untold('not due any more');
  const { subject, identity } = alert;
  switch (what) {
    case 'quiet':
      return { ...untold('gone quiet'), thread: { ...folded.thread, incident: gone(incident, atMs) }, changed: true };
    case 'crash-loop-over':
      return one(folded, { kind: 'crash-loop', state: 'OK', subject, identity, atMs }, rules);
    case 'reminder': {
      const worst = worstCondition(incident);
      const { criticalSinceMs: sinceMs = atMs } = incident;
      if (worst === undefined) return untold('not due any more');
      return one(folded, { kind: 'reminder', subject, identity, atMs, worst, sinceMs }, rules);
    }
  }
}

function worstCondition({ conditions }: Incident): Alert | undefined {
  return Object.values(conditions).sort((a, b) => rank(severityOf(b)) - rank(severityOf(a)) || b.atMs - a.atMs)[0];
}

function one(folded: Folded, raw: Alert, rules: Rules): Folded {
  const { thread } = folded;
  const alert = asTold(raw, thread, rules);
  const remembered = remember(thread, alert);
  const hindsight = hindsightOf(alert, thread);
  const rule = whyUntold(alert, thread, rules, hindsight.late);
  if (rule !== undefined) {
    return { ...folded, thread: noted(remembered, alert, rule), untold: [...folded.untold, { alert, rule }] };
  }

  const before = placeFor(alert, thread.incident, rules);
  const incident = apply(before, alert, hindsight);
  const told: Told = { alert, ...(alert.kind === 'task-stopped' ? { stop: stopOf(incident) } : {}) };
  const isNew = incident.parent === undefined && folded.opens === undefined;
  const worsening = worseningOf(thread.incident, before, incident, folded);
  return {
    ...folded,
    thread: noted({ ...remembered, incident }, alert, undefined),
    ...(isNew ? { opens: told } : { replies: [...folded.replies, told] }),
    ...(worsening === undefined ? {} : { worsening }),
    closed: incident.endedAtMs !== undefined && (folded.closed || before.endedAtMs === undefined),
  };
}

/** The alert as this subject is told it: the third crash is a loop, and the settings have the last word. */
function asTold(raw: Alert, thread: Thread, rules: Rules): Alert {
  const loop = raw.kind === 'task-stopped' ? crashLoopOf(raw, thread, rules) : undefined;
  const isLoop = loop !== undefined && rules.tell['crash-loop']?.policy !== 'off';
  const alert = isLoop ? loop : raw;
  const kind = kindOf(alert);
  const telling: Telling = { ...(kind === undefined ? {} : rules.tell[kind]), ...alert.telling };
  const isEcho = isScaling(alert) && telling.policy !== 'off' && isDeploying(thread, alert.atMs, rules);
  const own: Telling = isEcho ? { ...telling, policy: 'join' } : telling;
  return Object.keys(own).length === 0 ? alert : { ...alert, telling: own };
}

function isScaling(alert: Alert): boolean {
  return alert.kind === 'scaling' || alert.kind === 'scaled-up' || alert.kind === 'scaled-down';
}

/** A deployment of the service runs, or ended a moment ago. */
function isDeploying({ level, deployments }: Thread, atMs: number, { deploymentMinutes }: Rules): boolean {
  if (level?.deployment !== undefined) return true;
  if (level?.deploymentEndedAtMs !== undefined && atMs - level.deploymentEndedAtMs < DEPLOYMENT_ECHO_MS) return true;
  return Object.values(deployments).some(({ startedAtMs, completedAtMs, failedAtMs }) => {
    const endedAtMs = Math.max(completedAtMs ?? 0, failedAtMs ?? 0);
    if (endedAtMs > 0) return Math.abs(atMs - endedAtMs) < DEPLOYMENT_ECHO_MS;
    return startedAtMs !== undefined && atMs >= startedAtMs && atMs - startedAtMs < deploymentMinutes * MINUTE;
  });
}

/** What was told, or was not to be, is no news when ECS is read next. */
function noted(thread: Thread, alert: Alert, rule: UntoldRule | undefined): Thread {
  const { level } = thread;
  if (level === undefined) return thread;
  if (alert.kind === 'at-max' && rule === undefined) return { ...thread, level: { ...level, atMax: true } };
  if (!isEdge(alert) || !alert.unread || alert.kind === 'stopped' || alert.state !== 'ALARM') return thread;
  const direction = alert.kind === 'scaled-up' ? 'up' : 'down';
  return { ...thread, level: { ...level, toldByEdge: { direction, atMs: alert.atMs } } };
}

/** What the thread and ECS know of the alert's deployment, and that a rollback's COMPLETED is no success. */
function enriched(alert: Alert, thread: Thread, observation: Observation | undefined): Alert {
  if (alert.kind === 'steady') return { ...tasksOf(observation), ...alert };
  if (alert.kind !== 'deployment') return alert;
  const read = observation?.reading.deployments.find(({ id }) => id === alert.deploymentId);
  const { startedAtMs = read?.createdAtMs, revision = read?.revision } = deploymentOf(thread, alert.deploymentId);
  const isRollback = alert.phase === 'completed' && isRollbackOf(alert, thread, observation);
  return {
    ...alert,
    ...(isRollback ? { phase: 'rolled-back' as const } : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(revision === undefined ? {} : { revision }),
    ...(alert.phase === 'completed' ? tasksOf(observation) : {}),
  };
}

function tasksOf(observation: Observation | undefined) {
  if (observation === undefined) return {};
  const { running, desired } = observation.reading;
  return { tasks: { running, desired } };
}

/** A rollback completes the old deployment once more; its own event does not say so. */
function isRollbackOf(alert: Deployment, thread: Thread, observation: Observation | undefined): boolean {
  const { rollback, completedAtMs } = deploymentOf(thread, alert.deploymentId);
  if (rollback || observation?.rolledBack || (completedAtMs !== undefined && completedAtMs < alert.atMs)) return true;
  const failed = thread.incident?.conditions[DEPLOYMENT];
  if (failed?.kind !== 'deployment' || failed.phase === 'overdue') return false;
  const createdAtMs = observation?.reading.deployments.find(({ id }) => id === alert.deploymentId)?.createdAtMs;
  // What completes after a failure and is older than it is what was rolled back to.
  return createdAtMs !== undefined && createdAtMs < (failed.startedAtMs ?? failed.atMs);
}

/** What came before the alert although it happened after it. */
function hindsightOf(alert: Alert, thread: Thread): Hindsight {
  if (isAlarm(alert)) {
    const newest = thread.changes[alert.condition];
    const late = newest !== undefined && newest.atMs > alert.atMs;
    return { late, ...(late && newest.isOk && alert.state === 'ALARM' ? { overAtMs: newest.atMs } : {}) };
  }
  const isFailure = alert.kind === 'deployment' && alert.phase === 'failed';
  if (!isFailure && !(alert.kind === 'crash-loop' && alert.state === 'ALARM')) return { late: false };
  const completions = Object.values(thread.deployments).map(({ completedAtMs = 0 }) => completedAtMs);
  const overAtMs = Math.max(0, ...completions);
  return overAtMs > alert.atMs ? { late: true, overAtMs } : { late: false };
}

/** What the next reading, the next reminder and the next wake depend on. */
function finished(thread: Thread, rules: Rules): Thread {
  const { incident, level, due: _due, ...rest } = thread;
  const current = incident === undefined ? undefined : withCounts(withCritical(incident), level);
  const due = dueOf(current, rules);
  return {
    ...rest,
    ...(current === undefined ? {} : { incident: current }),
    ...(level === undefined ? {} : { level: withStanding(level, current) }),
    ...(due === undefined ? {} : { due }),
  };
}

function withCritical(incident: Incident): Incident {
  const { criticalSinceMs, ...rest } = incident;
  const critical = Object.values(incident.conditions).filter((alert) => severityOf(alert) === 'critical');
  if (critical.length === 0) return rest;
  return { ...rest, criticalSinceMs: criticalSinceMs ?? Math.min(...critical.map(({ atMs }) => atMs)) };
}

/** The parent shows how many tasks run now, not how many did when it began. */
function withCounts(incident: Incident, level: Thread['level']): Incident {
  if (level === undefined) return incident;
  const { running, desired } = level;
  const conditions = Object.entries(incident.conditions).map(([key, held]) => {
    return [key, held.kind === 'tasks' ? { ...held, tasks: { running, desired } } : held] as const;
  });
  return { ...incident, conditions: Object.fromEntries(conditions) };
}

/** What ECS has to say before these conditions are over. */
function withStanding(level: NonNullable<Thread['level']>, incident: Incident | undefined) {
  const { awaitsSettled: _awaits, ...rest } = level;
  const held = Object.values(incident?.conditions ?? {});
  const isStopped = held.some(({ kind }) => kind === 'stopped');
  const awaits = held.some((alert) => alert.kind === 'deployment');
  return {
    ...rest,
    ...(isStopped ? { stopped: true as const } : {}),
    ...(awaits ? { awaitsSettled: true as const } : {}),
  };
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
