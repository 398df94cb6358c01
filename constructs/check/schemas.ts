import { z } from 'zod';
import { EXPLAIN_PARTS, KINDS, SEVERITIES } from '../../functions/settings';
import { isRuntime } from '../runtimes';
import { dependencyNames } from './dependencies';
import { isObject, type Path } from './mistakes';
import {
  flag,
  kindShape,
  list,
  named,
  object,
  one,
  REGION,
  record,
  reference,
  text,
  toggle,
  webUrl,
  whole,
} from './rules';

/** What a user may write: the shape of it, and each value by itself. */

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html: 50, three of them ours. */
const TAGS_MAX = 47;

const accountId = text(/^\d{12}$/, 'must be 12 digits');
const region = text(REGION, 'must be a region such as eu-west-1');

const whereItIsTold = {
  channel: text(/^[CG][A-Z0-9]{8,}$/, 'must be the ID of a channel such as C0123456789, not its name'),
  broadcast: list(one(SEVERITIES), 'severities').optional(),
};
const slackShape = {
  ...whereItIsTold,
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  tokenParameter: text(
    /^(?=.{1,1011}$)((\/[\w.-]+)+|[\w.-]+)$/,
    'must be the name of an SSM parameter such as /ecs-alerts/slack-bot-token, never the token',
  )
    .regex(/^(?!\/?(aws|ssm))/i, { error: 'must not begin with aws or ssm: AWS keeps these names' })
    .optional(),
  tokenSecretArn: reference(
    /^arn:[\w-]+:secretsmanager:[\w:/+=.@!-]+-\w{6}$/,
    'must be the whole ARN of a secret, with the six characters at its end',
  ).optional(),
};

const plain = toggle(kindShape);
const utilization = toggle({ ...kindShape, percent: whole(1, 1000), minutes: whole(1, 60) });
const lasting = toggle({ ...kindShape, minutes: whole(1, 60) });
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: five, one of them the topic
const ACTIONS_MAX = 4;
const actions = list(
  reference(/^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12})?:\S{1,900}$/, 'must be the ARN of what an alarm can tell'),
  'ARNs',
).max(ACTIONS_MAX, { error: `must be at most ${ACTIONS_MAX} ARNs` });
const watchShape = {
  cpu: utilization,
  memory: utilization,
  saturated: utilization,
  stopped: lasting,
  scaledUp: plain,
  scaledDown: plain,
  scaledToMax: plain,
  underDesired: lasting,
  taskStopped: plain,
  crashLoop: toggle({ ...kindShape, stops: whole(2, 100), minutes: whole(1, 1440) }),
  deployment: plain,
  deploymentFailed: plain,
  serviceProblem: plain,
  logPattern: plain,
  alarmActions: object({ critical: actions, warning: actions, info: actions }).partial().optional(),
  explain: toggle({
    ...Object.fromEntries(EXPLAIN_PARTS.map((part) => [part, flag])),
    logGroups: list(
      reference(/^[\w./#*-]{1,512}$/, 'must be the name of a log group, * for anything in it'),
      'names of log groups',
    ).optional(),
  }),
  quietMinutes: whole(1, 10_080),
  reopenMinutes: whole(0, 10_080),
  remindMinutes: whole(0, 10_080),
  deploymentMinutes: whole(1, 1440),
  runbook: webUrl.optional(),
  runbooks: object(Object.fromEntries(KINDS.map((kind) => [kind, webUrl.optional()]))).optional(),
};

const logPattern = object({
  logGroup: reference(/^[\w./#-]{1,512}$/, 'must be the name of a log group'),
  pattern: z
    .string({ error: 'must be a filter pattern of 1 to 1024 characters' })
    .min(1, { error: 'must be a filter pattern of 1 to 1024 characters' })
    .max(1024, { error: 'must be a filter pattern of 1 to 1024 characters' }),
  name: named('name of a log pattern', 64).optional(),
  count: whole(1, 1_000_000),
  minutes: whole(1, 1440),
});
const ownShape = {
  slack: object(whereItIsTold).partial().optional(),
  maxTasks: whole(1, 10_000),
  dependsOn: dependencyNames.optional(),
  logs: list(logPattern, '{ logGroup, pattern }').optional(),
};
const service = object({ ...watchShape, ...ownShape });

const RUNTIME_RULE = 'must be a Node.js runtime such as nodejs24.x, nodejs20.x or later';

const tags = record(
  text(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu, 'must be the key of a tag, and not begin with aws:'),
  reference(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, 'must be the value of a tag: letters, digits and _.:/=+-@'),
).refine((value) => !isObject(value) || Object.keys(value).length <= TAGS_MAX, {
  error: `must have at most ${TAGS_MAX} tags`,
});
const topicArn = reference(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of an SNS topic');
const clusterShape = {
  ...watchShape,
  dependency: plain,
  containerInsights: flag,
  watcher: flag,
  dashboard: flag,
  opsTopicArn: topicArn.optional(),
  tags: tags.optional(),
  namePrefix: text(/^[\w-]{1,16}$/, 'must be 1 to 16 letters, digits, - and _').optional(),
  kmsKeyArn: reference(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a key').optional(),
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
  permissionsBoundaryArn: reference(
    /^arn:[\w-]+:iam::(\d{12}|aws):policy\/[\x21-\x7a\x7c\x7e]+$/,
    'must be the ARN of a policy',
  ).optional(),
  runtime: z
    .string({ error: RUNTIME_RULE })
    .refine((value) => isRuntime(value), { error: RUNTIME_RULE })
    .optional(),
  logRetentionDays: z.literal(RETENTION_DAYS, { error: `must be one of ${RETENTION_DAYS.join(', ')}` }).optional(),
  pointInTimeRecovery: flag,
};
const ids = (beginning: string, of: string, max: number) => {
  const rule = `must be a list of 1 to ${max} IDs of ${of}`;
  const id = reference(new RegExp(`^${beginning}-[0-9a-f]+$`), `must be an ID such as ${beginning}-0123456789abcdef0`);
  return z.array(id, { error: rule }).min(1, { error: rule }).max(max, { error: rule });
};
const contentShape = {
  services: record(named('name of an ECS service'), service).optional(),
  // What is in one is told apart, by its kind.
  dependencies: record(named('name of a dependency', 64), z.looseObject({}, { error: 'must be an object' })).optional(),
  // https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
  vpc: object({
    subnetIds: ids('subnet', 'subnets', 16),
    securityGroupIds: ids('sg', 'security groups', 5),
    notifier: flag,
  }).optional(),
  topicArn: topicArn.optional(),
};

export const propsSchema = object({
  ...clusterShape,
  ...contentShape,
  clusterName: named('name of an ECS cluster'),
  accountId,
  accountName: text(/^[\w. -]{1,64}$/, 'must be 1 to 64 letters, digits, spaces and . - _').optional(),
  region,
  slack: object(slackShape),
});

export const configSchema = object({
  ...clusterShape,
  slack: object(slackShape),
  accounts: record(
    text(/^[A-Za-z0-9][\w-]{0,31}$/, 'must be a short name: letters, digits, - and _'),
    object({
      id: accountId,
      // https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
      deployRoleArn: text(
        /^arn:[\w-]+:iam::\d{12}:role\/[\x21-\x7a\x7c\x7e]+$/,
        'must be the ARN of a role',
      ).optional(),
    }),
  ),
  clusters: list(
    object({
      ...clusterShape,
      ...contentShape,
      account: z.string({ error: 'must be a key of accounts' }),
      region,
      name: named('name of an ECS cluster'),
      slack: object(slackShape).partial().optional(),
    }),
    'clusters',
  ).min(1, { error: 'must have at least one cluster' }),
  s3State: object({
    bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket'),
    region,
    // Terraform takes no expressions here.
    keyPrefix: text(/^[^{}]*$/, 'must be text without braces').optional(),
  }).optional(),
  awsProviderVersion: text(
    /^(5\.[1-9]\d{2,}|([6-9]|[1-9]\d+)\.\d+)\.\d+$/,
    'must be an exact version such as 6.25.0, 5.100.0 or later',
  ).optional(),
});

const ofServices = new Set(Object.keys(ownShape));
const ofClusters = new Set(Object.keys({ ...clusterShape, ...contentShape }));

/** Says where an option belongs that is none where it stands. */
export function optionElsewhere(path: Path): string | undefined {
  const option = String(path.at(-1));
  // `services.api.vpc`, `clusters[0].maxTasks`
  if (path.at(-3) === 'services') return ofClusters.has(option) ? 'is an option of the cluster' : undefined;
  if (path.length !== 1 && path.at(-3) !== 'clusters') return undefined;
  if (ofServices.has(option)) return 'is an option of a service';
  return ofClusters.has(option) ? 'is an option of a cluster' : undefined;
}
