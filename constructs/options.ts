import type { Severity } from '../functions/settings';

/** A threshold on the use of what a service reserves. */
export interface UtilizationOptions {
  /**
   * Use that is too high, in percent of what the service reserves. A task that bursts can pass 100.
   *
   * @default 85
   * @throws when not a whole number from 1 to 1000
   */
  readonly percent?: number;

  /**
   * Minutes in a row above `percent` before it is told.
   *
   * @default 5
   * @throws when not a whole number from 1 to 60
   */
  readonly minutes?: number;
}

/** What is watched for a listed service, by CloudWatch alarms of its own. */
export interface ServiceOptions {
  /**
   * Alarm when no task has reported memory use for about five minutes.
   *
   * @default true
   */
  readonly stopped?: boolean;

  /**
   * Alarm when there are more tasks than the minute before.
   *
   * @default true
   */
  readonly scaledUp?: boolean;

  /**
   * Alarm when there are fewer tasks than the minute before.
   *
   * @default true
   */
  readonly scaledDown?: boolean;
}

/** What is watched for a cluster, and how. Each can be set for all clusters and again for one. */
export interface ClusterOptions extends ServiceOptions {
  /**
   * One alarm for the CPU of every service of the cluster, also of those created later; `false` for none.
   *
   * @default - above 85 % for 5 minutes
   */
  readonly cpu?: UtilizationOptions | false;

  /**
   * One alarm for the memory of every service of the cluster, also of those created later; `false` for none.
   *
   * @default - above 85 % for 5 minutes
   */
  readonly memory?: UtilizationOptions | false;

  /**
   * Tell every stop of a task that nobody asked for.
   *
   * @default true
   */
  readonly taskStopped?: boolean;

  /**
   * Tell deployments that fail, and in an open thread how deployments go.
   *
   * @default true
   */
  readonly deployment?: boolean;

  /**
   * The cluster has Container Insights: scalings are then seen in the desired count, not in the running one.
   *
   * @default false
   */
  readonly containerInsights?: boolean;

  /**
   * Minutes of quiet after which an incident without a condition (a scaling, a single stop) is over.
   *
   * @default 60
   * @throws when not a whole number from 1 to 10080
   */
  readonly quietMinutes?: number;

  /**
   * Minutes after the end of an incident in which a recurrence reopens its thread.
   *
   * @default 60
   * @throws when not a whole number from 0 to 10080
   */
  readonly reopenMinutes?: number;

  /**
   * Runtime of the functions. AWS provider versions below 6.19 know nothing newer than `nodejs22.x`.
   *
   * @default 'nodejs24.x'
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
   */
  readonly runtime?: string;

  /**
   * Days that the functions' logs are kept.
   *
   * @default 30
   * @throws when CloudWatch Logs does not know the number
   * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
   */
  readonly logRetentionDays?: number;

  /**
   * Continuous backups of the table of threads. Its content is worth little after two weeks.
   *
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;
}

/** Where it is told. Either `tokenParameter` or `tokenSecretArn`; the token itself never reaches Terraform. */
export interface SlackOptions {
  /** ID of the channel, such as `C0123456789`: "Copy link" of the channel ends with it. */
  readonly channel: string;

  /** Name of the SSM parameter (SecureString) with the bot token, in the cluster's account and region. */
  readonly tokenParameter?: string;

  /** ARN of the Secrets Manager secret with the bot token. */
  readonly tokenSecretArn?: string;

  /**
   * Severities whose worsening is also sent to the channel; all the rest stays in the thread.
   *
   * @default ['warning', 'critical']
   */
  readonly broadcast?: readonly Severity[];
}

/** One cluster: what `new EcsClusterAlerts(scope, id, props)` takes. */
export interface EcsClusterAlertsProps extends ClusterOptions {
  /**
   * Name of the ECS cluster. Known at synth: names of alarms and the identity of threads come from it.
   *
   * @throws when not 1 to 255 letters, digits, `-` and `_`
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
   */
  readonly clusterName: string;

  /**
   * ID of the AWS account that the stack is deployed to.
   *
   * @throws when not 12 digits
   */
  readonly accountId: string;

  /**
   * What people call the account: shown in Slack.
   *
   * @default - `accountId`
   */
  readonly accountName?: string;

  /** Region of the cluster and of the stack's provider, such as `eu-west-1`. */
  readonly region: string;

  readonly slack: SlackOptions;

  /**
   * Services that get alarms of their own, by name. All others are watched too, by what is cluster-wide.
   *
   * @default - none
   */
  readonly services?: Readonly<Record<string, ServiceOptions>>;
}

/** An AWS account in the list. */
export interface AccountConfig {
  /**
   * @throws when not 12 digits
   */
  readonly id: string;

  /**
   * Role that Terraform assumes in this account.
   *
   * @default - the credentials of the caller
   */
  readonly deployRoleArn?: string;
}

/** A cluster in the list. */
export interface ClusterConfig extends ClusterOptions {
  /** Key of `accounts`. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly services?: Readonly<Record<string, ServiceOptions>>;

  /**
   * What is other than in the `slack` of all clusters.
   *
   * @default - as for all
   */
  readonly slack?: Partial<SlackOptions>;
}

/** Where Terraform keeps its state. */
export interface S3StateConfig {
  readonly bucket: string;
  readonly region: string;

  /**
   * Put before the stack's name in the object's key.
   *
   * @default 'ecs-alerts/'
   */
  readonly keyPrefix?: string;
}

/** All of `alerts.config.ts`: the list, and what holds for all clusters. */
export interface AlertsConfig extends ClusterOptions {
  readonly slack: SlackOptions;
  /** By the name that people use; part of the stack's name. */
  readonly accounts: Readonly<Record<string, AccountConfig>>;
  readonly clusters: readonly ClusterConfig[];

  /**
   * State in S3 with a lock file, for CI. Needs Terraform 1.10 or later.
   *
   * @default - a local file a stack
   */
  readonly s3State?: S3StateConfig;

  /**
   * Exact version of the AWS provider, 5.100.0 or later.
   *
   * @default - the newest that `@cdktf/provider-aws` allows
   */
  readonly awsProviderVersion?: string;
}

/** What holds for all, then what is said here. What is left open here does not take anything away. */
export function overridden<All extends object, Own extends object>(all: All, own: Own): All & Own {
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...all, ...said } as All & Own;
}
