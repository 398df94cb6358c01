import { EDGE_MS } from '../../level/observe';
import { type AlarmAlert, type Alert, isAlarm, isEdge, policyOf } from '../alert';
import { conditionOf, endedBy } from './conditions';
import { isOpen, type Lifetime } from './incident';
import { deploymentOf, isKnownStop, type Thread } from './memory';

/** Why an alert is not told. */
export type UntoldRule =
  | 'switched off'
  | 'asked for'
  | 'the level decides'
  | 'stale OK'
  | 'OK without a condition'
  | 'nothing that it ends'
  | 'told before'
  | 'join without an open incident'
  | 'part of a crash loop'
  | 'shown in the parent'
  | 'not due any more'
  | 'gone quiet';

/** @param late a newer state change of the same alarm was seen */
export function whyUntold(alert: Alert, thread: Thread, lifetime: Lifetime, late: boolean): UntoldRule | undefined {
  if (alert.kind === 'task-stopped' && alert.askedFor) return 'asked for';
  if (isEdge(alert)) {
    if (!alert.unread) return 'the level decides';
    if (isExplained(alert, thread)) return 'told before';
  }
  const { incident } = thread;
  const ended = incident === undefined ? [] : (endedBy(incident, alert) ?? []);
  const ends = ended.some((key) => incident?.conditions[key] !== undefined);
  if (isAlarm(alert) && alert.state === 'OK') {
    if (late) return 'stale OK';
    if (!ends) return 'OK without a condition';
  }
  // What is switched off while it stands still has its end.
  if (ends) return undefined;
  const isEnd = alert.kind === 'steady' || ('state' in alert && alert.state === 'OK');
  if (isEnd) return 'nothing that it ends';
  if (policyOf(alert) === 'off') return 'switched off';
  if (isKnown(alert, thread)) return 'told before';
  if (policyOf(alert) !== 'join') return undefined;
  return incident !== undefined && isOpen(incident, alert, lifetime) ? undefined : 'join without an open incident';
}

/** It was told by what ECS said; now ECS cannot be read and the alarm comes as well, or once more. */
function isExplained(alert: AlarmAlert, { changes, level }: Thread): boolean {
  if (changes[alert.condition]?.atMs === alert.atMs) return true;
  if (alert.kind === 'stopped') return alert.state === 'ALARM' && level?.stopped === true;
  const direction = alert.kind === 'scaled-up' ? 'up' : 'down';
  const { scaled } = level ?? {};
  return scaled?.direction === direction && Math.abs(alert.atMs - scaled.atMs) < EDGE_MS;
}

/** What an event and a reading both say, or what ECS repeats as long as it stands. */
function isKnown(alert: Alert, thread: Thread): boolean {
  const key = conditionOf(alert);
  const standing = key === undefined ? undefined : thread.incident?.conditions[key];
  switch (alert.kind) {
    case 'deployment': {
      const { failedAtMs } = deploymentOf(thread, alert.deploymentId);
      const same = standing?.kind === 'deployment' && standing.deploymentId === alert.deploymentId;
      return alert.phase === 'failed' ? failedAtMs !== undefined : alert.phase === 'overdue' && same;
    }
    case 'task-stopped':
      return isKnownStop(thread, alert);
    case 'service-problem':
      return standing?.kind === 'service-problem' && standing.reason === alert.reason;
    case 'crash-loop':
      return alert.stops === undefined && alert.state === 'ALARM' && standing !== undefined;
    case 'at-max':
      return thread.level?.atMax === true;
    default:
      return false;
  }
}
