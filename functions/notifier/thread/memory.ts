import type { Level } from '../../level/observe';
import type { Watching } from '../../settings';
import type { Subject } from '../../subject';
import type { Due } from '../../wake';
import { type Alert, type CrashLoop, type Deployment, isAlarm, type TaskStopped } from '../alert';
import { CRASH_LOOP } from './conditions';
import { type Incident, MINUTE } from './incident';

/** What was seen of a deployment; its own events say little. */
export interface KnownDeployment {
  readonly startedAtMs?: number;
  readonly completedAtMs?: number;
  readonly failedAtMs?: number;
  readonly revision?: string;
  readonly rollback?: boolean;
  /** Newest alert of it: what was not heard of for longest is forgotten first. */
  readonly seenAtMs: number;
}

/** All that is remembered of a subject. */
export interface Thread {
  readonly subject: Subject;
  readonly incident?: Incident;
  /** Newest state change seen of each alarm: what is older is late. */
  readonly changes: Readonly<Record<string, { readonly atMs: number; readonly isOk: boolean }>>;
  /** By ID, with a prefix: an ID may be called like anything. */
  readonly deployments: Readonly<Record<string, KnownDeployment>>;
  /** What ECS said when it was last read, and what of it was told. */
  readonly level?: Level;
  /** The last unasked stops: each task is told once, and crash loops are counted. */
  readonly stopped?: readonly StoppedTask[];
  /** Since when ECS says that all is as it should be, without a crash. */
  readonly steadySinceMs?: number;
  /** When ECS last said so. */
  readonly steadyAtMs?: number;
  /** When the last crash loop was over. */
  readonly loopEndedAtMs?: number;
  /** What the watcher has to wake us for. */
  readonly due?: Due;
}

interface StoppedTask {
  readonly task: string;
  readonly revision: string;
  readonly atMs: number;
  readonly crashed: boolean;
}

const REMEMBERED_DEPLOYMENTS = 10;
const REMEMBERED_CHANGES_MS = 15 * 24 * 3600 * 1000;
const REMEMBERED_CHANGES = 300;
const REMEMBERED_STOPS = 100;
/** Steady for so long, a service crashes anew; for less, a task that lives for minutes looks steady between its crashes. */
const STEADY_MS = 10 * MINUTE;

export function newThread(subject: Subject): Thread {
  return { subject, changes: {}, deployments: {} };
}

export function remember(thread: Thread, alert: Alert): Thread {
  if (isAlarm(alert)) return withChange(thread, alert.condition, { atMs: alert.atMs, isOk: alert.state === 'OK' });
  switch (alert.kind) {
    case 'task-stopped': {
      const known = alert.askedFor ? thread : withStopped(thread, alert);
      const { deploymentId, revision, atMs } = alert;
      return deploymentId === undefined ? known : withKnown(known, deploymentId, atMs, { revision });
    }
    case 'crash-loop':
      return alert.stops === undefined ? thread : remember(thread, alert.stops.last);
    case 'steady':
      return alert.said ? withSteady(thread, alert.atMs) : thread;
    case 'at-max':
      return thread.level === undefined ? thread : { ...thread, level: { ...thread.level, maxSeen: alert.max } };
    case 'deployment':
      return withKnown(thread, alert.deploymentId, alert.atMs, known(alert));
    default:
      return thread;
  }
}

function known({ phase, atMs }: Deployment): Partial<KnownDeployment> {
  switch (phase) {
    case 'in-progress':
    case 'rolling-back':
      return { startedAtMs: atMs, rollback: phase === 'rolling-back' };
    case 'completed':
      return { completedAtMs: atMs };
    case 'failed':
      return { failedAtMs: atMs };
    case 'overdue':
    case 'rolled-back':
      return {};
  }
}

export function deploymentOf({ deployments }: Thread, id: string): Partial<KnownDeployment> {
  return deployments[keyOf(id)] ?? {};
}

function withChange(thread: Thread, condition: string, change: Thread['changes'][string]): Thread {
  const newest = thread.changes[condition];
  if (newest !== undefined && newest.atMs > change.atMs) return thread;
  const recent = Object.entries(thread.changes)
    .filter(([, { atMs }]) => atMs > change.atMs - REMEMBERED_CHANGES_MS)
    .sort(([, a], [, b]) => a.atMs - b.atMs)
    .slice(-REMEMBERED_CHANGES);
  return { ...thread, changes: { ...Object.fromEntries(recent), [condition]: change } };
}

function withKnown(thread: Thread, id: string, atMs: number, what: Partial<KnownDeployment>): Thread {
  const key = keyOf(id);
  const before = thread.deployments[key];
  const seenAtMs = Math.max(atMs, before?.seenAtMs ?? 0);
  // By time: a map that was stored has no order.
  const entries = Object.entries({ ...thread.deployments, [key]: { ...before, ...what, seenAtMs } })
    .sort(([, a], [, b]) => a.seenAtMs - b.seenAtMs)
    .slice(-REMEMBERED_DEPLOYMENTS);
  return { ...thread, deployments: Object.fromEntries(entries) };
}

function keyOf(deploymentId: string): string {
  return `deployment/${deploymentId}`;
}

function withStopped(thread: Thread, { task, revision, atMs, crashed }: TaskStopped): Thread {
  const { steadySinceMs, ...rest } = thread;
  const others = (thread.stopped ?? []).filter((one) => one.task !== task);
  const isEnd = crashed && steadySinceMs !== undefined && atMs > steadySinceMs;
  // What crashed before a lasting steadiness is no part of what begins now.
  const lasted = isEnd && atMs - steadySinceMs >= STEADY_MS;
  const kept = lasted ? others.map((one) => (one.atMs < steadySinceMs ? { ...one, crashed: false } : one)) : others;
  const stopped = [...kept, { task, revision, atMs, crashed }].sort((a, b) => a.atMs - b.atMs).slice(-REMEMBERED_STOPS);
  return { ...(isEnd ? rest : thread), stopped };
}

function withSteady(thread: Thread, atMs: number): Thread {
  const { steadySinceMs = atMs, steadyAtMs = atMs } = thread;
  return { ...thread, steadySinceMs: Math.min(steadySinceMs, atMs), steadyAtMs: Math.max(steadyAtMs, atMs) };
}

/** A task's stop may come in several events: it is told once. */
export function isKnownStop({ stopped = [] }: Thread, { task }: TaskStopped): boolean {
  return stopped.some((one) => one.task === task);
}

/**
 * The crash loop that a stop makes, or goes on with: enough distinct tasks of one revision in the time, without lasting
 * steadiness between. Of services only: a job that fails each time is told each time.
 */
export function crashLoopOf(
  stop: TaskStopped,
  thread: Thread,
  { crashLoop }: Pick<Watching, 'crashLoop'>,
): CrashLoop | undefined {
  if (stop.askedFor || !stop.crashed || stop.subject.service === undefined || isKnownStop(thread, stop))
    return undefined;
  const { subject, identity, atMs } = stop;
  const loop = { kind: 'crash-loop', state: 'ALARM', subject, identity, atMs } as const;
  const standing = thread.incident?.conditions[CRASH_LOOP];
  if (standing?.kind === 'crash-loop') {
    const { count = 0, sinceMs = atMs, last = stop, mixed } = standing.stops ?? {};
    const newest = atMs >= last.atMs ? stop : last;
    const isMixed = mixed || last.revision !== stop.revision;
    const stops = { count: count + 1, sinceMs: Math.min(sinceMs, atMs), last: newest };
    return { ...loop, stops: { ...stops, ...(isMixed ? { mixed: true as const } : {}) }, goesOn: true };
  }
  // In whatever order they come: those of the time before the newest.
  const crashes = (withStopped(thread, stop).stopped ?? []).filter(
    (one) => one.crashed && one.revision === stop.revision,
  );
  const newestMs = Math.max(...crashes.map((one) => one.atMs));
  const recent = crashes.filter((one) => one.atMs > newestMs - crashLoop.minutes * MINUTE);
  if (recent.length < crashLoop.stops) return undefined;
  return { ...loop, stops: { count: recent.length, sinceMs: Math.min(...recent.map((one) => one.atMs)), last: stop } };
}
