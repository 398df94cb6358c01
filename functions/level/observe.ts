import { isSettled, type Reading, underWay } from './reading';

/**
 * What is remembered of a service's level: the counts that were last told, and what began at which reading. Only the
 * holder of the thread's lock writes it; the watcher compares with it.
 */
export interface Level {
  /** Goes up with every change: names what a finding was compared with. */
  readonly version: number;
  readonly atMs: number;
  /** Last told, or seen first. */
  readonly desired: number;
  readonly running: number;
  /** A task ran since there should be any: what never ran is starting, not stopped. */
  readonly hasRun: boolean;
  readonly zeroSinceMs?: number;
  readonly fewerSinceMs?: number;
  /** No task runs although some should: found and not over yet. */
  readonly stopped?: true;
  /** Fewer tasks run than should: found and not over yet. */
  readonly underDesired?: true;
  /** The deployment that runs. */
  readonly deployment?: { readonly id: string; readonly startedAtMs: number; readonly overdue?: true };
  readonly deploymentEndedAtMs?: number;
  /** Failed deployments that were found or seen. */
  readonly failedId?: string;
  /** From then on something is over as soon as the service has settled. */
  readonly awaitsSettledFromMs?: number;
  /** The most tasks, from Application Auto Scaling: where nobody configured it. */
  readonly maxSeen?: number;
  /** It was told that the service is at its most. */
  readonly atMax?: true;
  /** An alarm told a scaling that ECS could not be asked about: the counts are not news when they are read. */
  readonly toldByEdge?: Scaled;
  /** The last scaling that was found: an alarm that says the same is no news when ECS cannot be asked. */
  readonly scaled?: Scaled;
  readonly deleted?: true;
}

interface Scaled {
  readonly direction: 'up' | 'down';
  readonly atMs: number;
}

/** What a reading says that was not told yet. */
export type Finding =
  | { readonly kind: 'scaled'; readonly from: number; readonly to: number; readonly atMax: boolean }
  | { readonly kind: 'at-max'; readonly max: number }
  | { readonly kind: 'scaled-to-zero'; readonly from: number }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'stopped'; readonly desired: number }
  | { readonly kind: 'running-again'; readonly running: number; readonly desired: number }
  | { readonly kind: 'under-desired'; readonly running: number; readonly desired: number; readonly minutes: number }
  | { readonly kind: 'at-desired'; readonly running: number; readonly desired: number }
  | {
      readonly kind: 'deployment-failed' | 'deployment-overdue';
      readonly id: string;
      readonly revision: string;
      readonly startedAtMs: number;
      readonly failedTasks: number;
    }
  | { readonly kind: 'settled'; readonly running: number; readonly desired: number; readonly revision?: string };

export interface Limits {
  readonly deploymentMinutes: number;
  readonly underDesiredMinutes: number;
  readonly maxTasks?: number;
}

export interface Observed {
  readonly level: Level;
  readonly findings: readonly Finding[];
}

const MINUTE = 60_000;
/** Without a task while a deployment fails to start any is told when the next pass still sees none. */
const FAILING_MS = 45_000;
/** An alarm that told a scaling and the counts that say so are no further apart. */
export const EDGE_MS = 15 * MINUTE;

/**
 * Compares what ECS says with what was last told. Pure. The first sight of a service is silent.
 *
 * @param insists an alarm says that no task has run for minutes: nothing is waited for
 */
export function observe(level: Level | undefined, reading: Reading, limits: Limits, insists = false): Observed {
  if (level === undefined) return firstSight(reading, limits, insists, 1);
  if (reading.atMs < level.atMs) return { level, findings: [] };
  if (reading.deleted) return deleted(level, reading);
  // One that was made again under the old name is a new one.
  if (level.deleted) return firstSight(reading, limits, insists, level.version + 1);
  const findings: Finding[] = [];
  let next: Level = { ...level, running: reading.running };
  // First what is over with it: a service that has settled has enough tasks as well.
  for (const step of [deployments, settled, counts, tasks]) {
    const observed = step(next, reading, limits, insists);
    next = observed.level;
    findings.push(...observed.findings);
  }
  return { level: { ...next, atMs: reading.atMs, version: level.version + 1 }, findings };
}

/** Whether anything but times, and running tasks where there are enough, is other than before: worth writing down. */
export function differs(a: Level | undefined, b: Level): boolean {
  if (a === undefined) return true;
  const lacks = b.stopped || b.underDesired;
  if (lacks && a.running !== b.running) return true;
  const { version: _va, atMs: _aa, running: _ra, ...before } = a;
  const { version: _vb, atMs: _ab, running: _rb, ...after } = b;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof typeof after)[]);
  return [...keys].some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

function firstSight(reading: Reading, limits: Limits, insists: boolean, version: number): Observed {
  const failed = reading.deployments.find(({ state }) => state === 'failed');
  const blank: Level = {
    version: 0,
    atMs: reading.atMs,
    desired: reading.desired,
    running: reading.running,
    hasRun: reading.running > 0,
    ...(failed === undefined ? {} : { failedId: failed.id }),
    ...(limits.maxTasks !== undefined && reading.desired >= limits.maxTasks ? { atMax: true as const } : {}),
    ...(reading.deleted ? { deleted: true as const } : {}),
  };
  if (reading.deleted) return { level: { ...blank, version }, findings: [] };
  const running = deployments(blank, reading, limits).level;
  const { level, findings } = tasks(running, reading, limits, insists);
  return { level: { ...level, version }, findings };
}

function deleted(level: Level, reading: Reading): Observed {
  const stands = level.stopped || level.underDesired || level.awaitsSettledFromMs !== undefined;
  if (level.deleted && !stands) return { level, findings: [] };
  const { atMs } = reading;
  return {
    level: { version: level.version + 1, atMs, desired: 0, running: 0, hasRun: false, deleted: true },
    findings: [{ kind: 'deleted' }],
  };
}

type Step = (level: Level, reading: Reading, limits: Limits, insists: boolean) => Observed;

/** Deployments that failed or take too long. ECS sends an event of a failed one only with the circuit breaker on. */
const deployments = ((level: Level, reading: Reading, limits: Limits): Observed => {
  const findings: Finding[] = [];
  const { deployment: before, ...rest } = level;
  let next: Level = rest;
  const failed = reading.deployments.find(({ state }) => state === 'failed');
  if (failed !== undefined && failed.id !== level.failedId) {
    findings.push({ kind: 'deployment-failed', ...described(failed) });
    next = { ...next, failedId: failed.id };
  }
  const running = underWay(reading);
  if (running === undefined) {
    return { level: before === undefined ? next : { ...next, deploymentEndedAtMs: reading.atMs }, findings };
  }
  const isKnown = before?.id === running.id;
  // A rollback goes on with an old deployment: what was there before and not under way begins now.
  const isOld = level.version > 0 && running.createdAtMs <= level.atMs;
  const startedAtMs = isKnown ? before.startedAtMs : isOld ? reading.atMs : running.createdAtMs;
  const overdue = reading.atMs - startedAtMs >= limits.deploymentMinutes * MINUTE;
  // What was overdue already when it was first seen was somebody else's to tell.
  const isNews = overdue && !(isKnown && before.overdue) && level.version > 0;
  if (isNews) findings.push({ kind: 'deployment-overdue', ...described(running), startedAtMs });
  const deployment = {
    id: running.id,
    startedAtMs,
    ...(overdue ? { overdue: true as const } : {}),
  };
  return { level: { ...next, deployment }, findings };
}) satisfies Step;

function described({ id, revision, createdAtMs, failedTasks }: Reading['deployments'][number]) {
  return { id, revision, startedAtMs: createdAtMs, failedTasks };
}

/** The desired count against the one that was last told. */
const counts = ((level: Level, reading: Reading, { maxTasks }: Limits): Observed => {
  const { atMax: wasAtMax, toldByEdge, maxSeen, ...others } = level;
  // Above what was the most once, that is another one now.
  const rest = maxSeen === undefined || reading.desired > maxSeen ? others : { ...others, maxSeen };
  const { desired: to } = reading;
  const { desired: from } = level;
  // What autoscaling said once may have been changed since; what is configured holds.
  const atMax = !reading.daemon && to > 0 && (maxTasks === undefined ? to === level.maxSeen : to >= maxTasks);
  const next: Level = { ...rest, desired: to, ...(atMax ? { atMax: true as const } : {}) };
  if (to === from) {
    const pending = toldByEdge !== undefined && reading.atMs - toldByEdge.atMs < EDGE_MS ? { toldByEdge } : {};
    const isNews = atMax && !wasAtMax;
    return { level: { ...next, ...pending }, findings: isNews ? [{ kind: 'at-max', max: maxTasks ?? to }] : [] };
  }
  const started: Level = from === 0 ? { ...next, hasRun: false } : next;
  const direction = to > from ? 'up' : 'down';
  const isTold = toldByEdge?.direction === direction && reading.atMs - toldByEdge.atMs < EDGE_MS;
  if (reading.daemon || (isTold && to > 0)) return { level: started, findings: [] };
  const found: Level = { ...started, scaled: { direction, atMs: reading.atMs } };
  if (to === 0) return { level: found, findings: [{ kind: 'scaled-to-zero', from }] };
  return { level: found, findings: [{ kind: 'scaled', from, to, atMax: atMax && to > from }] };
}) satisfies Step;

/** The running tasks against the desired ones. */
const tasks = ((level: Level, reading: Reading, limits: Limits, insists: boolean): Observed => {
  const { atMs, running, desired } = reading;
  const { zeroSinceMs, fewerSinceMs, stopped, underDesired, ...rest } = level;
  const next: Level = { ...rest, hasRun: desired > 0 && (level.hasRun || running > 0) };
  const lacked = underDesired ? { underDesired } : {};

  if (desired > 0 && running === 0) {
    const since = zeroSinceMs ?? atMs;
    const isStopped = stopped || insists || atMs - since >= patienceMs(level, reading, limits);
    const now: Level = { ...next, ...lacked, zeroSinceMs: since };
    if (!isStopped) return { level: now, findings: [] };
    return { level: { ...now, stopped: true }, findings: stopped ? [] : [{ kind: 'stopped', desired }] };
  }

  const again: readonly Finding[] = stopped ? [{ kind: 'running-again', running, desired }] : [];
  if (running >= desired) {
    const enough: readonly Finding[] = underDesired && !stopped ? [{ kind: 'at-desired', running, desired }] : [];
    return { level: next, findings: [...again, ...enough] };
  }
  // Some of a service that had none: it goes on as too few.
  if (stopped || underDesired) return { level: { ...next, underDesired: true }, findings: again };
  // A deployment has its own limit.
  if (level.deployment !== undefined) return { level: next, findings: [] };
  const since = fewerSinceMs ?? atMs;
  const lasted = atMs - since;
  if (lasted < limits.underDesiredMinutes * MINUTE) return { level: { ...next, fewerSinceMs: since }, findings: [] };
  const finding: Finding = { kind: 'under-desired', running, desired, minutes: Math.round(lasted / MINUTE) };
  return { level: { ...next, underDesired: true }, findings: [finding] };
}) satisfies Step;

/** How long no running task is borne: a service that just starts, or whose only task is replaced, has none for a while. */
function patienceMs({ hasRun, deployment }: Level, reading: Reading, { underDesiredMinutes }: Limits): number {
  if (hasRun && deployment === undefined) return 0;
  const fails = hasRun && (underWay(reading)?.failedTasks ?? 0) > 0;
  return fails ? FAILING_MS : underDesiredMinutes * MINUTE;
}

/** What failed deployments, crash loops and problems wait for. */
const settled = ((level: Level, reading: Reading): Observed => {
  const { awaitsSettledFromMs, ...next } = level;
  if (awaitsSettledFromMs === undefined || reading.atMs < awaitsSettledFromMs || !isSettled(reading)) {
    return { level, findings: [] };
  }
  const { running, desired } = reading;
  const revision = reading.deployments[0]?.revision;
  const finding: Finding = { kind: 'settled', running, desired, ...(revision === undefined ? {} : { revision }) };
  return { level: next, findings: [finding] };
}) satisfies Step;
