import { inParts } from '../in-parts';
import type { Count, Log } from '../log';
import { METRICS } from '../settings';
import { NotYetError, PermanentError, RetryableError } from './deliver/errors';
import type { RecordGroup } from './group';
import type { Incoming } from './handler';

export interface GiveBackDeps {
  /** Puts the record into the dead-letter queue, with the cause. */
  readonly deadLetter: (record: Incoming, cause: string) => Promise<void>;
  /** Makes each record come again after so many seconds. Returns how many do not. */
  readonly comeAgain: (records: readonly Return[]) => Promise<number>;
  readonly log: Log;
  readonly count: Count;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface Return {
  readonly record: Incoming;
  readonly seconds: number;
}

type Work = RecordGroup<Incoming>;

/** More at once only wait for each other. */
const DEAD_LETTERS_AT_ONCE = 10;

/** What becomes of records that could not be told, each once: a record may concern several threads. */
export class GiveBack {
  readonly failed = new Set<string>();
  private readonly dead = new Set<string>();

  constructor(private readonly deps: GiveBackDeps) {}

  async giveUp(group: Work, error: unknown): Promise<void> {
    if (!(error instanceof PermanentError)) return this.later(group.records, error);
    const { log, count, deadLetter } = this.deps;
    log('error', 'not delivered, moved to the dead-letter queue', { thread: group.key, fix: error.message });
    const records = group.records.filter(({ id }) => !this.dead.has(id));
    const stuck: Incoming[] = [];
    for (const part of inParts(records, DEAD_LETTERS_AT_ONCE)) {
      const moved = await Promise.allSettled(part.map((record) => deadLetter(record, error.message)));
      stuck.push(...part.filter((_, index) => moved[index]?.status === 'rejected'));
    }
    for (const record of records) if (!stuck.includes(record)) this.dead.add(record.id);
    count(METRICS.deliveryFailed, records.length - stuck.length);
    if (stuck.length > 0) await this.later(stuck, error);
  }

  /** The records stay in the queue and come again when there is a chance: a failed one would else sleep for minutes. */
  async later(all: readonly Incoming[], error: unknown): Promise<void> {
    const { log, count, comeAgain, random, now } = this.deps;
    const records = [...new Set(all)].filter(({ id }) => !this.failed.has(id));
    const retryAfterMs = error instanceof RetryableError ? error.retryAfterMs : undefined;
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const expected = error instanceof RetryableError;
    const isFailure = !(error instanceof NotYetError);
    log(!expected ? 'error' : isFailure ? 'warn' : 'info', 'back to the queue', {
      records: records.length,
      error: expected ? error.message : cause,
      ...(expected && error.cause !== undefined ? { cause: String(error.cause) } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    for (const { id } of records) this.failed.add(id);
    // Records that are given back are no errors of the function to AWS: without this nobody could tell.
    if (isFailure) count(METRICS.deliveryFailed, records.length);
    const jitter = random();
    const nowMs = now().getTime();
    const returns = records.map((record) => {
      const { receiveCount, sentAtMs } = record;
      return { record, seconds: delaySeconds({ receiveCount, sentAtMs, retryAfterMs, nowMs, jitter }) };
    });
    const late = await comeAgain(returns).catch(() => records.length);
    if (late > 0) log('warn', 'records come back only when their visibility timeout ends', { records: late });
  }
}

const LONGEST_SECONDS = 900;
/** From 7 seconds on; each second end of a step is one of the doubled step too. */
const LONGEST_STEP_SECONDS = 450;
const STEPS = 6;
const PATIENT_RECEIVES = 100;
const PATIENT_SECONDS = 120;

/**
 * How long a record waits before it comes again. Those that are given back together come together, so that they are told
 * in one digest.
 *
 * Without anything asked for: a quarter of the time that it has waited already, from some seconds to 4 to 12 minutes, to a
 * full step of the clock, so that what was given back at different times comes together too, after an outage in digests and
 * not one by one. How often it was received says nothing: mostly others had their turn. What was asked for is kept, plus
 * jitter, up to 15 minutes; a record that is asked to wait again and again comes every two minutes in the end, or short
 * waits would use up its receives.
 *
 * @param jitter from 0 to 1
 */
export function delaySeconds(given: {
  readonly receiveCount: number;
  readonly sentAtMs: number;
  readonly retryAfterMs: number | undefined;
  readonly nowMs: number;
  readonly jitter: number;
}): number {
  const { receiveCount, sentAtMs, retryAfterMs, nowMs, jitter } = given;
  if (retryAfterMs === undefined) {
    const patience = (nowMs - sentAtMs) / 4000;
    const halvings = Math.ceil(Math.log2(LONGEST_STEP_SECONDS / Math.max(1, patience)));
    const step = LONGEST_STEP_SECONDS / 2 ** Math.min(STEPS, Math.max(0, halvings));
    const now = nowMs / 1000;
    return Math.ceil(Math.ceil((now + step / 2) / step) * step - now);
  }
  const least = Math.min(PATIENT_SECONDS, 2 ** Math.max(0, receiveCount - PATIENT_RECEIVES) - 1);
  const asked = Math.max(least, retryAfterMs / 1000);
  return asked === 0 ? 0 : Math.min(LONGEST_SECONDS, Math.ceil(asked + jitter * 2));
}
