import type { Found } from './find';

/** A wake that the notifier did not take by then is sent again. */
const AGAIN_MS = 10 * 60_000;

/** Remembers which wakes were sent, so that a notifier that is slow is not sent the same each minute. */
export interface SentWakes {
  readonly unsent: (found: readonly Found[]) => readonly Found[];
  readonly remember: (found: readonly Found[]) => void;
}

/** In memory: after a cold start they are sent once more, which changes nothing. */
export function sentWakes(now: () => Date): SentWakes {
  const sentAtMs = new Map<string, number>();
  return {
    unsent: (found) => {
      const nowMs = now().getTime();
      for (const [identity, atMs] of sentAtMs) if (nowMs - atMs >= AGAIN_MS) sentAtMs.delete(identity);
      return found.filter(({ identity }) => !sentAtMs.has(identity));
    },
    remember: (found) => {
      for (const { identity } of found) sentAtMs.set(identity, now().getTime());
    },
  };
}
