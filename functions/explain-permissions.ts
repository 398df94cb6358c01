import { arn, type Place } from './arns';
import type { ExplainPart } from './settings';

/**
 * What explaining needs of IAM, by part, beyond what telling needs. The construct grants it; a part that is denied says in
 * the log what is to be added.
 */

/** A statement of a policy. */
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
}

/** Whose notifier it is. */
export interface ExplainedPlace extends Place {
  readonly cluster: string;
  /** Log groups whose last lines may be read, as IAM takes them. */
  readonly logGroups: readonly string[];
  /** Log groups whose lines are matched. */
  readonly matchedGroups: readonly string[];
}

/** Longer names of clusters are cut in the names of alarms. */
const CLUSTER_IN_ALARMS = 180;

/**
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
 */
export function explainStatements(part: ExplainPart, place: ExplainedPlace): readonly Statement[] {
  const { cluster, logGroups, matchedGroups } = place;
  switch (part) {
    case 'why':
      return [];
    case 'changes':
      return [
        allow('ecs:DescribeServiceRevisions', arn(place, 'ecs', `service-revision/${cluster}/*`)),
        // Knows no resources.
        allow('ecs:DescribeTaskDefinition', '*'),
      ];
    case 'lastLines':
      return [
        allow('ecs:DescribeTaskDefinition', '*'),
        ...ofGroups('logs:GetLogEvents', logGroups, place),
        ...ofGroups('logs:FilterLogEvents', matchedGroups, place),
      ];
    case 'chart':
      // Knows no resources.
      return [allow('cloudwatch:GetMetricData', '*'), allow('cloudwatch:DescribeAlarms', alarmsOf(place))];
    case 'dependencies':
      return [allow('cloudwatch:GetMetricData', '*'), allow('cloudwatch:DescribeAlarms', alarmsOf(place))];
  }
}

function allow(action: string, resource: string | readonly string[]): Statement {
  return { Effect: 'Allow', Action: [action], Resource: resource };
}

function ofGroups(action: string, groups: readonly string[], place: Place): readonly Statement[] {
  if (groups.length === 0) return [];
  return [
    allow(
      action,
      groups.map((group) => arn(place, 'logs', `log-group:${group}:*`)),
    ),
  ];
}

function alarmsOf(place: ExplainedPlace): string {
  const { cluster } = place;
  const whole = cluster.length <= CLUSTER_IN_ALARMS;
  return arn(place, 'cloudwatch', `alarm:ecs/${whole ? `${cluster}/` : cluster.slice(0, CLUSTER_IN_ALARMS)}*`);
}
