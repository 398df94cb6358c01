import type { Kind, Policy, Severity } from '../functions/settings';

/** How a kind of alert is told. */
export interface KindOptions {
  /**
   * `open`: may start a thread; `join`: is told only in a thread that is open; `off`: is not told, but its alarm is
   * there all the same (`false` instead of options makes none). Options further down switch it on again, unless they
   * name a policy themselves.
   *
   * @default - `join` for deployments that start or complete, `open` for all others
   */
  readonly policy?: Policy;

  /**
   * How bad it is.
   *
   * @default - by the kind: docs/alarms.md
   */
  readonly severity?: Severity;
}

/**
 * `false` switches a kind off: no alarm, no telling. `true` switches it on with what was set further up, so that a
 * service can have again what is off for its cluster.
 */
export type Switch<Options extends KindOptions = KindOptions> = boolean | Options;

/** A limit on the use of what a service reserves. */
export interface UtilizationOptions extends KindOptions {
  /**
   * Use that is too high, in percent of what the service reserves. A task that bursts can pass 100.
   *
   * @default - 85; of `saturated` that of `cpu`
   * @throws when not a whole number from 1 to 1000
   */
  readonly percent?: number;

  /**
   * Minutes in a row above `percent` before it is told.
   *
   * @default - 5; of `saturated` those of `cpu`
   * @throws when not a whole number from 1 to 60
   */
  readonly minutes?: number;
}

export interface StoppedOptions extends KindOptions {
  /**
   * Minutes in a row without a task that reports: for the alarm, which only listed services have. CloudWatch waits
   * about two more for data that may be late. The watcher does not wait: it tells as soon as ECS says that none runs.
   *
   * @default 3
   * @throws when not a whole number from 1 to 60
   */
  readonly minutes?: number;
}

export interface UnderDesiredOptions extends KindOptions {
  /**
   * Minutes with fewer running tasks than desired, and no deployment, before it is told.
   *
   * @default 5
   * @throws when not a whole number from 1 to 60
   */
  readonly minutes?: number;
}

export interface CrashLoopOptions extends KindOptions {
  /**
   * Tasks of one revision that stop by themselves, without a steady state between.
   *
   * @default 3
   * @throws when not a whole number from 2 to 100
   */
  readonly stops?: number;

  /**
   * Minutes within which they stop.
   *
   * @default 30
   * @throws when not a whole number from 1 to 1440
   */
  readonly minutes?: number;
}

/**
 * What is added to an alert once it is out. What the parts need of IAM is granted for those that are on, for the cluster or any
 * of its services; what cannot be had is left out.
 */
export interface ExplainOptions {
  /**
   * Why a task stopped, in words, with what to do next; what ECS says of the service.
   *
   * @default true
   */
  readonly why?: boolean;

  /**
   * How the failing revision differs from the last good one: image, names of variables and secrets, CPU, memory and more.
   * Never a value of a variable. With `lastLines` also the variables that the log names as missing. Needs
   * `ecs:DescribeTaskDefinition`, which IAM cannot limit to a cluster.
   *
   * @default true
   */
  readonly changes?: boolean;

  /**
   * The last lines of the stopped container, or those that matched one of `logs`, twelve at most; what looks like a secret is
   * masked. Needs `ecs:DescribeTaskDefinition`, too: it says where the container writes to.
   *
   * @default true
   */
  readonly lastLines?: boolean;

  /**
   * The metric and its limit over its last 20 periods, mostly minutes. Needs `cloudwatch:GetMetricData`, which IAM cannot limit.
   *
   * @default true
   */
  readonly chart?: boolean;

  /**
   * The state of what the service leans on. Needs `cloudwatch:GetMetricData`, too.
   *
   * @default true
   */
  readonly dependencies?: boolean;

  /**
   * Log groups whose lines the notifier may read for `lastLines`, as IAM takes them: `*` stands for anything. Those of
   * `logs` need not be named. A list takes the place of the one further up; IAM gets those of all services.
   *
   * @default ['/ecs/*', '/aws/ecs/*']
   * @throws when not a list of names of log groups
   */
  readonly logGroups?: readonly string[];
}

/** ARNs of what else an alarm tells, by the severity of what it says. */
export interface AlarmActions {
  /** Told what is critical. */
  readonly critical?: readonly string[];
  /** Told what is a warning. */
  readonly warning?: readonly string[];
  /** Told what is news: scalings, which have no end. */
  readonly info?: readonly string[];
}

/** What is watched of a service, and how. Can be set for all clusters, again for one, and again for a service. */
export interface WatchOptions {
  /**
   * CPU of a service that is too high. One alarm for all services of the cluster, also for those created later; a
   * service with another limit gets an alarm of its own.
   *
   * @default - above 85 % for 5 minutes
   */
  readonly cpu?: Switch<UtilizationOptions>;

  /**
   * Memory of a service that is too high, in the same way.
   *
   * @default - above 85 % for 5 minutes
   */
  readonly memory?: Switch<UtilizationOptions>;

  /**
   * CPU that is too high while all tasks run that there may be: scaling cannot help any more. Only for listed services
   * with `maxTasks`.
   *
   * @default - `percent` and `minutes` of the service's `cpu`, else above 85 % for 5 minutes
   * @throws when a service without `maxTasks` asks for it
   */
  readonly saturated?: Switch<UtilizationOptions>;

  /**
   * A service of which no task runs: told by the watcher as soon as ECS says so. For listed services also by an alarm,
   * when no task has reported for `minutes`.
   *
   * @default - the alarm after 3 minutes
   */
  readonly stopped?: Switch<StoppedOptions>;

  /**
   * More tasks than before. For listed services also by an alarm.
   *
   * @default true
   */
  readonly scaledUp?: Switch;

  /**
   * Fewer tasks than before. For listed services also by an alarm.
   *
   * @default true
   */
  readonly scaledDown?: Switch;

  /**
   * As many tasks as autoscaling may start.
   *
   * @default true
   */
  readonly scaledToMax?: Switch;

  /**
   * Fewer tasks run than are desired.
   *
   * @default - for 5 minutes
   */
  readonly underDesired?: Switch<UnderDesiredOptions>;

  /**
   * A task stopped that nobody asked to stop.
   *
   * @default true
   */
  readonly taskStopped?: Switch;

  /**
   * Tasks of one revision stop again and again.
   *
   * @default - 3 stops in 30 minutes
   */
  readonly crashLoop?: Switch<CrashLoopOptions>;

  /**
   * A deployment started or completed.
   *
   * @default - told in a thread that is open
   */
  readonly deployment?: Switch;

  /**
   * A deployment failed, was rolled back, or runs for longer than `deploymentMinutes`.
   *
   * @default true
   */
  readonly deploymentFailed?: Switch;

  /**
   * ECS warns of a service, or cannot do for it what it should: no capacity, a missing role, throttling.
   *
   * @default true
   */
  readonly serviceProblem?: Switch;

  /**
   * How the matches of `logs` are told.
   *
   * @default true
   */
  readonly logPattern?: Switch;

  /**
   * What else an alarm does when it fires, by how severe it is: tell a topic that pages, make an OpsItem. Topics are told when it
   * is over as well. Of a service it is for its own alarms only: that of all services has its cluster's, and its cluster's
   * severity. Dependencies have what their cluster says.
   *
   * @default - nothing but the topic
   * @throws when more than 4 for a severity, not ARNs, or in another region than the cluster
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
   */
  readonly alarmActions?: AlarmActions;

  /**
   * A reply that says why: it follows alerts about which there is more to say. `false` for none, options for a part of it.
   *
   * @default - all of it
   */
  readonly explain?: boolean | ExplainOptions;

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
   * Minutes between two reminders while an incident stays critical; 0 for none.
   *
   * @default 60
   * @throws when not a whole number from 0 to 10080
   */
  readonly remindMinutes?: number;

  /**
   * Minutes that a deployment may run before it is told as overdue.
   *
   * @default 30
   * @throws when not a whole number from 1 to 1440
   */
  readonly deploymentMinutes?: number;

  /**
   * URL of what to do about alerts that have no runbook of their own.
   *
   * @default - none
   * @throws when not an http or https URL of at most 512 characters, or with a user or a password in it
   */
  readonly runbook?: string;

  /**
   * URLs of what to do, by kind of alert. One for a kind goes before `runbook`, wherever the two were set.
   *
   * @default - none
   * @throws when not http or https URLs of at most 512 characters, or with a user or a password in one
   */
  readonly runbooks?: Readonly<Partial<Record<Kind, string>>>;
}
