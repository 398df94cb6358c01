import type { Watching } from '../../settings';
import type { Due } from '../../wake';
import { CRASH_LOOP, type Incident, isFiring, MINUTE } from './incident';

/** Without a stop for so long a crash loop is over. */
const CRASH_LOOP_OVER_MS = 10 * MINUTE;

/** What happens to the incident next if nothing else does. */
export function dueOf(
  incident: Incident | undefined,
  { quietMinutes, remindMinutes }: Pick<Watching, 'quietMinutes' | 'remindMinutes'>,
): Due | undefined {
  if (incident === undefined || incident.endedAtMs !== undefined) return undefined;
  const { openedAtMs, lastAtMs, criticalSinceMs, remindedAtMs = 0, conditions } = incident;
  const due = (what: Due['what'], atMs: number): Due => ({ what, atMs, openedAtMs });
  if (!isFiring(incident)) return due('quiet', lastAtMs + quietMinutes * MINUTE);
  const loop = conditions[CRASH_LOOP];
  const all = [
    ...(loop === undefined ? [] : [due('crash-loop-over', loop.atMs + CRASH_LOOP_OVER_MS)]),
    ...(criticalSinceMs === undefined || remindMinutes === 0
      ? []
      : [due('reminder', Math.max(criticalSinceMs, remindedAtMs) + remindMinutes * MINUTE)]),
  ];
  return all.sort((a, b) => a.atMs - b.atMs)[0];
}
