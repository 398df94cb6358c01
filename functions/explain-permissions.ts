import { arn, type Place } from './arns';
import type { ExplainPart } from './settings';

/**
 * What explaining needs of IAM, by part. The construct grants it; where a call is denied, the log says what is to be added.
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
  /** What the names of its alarms begin with. */
  readonly namePrefix?: string | undefined;
  /** Log groups whose last lines may be read, as IAM takes them. */
  readonly logGroups: readonly string[];
  /** Log groups whose lines are matched. */
  readonly matchedGroups: readonly string[];
}

/** What is longer is cut in the names of alarms. */
const NAME_IN_ALARMS = 180;

/**
 * What each action is limited to.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
 */
const RESOURCES = {
  'ecs:DescribeServices': (place) => arn(place, 'ecs', `service/${place.cluster}/*`),
  'ecs:ListServiceDeployments': (place) => arn(place, 'ecs', `service/${place.cluster}/*`),
  'ecs:DescribeServiceRevisions': (place) => arn(place, 'ecs', `service-revision/${place.cluster}/*`),
  // These two know no resources.
  'ecs:DescribeTaskDefinition': () => '*',
  'cloudwatch:GetMetricData': () => '*',
  'cloudwatch:DescribeAlarms': (place) => {
    const name = `${place.namePrefix ?? ''}ecs/${place.cluster}`;
    const isWhole = name.length <= NAME_IN_ALARMS;
    return arn(place, 'cloudwatch', `alarm:${isWhole ? `${name}/` : name.slice(0, NAME_IN_ALARMS)}*`);
  },
  'logs:GetLogEvents': (place) => groups(place, place.logGroups),
  'logs:FilterLogEvents': (place) => groups(place, place.matchedGroups),
} as const satisfies Readonly<Record<string, (place: ExplainedPlace) => string | readonly string[]>>;
export type ExplainAction = keyof typeof RESOURCES;

/** What each part asks for beyond what telling does. */
const NEEDED: Readonly<Record<ExplainPart, readonly ExplainAction[]>> = {
  why: [],
  changes: ['ecs:DescribeServiceRevisions', 'ecs:DescribeTaskDefinition'],
  lastLines: ['ecs:DescribeTaskDefinition', 'logs:GetLogEvents', 'logs:FilterLogEvents'],
  chart: ['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms'],
  dependencies: ['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms'],
};

/** What these parts need, each statement once. */
export function explainStatements(parts: readonly ExplainPart[], place: ExplainedPlace): readonly Statement[] {
  const actions = new Set(parts.flatMap((part) => NEEDED[part]));
  return [...actions].map((action) => explainStatement(action, place)).filter(({ Resource }) => Resource.length > 0);
}

export function explainStatement(action: ExplainAction, place: ExplainedPlace): Statement {
  return { Effect: 'Allow', Action: [action], Resource: RESOURCES[action](place) };
}

function groups(place: Place, names: readonly string[]): readonly string[] {
  return names.map((name) => arn(place, 'logs', `log-group:${name}:*`));
}
