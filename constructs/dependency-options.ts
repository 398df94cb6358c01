import type { KindOptions } from './watch-options';

/** What services lean on. The first alarms are what a team on call would not mute; each has an off switch. */

/** How a dependency is told; also what all kinds of dependencies have in common. */
export interface DependencyOptions extends KindOptions {
  /**
   * URL of what to do about it.
   *
   * @default - the runbook of `dependency` or of the cluster
   * @throws when not an http or https URL of at most 512 characters, or with a user or a password in it
   */
  readonly runbook?: string;
}

/** How long something has to be wrong. */
export interface Lasting {
  /**
   * Minutes in a row before it is told. Each limit has its own default.
   *
   * @throws when not a whole number from 1 to 60
   */
  readonly minutes?: number;
}

/** A limit in percent. */
export interface PercentLimit extends Lasting {
  /**
   * The limit, in percent. Each alarm has its own default.
   *
   * @throws when not a whole number from 1 to 100
   */
  readonly percent?: number;
}

/** A limit in GB. */
export interface GigabyteLimit extends Lasting {
  /**
   * The limit, in GB of 2^30 bytes. Each alarm has its own default.
   *
   * @throws when not a whole number from 1 to 100000
   */
  readonly gb?: number;
}

/** A limit in MB. */
export interface MegabyteLimit extends Lasting {
  /**
   * The limit, in MB of 2^20 bytes. Each alarm has its own default.
   *
   * @throws when not a whole number from 1 to 1000000
   */
  readonly mb?: number;
}

/** A limit on a number of things. */
export interface CountLimit extends Lasting {
  /**
   * The limit. Each alarm has its own default.
   *
   * @throws when not a whole number from 1 to 1000000
   */
  readonly count?: number;
}

/** A limit on connections: nobody here knows what is too many. */
export interface ConnectionLimit extends CountLimit {
  /**
   * The limit.
   *
   * @throws when not a whole number from 1 to 1000000
   */
  readonly count: number;
}

/** A limit on the time that an answer takes: nobody here knows what is slow. */
export interface ResponseTimeLimit extends Lasting {
  /**
   * The limit, in seconds.
   *
   * @throws when not a number above 0 and up to 4000
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
   */
  readonly seconds: number;
}

/** A limit on how long a message may wait. */
export interface MessageAgeLimit extends Lasting {
  /**
   * The limit, in minutes.
   *
   * @default 15
   * @throws when not a whole number from 1 to 20160
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
   */
  readonly ageMinutes?: number;
}

/** Status codes, both ends included. */
export interface StatusRange {
  /**
   * The lowest.
   *
   * @default 200
   */
  readonly from?: number;

  /**
   * The highest.
   *
   * @default 399
   */
  readonly to?: number;
}

/** A share of requests, in percent, that counts only when there are enough of them. */
export interface ShareLimit extends PercentLimit {
  /**
   * Requests a minute below which nothing is told: one failure of three is no 33 % problem.
   *
   * @default 20
   * @throws when not a whole number from 1 to 1000000
   */
  readonly minimumRequests?: number;
}

/** The alarm of a limit: `false` for none, `true` for its default. */
export type Limit<Options> = boolean | Options;

/**
 * An RDS DB instance.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
 */
export interface RdsInstanceDependency extends DependencyOptions {
  /** Identifier of the DB instance. */
  readonly rdsInstance: string;

  /**
   * As AWS advises.
   *
   * @default - above 80 % for 5 minutes
   * @see https://docs.aws.amazon.com/prescriptive-guidance/latest/amazon-rds-monitoring-alerting/cloudwatch-alarms.html
   */
  readonly cpu?: Limit<PercentLimit>;

  /**
   * An instance without storage stops. AWS advises a tenth of it, which nobody here knows; 5 GB leaves time to act for
   * most, and is quiet for all that have grown beyond their first gigabytes.
   *
   * @default - below 5 GB for 5 minutes
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
   */
  readonly freeStorage?: Limit<GigabyteLimit>;

  /**
   * Databases take what memory there is for caches: only what is next to nothing is told.
   *
   * @default - below 64 MB for 10 minutes
   */
  readonly freeMemory?: Limit<MegabyteLimit>;

  /**
   * Connections from which on it is told. What is too many depends on the instance's class.
   *
   * @default - no alarm
   */
  readonly connections?: false | ConnectionLimit;
}

/**
 * An Aurora DB cluster: all its instances together, the worst of them where one can be bad alone.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
 */
export interface AuroraClusterDependency extends DependencyOptions {
  /** Identifier of the DB cluster. */
  readonly auroraCluster: string;

  /**
   * Of the instance that has the most to do: a writer at its end is not made well by readers that are idle.
   *
   * @default - above 80 % for 5 minutes
   */
  readonly cpu?: Limit<PercentLimit>;

  /**
   * Of the instance that has the least.
   *
   * @default - below 128 MB for 10 minutes
   */
  readonly freeMemory?: Limit<MegabyteLimit>;

  /**
   * Room for temporary tables and logs of the instance that has the least; Aurora's own storage grows by itself.
   *
   * @default - below 2 GB for 5 minutes
   */
  readonly freeLocalStorage?: Limit<GigabyteLimit>;

  /**
   * Connections of the instance that has the most.
   *
   * @default - no alarm
   */
  readonly connections?: false | ConnectionLimit;
}

/**
 * An Application Load Balancer.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export interface LoadBalancerDependency extends DependencyOptions {
  /** End of its ARN, as CloudWatch has it: `app/shop/50dc6c495c0c9188`. Terraform's `arn_suffix`. */
  readonly loadBalancer: string;

  /**
   * Share of requests that the load balancer itself answers with 5xx: no target, or none that answers. Of two minutes
   * more, so that one that comes late delays nothing.
   *
   * @default - above 5 % in 3 of 5 minutes
   */
  readonly errors?: Limit<ShareLimit>;

  /**
   * Connections that it refused, as it has no room for more. Must not happen at all.
   *
   * @default - 1 in 1 minute
   */
  readonly rejectedConnections?: Limit<CountLimit>;
}

/**
 * A target group of an Application Load Balancer.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export interface TargetGroupDependency extends DependencyOptions {
  /** End of its ARN, as CloudWatch has it: `targetgroup/orders/73e2d6bc24d8a067`. Terraform's `arn_suffix`. */
  readonly targetGroup: string;

  /** End of the ARN of its load balancer: `app/shop/50dc6c495c0c9188`. */
  readonly loadBalancer: string;

  /**
   * So few targets pass their health check: below 1 nothing answers.
   *
   * @default - below 1 for 3 minutes
   */
  readonly healthyHosts?: Limit<CountLimit>;

  /**
   * Targets that fail their health check. A deployment has some for a minute or two.
   *
   * @default - 1 for 5 minutes
   */
  readonly unhealthyHosts?: Limit<CountLimit>;

  /**
   * Share of requests that the targets answer with 5xx.
   *
   * @default - above 5 % for 3 minutes
   */
  readonly errors?: Limit<ShareLimit>;

  /**
   * Seconds within which nine of ten requests are answered. What is slow depends on what is asked.
   *
   * @default - no alarm
   */
  readonly responseTime?: false | ResponseTimeLimit;
}

/**
 * A node of ElastiCache for Redis or Valkey.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
 */
export interface ElastiCacheDependency extends DependencyOptions {
  /** ID of the cache cluster; of a replication group each member is one: `orders-001`. */
  readonly elastiCacheCluster: string;

  /**
   * CPU of the one thread that answers: at 100 % everybody waits, however idle the other cores are.
   *
   * @default - above 90 % for 5 minutes
   */
  readonly engineCpu?: Limit<PercentLimit>;

  /**
   * Full memory evicts, or refuses writes. `false` for a cache that is meant to be full.
   *
   * @default - above 90 % for 5 minutes
   */
  readonly memory?: Limit<PercentLimit>;
}

/**
 * An SQS queue that the service reads or writes.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export interface SqsQueueDependency extends DependencyOptions {
  /** Name of the queue, not its URL. */
  readonly sqsQueue: string;

  /**
   * Age of the oldest message: what waits says more than how much waits.
   *
   * @default - above 15 minutes, for 5 minutes
   */
  readonly oldestMessage?: Limit<MessageAgeLimit>;
}

/**
 * A DynamoDB table, without its secondary indexes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export interface DynamoDbTableDependency extends DependencyOptions {
  /** Name of the table. */
  readonly dynamoDbTable: string;

  /**
   * Reads and writes that were throttled. SDKs try again, so that a few in a minute hurt nobody.
   *
   * @default - 10 a minute in 3 of 5 minutes: one that comes late delays nothing
   */
  readonly throttledRequests?: Limit<CountLimit>;
}

/** An HTTP endpoint that the watcher asks each minute. */
export interface EndpointDependency extends DependencyOptions {
  /**
   * URL that is asked with GET. A private one needs `vpc`.
   *
   * @throws when not an http or https URL of at most 512 characters, with a user or a password in it or a query with a
   *   secret (`token`, `key`, `sig` …), all of which would reach the state, or without watcher
   */
  readonly endpoint: string;

  /**
   * Seconds until an answer has to be there.
   *
   * @default 5
   * @throws when not a whole number from 1 to 10
   */
  readonly timeoutSeconds?: number;

  /**
   * Status codes that are healthy, both ends included. Redirects are not followed.
   *
   * @default { from: 200, to: 399 }
   * @throws when not whole numbers from 100 to 599 in rising order
   */
  readonly status?: StatusRange;

  /**
   * Milliseconds that are too slow; `false` for no alarm.
   *
   * @default - 2000; no alarm with a timeout of 2 seconds or less: then what is slow is unhealthy
   * @throws when not a whole number from 1 to 9999, or not below the timeout
   */
  readonly latencyMs?: number | false;

  /**
   * Days before its certificate ends; `false` for no alarm. Only for https.
   *
   * @default 14
   * @throws when not a whole number from 1 to 365
   */
  readonly certificateDays?: number | false;

  /**
   * Minutes in a row that it is unhealthy or slow before it is told.
   *
   * @default 3
   * @throws when not a whole number from 1 to 60
   */
  readonly minutes?: number;
}

/** Any metric of the cluster's account and region. */
export interface MetricDependency extends DependencyOptions {
  /** The metric, and what is wrong with it. */
  readonly metric: MetricLimit;
}

/**
 * A limit on a metric, in CloudWatch's words.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export interface MetricLimit {
  /** Namespace of the metric, such as `AWS/Kafka`. */
  readonly namespace: string;

  /** Name of the metric, such as `SumOffsetLag`. */
  readonly metricName: string;

  /**
   * Values of its dimensions by their names, at most 30.
   *
   * @default - a metric without dimensions
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
   */
  readonly dimensions?: Readonly<Record<string, string>>;

  /** `Average`, `Minimum`, `Maximum`, `Sum`, `SampleCount`, or a percentile such as `p99`. */
  readonly statistic: string;

  /** What is wrong: the metric `>` `threshold`, and so on. */
  readonly comparison: '>' | '>=' | '<' | '<=';

  /** The limit, in the metric's own unit. */
  readonly threshold: number;

  /**
   * Minutes in a row before it is told: a multiple of `period`, at most a day, or a week with a period of an hour.
   *
   * @throws when not so
   */
  readonly minutes: number;

  /**
   * Seconds of one datapoint: a multiple of 60, up to a day.
   *
   * @default 60
   */
  readonly period?: number;

  /**
   * What a minute without a datapoint is: wrong, right, or as if it had not been (the alarm stays as it is).
   *
   * @default 'notBreaching'
   * @throws when not one of the three
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
   */
  readonly missing?: 'breaching' | 'notBreaching' | 'ignore';

  /**
   * What it measures, in words.
   *
   * @default - `metricName`
   */
  readonly measure?: string;

  /**
   * Unit of its values, as it is shown.
   *
   * @default - none
   */
  readonly unit?: string;
}

/** What a service leans on: exactly one kind. */
export type Dependency =
  | RdsInstanceDependency
  | AuroraClusterDependency
  | LoadBalancerDependency
  | TargetGroupDependency
  | ElastiCacheDependency
  | SqsQueueDependency
  | DynamoDbTableDependency
  | EndpointDependency
  | MetricDependency;
