import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { S3Backend, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { checkConfig } from './check';
import { EcsClusterAlerts } from './ecs-cluster-alerts';
import { moveFromTop } from './moved';
import type {
  AccountConfig,
  AlertsConfig,
  ClusterConfig,
  ClusterOptions,
  EcsClusterAlertsProps,
  ServiceOptions,
} from './options';
import { overridden } from './overridden';
import { tellStackQuotas } from './quotas';
import { DEFAULT_RUNTIME, isKnownTo, OLDER_RUNTIME } from './runtimes';

/**
 * Checks the configuration and hands it on.
 *
 * @throws one error with all mistakes: place, rule and value
 */
export function defineAlerts(config: AlertsConfig): AlertsConfig {
  checkConfig(config);
  return config;
}

/** Which clusters of the list a stack has: those of one account and region. */
export interface EcsAlertsStackProps {
  /** The whole list. */
  readonly config: AlertsConfig;

  /** Key of `config.accounts`. */
  readonly account: string;

  /** Such as `eu-west-1`. */
  readonly region: string;
}

/** All clusters of one account and region: own state, own lock, own blast radius. */
export class EcsAlertsStack extends TerraformStack {
  /** By the clusters' names. */
  readonly clusters: Readonly<Record<string, EcsClusterAlerts>>;

  constructor(scope: Construct, id: string, { config, account: accountName, region }: EcsAlertsStackProps) {
    super(scope, id);
    const account = config.accounts[accountName];
    if (account === undefined) throw new Error(`${id}: \`account\` must be a key of accounts, got "${accountName}"`);
    this.keepStateIn(config, id);
    this.deployInto(config, account, region);

    // Apart from the provider and the backend: a cluster may be called `aws`.
    const scopeOfClusters = new Construct(this, 'clusters');
    const clusters = config.clusters.filter((one) => one.account === accountName && one.region === region);
    this.clusters = Object.fromEntries(
      clusters.map((cluster) => {
        const props = { ...propsOf(config, cluster), accountId: account.id, region };
        return [cluster.name, new EcsClusterAlerts(scopeOfClusters, cluster.name, props)];
      }),
    );
    moveFromTop(this, scopeOfClusters);
    tellStackQuotas(this);
  }

  /**
   * One stack for each account and region of the list, such as `prod-eu-west-1`.
   *
   * @throws one error with all mistakes: place, rule and value
   */
  static forAll(scope: Construct, config: AlertsConfig): EcsAlertsStack[] {
    checkConfig(config);
    const places = new Map(
      config.clusters.map(({ account, region }) => [`${account}-${region}`, { config, account, region }]),
    );
    return [...places].map(([id, props]) => new EcsAlertsStack(scope, id, props));
  }

  private keepStateIn({ s3State }: AlertsConfig, id: string): void {
    if (s3State === undefined) return;
    const { bucket, region, keyPrefix = 'ecs-alerts/' } = s3State;
    new S3Backend(this, { bucket, region, key: `${keyPrefix}${id}.tfstate`, encrypt: true });
    // cdktf knows only the lock table that Terraform has deprecated.
    this.addOverride('terraform.backend.s3.use_lockfile', true);
  }

  private deployInto({ awsProviderVersion }: AlertsConfig, { id, deployRoleArn }: AccountConfig, region: string): void {
    new AwsProvider(this, 'aws', {
      region,
      // A wrong credential can never deploy into a wrong account.
      allowedAccountIds: [id],
      ...(deployRoleArn === undefined ? {} : { assumeRole: [{ roleArn: deployRoleArn }] }),
    });
    if (awsProviderVersion !== undefined) {
      this.addOverride('terraform.required_providers.aws.version', awsProviderVersion);
    }
  }
}

/** What holds for all, then what the cluster says. */
function propsOf(config: AlertsConfig, cluster: ClusterConfig): Omit<EcsClusterAlertsProps, 'accountId' | 'region'> {
  const { accounts: _accounts, clusters: _clusters, s3State: _state, awsProviderVersion, slack, ...forAll } = config;
  const { account: accountName, name: clusterName, region: _region, slack: ownSlack = {}, services, ...own } = cluster;
  const { tokenParameter, tokenSecretArn, ...slackForAll } = slack;
  // A cluster that names a token of its own names the only one.
  const hasToken = ownSlack.tokenParameter !== undefined || ownSlack.tokenSecretArn !== undefined;
  const token = tokenSecretArn === undefined ? { tokenParameter } : { tokenSecretArn };
  return {
    ...(isKnownTo(awsProviderVersion, DEFAULT_RUNTIME) ? {} : { runtime: OLDER_RUNTIME }),
    ...overridden(forAll, own),
    ...(services === undefined ? {} : { services: reawakened(forAll, own, services) }),
    clusterName,
    accountName,
    slack: overridden({ ...slackForAll, ...(hasToken ? {} : token) }, ownSlack),
  };
}

/** What its cluster has off, a service may have on again: with what holds for all, which the cluster hides. */
function reawakened(
  forAll: ClusterOptions,
  cluster: ClusterOptions,
  services: NonNullable<ClusterConfig['services']>,
): NonNullable<ClusterConfig['services']> {
  const off = (Object.keys(forAll) as (keyof ClusterOptions)[]).filter((option) => cluster[option] === false);
  const own = (service: ServiceOptions & ClusterOptions): ServiceOptions => {
    const again = off.filter((option) => service[option]);
    return overridden(Object.fromEntries(again.map((option) => [option, forAll[option]])), service);
  };
  return Object.fromEntries(Object.entries(services).map(([name, service]) => [name, own(service)]));
}
