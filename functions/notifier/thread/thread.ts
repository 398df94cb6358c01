import { type Level, observe } from '../../level/observe';
import { isSettled } from '../../level/reading';
import type { Kind, Severity, Telling, Watching } from '../../settings';
import {
  type Alert,
  type Deployment,
  type DueAlert,
  isAlarm,
  isEdge,
  isProgress,
  kindOf,
  type Observation,
  severityOf,
  type TasksAlert,
} from '../alert';
import { dueOf, latestReminder } from './due';
import { alertOf } from './found';
import {
  apply,
  CRASH_LOOP,
  DEPLOYMENT,
  gone,
  type Hindsight,
  type Incident,
  MINUTE,
  placeFor,
  rank,
  repeated,
  STOPPED,
  settlesFrom,
  worstOf,
} from './incident';
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
  const last = finished(folded.thread, rules);
  return { ...folded, thread: last, changed: folded.changed || shown(last) !== shown(thread) };
}

/** What the parent lists: it is drawn again when that is another. */
function shown({ incident }: Thread): string {
  const conditions = Object.entries(incident?.conditions ?? {}).map(([key, held]) =>
    held.kind === 'tasks' ? `${key} ${held.tasks.running}/${held.tasks.desired}` : key,
  );
  return conditions.sort().join();
}

/** As it happened; what ECS says now comes last. */
function order(alert: Alert): number {
  return alert.kind === 'observation' ? Number.POSITIVE_INFINITY : alert.atMs;
}

function step(folded: Folded, alert: Alert, rules: Rules, observation: Observation | undefined): Folded {
  if (alert.kind === 'observation') return observed(folded, alert, rules);
  if (alert.kind === 'due') return timeUp(folded, alert, rules);
  const { thread } = folded;
  if (alert.kind === 'at-max' && isNextFound(thread, observation)) {
    return {
      ...folded,
      thread: remember(thread, alert),
      untold: [...folded.untold, { alert, rule: 'the level decides' }],
    };
  }
  return one(folded, enriched(alert, thread, observation), rules);
}

/** The reading at the end of the batch tells the scaling that the event is about. */
function isNextFound({ level }: Thread, observation: Observation | undefined): boolean {
  return level !== undefined && observation !== undefined && observation.reading.desired !== level.desired;
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
  const due = dueOf(folded.thread, rules);
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
      const latest = latestReminder(alert.due, alert.saidAtMs, rules);
      return one(folded, { kind: 'reminder', subject, identity, atMs: latest, worst, sinceMs }, rules);
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
  const closed = incident.endedAtMs !== undefined && (folded.closed || before.endedAtMs === undefined);
  const next = {
    ...folded,
    thread: noted(withLoopEnd({ ...remembered, incident }, before, alert), alert, undefined),
    closed,
  };
  const silent = isNew || closed || worsening !== undefined ? undefined : whySilent(alert, folded);
  if (silent !== undefined) {
    const untold = [...folded.untold, { alert, rule: silent }];
    return { ...next, replies: next.replies.map((one) => upToDate(one, alert)), changed: true, untold };
  }
  return {
    ...next,
    ...(isNew ? { opens: told } : { replies: [...folded.replies, told] }),
    ...(worsening === undefined ? {} : { worsening }),
  };
}

/** A crash loop that is told with these alerts is told with all its stops. */
function upToDate(told: Told, stop: Alert): Told {
  if (told.alert.kind !== 'crash-loop' || stop.kind !== 'crash-loop' || stop.stops === undefined) return told;
  return { ...told, alert: { ...told.alert, stops: stop.stops } };
}

/** What the parent shows, and what would only fill the thread. */
function whySilent(alert: Alert, { opens, thread }: Folded): UntoldRule | undefined {
  if (alert.kind === 'crash-loop' && alert.goesOn) return 'part of a crash loop';
  if (alert.kind !== 'tasks') return undefined;
  // A new parent is posted with it; a loop has its tasks come and go.
  const isLoop = thread.incident?.conditions[CRASH_LOOP] !== undefined;
  return opens !== undefined || isLoop ? 'shown in the parent' : undefined;
}

function withLoopEnd(thread: Thread, before: Incident, { atMs }: Alert): Thread {
  const ended = before.conditions[CRASH_LOOP] !== undefined && thread.incident?.conditions[CRASH_LOOP] === undefined;
  return ended ? { ...thread, loopEndedAtMs: Math.max(atMs, thread.loopEndedAtMs ?? 0) } : thread;
}

/** The alert as this subject is told it: the third crash is a loop, and the settings have the last word. */
function asTold(raw: Alert, thread: Thread, rules: Rules): Alert {
  const isOff = (kind: Kind) => rules.tell[kind]?.policy === 'off';
  const loop = raw.kind === 'task-stopped' && !isOff('crash-loop') ? crashLoopOf(raw, thread, rules) : undefined;
  // Whoever does not want to know of the maximum wants to know of the scaling.
  const isPlain = raw.kind === 'scaling' && raw.atMax && isOff('scaled-to-max');
  const alert = loop ?? (isPlain ? { ...raw, atMax: false } : raw);
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
  const { incident, level } = thread;
  if (alert.kind === 'service-problem' && rule === 'told before' && incident !== undefined) {
    return { ...thread, incident: repeated(incident, alert) };
  }
  if (level === undefined) return thread;
  if (alert.kind === 'at-max' && rule === undefined) return { ...thread, level: { ...level, atMax: true } };
  if (!isEdge(alert) || !alert.unread || alert.kind === 'stopped' || alert.state !== 'ALARM') return thread;
  if (rule === 'told before') return thread;
  const direction = alert.kind === 'scaled-up' ? 'up' : 'down';
  return { ...thread, level: { ...level, toldByEdge: { direction, atMs: alert.atMs } } };
}

/** What the thread and ECS know of the alert's deployment, and that a rollback's COMPLETED is no success. */
function enriched(alert: Alert, thread: Thread, observation: Observation | undefined): Alert {
  if (alert.kind === 'steady') {
    return { ...alert, ...tasksOf(observation), ...(observation && { settled: isSettled(observation.reading) }) };
  }
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
  if (rollback || (completedAtMs !== undefined && completedAtMs < alert.atMs)) return true;
  const primary = observation?.reading.deployments[0];
  if (observation?.rolledBack && primary?.id === alert.deploymentId && primary.state === 'completed') return true;
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
  const over = (overAtMs: number): Hindsight => (overAtMs > alert.atMs ? { late: true, overAtMs } : { late: false });
  const completedAtMs = Math.max(0, ...Object.values(thread.deployments).map(({ completedAtMs: at = 0 }) => at));
  if (alert.kind === 'deployment') return isProgress(alert) ? { late: false } : over(completedAtMs);
  if (alert.kind === 'service-problem') return over(Math.max(completedAtMs, thread.steadyAtMs ?? 0));
  if (alert.kind !== 'crash-loop' || alert.state === 'OK') return { late: false };
  return over(Math.max(completedAtMs, thread.loopEndedAtMs ?? 0));
}

/** What the next reading, the next reminder and the next wake depend on. */
function finished(thread: Thread, rules: Rules): Thread {
  const { incident, level, due: _due, ...rest } = thread;
  const current = incident === undefined ? undefined : withLevel(withCritical(incident), level);
  const standing = level === undefined ? undefined : withStanding(level, current, rules);
  const next: Thread = {
    ...rest,
    ...(current === undefined ? {} : { incident: current }),
    ...(standing === undefined ? {} : { level: standing }),
  };
  const due = dueOf(next, rules);
  return due === undefined ? next : { ...next, due };
}

function withCritical(incident: Incident): Incident {
  const { criticalSinceMs, ...rest } = incident;
  const critical = Object.values(incident.conditions).filter(
    (alert) => severityOf(alert) === 'critical' && !(isAlarm(alert) && alert.vanished),
  );
  if (critical.length === 0) return rest;
  return { ...rest, criticalSinceMs: criticalSinceMs ?? Math.min(...critical.map(({ atMs }) => atMs)) };
}

/** The parent shows how many tasks run now, not how many did when it began, nor what an alarm knew of it. */
function withLevel(incident: Incident, level: Thread['level']): Incident {
  if (level === undefined) return incident;
  const { running, desired, stopped } = level;
  const tasks = { running, desired };
  const conditions = Object.entries(incident.conditions).map(([key, held]): readonly [string, Alert] => {
    if (held.kind === 'tasks') return [key, { ...held, tasks }];
    const isRead = held.kind === 'stopped' && stopped && level.zeroSinceMs !== undefined && level.atMs > held.atMs;
    if (!isRead) return [key, held];
    const { subject, identity, atMs } = held;
    return [STOPPED, { kind: 'tasks', what: 'stopped', state: 'ALARM', subject, identity, atMs, tasks }];
  });
  return { ...incident, conditions: Object.fromEntries(conditions) };
}

/** What ECS has to say before these conditions are over. */
function withStanding(level: Level, incident: Incident | undefined, { tell }: Rules): Level {
  const { awaitsSettledFromMs: _awaits, stopped, underDesired, ...rest } = level;
  const held = Object.values(incident?.conditions ?? {});
  const stands = (what: TasksAlert['what']) => held.some((alert) => alert.kind === 'tasks' && alert.what === what);
  // What was not to be told, and is to be now, is found once more.
  const isTold = (kind: Kind) => (tell[kind]?.policy ?? 'open') === 'open';
  const isStopped = held.some(({ kind }) => kind === 'stopped') || stands('stopped');
  const isKnown = isStopped || (stopped && !isTold('stopped'));
  const isFewer = underDesired && (stands('under-desired') || !isTold('under-desired'));
  const fromMs = Math.min(...held.map(settlesFrom));
  return {
    ...rest,
    ...(isKnown ? { stopped: true as const } : {}),
    ...(isFewer ? { underDesired: true as const } : {}),
    ...(Number.isFinite(fromMs) ? { awaitsSettledFromMs: fromMs } : {}),
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
