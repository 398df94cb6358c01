import type { AlertsConfig, EcsClusterAlertsProps } from '../options';
import { dependencyMistakes } from './dependencies';
import { entriesOf, fieldOf, isObject, line, mistakesOf, type Path, placeOf, refuse, shown } from './mistakes';
import { placeMistakes, runtimeMistakes, tagMistakes } from './of-the-cluster';
import { NAME_OF_OBJECT } from './rules';
import { configSchema, optionElsewhere, propsSchema } from './schemas';
import { withSecrets } from './secrets';

/** Checks of everything that a user writes. All mistakes are told at once: place, rule, value. */

/** Throws one error with every mistake in the construct's props. */
export function checkProps(place: string, props: EcsClusterAlertsProps): void {
  const mistakes = [
    ...mistakesOf(propsSchema, props, [], optionElsewhere),
    ...tokenMistakes(['slack'], props?.slack),
    ...tagMistakes([], props),
    ...(isObject(props) ? placeMistakes([], props, props, {}) : []),
    ...contentMistakes([], props, {}),
  ];
  refuse(place, withSecrets(props, mistakes));
}

/** Throws one error with every mistake in the configuration. */
export function checkConfig(config: AlertsConfig): void {
  const mistakes = [
    ...mistakesOf(configSchema, config, [], optionElsewhere),
    ...tokenMistakes(['slack'], config?.slack),
    ...tagMistakes([], config),
    ...runtimeMistakes([], config, config?.awsProviderVersion),
    ...clusterMistakes(config),
  ];
  refuse('alerts configuration', withSecrets(config, mistakes));
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
  const firstOfTopic = new Map<string, number>();
  return all.flatMap((cluster, index) => {
    if (!isObject(cluster)) return [];
    const path = ['clusters', index] as const;
    const { account, region, name: clusterName } = cluster;
    const accountId = typeof account === 'string' ? fieldOf(fieldOf(accounts, account), 'id') : undefined;
    return [
      ...tokenMistakes([...path, 'slack'], cluster['slack'], false),
      ...accountMistakes(path, cluster, accounts),
      ...repetition(path, cluster, accounts, first),
      ...sharedTopic(path, cluster, firstOfTopic),
      ...tagMistakes(path, cluster, config),
      ...runtimeMistakes(path, cluster, fieldOf(config, 'awsProviderVersion')),
      ...placeMistakes(path, { accountId, region, clusterName }, cluster, config),
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

/** What is published to a topic is told by each cluster that has it. */
function sharedTopic(
  path: readonly [string, number],
  { topicArn }: Readonly<Record<string, unknown>>,
  first: Map<string, number>,
): string[] {
  if (typeof topicArn !== 'string') return [];
  const before = first.get(topicArn);
  first.set(topicArn, before ?? path[1]);
  if (before === undefined) return [];
  return [line([...path, 'topicArn'], `must be of one cluster only, clusters[${before}] has it`, topicArn)];
}

/** What a cluster's services and dependencies say of each other. */
function contentMistakes(path: Path, cluster: unknown, forAll: unknown): string[] {
  if (!isObject(cluster)) return [];
  const watcher = (cluster['watcher'] ?? fieldOf(forAll, 'watcher')) !== false;
  const isEmpty = !watcher && cluster['vpc'] !== undefined && fieldOf(cluster['vpc'], 'notifier') !== true;
  const dependencies = entriesOf(cluster['dependencies']);
  const known = dependencies.map(([name]) => name);
  return [
    ...(isEmpty ? [`${placeOf([...path, 'vpc'])}: needs the watcher or notifier: true, got watcher: false`] : []),
    ...['services', 'dependencies'].flatMap((option) => protoMistakes([...path, option], cluster[option])),
    ...entriesOf(cluster['services']).flatMap(([name, own]) => {
      const place = [...path, 'services', name];
      return [...dependsOnMistakes(place, own, known), ...logMistakes(place, own), ...saturatedMistakes(place, own)];
    }),
    ...dependencies.flatMap(([name, dependency]) => {
      const place = [...path, 'dependencies', name];
      return dependencyMistakes(place, dependency, watcher);
    }),
  ];
}

/** The one name that no schema sees: computed, zod passes over it; written, it is the prototype. */
function protoMistakes(path: Path, named: unknown): string[] {
  if (!isObject(named)) return [];
  const prototype: unknown = Object.getPrototypeOf(named);
  const isSet = isObject(prototype) && !Object.hasOwn(prototype, 'constructor');
  if (!isSet && !Object.hasOwn(named, '__proto__')) return [];
  return [line([...path, '__proto__'], NAME_OF_OBJECT, '__proto__')];
}

/** What nobody would ever be told. */
function saturatedMistakes(path: Path, own: unknown): string[] {
  const saturated = fieldOf(own, 'saturated');
  const isWanted = saturated === true || isObject(saturated);
  if (!isWanted || fieldOf(own, 'maxTasks') !== undefined) return [];
  return [line([...path, 'saturated'], 'needs maxTasks of the service', saturated)];
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
