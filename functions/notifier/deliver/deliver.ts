import type { Subject } from '../../subject';
import type { Alert } from '../alert';
import { ThreadBusyError } from './errors';
import { hurry } from './outbox';
import type { Held } from './thread-store';
import { type Answer, ThreadWriter, VISIBLE_MS } from './thread-writer';
import type { ThreadSettings, WriterDeps } from './writer-deps';

/** The alerts of one subject that arrived together. */
export interface Group {
  readonly key: string;
  readonly subject: Subject;
  readonly alerts: readonly Alert[];
}

/** What a message tells is written down before it is sent, and an item of DynamoDB has 400 KB. */
const TOLD_AT_ONCE = 250;

/** What became of a group. */
export interface Delivered {
  /** Identities of those alerts that the thread has told, now or before. */
  readonly told: ReadonlySet<string>;
  /** False when only the parent is out: the rest is to be delivered again. */
  readonly isDone: boolean;
}

/**
 * Tells the alerts of one subject in its thread. When it is done, Slack said ok to all of it. When it throws, what was told
 * is marked as told and the rest is not: the same alerts may come again, in any company.
 *
 * One holder at a time: the lock makes exactly one parent, and edits in order. Before a message is sent it is written
 * down together with the thread that it belongs to; after a lost answer the next holder finds it there and looks for
 * it in Slack first.
 *
 * @param options.parentFirst a new thread gets its parent and no more: there are others that wait for theirs
 */
export async function deliver(
  group: Group,
  settings: ThreadSettings,
  deps: WriterDeps,
  { parentFirst } = { parentFirst: false },
): Promise<Delivered> {
  const { refusal, ...delivered } = await write(group, settings, deps, async (writer) => {
    let isDone = true;
    let left = await writer.untold(group.alerts);
    while (left.length > 0 && isDone) {
      const { rest, waiting } = await writer.tell(left.slice(0, TOLD_AT_ONCE), { parentFirst });
      left = [...rest, ...left.slice(TOLD_AT_ONCE)];
      isDone = !waiting;
    }
    if (isDone) {
      await writer.bringUpToDate();
      await writer.askToExplain();
    }
    return { told: writer.told, isDone, refusal: writer.refusal };
  });
  if (refusal !== undefined) throw refusal;
  return delivered;
}

/** Says in the thread why, if the incident is still the same. Alerts go first unless `givesWay` is false. */
export function tellWhy(
  group: Pick<Group, 'key' | 'subject'> & { readonly openedAtMs: number },
  answer: Answer,
  settings: ThreadSettings,
  deps: WriterDeps,
  { givesWay }: { readonly givesWay: boolean },
): Promise<void> {
  return write(group, settings, deps, (writer) => writer.explain(group, answer, givesWay));
}

/** Edits what shows another state than the thread has. */
export function bringUpToDate(
  group: Pick<Group, 'key' | 'subject'>,
  settings: ThreadSettings,
  deps: WriterDeps,
): Promise<void> {
  return write(group, settings, deps, (writer) => writer.bringUpToDate());
}

/** Does the work while the thread is locked, and frees it whatever comes of it. */
async function write<T>(
  group: Pick<Group, 'key' | 'subject'>,
  settings: ThreadSettings,
  deps: WriterDeps,
  work: (writer: ThreadWriter) => Promise<T>,
): Promise<T> {
  const writer = new ThreadWriter(await lock(group, deps), settings, deps);
  let done: T;
  try {
    await writer.resume();
    done = await work(writer);
  } catch (error) {
    await writer.giveUp();
    throw error;
  }
  await writer.release();
  return done;
}

async function lock({ key, subject }: Pick<Group, 'key' | 'subject'>, deps: WriterDeps): Promise<Held> {
  hurry(deps);
  // When the time of the invocation that took the lock is up nobody is at work any more, and nothing is on its way to Slack.
  const held = await deps.store.lock(key, subject, deps.now().getTime() + deps.remainingMs() + VISIBLE_MS);
  if (held === undefined) throw new ThreadBusyError('another invocation is at this thread', { retryAfterMs: 2000 });
  return held;
}
