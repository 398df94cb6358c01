import type { AlertsConfig, EcsClusterAlertsProps } from '../options';
import { dependencyMistakes } from './dependencies';
import { entriesOf, fieldOf, isObject, line, mistakesOf, type Path, placeOf, refuse, shown } from './mistakes';
import { configSchema, propsSchema } from './schemas';

/** Checks of everything that a user writes. All mistakes are told at once: place, rule, value. */

/** Throws one error with every mistake in the construct's props. */
export function checkProps(place: string, props: EcsClusterAlertsProps): void {
  refuse(place, [
    ...mistakesOf(propsSchema, props),
    ...tokenMistakes(['slack'], props?.slack),
    ...contentMistakes([], props, {}),
  ]);
}

/** Throws one error with every mistake in the configuration. */
export function checkConfig(config: AlertsConfig): void {
  refuse('alerts.config.ts', [
    ...mistakesOf(configSchema, config),
    ...tokenMistakes(['slack'], config?.slack),
    ...clusterMistakes(config),
  ]);
}

/** One token for all; a cluster may name one of its own, never two. */
function tokenMistakes(path: Path, slack: unknown, isNeeded = true): string[] {
  if (!isObject(slack)) return [];
  const given = ['tokenParameter', 'tokenSecretArn'].filter((source) => slack[source] !== undefined).length;
  if (given === 1 || (given === 0 && !isNeeded)) return [];
  return [`${placeOf(path)}: must have either tokenParameter or tokenSecretArn, got ${given === 0 ? 'none' : 'both'}`];
}

/** What the schema cannot see: one value against another. Values of a wrong type are the schema's. */
function clusterMistakes(config: unknown): string[] {
  const { accounts, clusters } = isObject(config) ? config : {};
  const all: readonly unknown[] = Array.isArray(clusters) ? clusters : [];
  const first = new Map<string, number>();
  return all.flatMap((cluster, index) => {
    if (!isObject(cluster)) return [];
    const path = ['clusters', index] as const;
    return [
      ...tokenMistakes([...path, 'slack'], cluster['slack'], false),
      ...accountMistakes(path, cluster, accounts),
      ...repetition(path, cluster, accounts, first),
      ...contentMistakes(path, cluster, config),
    ];
  });
}

function accountMistakes(path: Path, { account }: Readonly<Record<string, unknown>>, accounts: unknown): string[] {
  if (typeof account !== 'string' || !isObject(accounts) || fieldOf(accounts, account) !== undefined) return [];
  return [line([...path, 'account'], `must be one of ${Object.keys(accounts).join(', ')}`, account)];
}

/** Two names of one account are one account. */
function repetition(
  path: readonly [string, number],
  { account, region: where, name }: Readonly<Record<string, unknown>>,
  accounts: unknown,
  first: Map<string, number>,
): string[] {
  if (typeof account !== 'string' || typeof where !== 'string' || typeof name !== 'string') return [];
  const id = fieldOf(fieldOf(accounts, account), 'id');
  const key = [typeof id === 'string' ? id : account, where, name].join('/');
  const before = first.get(key);
  first.set(key, before ?? path[1]);
  if (before === undefined) return [];
  return [`${placeOf(path)}: is listed twice, first as clusters[${before}], got ${shown(name)}`];
}

/** What a cluster's services and dependencies say of each other. */
function contentMistakes(path: Path, cluster: unknown, forAll: unknown): string[] {
  if (!isObject(cluster)) return [];
  const watcher = (cluster['watcher'] ?? fieldOf(forAll, 'watcher')) !== false;
  const dependencies = entriesOf(cluster['dependencies']);
  const known = dependencies.map(([name]) => name);
  return [
    ...(watcher || cluster['vpc'] === undefined
      ? []
      : [`${placeOf([...path, 'vpc'])}: needs the watcher, got watcher: false`]),
    ...entriesOf(cluster['services']).flatMap(([name, own]) => {
      const place = [...path, 'services', name];
      return [...dependsOnMistakes(place, own, known), ...logMistakes(place, own)];
    }),
    ...dependencies.flatMap(([name, dependency]) =>
      dependencyMistakes([...path, 'dependencies', name], dependency, watcher),
    ),
  ];
}

function dependsOnMistakes(path: Path, own: unknown, known: readonly string[]): string[] {
  const names = fieldOf(own, 'dependsOn');
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    const rule = known.length === 0 ? 'must be a dependency, and there is none' : `must be one of ${known.join(', ')}`;
    return [line([...path, 'dependsOn', index], rule, name)];
  });
}

function logMistakes(path: Path, own: unknown): string[] {
  const logs = fieldOf(own, 'logs');
  if (!Array.isArray(logs)) return [];
  const names = logs.map((log: unknown, index) => fieldOf(log, 'name') ?? String(index + 1));
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [line([...path, 'logs', index, 'name'], 'must be unique among the logs of the service', name)],
  );
}
