import { isSettled } from '../../level/reading';
import type { Kind, Telling } from '../../settings';
import { type Alert, type Deployment, isAlarm, isProgress, kindOf, type Observation } from '../alert';
import type { Hindsight } from './apply';
import { DEPLOYMENT } from './conditions';
import { MINUTE } from './incident';
import { crashLoopOf, deploymentOf, type Thread } from './memory';
import type { Rules } from './thread';

/** What the thread, ECS and the settings know of an alert before it is told. */

/** Scalings so soon after a deployment are its own. */
const DEPLOYMENT_ECHO_MS = 5 * MINUTE;

/** What the thread and ECS know of the alert's deployment, and that a rollback's COMPLETED is no success. */
export function enriched(alert: Alert, thread: Thread, observation: Observation | undefined): Alert {
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
export function hindsightOf(alert: Alert, thread: Thread): Hindsight {
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

/** The alert as this subject is told it: the third crash is a loop, and the settings have the last word. */
export function asTold(raw: Alert, thread: Thread, rules: Rules): Alert {
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
