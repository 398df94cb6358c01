import { STSClient } from '@aws-sdk/client-sts';
import type { AlertsConfig, ClusterConfig } from '../../constructs';
import { type Settings, settingsOf } from '../../functions/read-settings';
import { WrongOptionError } from '../run-tool';
import type { Resource } from '../synthesized';

/** A cluster that is to be looked at. */
export interface Cluster {
  /** `prod-eu-west-1/shop` */
  readonly title: string;
  readonly name: string;
  readonly namePrefix?: string | undefined;
  readonly region: string;
  /** What `alerts.config.ts` says of it; else only what its table says is known. */
  readonly listed?: Listed;
}

export interface Listed {
  readonly stack: string;
  readonly accountId: string;
  readonly deployRoleArn?: string;
  readonly settings: Settings;
  /** Names of all its alarms, those on the alerting itself too. */
  readonly alarms: readonly string[];
  readonly rules: readonly string[];
  readonly hasWatcher: boolean;
}

/** What the options say. */
export interface Choice {
  readonly stack?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly cluster?: string | undefined;
  /** Of a cluster that is not of the list: what its names begin with. */
  readonly namePrefix?: string | undefined;
}

/**
 * The clusters that are chosen. A cluster without a stack or an account is any that is deployed with the present
 * credentials: `alerts.config.ts` need not know it.
 *
 * @throws WrongOptionError when there is none
 */
export async function clustersOf(choice: Choice): Promise<readonly Cluster[]> {
  const { stack, account, cluster } = choice;
  if (cluster === undefined || stack !== undefined || account !== undefined) {
    return listedClusters(synthesizing().configHere(), choice);
  }
  const region = choice.region ?? (await presentRegion());
  return [{ title: `${cluster} in ${region}`, name: cluster, namePrefix: choice.namePrefix, region }];
}

/** Of the environment, else of the profile. */
async function presentRegion(): Promise<string> {
  try {
    return await new STSClient({}).config.region();
  } catch {
    throw new WrongOptionError(
      '--region: must say where the cluster is, such as eu-west-1; no AWS_REGION is set either',
    );
  }
}

/** Loaded only for a list: it takes a second. */
function synthesizing() {
  return require('../synthesized') as typeof import('../synthesized');
}

/** @throws WrongOptionError when the list has none that is chosen */
export function listedClusters(config: AlertsConfig, choice: Choice): readonly Cluster[] {
  const { clustersIn, stacksOf } = synthesizing();
  const chosen = config.clusters.filter((cluster) => isChosen(cluster, choice));
  if (chosen.length === 0) {
    const given = Object.entries(choice).flatMap(([option, value]) =>
      value === undefined ? [] : [`--${option} ${value}`],
    );
    const all = config.clusters.map((cluster) => `${stackOf(cluster)}/${cluster.name}`).join(', ');
    throw new WrongOptionError(`${given.join(' ')}: must name a cluster of alerts.config.ts, which has ${all}`);
  }
  const stacks = new Map(stacksOf(config).map((stack) => [stack.name, clustersIn(stack)]));
  return chosen.map((cluster) => {
    const stack = stackOf(cluster);
    const resources = stacks.get(stack)?.get(cluster.name) ?? [];
    const { name, region } = cluster;
    const listed = listedOf(config, cluster, resources);
    const { namePrefix } = listed.settings.cluster;
    return { title: `${stack}/${name}`, name, namePrefix, region, listed };
  });
}

function stackOf({ account, region }: ClusterConfig): string {
  return `${account}-${region}`;
}

function isChosen(cluster: ClusterConfig, { stack, account, region, cluster: name }: Choice): boolean {
  const wanted = [
    [stack, stackOf(cluster)],
    [account, cluster.account],
    [region, cluster.region],
    [name, cluster.name],
  ];
  return wanted.every(([given, own]) => given === undefined || given === own);
}

function listedOf(config: AlertsConfig, cluster: ClusterConfig, resources: readonly Resource[]): Listed {
  const { id = '', deployRoleArn } = config.accounts[cluster.account] ?? {};
  const named = (wanted: string, attribute: string) =>
    resources.flatMap(({ type, body }) => (type === wanted ? [String(body[attribute])] : []));
  return {
    stack: stackOf(cluster),
    accountId: id,
    ...(deployRoleArn === undefined ? {} : { deployRoleArn }),
    settings: settingsOf(named('aws_dynamodb_table_item', 'item').map(itemOf), 'of alerts.config.ts'),
    alarms: named('aws_cloudwatch_metric_alarm', 'alarm_name'),
    // The watcher's schedule has no pattern.
    rules: resources.flatMap(({ type, body }) =>
      type === 'aws_cloudwatch_event_rule' && body['event_pattern'] !== undefined ? [String(body['name'])] : [],
    ),
    hasWatcher: named('aws_lambda_function', 'function_name').length > 1,
  };
}

/** An item as Terraform writes it, as the table has it then. */
function itemOf(item: string): Readonly<Record<string, string>> {
  // `$${` is Terraform's way to write `${`.
  const attributes = JSON.parse(item.replaceAll(/([$%])\1\{/g, '$1{')) as Readonly<
    Record<string, { readonly S: string }>
  >;
  return Object.fromEntries(Object.entries(attributes).map(([name, { S }]) => [name, S]));
}
