import { createHash } from 'node:crypto';

/**
 * Names of AWS resources. One cluster's never meet another's: what is cut gets a hash of the whole, and a name that was
 * cut is longer than any that was not. Nothing parses them.
 */

const HASH = 12;

/** Limits by service, in characters. */
const MAX = {
  /** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html */
  topic: 256,
  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
  queue: 80,
  /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
  function: 64,
  /** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
  role: 64,
  /** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
  table: 255,
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
  rule: 64,
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  alarm: 255,
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html */
  dashboard: 255,
} as const;

/** Name of one of the cluster's resources, such as `ecs-alerts-shop-queue`. */
export function resourceName(
  type: Exclude<keyof typeof MAX, 'alarm' | 'dashboard' | 'role'>,
  cluster: string,
  suffix: string,
): string {
  return fitted(`ecs-alerts-${cluster}`, `-${suffix}`, MAX[type]);
}

/** Roles are the account's, not the region's, and IAM takes `Shop` and `shop` for the same. */
export function roleName(cluster: string, region: string, suffix: string): string {
  return fitted(`ecs-alerts-${cluster}`, `-${region}-${suffix}`, MAX.role, cluster !== cluster.toLowerCase());
}

/** `ecs/<cluster>/<service>/<kind>`, or `ecs/<cluster>/<kind>` for the whole cluster. */
export function alarmName(cluster: string, service: string | undefined, kind: string): string {
  return fitted(['ecs', cluster, ...(service === undefined ? [] : [service])].join('/'), `/${kind}`, MAX.alarm);
}

/** `ecs/<cluster>/dependency:<name>/<what>`: a service's name has no colon. */
export function dependencyAlarmName(cluster: string, dependency: string, what: string): string {
  return alarmName(cluster, `dependency:${dependency}`, what);
}

/** `ecs-alerts/<cluster>/<what>`, of the alarms on the alerting itself. */
export function opsAlarmName(cluster: string, what: string): string {
  return fitted(`ecs-alerts/${cluster}`, `/${what}`, MAX.alarm);
}

/** Dashboards are the account's, not the region's: `ecs-alerts-shop-eu-west-1`. */
export function dashboardName(cluster: string, region: string): string {
  return fitted(`ecs-alerts-${cluster}`, `-${region}`, MAX.dashboard);
}

function fitted(name: string, suffix: string, max: number, isHashed = false): string {
  const room = max - suffix.length - HASH - 1;
  if (name.length <= room && !isHashed) return `${name}${suffix}`;
  const hash = createHash('sha256').update(`${name}${suffix}`).digest('hex').slice(0, HASH);
  return `${name.slice(0, room)}-${hash}${suffix}`;
}
