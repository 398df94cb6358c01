import type { StopCause, StoppedTask } from './events';

/** What becomes of a task that is started. */
export type Fate =
  | { readonly kind: 'runs' }
  | { readonly kind: 'exits'; readonly afterMs: number; readonly exitCode: number; readonly reason?: string }
  | { readonly kind: 'never-starts'; readonly reason: string }
  /** Stays pending: a pull that does not end, an address that cannot be had. */
  | { readonly kind: 'hangs' };

export const RUNS: Fate = { kind: 'runs' };

/** `leaving`: it runs, and ECS wants it gone. `stopping`: its containers are gone, the rest is cleaned up. */
export type TaskState = 'pending' | 'running' | 'leaving' | 'stopping' | 'stopped';

export interface Task extends Omit<StoppedTask, 'startedAtMs'> {
  readonly deploymentId: string;
  readonly fate: Fate;
  startedAtMs?: number;
  state: TaskState;
}

export const SPOT: StopCause = {
  stopCode: 'SpotInterruption',
  stoppedReason: 'Your Spot Task was interrupted.',
  exitCode: 143,
};

export function scaling(deploymentId: string): StopCause {
  return {
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: `Scaling activity initiated by (deployment ${deploymentId})`,
    exitCode: 143,
  };
}

export function exited(exitCode: number, reason?: string): StopCause {
  const container = reason === undefined ? {} : { containerReason: reason };
  return {
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    exitCode,
    ...container,
  };
}

export function neverStarted(reason: string): StopCause {
  return { stopCode: 'TaskFailedToStart', stoppedReason: reason };
}

/** Counted in `runningCount`, and reports its use each minute. */
export function isRunning({ state }: Task): boolean {
  return state === 'running' || state === 'leaving';
}

/** Wanted by ECS. */
export function isWanted({ state }: Task): boolean {
  return state === 'pending' || state === 'running';
}
