/**
 * The only file that both sides import: the words that the configuration and the notifier share, and where the
 * settings are. Terraform writes them as items of the cluster's table, the functions read them from there
 * (environment variables end at 4 KB, a cluster of 500 services does not).
 */

/**
 * Names of the environment variables that the construct sets and the function reads. The queues are among them
 * because a record is given back also when the table cannot be read.
 */
export const ENV = { table: 'TABLE', queueUrl: 'QUEUE_URL', deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL' } as const;

/** Where the functions' own metrics are; `FunctionName` is their only dimension. */
export const METRICS = { namespace: 'EcsAlerts', deliveryFailed: 'DeliveryFailed' } as const;

/** How bad an alert is, in rising order. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Kinds of alert that a CloudWatch alarm of ours tells. */
export type AlarmKind = 'cpu-high' | 'memory-high' | 'stopped' | 'scaled-up' | 'scaled-down';

/** Partition key of all settings; the sort keys are `cluster` and `service/NAME`. */
export const SETTINGS_KEY = 'settings';
export const CLUSTER_SETTINGS = 'cluster';
export const SERVICE_SETTINGS_PREFIX = 'service/';

/** Where the bot token is. Only the name is known to Terraform, never the token. */
export type TokenSource = { readonly parameter: string } | { readonly secretArn: string };

/** What the functions know of their cluster: one item. */
export interface ClusterSettings {
  readonly accountId: string;
  /** What people call the account. */
  readonly accountName: string;
  readonly region: string;
  readonly cluster: string;
  /** ID of the Slack channel. */
  readonly channel: string;
  readonly token: TokenSource;
  /** Severities whose worsening is also sent to the channel, not only to the thread. */
  readonly broadcast: readonly Severity[];
  /** Minutes of quiet after which an incident without a condition is over. */
  readonly quietMinutes: number;
  /** Minutes after its end in which a recurrence reopens the thread. */
  readonly reopenMinutes: number;
  /** Kind of each cluster-wide alarm, by its name. */
  readonly alarms: Readonly<Record<string, AlarmKind>>;
}

/** What the functions know of one listed service: one item each. */
export interface ServiceSettings {
  readonly service: string;
  /** Kind of each alarm of this service, by its name. */
  readonly alarms: Readonly<Record<string, AlarmKind>>;
}
