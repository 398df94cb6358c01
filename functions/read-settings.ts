import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  type AlarmKind,
  type AlarmSettings,
  type Alarms,
  CLUSTER_SETTINGS,
  type ClusterSettings,
  DEPENDENCY_SETTINGS_PREFIX,
  type DependencySettings,
  SERVICE_SETTINGS_PREFIX,
  SETTINGS_KEY,
  type ServiceSettings,
  type Watching,
} from './settings';

/** One of our alarms, with what it watches; neither for one of the whole cluster. */
export interface OurAlarm extends AlarmSettings {
  readonly service?: string;
  readonly dependency?: string;
}

export interface Settings {
  readonly cluster: ClusterSettings;
  readonly services: ReadonlyMap<string, ServiceSettings>;
  readonly dependencies: ReadonlyMap<string, DependencySettings>;
  readonly alarms: ReadonlyMap<string, OurAlarm>;
}

export type ReadSettings = (options?: { readonly newest: boolean }) => Promise<Settings>;

/** A deployment that changes the settings is in force so soon. */
const FRESH_MS = 60_000;
/** An alarm that the settings do not know may be newer than they are. */
const FRESH_ENOUGH_MS = 5_000;

/** Reads the settings that Terraform wrote into the table, and again when they are a minute old. */
export function settingsReader(db: DynamoDBDocumentClient, table: string, now: () => Date): ReadSettings {
  let known: { readonly settings: Settings; readonly readAtMs: number } | undefined;
  return async ({ newest } = { newest: false }) => {
    const nowMs = now().getTime();
    const lifeMs = newest ? FRESH_ENOUGH_MS : FRESH_MS;
    if (known === undefined || nowMs - known.readAtMs >= lifeMs) {
      known = { settings: settingsOf(await readItems(db, table), table), readAtMs: nowMs };
    }
    return known.settings;
  };
}

/** What holds for the cluster, then what the service says. */
export function watchingOf({ cluster, services }: Settings, service: string | undefined): Watching & ServiceExtras {
  const own = service === undefined ? undefined : services.get(service);
  if (own === undefined) return cluster;
  const { service: _name, alarms: _alarms, tell = {}, ...rest } = own;
  return { ...cluster, ...rest, tell: { ...cluster.tell, ...tell } };
}

type ServiceExtras = Pick<ServiceSettings, 'maxTasks' | 'dependsOn'>;

async function readItems(db: DynamoDBDocumentClient, table: string): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :settings',
        ExpressionAttributeValues: { ':settings': SETTINGS_KEY },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

/**
 * What the settings of older deployments have no word of. They are read as long as the deployment that brought this code has
 * not written its own.
 */
const UNSAID = {
  remindMinutes: 0,
  deploymentMinutes: 30,
  underDesiredMinutes: 5,
  crashLoop: { stops: 3, minutes: 30 },
  tell: {},
  explain: [],
} satisfies Partial<Watching>;

/** What the items say, whatever read them. */
export function settingsOf(items: readonly Record<string, unknown>[], table: string): Settings {
  const parsed = new Map(items.map((item) => [String(item['sk']), parse(String(item['settings']))]));
  const written = parsed.get(CLUSTER_SETTINGS) as ClusterSettings | undefined;
  if (written === undefined) throw new Error(`table ${table} has no settings of the cluster: deploy again`);
  const cluster: ClusterSettings = { ...UNSAID, ...written };
  const under = <T>(prefix: string) =>
    new Map(
      [...parsed].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value as T]] : [])),
    );
  const services = under<ServiceSettings>(SERVICE_SETTINGS_PREFIX);
  const dependencies = under<DependencySettings>(DEPENDENCY_SETTINGS_PREFIX);
  const alarms = new Map<string, OurAlarm>([
    ...named(cluster.alarms, {}),
    ...[...services].flatMap(([service, own]) => named(own.alarms, { service })),
    ...[...dependencies].flatMap(([dependency, own]) => named(own.alarms, { dependency })),
  ]);
  return { cluster, services, dependencies, alarms };
}

/** Older deployments said of an alarm its kind alone. */
function parse(text: string): { readonly alarms: Alarms } {
  const settings = JSON.parse(text) as { readonly alarms: Readonly<Record<string, AlarmSettings | AlarmKind>> };
  const alarms = Object.entries(settings.alarms).map(
    ([name, alarm]) => [name, typeof alarm === 'string' ? { kind: alarm } : alarm] as const,
  );
  return { ...settings, alarms: Object.fromEntries(alarms) };
}

function named(alarms: Alarms, of: Pick<OurAlarm, 'service' | 'dependency'>): (readonly [string, OurAlarm])[] {
  return Object.entries(alarms).map(([name, settings]) => [name, { ...settings, ...of }]);
}
