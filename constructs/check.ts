import { z } from 'zod';
import { SEVERITIES } from '../functions/settings';
import type { AlertsConfig, EcsClusterAlertsProps } from './options';

/** Checks of everything that a user writes. All mistakes are told at once: place, rule, value. */

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const text = (pattern: RegExp, rule: string) => z.string({ error: rule }).regex(pattern, { error: rule });
const flag = z.boolean({ error: 'must be true or false' }).optional();
const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, { error: rule }).max(max, { error: rule }).optional();
};
const named = (what: string) => text(/^[\w-]{1,255}$/, `must be the ${what}: 1 to 255 letters, digits, - and _`);
const accountId = text(/^\d{12}$/, 'must be 12 digits');
const region = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1');

const slackShape = {
  channel: text(/^[CG][A-Z0-9]{8,}$/, 'must be the ID of a channel such as C0123456789, not its name'),
  tokenParameter: text(/^(?!xox)[\w./-]{1,1011}$/, 'must be the name of an SSM parameter, never the token').optional(),
  tokenSecretArn: text(/^arn:[\w-]+:secretsmanager:[\w:/+=.@!-]+$/, 'must be the ARN of a secret').optional(),
  broadcast: z.array(z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(', ')}` })).optional(),
};
const utilization = z.union([z.literal(false), z.strictObject({ percent: whole(1, 1000), minutes: whole(1, 60) })], {
  error: 'must be { percent, minutes } or false',
});
const serviceShape = { stopped: flag, scaledUp: flag, scaledDown: flag };
const clusterShape = {
  ...serviceShape,
  cpu: utilization.optional(),
  memory: utilization.optional(),
  taskStopped: flag,
  deployment: flag,
  containerInsights: flag,
  quietMinutes: whole(1, 10_080),
  reopenMinutes: whole(0, 10_080),
};
const services = z.record(named('name of an ECS service'), z.strictObject(serviceShape)).optional();

const propsSchema = z.strictObject({
  ...clusterShape,
  clusterName: named('name of an ECS cluster'),
  accountId,
  accountName: text(/^[\w. -]{1,64}$/, 'must be 1 to 64 letters, digits, spaces and . - _').optional(),
  region,
  slack: z.strictObject(slackShape),
  services,
  runtime: text(/^nodejs\d+\.x$/, 'must be a Node.js runtime such as nodejs24.x').optional(),
  logRetentionDays: z.literal(RETENTION_DAYS, { error: `must be one of ${RETENTION_DAYS.join(', ')}` }).optional(),
  pointInTimeRecovery: flag,
});

const configSchema = z.strictObject({
  ...clusterShape,
  slack: z.strictObject(slackShape),
  accounts: z.record(
    text(/^[A-Za-z0-9][\w-]{0,31}$/, 'must be a short name: letters, digits, - and _'),
    z.strictObject({
      id: accountId,
      deployRoleArn: text(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, 'must be the ARN of a role').optional(),
    }),
  ),
  clusters: z.array(
    z.strictObject({
      ...clusterShape,
      account: z.string({ error: 'must be a key of accounts' }),
      region,
      name: named('name of an ECS cluster'),
      services,
      slack: z.strictObject(slackShape).partial().optional(),
    }),
    { error: 'must be a list of clusters' },
  ),
  s3State: z
    .strictObject({
      bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket'),
      region,
      keyPrefix: z.string({ error: 'must be text' }).optional(),
    })
    .optional(),
  awsProviderVersion: text(/^\d+\.\d+\.\d+$/, 'must be an exact version such as 6.25.0').optional(),
});

/** Throws one error with every mistake in the construct's props. */
export function checkProps(place: string, props: EcsClusterAlertsProps): void {
  refuse(place, [...mistakesOf(propsSchema, props), ...tokenMistakes('slack', props.slack)]);
}

/** Throws one error with every mistake in the configuration. */
export function checkConfig(config: AlertsConfig): void {
  refuse('alerts.config.ts', [
    ...mistakesOf(configSchema, config),
    ...tokenMistakes('slack', config?.slack),
    ...accountMistakes(config),
  ]);
}

function refuse(place: string, mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  throw new Error(`${place}: ${count}\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`);
}

function mistakesOf(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value, { reportInput: true });
  return (error?.issues ?? []).flatMap((issue) => told(issue));
}

function told(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${placeOf([...issue.path, key])}: is not an option`);
  }
  // The key of a record is wrong: the place is the key, what is wrong stands inside.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => line(issue.path, message, issue.input));
  // Of a choice, the branch that got furthest says what is wrong.
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.find((branch) => branch.some(({ path }) => path.length > 0)) ?? [];
    if (inner.length > 0) return inner.flatMap((one) => told({ ...one, path: [...issue.path, ...one.path] }));
  }
  return [line(issue.path, issue.message, issue.input)];
}

function line(path: readonly PropertyKey[], rule: string, value: unknown): string {
  return value === undefined
    ? `${placeOf(path)}: is missing, ${rule}`
    : `${placeOf(path)}: ${rule}, got ${shown(value)}`;
}

/** `clusters[1].services.api.stopped` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** The value as it was written; a token that was put in a wrong place must not get into a log. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).replace(/xox[a-z]-[\w-]+/g, 'xox…');
}

function tokenMistakes(place: string, slack: EcsClusterAlertsProps['slack'] | undefined): string[] {
  if (slack === undefined) return [];
  const given = [slack.tokenParameter, slack.tokenSecretArn].filter((source) => source !== undefined).length;
  return given === 1
    ? []
    : [`${place}: must have either tokenParameter or tokenSecretArn, got ${given === 0 ? 'none' : 'both'}`];
}

function accountMistakes({ accounts, clusters }: AlertsConfig): string[] {
  const known = Object.keys(accounts ?? {});
  const list = Array.isArray(clusters) ? clusters : [];
  const first = new Map<string, number>();
  return list.flatMap((cluster, index) => {
    const { account, region: where, name } = cluster ?? {};
    const id = accounts?.[account]?.id ?? account;
    const key = [id, where, name].join('/');
    const before = first.get(key);
    first.set(key, before ?? index);
    return [
      ...(typeof account === 'string' && !known.includes(account)
        ? [`clusters[${index}].account: must be one of ${known.join(', ')}, got ${shown(account)}`]
        : []),
      ...(before === undefined
        ? []
        : [`clusters[${index}]: is listed twice, first as clusters[${before}], got ${shown(name)}`]),
    ];
  });
}
