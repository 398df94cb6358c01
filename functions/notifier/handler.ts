import { METRICS } from '../settings';
import { isAlarm, severityOf } from './alert';
import { decode } from './decode';
import type { Context } from './decode/context';
import { type DeliverDeps, deliver } from './deliver/deliver';
import { PermanentError, RetryableError } from './deliver/errors';
import { groupBySubject, type RecordGroup } from './group';
import type { Count } from './log';
import type { Settings } from './read-settings';
import { rank } from './thread/incident';

/** A message of the queue. */
export interface Incoming {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly sentAtMs: number;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

export interface Deps extends DeliverDeps {
  /** `newest`: read again if they could be out of date. */
  readonly settings: (options?: { readonly newest: boolean }) => Promise<Settings>;
  /** Puts the record into the dead-letter queue, with the cause. */
  readonly deadLetter: (record: Incoming, cause: string) => Promise<void>;
  /** Makes the record come again after so many seconds. */
  readonly comeAgain: (record: Incoming, seconds: number) => Promise<void>;
  readonly count: Count;
  /** From 0 to 1. */
  readonly random: () => number;
}

const FIRST_BACK_OFF_SECONDS = 5;
const LONGEST_BACK_OFF_SECONDS = 900;
const PATIENT_RECEIVES = 10;
const PATIENT_SECONDS = 120;

/** Tells what the records say. Returns the IDs of those that stay in the queue: nothing leaves it untold. */
export async function handle(records: readonly Incoming[], deps: Deps): Promise<string[]> {
  try {
    const { settings, decoded } = await decodeAll(records, deps);
    return await deliverAll(await inOrder(groupBySubject(decoded), deps), settings, deps);
  } catch (error) {
    return comeBack(records, error, deps);
  }
}

/** A deployment writes an alarm's settings before the alarm: what is not known yet is known to newer settings. */
async function decodeAll(records: readonly Incoming[], deps: Deps) {
  const read = async (newest: boolean) => {
    const settings = await deps.settings({ newest });
    const decoded = records.map((record) => ({ record, alert: decode(record.body, contextOf(settings, record)) }));
    return { settings, decoded };
  };
  const first = await read(false);
  const unknown = first.decoded.some(({ alert }) => isAlarm(alert) && !first.settings.alarms.has(alert.alarmName));
  return unknown ? read(true) : first;
}

function contextOf({ cluster, alarms }: Settings, { sentAtMs }: Incoming): Context {
  return {
    cluster: { account: cluster.accountId, region: cluster.region, cluster: cluster.cluster },
    alarms,
    sentAtMs,
  };
}

type Work = RecordGroup<Incoming>;

/** Parents before replies, the worst first. */
async function inOrder(groups: readonly Work[], { store }: Deps): Promise<readonly Work[]> {
  const replying = groups.length < 2 ? new Set<string>() : await store.withParent(groups.map(({ key }) => key));
  const urgency = ({ key, alerts }: Work) =>
    (replying.has(key) ? 0 : 10) + Math.max(...alerts.map((alert) => rank(severityOf(alert))));
  return [...groups].sort((a, b) => urgency(b) - urgency(a));
}

/** One after the other: all of them go into the same channel, which takes one message a second. */
async function deliverAll(groups: readonly Work[], settings: Settings, deps: Deps): Promise<string[]> {
  const failed: string[] = [];
  let closed: RetryableError | undefined;
  for (const group of groups) {
    try {
      if (closed !== undefined) throw closed;
      await deliver(group, settings.cluster, deps);
    } catch (error) {
      if (error instanceof RetryableError && error.wholeChannel) closed = error;
      failed.push(...(await giveUp(group, error, deps)));
    }
  }
  return failed;
}

async function giveUp(group: Work, error: unknown, deps: Deps): Promise<string[]> {
  if (!(error instanceof PermanentError)) return comeBack(group.records, error, deps);
  deps.log('error', 'not delivered, moved to the dead-letter queue', { thread: group.key, fix: error.message });
  const moved = await Promise.allSettled(group.records.map((record) => deps.deadLetter(record, error.message)));
  const stuck = group.records.filter((_, index) => moved[index]?.status === 'rejected');
  deps.count(METRICS.deliveryFailed, group.records.length - stuck.length);
  return stuck.length === 0 ? [] : comeBack(stuck, error, deps);
}

/** The records stay in the queue and come again when there is a chance: a failed one would else sleep for minutes. */
async function comeBack(records: readonly Incoming[], error: unknown, deps: Deps): Promise<string[]> {
  const retryAfterMs = error instanceof RetryableError ? error.retryAfterMs : undefined;
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const expected = error instanceof RetryableError;
  deps.log(expected ? 'warn' : 'error', 'back to the queue', {
    records: records.length,
    error: expected ? error.message : cause,
    ...(expected && error.cause !== undefined ? { cause: String(error.cause) } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  // Records that are given back are no errors of the function to AWS: without this nobody could tell.
  deps.count(METRICS.deliveryFailed, records.length);
  await Promise.allSettled(
    records.map((record) => deps.comeAgain(record, delaySeconds(record.receiveCount, retryAfterMs, deps.random()))),
  );
  return records.map(({ id }) => id);
}

/**
 * Without anything asked for: doubling to 15 minutes, a random half of it, so that records do not come together. What was
 * asked for is kept, plus jitter; a record that is asked to wait again and again comes every two minutes in the end, or
 * short waits would use up its receives.
 */
export function delaySeconds(receiveCount: number, retryAfterMs: number | undefined, random: number): number {
  if (retryAfterMs === undefined) {
    const full = Math.min(LONGEST_BACK_OFF_SECONDS, FIRST_BACK_OFF_SECONDS * 2 ** Math.min(receiveCount - 1, 10));
    return Math.ceil(full * (0.5 + random / 2));
  }
  const least = Math.min(PATIENT_SECONDS, 2 ** Math.max(0, receiveCount - PATIENT_RECEIVES));
  return Math.min(LONGEST_BACK_OFF_SECONDS, Math.ceil(Math.max(least, retryAfterMs / 1000) + random * 2));
}
