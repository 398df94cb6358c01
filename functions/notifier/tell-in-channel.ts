import { deliver } from './deliver/deliver';
import { NotYetError, RetryableError, ThreadBusyError } from './deliver/errors';
import type { ThreadSettings, WriterDeps } from './deliver/writer-deps';
import type { GiveBack } from './give-back';
import type { RecordGroup } from './group';
import type { Incoming } from './handler';

export interface TellDeps extends WriterDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

type Work = RecordGroup<Incoming>;

/**
 * So long an invocation works at a channel that takes one message a second; then what has come meanwhile is sorted in. So the
 * first alert of a service does not wait behind all that others have to say, nor one channel behind another. Not always as
 * long: of two invocations one shall be at work while the other takes its next batch.
 */
const SHIFT_MS = { least: 7_000, most: 13_000 };
/** All that is left is in others' hands: looks again so often, for so long. */
const BUSY_POLL_MS = 250;
const BUSY_WAIT_MS = 2500;

/**
 * Tells the groups of one channel, one after the other: first all parents, then what replies to them. What it cannot tell is
 * given back. Returns the identities of what their threads have told.
 */
export async function tellInChannel(
  groups: readonly Work[],
  settingsOf: (group: Work) => ThreadSettings,
  batch: GiveBack,
  deps: TellDeps,
): Promise<readonly string[]> {
  const told: string[] = [];
  const left = [...groups];
  const shiftEndsAtMs = deps.now().getTime() + SHIFT_MS.least + deps.random() * (SHIFT_MS.most - SHIFT_MS.least);
  /** In a row, while nothing could be told. */
  let busy = 0;
  for (let group = left.shift(); group !== undefined; group = left.shift()) {
    try {
      if (group !== groups[0] && deps.now().getTime() >= shiftEndsAtMs) throw shiftEnds();
      const delivered = await deliver(group, settingsOf(group), deps, { parentFirst: left.length > 0 });
      told.push(...delivered.told);
      if (!delivered.isDone) left.push(group);
      busy = 0;
    } catch (error) {
      if (error instanceof ThreadBusyError && (await isFreeSoon(++busy))) left.push(group);
      else if (error instanceof RetryableError && error.wholeChannel) {
        const all = [group, ...left.splice(0)].flatMap(({ records }) => records);
        await batch.later(all, error);
      } else await batch.giveUp(group, error);
    }
  }
  return told;

  /** Waits when none of those that are left was free. */
  async function isFreeSoon(busyInARow: number): Promise<boolean> {
    const rounds = Math.floor(busyInARow / (left.length + 1));
    if (rounds * BUSY_POLL_MS > BUSY_WAIT_MS) return false;
    if (busyInARow % (left.length + 1) === 0) await deps.sleep(BUSY_POLL_MS);
    return true;
  }
}

function shiftEnds(): NotYetError {
  return new NotYetError('others have their turn', { retryAfterMs: 0, wholeChannel: true });
}
