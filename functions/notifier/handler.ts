import type { Count } from '../log';
import { type ReadSettings, type Settings, watchingOf } from '../read-settings';
import { METRICS, type Severity } from '../settings';
import { type Alert, isAlarm, severityOf } from './alert';
import { decode } from './decode';
import type { Context } from './decode/context';
import { type DeliverDeps, deliver } from './deliver/deliver';
import { PermanentError, RetryableError } from './deliver/errors';
import type { ThreadSettings } from './deliver/thread-writer';
import { type Decoded, forDependents, groupBySubject, joined, leansOn, type RecordGroup } from './group';
import { groupedBy } from './grouped-by';
import { type LevelDeps, withLevels } from './levels';
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

export interface Deps extends DeliverDeps, LevelDeps {
  /** `newest`: read again if they could be out of date. */
  readonly settings: ReadSettings;
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
  const batch = new Batch(deps);
  try {
    const { settings, decoded } = await decodeAll(records, deps);
    const [ofDependencies, ofServices] = split(decoded);
    const copies = await forDependents(ofDependencies, deps.store);
    const told = await tellAll(groupBySubject([...ofServices, ...copies]), settings, batch, deps);
    // An alarm of a dependency that no open thread has taken opens one of its own; one that is open hears of it anyway.
    const own = ofDependencies.filter(({ record }) => !batch.failed.has(record.id));
    const joining = own.map((one) => (told.has(one.alert.identity) ? joined(one) : one));
    await tellAll(groupBySubject(joining), settings, batch, deps);
  } catch (error) {
    await batch.comeBack(records, error);
  }
  return [...batch.failed];
}

function split(
  decoded: readonly Decoded<Incoming>[],
): readonly [readonly Decoded<Incoming>[], readonly Decoded<Incoming>[]] {
  const isOfDependency = ({ alert }: Decoded<Incoming>) => isAlarm(alert) && alert.dependency !== undefined;
  return [decoded.filter(isOfDependency), decoded.filter((one) => !isOfDependency(one))];
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

function contextOf({ cluster, alarms, services, dependencies }: Settings, { sentAtMs }: Incoming): Context {
  return { cluster: placeOf({ cluster }), alarms, services, dependencies, sentAtMs };
}

function placeOf({ cluster: { accountId, region, cluster } }: Pick<Settings, 'cluster'>) {
  return { account: accountId, region, cluster };
}

type Work = RecordGroup<Incoming>;

/** How bad it may turn out to be. */
function urgencyOf(alert: Alert): Severity {
  const { reading } = alert.kind === 'observation' ? alert : {};
  return reading !== undefined && reading.desired > 0 && reading.running === 0 ? 'critical' : severityOf(alert);
}

/** Tells all groups, channels side by side. Returns the identities of what their threads have told. */
async function tellAll(
  groups: readonly Work[],
  settings: Settings,
  batch: Batch,
  deps: Deps,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const work = await inOrder(await withLevels(groups, placeOf(settings), deps), deps);
  const channels = groupedBy(work, ({ subject }) => watchingOf(settings, subject.service).channel);
  await Promise.all(
    [...channels.values()].map(async (inChannel) => {
      for (const identity of await tellInChannel(inChannel, settings, batch, deps)) told.add(identity);
    }),
  );
  return told;
}

/** Parents before replies, the worst first. */
async function inOrder(groups: readonly Work[], { store }: Pick<Deps, 'store'>): Promise<readonly Work[]> {
  const replying = groups.length < 2 ? new Set<string>() : await store.withParent(groups.map(({ key }) => key));
  const urgency = ({ key, alerts }: Work) =>
    (replying.has(key) ? 0 : 10) + Math.max(...alerts.map((alert) => rank(urgencyOf(alert))));
  return [...groups].sort((a, b) => urgency(b) - urgency(a));
}

/** One after the other: the channel takes one message a second. */
async function tellInChannel(
  groups: readonly Work[],
  settings: Settings,
  batch: Batch,
  deps: Deps,
): Promise<readonly string[]> {
  const told: string[] = [];
  let closed: RetryableError | undefined;
  for (const group of groups) {
    try {
      if (closed !== undefined) throw closed;
      told.push(...(await deliver(group, threadSettings(group, settings), deps)));
    } catch (error) {
      if (error instanceof RetryableError && error.wholeChannel) closed = error;
      await batch.giveUp(group, error);
    }
  }
  return told;
}

function threadSettings({ subject }: Work, settings: Settings): ThreadSettings {
  const { accountName, dashboard } = settings.cluster;
  const watching = watchingOf(settings, subject.service);
  const rules = { ...watching, hasAlarm: (name: string) => settings.alarms.has(name) };
  const { dependsOn = [], runbook } = watching;
  const place = {
    accountName,
    ...(dashboard === undefined ? {} : { dashboard }),
    ...(runbook === undefined ? {} : { runbook }),
  };
  return { rules, place, leansOn: leansOn(placeOf(settings), dependsOn) };
}

/** What becomes of records that could not be told, each once: a record may concern several threads. */
class Batch {
  readonly failed = new Set<string>();
  private readonly dead = new Set<string>();

  constructor(private readonly deps: Deps) {}

  async giveUp(group: Work, error: unknown): Promise<void> {
    if (!(error instanceof PermanentError)) return this.comeBack(group.records, error);
    const { log, count, deadLetter } = this.deps;
    log('error', 'not delivered, moved to the dead-letter queue', { thread: group.key, fix: error.message });
    const records = group.records.filter(({ id }) => !this.dead.has(id));
    const moved = await Promise.allSettled(records.map((record) => deadLetter(record, error.message)));
    const stuck = records.filter((_, index) => moved[index]?.status === 'rejected');
    for (const record of records) if (!stuck.includes(record)) this.dead.add(record.id);
    count(METRICS.deliveryFailed, records.length - stuck.length);
    if (stuck.length > 0) await this.comeBack(stuck, error);
  }

  /** The records stay in the queue and come again when there is a chance: a failed one would else sleep for minutes. */
  async comeBack(all: readonly Incoming[], error: unknown): Promise<void> {
    const { log, count, comeAgain, random } = this.deps;
    const records = all.filter(({ id }) => !this.failed.has(id));
    const retryAfterMs = error instanceof RetryableError ? error.retryAfterMs : undefined;
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const expected = error instanceof RetryableError;
    log(expected ? 'warn' : 'error', 'back to the queue', {
      records: records.length,
      error: expected ? error.message : cause,
      ...(expected && error.cause !== undefined ? { cause: String(error.cause) } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    for (const { id } of records) this.failed.add(id);
    // Records that are given back are no errors of the function to AWS: without this nobody could tell.
    count(METRICS.deliveryFailed, records.length);
    await Promise.allSettled(
      records.map((record) => comeAgain(record, delaySeconds(record.receiveCount, retryAfterMs, random()))),
    );
  }
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
