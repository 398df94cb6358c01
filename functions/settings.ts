/**
 * What both sides import: the words that the configuration and the functions share, and where the settings are.
 * Terraform writes them as items of the cluster's table, the functions read them from there (environment variables
 * end at 4 KB, a cluster of 500 services does not).
 */

/**
 * Names of the environment variables that the construct sets and the functions read. The queues are among them
 * because a record is given back also when the table cannot be read.
 */
export const ENV = { table: 'TABLE', queueUrl: 'QUEUE_URL', deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL' } as const;

/** The functions' own metrics, written to their logs in the embedded metric format. */
export const METRICS = {
  namespace: 'EcsAlerts',
  /** Records that were given back or given up, by `FunctionName`. */
  deliveryFailed: 'DeliveryFailed',
  /** Services that a pass of the watcher could not read, by `FunctionName`. */
  readFailed: 'ReadFailed',
  /** Of an endpoint, by `ClusterName` and `Endpoint`: 1 or 0, milliseconds, days. */
  endpointHealthy: 'EndpointHealthy',
  endpointLatency: 'EndpointLatency',
  certificateDays: 'EndpointCertificateDaysLeft',
} as const;

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
/**
 * How bad an alert is, in rising order.
 *
 * @useDeclaredType
 */
export type Severity = (typeof SEVERITIES)[number];

export const KINDS = [
  'cpu-high',
  'memory-high',
  'saturated',
  'stopped',
  'under-desired',
  'task-stopped',
  'crash-loop',
  'deployment',
  'deployment-failed',
  'service-problem',
  'scaled-up',
  'scaled-down',
  'scaled-to-max',
  'log-pattern',
  'dependency',
] as const;
/**
 * What may be told of a service. `deployment`: started, completed; `deployment-failed`: failed, rolled back, overdue.
 *
 * @useDeclaredType
 */
export type Kind = (typeof KINDS)[number];

/** Those of them that a CloudWatch alarm of ours tells. */
export type AlarmKind = Extract<
  Kind,
  'cpu-high' | 'memory-high' | 'saturated' | 'stopped' | 'scaled-up' | 'scaled-down' | 'log-pattern' | 'dependency'
>;

/** How bad what an alarm tells is, where nothing else is said. */
export const ALARM_SEVERITIES: Readonly<Record<AlarmKind, Severity>> = {
  'cpu-high': 'warning',
  'memory-high': 'warning',
  saturated: 'critical',
  stopped: 'critical',
  'scaled-up': 'info',
  'scaled-down': 'info',
  'log-pattern': 'warning',
  dependency: 'warning',
};

export const POLICIES = ['open', 'join', 'off'] as const;
/**
 * Whether an alert may start a thread, only joins one that is open, or is not told at all.
 *
 * @useDeclaredType
 */
export type Policy = (typeof POLICIES)[number];

/** How a kind is told, where that is other than its default. */
export interface Telling {
  readonly policy?: Policy;
  readonly severity?: Severity;
  /** URL of what to do about it. */
  readonly runbook?: string;
}

/**
 * The parts of an explanation: why a task stopped, how its revision differs from the last good one, the last lines of its
 * log or those that matched, the metric with its limit, the state of what the service leans on.
 */
export const EXPLAIN_PARTS = ['why', 'changes', 'lastLines', 'chart', 'dependencies'] as const;
export type ExplainPart = (typeof EXPLAIN_PARTS)[number];

/** Partition key of all settings; the sort keys are `cluster`, `service/NAME` and `dependency/NAME`. */
export const SETTINGS_KEY = 'settings';
export const CLUSTER_SETTINGS = 'cluster';
export const SERVICE_SETTINGS_PREFIX = 'service/';
export const DEPENDENCY_SETTINGS_PREFIX = 'dependency/';

/** Where the bot token is. Only the name is known to Terraform, never the token. */
export type TokenSource = { readonly parameter: string } | { readonly secretArn: string };

/** One of our CloudWatch alarms. */
export interface AlarmSettings {
  readonly kind: AlarmKind;
  /** What it measures, in words, where the metric's name would not say it: `free storage`. */
  readonly measure?: string;
  /** Unit of its value and its threshold; `%` and `s` are understood, anything else is shown as it is. */
  readonly unit?: string;
  /** Of `log-pattern`: whose lines it counts, and which. */
  readonly log?: { readonly group: string; readonly pattern: string };
}

/** Alarms by their names. Nothing parses names. */
export type Alarms = Readonly<Record<string, AlarmSettings>>;

/** How a service is watched. A listed service says what is other than for its cluster. */
export interface Watching {
  /** ID of the Slack channel. */
  readonly channel: string;
  /** Severities whose worsening is also sent to the channel, not only to the thread. */
  readonly broadcast: readonly Severity[];
  /** Minutes of quiet after which an incident without a condition is over. */
  readonly quietMinutes: number;
  /** Minutes after its end in which a recurrence reopens the thread. */
  readonly reopenMinutes: number;
  /** Minutes between two reminders of an incident that stays critical; 0: none. */
  readonly remindMinutes: number;
  /** Minutes that a deployment may run. */
  readonly deploymentMinutes: number;
  /** Minutes with fewer running tasks than desired before it is told. */
  readonly underDesiredMinutes: number;
  /** So many stops within so many minutes are a crash loop. */
  readonly crashLoop: { readonly stops: number; readonly minutes: number };
  /** By kind; what is not there is told as is the default. */
  readonly tell: Readonly<Partial<Record<Kind, Telling>>>;
  /** What is added to an alert when it is out. */
  readonly explain: readonly ExplainPart[];
  /** What to do about anything that has no runbook of its own. */
  readonly runbook?: string;
}

/** What the functions know of their cluster: one item. */
export interface ClusterSettings extends Watching {
  readonly accountId: string;
  /** What people call the account. */
  readonly accountName: string;
  readonly region: string;
  readonly cluster: string;
  readonly token: TokenSource;
  /** The cluster-wide alarms. */
  readonly alarms: Alarms;
  /** Name of the CloudWatch dashboard, if there is one. */
  readonly dashboard?: string;
  /** What all names begin with, if with anything. */
  readonly namePrefix?: string;
}

/** What the functions know of one listed service: one item each. */
export interface ServiceSettings extends Partial<Watching> {
  readonly service: string;
  /** This service's own alarms. Of a kind that has one here, the cluster-wide alarm is not told for this service. */
  readonly alarms: Alarms;
  /** The most tasks that its autoscaling starts, where known. */
  readonly maxTasks?: number;
  /** Names of what it leans on. */
  readonly dependsOn?: readonly string[];
}

/** What a service leans on: one item each. */
export interface DependencySettings {
  readonly dependency: string;
  readonly alarms: Alarms;
  /** Names of the services that lean on it. */
  readonly usedBy: readonly string[];
  /** How its alarms are told, where that is other than for all dependencies. */
  readonly telling?: Telling;
  /** An endpoint that the watcher asks each minute. */
  readonly probe?: ProbeSettings;
}

export interface ProbeSettings {
  readonly url: string;
  /** Milliseconds until an answer has to be there. */
  readonly timeoutMs: number;
  /** Status codes that are healthy, both ends included. */
  readonly status: { readonly from: number; readonly to: number };
}
