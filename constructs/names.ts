import { createHash } from 'node:crypto';
import type { Place } from '../functions/arns';

/**
 * Names of AWS resources. One cluster's never meet another's: what is cut gets a hash of the whole, and a name that was
 * cut is longer than any that was not. Nothing parses them. Each begins with the `namePrefix`, if there is one.
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

/** Whose resources they are, and what their names begin with. */
export interface Named {
  readonly clusterName: string;
  readonly namePrefix?: string | undefined;
}

/** A cluster, where it is and what its resources are called. */
export interface NamedPlace extends Place, Named {}

/** Name of one of the cluster's resources, such as `ecs-alerts-shop-alerts`. */
export function resourceName(
  type: Exclude<keyof typeof MAX, 'alarm' | 'dashboard' | 'role'>,
  { clusterName, namePrefix = '' }: Named,
  suffix: string,
): string {
  return fitted(`${namePrefix}ecs-alerts-${clusterName}`, `-${suffix}`, MAX[type]);
}

/** Roles are the account's, not the region's, and IAM takes `Shop` and `shop` for the same. */
export function roleName({ clusterName, namePrefix = '' }: Named, region: string, suffix: string): string {
  const name = `${namePrefix}ecs-alerts-${clusterName}`;
  return fitted(name, `-${region}-${suffix}`, MAX.role, name !== name.toLowerCase());
}

/** `ecs/<cluster>/<service>/<kind>`, or `ecs/<cluster>/<kind>` for the whole cluster. */
export function alarmName({ clusterName, namePrefix = '' }: Named, service: string | undefined, kind: string): string {
  const parts = [`${namePrefix}ecs`, clusterName, ...(service === undefined ? [] : [service])];
  return fitted(parts.join('/'), `/${kind}`, MAX.alarm);
}

/** `ecs/<cluster>/dependency:<name>/<what>`: a service's name has no colon. */
export function dependencyAlarmName(named: Named, dependency: string, what: string): string {
  return alarmName(named, `dependency:${dependency}`, what);
}

/** `ecs-alerts/<cluster>/<what>`, of the alarms on the alerting itself. */
export function opsAlarmName({ clusterName, namePrefix = '' }: Named, what: string): string {
  return fitted(`${namePrefix}ecs-alerts/${clusterName}`, `/${what}`, MAX.alarm);
}

/** Dashboards are the account's, not the region's: `ecs-alerts-shop-eu-west-1`. */
export function dashboardName({ clusterName, namePrefix = '' }: Named, region: string): string {
  return fitted(`${namePrefix}ecs-alerts-${clusterName}`, `-${region}`, MAX.dashboard);
}

function fitted(name: string, suffix: string, max: number, isHashed = false): string {
  const room = max - suffix.length - HASH - 1;
  if (name.length <= room && !isHashed) return `${name}${suffix}`;
  const hash = createHash('sha256').update(`${name}${suffix}`).digest('hex').slice(0, HASH);
  return `${name.slice(0, room)}-${hash}${suffix}`;
}
