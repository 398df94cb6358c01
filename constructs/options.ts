import type { Severity } from '../functions/settings';
import type { Dependency } from './dependency-options';
import type { Switch, WatchOptions } from './watch-options';

/** Lines of a log that are told. */
export interface LogPattern {
  /**
   * Name of the log group, in the cluster's account and region.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
   */
  readonly logGroup: string;

  /**
   * CloudWatch Logs filter pattern, such as `?ERROR ?FATAL` or `{ $.level = "error" }`; at most 1,024 characters.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
   */
  readonly pattern: string;

  /**
   * Name in the alarm's name and in Slack, unique within the service.
   *
   * @default - its place in the list: `1`, `2`, …
   * @throws when not 1 to 64 letters, digits, `-` and `_`
   */
  readonly name?: string;

  /**
   * Lines within `minutes` that are told.
   *
   * @default 1
   * @throws when not a whole number from 1 to 1000000
   */
  readonly count?: number;

  /**
   * Minutes within which they are counted.
   *
   * @default 1
   * @throws when not a whole number from 1 to 1440
   */
  readonly minutes?: number;
}

/** A listed service: what is other than for its cluster, and what only it has. */
export interface ServiceOptions extends WatchOptions {
  /**
   * Where this service is told, if not where its cluster is.
   *
   * @default - as its cluster
   */
  readonly slack?: Pick<Partial<SlackOptions>, 'channel' | 'broadcast'>;

  /**
   * The most tasks that its autoscaling starts. With it a service that is at its end is told as `saturated`.
   *
   * @default - not known
   * @throws when not a whole number from 1 to 10000
   */
  readonly maxTasks?: number;

  /**
   * Names of `dependencies` that it leans on: their alarms join its thread.
   *
   * @default - none
   * @throws when the cluster has no such dependency
   */
  readonly dependsOn?: readonly string[];

  /**
   * Lines of its logs that are told.
   *
   * @default - none
   */
  readonly logs?: readonly LogPattern[];
}

/** What is watched for a cluster, and how. Each can be set for all clusters and again for one. */
export interface ClusterOptions extends WatchOptions {
  /**
   * How the alarms of `dependencies` are told; `false` makes none.
   *
   * @default true
   */
  readonly dependency?: Switch;

  /**
   * The cluster has Container Insights: scalings are then seen in the desired count, not in the running one.
   *
   * @default false
   */
  readonly containerInsights?: boolean;

  /**
   * A small function that reads ECS each minute and asks the endpoints. Without it alarms and events alone speak:
   * nothing is told of scalings and stops of services that are not listed, nor of fewer tasks than desired, overdue
   * deployments and endpoints; there are no reminders.
   *
   * @default true
   */
  readonly watcher?: boolean;

  /**
   * A CloudWatch dashboard of the cluster: its services, alarms and dependencies.
   *
   * @default false
   */
  readonly dashboard?: boolean;

  /**
   * ARN of an SNS topic that is told when the alerting itself fails. Not the cluster's own topic: its notifier would be
   * the broken part.
   *
   * @default - no alarms on the alerting itself
   * @throws when in another region than the cluster, or the cluster's own topic
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
   */
  readonly opsTopicArn?: string;

  /**
   * Tags of every resource that is made. Alarms have also `EcsCluster`, `EcsService` or `Dependency`, and `Kind`.
   *
   * @default - none
   * @throws when more than 47, when AWS would not take a key or a value, when keys differ in case only, or are one of
   *   those that alarms have
   * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * Put before the names of all that is made, such as `team-a-`: for accounts where names are ruled, or where a cluster is
   * watched twice. To change it makes everything anew.
   *
   * @default - none: names begin with `ecs-alerts-`, those of alarms with `ecs/`
   * @throws when not 1 to 16 letters, digits, `-` and `_`: more would not fit into the names of roles
   */
  readonly namePrefix?: string;

  /**
   * ARN of a key that encrypts what holds alerts: the topic, the queues, the table, the functions' logs. Its policy has to
   * let CloudWatch, SNS, EventBridge and CloudWatch Logs use it: docs/permissions.md has it whole.
   *
   * @default - keys of AWS; the topic has none, because alarms could not publish to it
   * @throws when not the ARN of a key, or in another region than the cluster
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   */
  readonly kmsKeyArn?: string;

  /**
   * ARN of the policy that bounds what the functions' roles may do. It has to leave them what docs/permissions.md lists.
   *
   * @default - none
   * @throws when not the ARN of a policy, or of another account than the cluster
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
   */
  readonly permissionsBoundaryArn?: string;

  /**
   * Runtime of the functions. AWS provider versions below 6.19 know nothing newer than `nodejs22.x`.
   *
   * @default - `nodejs24.x`; `nodejs22.x` with an `awsProviderVersion` below 6.19
   * @throws when not `nodejs20.x` or later, or when it is one that `awsProviderVersion` does not know
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

/** What only a cluster can have: it is about what stands in its account and region. */
export interface ClusterContent {
  /**
   * Services that get alarms of their own, by name. All others are watched too, by what is cluster-wide.
   *
   * @default - none
   */
  readonly services?: Readonly<Record<string, ServiceOptions>>;

  /**
   * What services lean on, by a name of yours. Services name it in `dependsOn`.
   *
   * @default - none
   * @throws when a name is not 1 to 64 letters, digits, `-` and `_`
   */
  readonly dependencies?: Readonly<Record<string, Dependency>>;

  /**
   * Where the functions run. Needs a way to AWS, by NAT or VPC endpoints.
   *
   * @default - in no VPC of yours
   * @throws without watcher, unless the notifier runs there
   */
  readonly vpc?: VpcOptions;

  /**
   * ARN of an SNS topic that is there already: alarms publish to it, and the queue subscribes to it, instead of one made
   * here. Its policy has to let alarms of the account publish. All that is published to it is told.
   *
   * @default - a topic is made
   * @throws when not the ARN of a standard topic of the cluster's account and region, when it is `opsTopicArn`, or when
   *   another cluster of the list has it
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
   */
  readonly topicArn?: string;
}

/**
 * A VPC, as Lambda has it.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
 */
export interface VpcOptions {
  /**
   * Subnets that have a way to AWS.
   *
   * @throws when not 1 to 16 IDs of subnets
   */
  readonly subnetIds: readonly string[];

  /**
   * Security groups that let out to the endpoints and to AWS.
   *
   * @throws when not 1 to 5 IDs of security groups
   */
  readonly securityGroupIds: readonly string[];

  /**
   * The notifier runs there too, not only the watcher, which reaches private endpoints from there. Slack has to be
   * reached: by NAT.
   *
   * @default false
   */
  readonly notifier?: boolean;
}

/** Where it is told. Either `tokenParameter` or `tokenSecretArn`; the token itself never reaches Terraform. */
export interface SlackOptions {
  /** ID of the channel, such as `C0123456789`: "Copy link" of the channel ends with it. */
  readonly channel: string;

  /**
   * Name of the SSM parameter (SecureString) with the bot token, in the cluster's account and region.
   *
   * @throws when not such a name (`/a/b` or `a`), when it begins with `aws` or `ssm`, or is a token
   * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
   */
  readonly tokenParameter?: string;

  /**
   * ARN of the Secrets Manager secret with the bot token.
   *
   * @throws when not a whole ARN, or of another region than the cluster
   */
  readonly tokenSecretArn?: string;

  /**
   * Severities whose worsening is also sent to the channel; all the rest stays in the thread.
   *
   * @default ['warning', 'critical']
   */
  readonly broadcast?: readonly Severity[];
}

/** One cluster: what `new EcsClusterAlerts(scope, id, props)` takes. */
export interface EcsClusterAlertsProps extends ClusterOptions, ClusterContent {
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

  /** Where it is told. */
  readonly slack: SlackOptions;
}

/** An AWS account in the list. */
export interface AccountConfig {
  /**
   * ID of the account.
   *
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
export interface ClusterConfig extends ClusterOptions, ClusterContent {
  /** Key of `accounts`. */
  readonly account: string;

  /** Its region, such as `eu-west-1`. */
  readonly region: string;

  /**
   * Name of the ECS cluster.
   *
   * @throws when not 1 to 255 letters, digits, `-` and `_`, or when the cluster is listed twice
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
   */
  readonly name: string;

  /**
   * What is other than in the `slack` of all clusters.
   *
   * @default - as for all
   */
  readonly slack?: Partial<SlackOptions>;
}

/** Where Terraform keeps its state. */
export interface S3StateConfig {
  /** Name of the bucket, which has to be there. */
  readonly bucket: string;

  /** Region of the bucket. */
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
  /** Where it is told. */
  readonly slack: SlackOptions;

  /** By the name that people use; part of the stack's name. */
  readonly accounts: Readonly<Record<string, AccountConfig>>;

  /** What is watched, each cluster once. */
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
   * @default - the one that `@cdktf/provider-aws` was made from
   */
  readonly awsProviderVersion?: string;
}
