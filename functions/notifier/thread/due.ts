import type { Watching } from '../../settings';
import type { Due } from '../../wake';
import { CRASH_LOOP } from './conditions';
import { type Incident, isFiring, MINUTE } from './incident';
import type { Thread } from './memory';

/** Without a stop for so long a crash loop is over, where nobody can ask ECS whether it has settled. */
const CRASH_LOOP_OVER_MS = 10 * MINUTE;

/** What happens to the incident next if nothing else does. */
export function dueOf(
  { incident, level }: Pick<Thread, 'incident' | 'level'>,
  { quietMinutes, remindMinutes }: Pick<Watching, 'quietMinutes' | 'remindMinutes'>,
): Due | undefined {
  if (incident === undefined || incident.endedAtMs !== undefined) return undefined;
  const { openedAtMs, lastAtMs, conditions } = incident;
  const due = (what: Due['what'], atMs: number): Due => ({ what, atMs, openedAtMs });
  if (!isFiring(incident)) return due('quiet', lastAtMs + quietMinutes * MINUTE);
  const loop = level === undefined ? conditions[CRASH_LOOP] : undefined;
  const remindAtMs = reminderOf(incident, remindMinutes);
  const all = [
    ...(loop === undefined ? [] : [due('crash-loop-over', loop.atMs + CRASH_LOOP_OVER_MS)]),
    ...(remindAtMs === undefined ? [] : [due('reminder', remindAtMs)]),
  ];
  return all.sort((a, b) => a.atMs - b.atMs)[0];
}

function reminderOf({ criticalSinceMs, remindedAtMs = 0 }: Incident, remindMinutes: number): number | undefined {
  if (criticalSinceMs === undefined || remindMinutes === 0) return undefined;
  return Math.max(criticalSinceMs, remindedAtMs) + remindMinutes * MINUTE;
}

/** The newest time at which a reminder was due: after a pause there is one, not one for each hour of it. */
export function latestReminder(
  { atMs }: Due,
  nowMs: number,
  { remindMinutes }: Pick<Watching, 'remindMinutes'>,
): number {
  const missed = Math.max(0, Math.floor((nowMs - atMs) / (remindMinutes * MINUTE)));
  return atMs + missed * remindMinutes * MINUTE;
}
