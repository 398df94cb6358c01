import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  CLUSTER_SETTINGS,
  type ClusterSettings,
  SERVICE_SETTINGS_PREFIX,
  SETTINGS_KEY,
  type ServiceSettings,
} from '../settings';
import type { Context } from './decode/context';

export interface Settings {
  readonly cluster: ClusterSettings;
  readonly alarms: Context['alarms'];
}

/** A deployment that changes the settings is in force so soon. */
const FRESH_MS = 60_000;
/** An alarm that the settings do not know may be newer than they are. */
const FRESH_ENOUGH_MS = 5_000;

/** Reads the settings that Terraform wrote into the table, and again when they are a minute old. */
export function settingsReader(
  db: DynamoDBDocumentClient,
  table: string,
  now: () => Date,
): (options?: { readonly newest: boolean }) => Promise<Settings> {
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

function settingsOf(items: readonly Record<string, unknown>[], table: string): Settings {
  const parsed = new Map(items.map((item) => [String(item['sk']), JSON.parse(String(item['settings'])) as unknown]));
  const cluster = parsed.get(CLUSTER_SETTINGS) as ClusterSettings | undefined;
  if (cluster === undefined) throw new Error(`table ${table} has no settings of the cluster: deploy again`);
  const services = [...parsed]
    .filter(([key]) => key.startsWith(SERVICE_SETTINGS_PREFIX))
    .map(([, settings]) => settings as ServiceSettings);
  const ofServices = services.flatMap(({ service, alarms }) =>
    Object.entries(alarms).map(([name, kind]) => [name, { kind, service }] as const),
  );
  const ofCluster = Object.entries(cluster.alarms).map(([name, kind]) => [name, { kind }] as const);
  return { cluster, alarms: new Map([...ofCluster, ...ofServices]) };
}
