import type { Subject } from '../../subject';
import type { Alert } from '../alert';
import { RetryableError } from './errors';
import type { Held } from './thread-store';
import { hurry, type ThreadSettings, ThreadWriter, type WriterDeps } from './thread-writer';

export interface DeliverDeps extends WriterDeps {
  readonly sleep: (ms: number) => Promise<void>;
}

/** The alerts of one subject that arrived together. */
export interface Group {
  readonly key: string;
  readonly subject: Subject;
  readonly alerts: readonly Alert[];
}

const LOCK_WAIT_MS = 2500;
const LOCK_POLL_MS = 250;
const LOCK_BUSY_RETRY_MS = 5000;

/**
 * Tells the alerts of one subject in its thread. When it returns, Slack said ok to all of it; the result has the identities
 * of those that the thread has told, now or before. When it throws, what was told is marked as told and the rest is not:
 * the same alerts may come again, in any company.
 *
 * One holder at a time: the lock makes exactly one parent, and edits in order. Before a message is sent it is written
 * down together with the thread that it belongs to; after a lost answer the next holder finds it there and looks for
 * it in Slack first.
 */
export async function deliver(group: Group, settings: ThreadSettings, deps: DeliverDeps): Promise<ReadonlySet<string>> {
  const writer = new ThreadWriter(await lock(group, deps), settings, deps);
  try {
    await writer.resume();
    let left = await writer.untold(group.alerts);
    while (left.length > 0) left = await writer.tell(left);
    await writer.bringUpToDate();
  } catch (error) {
    await writer.giveUp();
    throw error;
  }
  await writer.release();
  return writer.told;
}

async function lock({ key, subject }: Group, deps: DeliverDeps): Promise<Held> {
  const { store, now, sleep, remainingMs } = deps;
  hurry(deps);
  const giveUpAt = now().getTime() + LOCK_WAIT_MS;
  for (;;) {
    // Nobody can be at work any more when the time of the invocation that took the lock is up.
    const held = await store.lock(key, subject, now().getTime() + remainingMs());
    if (held !== undefined) return held;
    if (now().getTime() >= giveUpAt) {
      throw new RetryableError('another invocation is at this thread', { retryAfterMs: LOCK_BUSY_RETRY_MS });
    }
    await sleep(LOCK_POLL_MS);
  }
}
