import type { Level } from '../../level/observe';
import type { Watching } from '../../settings';
import type { Subject } from '../../subject';
import type { Due } from '../../wake';
import { type Alert, type CrashLoop, type Deployment, isAlarm, type TaskStopped } from '../alert';
import { CRASH_LOOP, type Incident, MINUTE } from './incident';

/** What was seen of a deployment; its own events say little. */
export interface KnownDeployment {
  readonly startedAtMs?: number;
  readonly completedAtMs?: number;
  readonly failedAtMs?: number;
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
  /** What ECS said when it was last read, and what of it was told. */
  readonly level?: Level;
  /** The last crashes, for counting crash loops. */
  readonly crashes?: readonly Crash[];
  /** When ECS last said that all is as it should be. */
  readonly steadyAtMs?: number;
  /** What the watcher has to wake us for. */
  readonly due?: Due;
}

interface Crash {
  readonly task: string;
  readonly revision: string;
  readonly atMs: number;
}

const REMEMBERED_DEPLOYMENTS = 10;
const REMEMBERED_CHANGES_MS = 15 * 24 * 3600 * 1000;
const REMEMBERED_CRASHES = 100;

export function newThread(subject: Subject): Thread {
  return { subject, changes: {}, deployments: {} };
}

export function remember(thread: Thread, alert: Alert): Thread {
  if (isAlarm(alert)) return withChange(thread, alert.condition, { atMs: alert.atMs, isOk: alert.state === 'OK' });
  switch (alert.kind) {
    case 'task-stopped': {
      const crashed = alert.crashed && !alert.askedFor ? withCrash(thread, alert) : thread;
      const { deploymentId, revision } = alert;
      return deploymentId === undefined ? crashed : withKnown(crashed, deploymentId, { revision });
    }
    case 'crash-loop':
      return alert.stops === undefined ? thread : remember(thread, alert.stops.last);
    case 'steady':
      return { ...thread, steadyAtMs: Math.max(alert.atMs, thread.steadyAtMs ?? 0) };
    case 'at-max':
      return thread.level === undefined ? thread : { ...thread, level: { ...thread.level, maxSeen: alert.max } };
    case 'deployment':
      return withKnown(thread, alert.deploymentId, known(alert));
    default:
      return thread;
  }
}

function known({ phase, atMs }: Deployment): KnownDeployment {
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

export function deploymentOf({ deployments }: Thread, id: string): KnownDeployment {
  return deployments[keyOf(id)] ?? {};
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

function withCrash(thread: Thread, { task, revision, atMs }: TaskStopped): Thread {
  const others = (thread.crashes ?? []).filter((crash) => crash.task !== task);
  return { ...thread, crashes: [...others, { task, revision, atMs }].slice(-REMEMBERED_CRASHES) };
}

/**
 * The crash loop that a stop makes, or goes on with: enough distinct tasks of one revision in the time, without a steady
 * state between. Of services only: a job that fails each time is told each time.
 */
export function crashLoopOf(
  stop: TaskStopped,
  thread: Thread,
  { crashLoop }: Pick<Watching, 'crashLoop'>,
): CrashLoop | undefined {
  if (stop.askedFor || !stop.crashed || stop.subject.service === undefined) return undefined;
  const { subject, identity, atMs } = stop;
  const standing = thread.incident?.conditions[CRASH_LOOP];
  const before = standing?.kind === 'crash-loop' ? standing.stops : undefined;
  if (before !== undefined) {
    const stops = { count: before.count + 1, sinceMs: Math.min(before.sinceMs, atMs), last: stop };
    return { kind: 'crash-loop', state: 'ALARM', subject, identity, atMs, stops, goesOn: true };
  }
  const { crashes = [], steadyAtMs = 0 } = withCrash(thread, stop);
  const since = Math.max(atMs - crashLoop.minutes * MINUTE, steadyAtMs);
  const loop = crashes.filter((crash) => crash.revision === stop.revision && crash.atMs > since && crash.atMs <= atMs);
  if (loop.length < crashLoop.stops) return undefined;
  const sinceMs = Math.min(...loop.map((crash) => crash.atMs));
  return {
    kind: 'crash-loop',
    state: 'ALARM',
    subject,
    identity,
    atMs,
    stops: { count: loop.length, sinceMs, last: stop },
  };
}
