import type { DependencySettings } from '../functions/settings';
import { WATCHER_TIMEOUT_SECONDS } from './watcher';

/** As in functions/watcher/probe-all.ts. */
export const ASKED_AT_ONCE = 20;
/** What the watcher keeps free after an answer, to write it down. */
const MARGIN_SECONDS = 2;

/**
 * Names of the endpoints that a pass of the watcher leaves out when none of them answers. It reads them in the order of
 * their names, and asks one only when there is time for its whole timeout.
 */
export function notAskedInTime(dependencies: readonly DependencySettings[]): readonly string[] {
  const asked = dependencies.filter(({ probe }) => probe !== undefined);
  const freeAt = Array.from({ length: ASKED_AT_ONCE }, () => 0);
  return asked
    .sort((one, other) => (one.dependency < other.dependency ? -1 : 1))
    .filter(({ probe }) => {
      const timeout = (probe?.timeoutMs ?? 0) / 1000;
      const start = Math.min(...freeAt);
      if (start + timeout + MARGIN_SECONDS > WATCHER_TIMEOUT_SECONDS) return true;
      freeAt[freeAt.indexOf(start)] = start + timeout;
      return false;
    })
    .map(({ dependency }) => dependency);
}
