import { type Alert, type CrashLoop, isAlarm, type Steady, type TasksAlert } from '../alert';
import { type Incident, MINUTE } from './incident';

/** What is wrong for a subject now, by key, and what ends it. */

/** Keys of conditions that are no alarms; those of alarms have the prefix `alarm/`. */
export const DEPLOYMENT = 'deployment';
export const CRASH_LOOP = 'crash-loop';
export const STOPPED = 'tasks/stopped';
export const UNDER_DESIRED = 'tasks/under-desired';
const SERVICE_PROBLEM = 'service-problem/';
/**
 * When a service that has settled ends them: after a rollback, and when a deployment was only slow, at once. Else not before
 * a rollback would have been seen, or a problem would have been told again: ECS pauses between tries.
 */
const SETTLES_MS = { 'failed deployment': 2 * MINUTE, 'crash loop': 10 * MINUTE, problem: 10 * MINUTE } as const;

/** The crash loop of the incident as it was last seen, be it over. */
export function crashLoopIn({ conditions, was }: Incident): CrashLoop | undefined {
  const held = conditions[CRASH_LOOP] ?? was.filter(({ kind }) => kind === 'crash-loop').at(-1);
  return held?.kind === 'crash-loop' ? held : undefined;
}

/** What the tasks of the loop wrote last, if it is those of the revision that loops now. */
export function lastLineOf({ explained }: Incident, { stops }: CrashLoop): string | undefined {
  const { lastLine } = explained ?? {};
  return lastLine !== undefined && lastLine.revision === stops?.last.revision ? lastLine.text : undefined;
}

/** The key of the condition that the alert is; undefined for what is over when it is told. */
export function conditionOf(alert: Alert): string | undefined {
  switch (alert.kind) {
    case 'deployment':
      return alert.phase === 'failed' || alert.phase === 'overdue' ? DEPLOYMENT : undefined;
    case 'crash-loop':
      return alert.state === 'ALARM' ? CRASH_LOOP : undefined;
    case 'service-problem':
      return `${SERVICE_PROBLEM}${alert.name}`;
    case 'tasks':
      return alert.state === 'ALARM' && isLack(alert) ? `tasks/${alert.what}` : undefined;
    case 'scaled-up':
    case 'scaled-down':
      return undefined;
    default:
      return isAlarm(alert) && alert.state === 'ALARM' ? alert.condition : undefined;
  }
}

function isLack({ what }: TasksAlert): boolean {
  return what === 'stopped' || what === 'under-desired';
}

/** The conditions that the alert ends; undefined for one that ends none by its nature. Nothing ends what is newer. */
export function endedBy({ conditions }: Pick<Incident, 'conditions'>, alert: Alert): readonly string[] | undefined {
  const those = (ends: (held: Alert, key: string) => boolean) =>
    Object.entries(conditions)
      .filter(([key, held]) => held.atMs <= alert.atMs && ends(held, key))
      .map(([key]) => key);
  switch (alert.kind) {
    case 'crash-loop':
      return alert.state === 'OK' ? those((_, key) => key === CRASH_LOOP) : undefined;
    case 'tasks':
      if (alert.what === 'deleted') return Object.keys(conditions);
      if (alert.what === 'scaled-to-zero') return those(isLackOfTasks);
      if (alert.state === 'ALARM') return undefined;
      if (alert.tasks.running >= alert.tasks.desired) return those(isLackOfTasks);
      return alert.what === 'stopped' ? those((held, key) => key === STOPPED || held.kind === 'stopped') : [];
    case 'steady':
      return those((held) => isEndedBySteady(held, alert));
    case 'deployment':
      if (alert.phase === 'completed') return those((held) => endsWithDeployment(held) || held.kind === 'deployment');
      return undefined;
    default:
      return isAlarm(alert) && alert.state === 'OK' ? [alert.condition] : undefined;
  }
}

/** What ECS itself calls steady has no problem any more; what only looks so may have one that is told again in a moment. */
function isEndedBySteady(held: Alert, { atMs, said, settled }: Steady): boolean {
  if (!said) return isLackOfTasks(held) || atMs >= settlesFrom(held);
  if (held.kind === 'service-problem') return true;
  return held.kind === 'deployment' && settled !== false && atMs >= settlesFrom(held);
}

function isLackOfTasks(held: Alert): boolean {
  return held.kind === 'tasks' || held.kind === 'stopped';
}

/** From when on a condition is over as soon as ECS, when it is asked, shows a service that has settled. */
export function settlesFrom(held: Alert): number {
  switch (held.kind) {
    case 'service-problem':
      return held.atMs + SETTLES_MS.problem;
    case 'crash-loop':
      return held.atMs + SETTLES_MS['crash loop'];
    case 'deployment': {
      const isThrough = held.phase === 'rolled-back' || held.phase === 'overdue';
      return isThrough ? held.atMs : held.atMs + SETTLES_MS['failed deployment'];
    }
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** What a deployment that completes brings to an end besides a failed one. */
export function endsWithDeployment(held: Alert): boolean {
  return held.kind === 'crash-loop' || held.kind === 'service-problem' || (isAlarm(held) && held.vanished);
}
