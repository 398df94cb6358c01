import { type ReadSettings, type Settings, watchingOf } from '../read-settings';
import type { Severity } from '../settings';
import type { Subject } from '../subject';
import { type Alert, isAlarm, severityOf } from './alert';
import { decode } from './decode';
import type { Context } from './decode/context';
import { explainRequest } from './decode/explain-request';
import type { ThreadSettings } from './deliver/writer-deps';
import type { ExplainRequest } from './explain/request';
import { type ExplainDeps, explainInChannel } from './explain-in-channel';
import { GiveBack, type GiveBackDeps } from './give-back';
import { type Decoded, forDependents, groupBySubject, joined, leansOn, type RecordGroup } from './group';
import { groupedBy } from './grouped-by';
import { type LevelDeps, withLevels } from './levels';
import { type TellDeps, tellInChannel } from './tell-in-channel';
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

export interface Deps extends TellDeps, LevelDeps, GiveBackDeps, ExplainDeps {
  /** `newest`: read again if they could be out of date. */
  readonly settings: ReadSettings;
}

/** Tells what the records say. Returns the IDs of those that stay in the queue: nothing leaves it untold. */
export async function handle(records: readonly Incoming[], deps: Deps): Promise<string[]> {
  const batch = new GiveBack(deps);
  try {
    const asked = records.flatMap((record) => {
      const request = explainRequest(record.body);
      return request === undefined ? [] : [{ record, request }];
    });
    const requests = new Set(asked.map(({ record }) => record));
    const { settings, decoded } = await decodeAll(
      records.filter((record) => !requests.has(record)),
      deps,
    );
    const [ofDependencies, ofServices] = split(decoded);
    const copies = await forDependents(ofDependencies, deps.store);
    const told = await tellAll(groupBySubject([...ofServices, ...copies]), settings, batch, deps);
    // An alarm of a dependency that no open thread has taken opens one of its own; one that is open hears of it anyway.
    const own = ofDependencies.filter(({ record }) => !batch.failed.has(record.id));
    const joining = own.map((one) => (told.has(one.alert.identity) ? joined(one) : one));
    await tellAll(groupBySubject(joining), settings, batch, deps);
    // What is only explained comes after all that is told.
    const byChannel = groupedBy(asked, ({ request }) => watchingOf(settings, request.subject.service).channel);
    const settingsOf = ({ subject }: ExplainRequest) => threadSettings(subject, settings);
    await Promise.all(
      [...byChannel.values()].map((some) => explainInChannel(some, { settings, settingsOf }, batch, deps)),
    );
  } catch (error) {
    await batch.later(records, error);
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
  batch: GiveBack,
  deps: Deps,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const work = await inOrder(await withLevels(groups, placeOf(settings), deps), deps);
  const channels = groupedBy(work, ({ subject }) => watchingOf(settings, subject.service).channel);
  await Promise.all(
    [...channels.values()].map(async (inChannel) => {
      const settingsOf = ({ subject }: Work) => threadSettings(subject, settings);
      for (const identity of await tellInChannel(inChannel, settingsOf, batch, deps)) told.add(identity);
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

function threadSettings(subject: Subject, settings: Settings): ThreadSettings {
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
