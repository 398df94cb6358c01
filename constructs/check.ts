import { inspect } from 'node:util';
import { Token } from 'cdktf';
import { z } from 'zod';
import { SEVERITIES } from '../functions/settings';
import type { AlertsConfig, EcsClusterAlertsProps } from './options';

/** Checks of everything that a user writes. All mistakes are told at once: place, rule, value. */

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const object = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape, { error: 'must be an object' });
const text = (pattern: RegExp, rule: string) => z.string({ error: rule }).regex(pattern, { error: rule });
/** May also be another resource's attribute, which is known only when it is deployed. */
const reference = (pattern: RegExp, rule: string) =>
  z.string({ error: rule }).refine((value) => Token.isUnresolved(value) || pattern.test(value), { error: rule });
const flag = z.boolean({ error: 'must be true or false' }).optional();
const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, { error: rule }).max(max, { error: rule }).optional();
};
const named = (what: string) => text(/^[\w-]{1,255}$/, `must be the ${what}: 1 to 255 letters, digits, - and _`);
const accountId = text(/^\d{12}$/, 'must be 12 digits');
const region = text(/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1');

const slackShape = {
  channel: text(/^[CG][A-Z0-9]{8,}$/, 'must be the ID of a channel such as C0123456789, not its name'),
  tokenParameter: text(/^(?!xox)[\w./-]{1,1011}$/, 'must be the name of an SSM parameter, never the token').optional(),
  tokenSecretArn: reference(
    /^arn:[\w-]+:secretsmanager:[\w:/+=.@!-]+-\w{6}$/,
    'must be the whole ARN of a secret, with the six characters at its end',
  ).optional(),
  broadcast: z
    .array(z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(', ')}` }), {
      error: 'must be a list of severities',
    })
    .optional(),
};
const utilization = z.union([z.literal(false), object({ percent: whole(1, 1000), minutes: whole(1, 60) })], {
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
  runtime: text(/^nodejs\d+\.x$/, 'must be a Node.js runtime such as nodejs24.x').optional(),
  logRetentionDays: z.literal(RETENTION_DAYS, { error: `must be one of ${RETENTION_DAYS.join(', ')}` }).optional(),
  pointInTimeRecovery: flag,
};
const services = z
  .record(named('name of an ECS service'), object(serviceShape), { error: 'must be an object' })
  .optional();

const propsSchema = object({
  ...clusterShape,
  clusterName: named('name of an ECS cluster'),
  accountId,
  accountName: text(/^[\w. -]{1,64}$/, 'must be 1 to 64 letters, digits, spaces and . - _').optional(),
  region,
  slack: object(slackShape),
  services,
});

const configSchema = object({
  ...clusterShape,
  slack: object(slackShape),
  accounts: z.record(
    text(/^[A-Za-z0-9][\w-]{0,31}$/, 'must be a short name: letters, digits, - and _'),
    object({
      id: accountId,
      deployRoleArn: text(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, 'must be the ARN of a role').optional(),
    }),
    { error: 'must be an object' },
  ),
  clusters: z
    .array(
      object({
        ...clusterShape,
        account: z.string({ error: 'must be a key of accounts' }),
        region,
        name: named('name of an ECS cluster'),
        services,
        slack: object(slackShape).partial().optional(),
      }),
      { error: 'must be a list of clusters' },
    )
    .min(1, { error: 'must have at least one cluster' }),
  s3State: object({
    bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket'),
    region,
    keyPrefix: z.string({ error: 'must be text' }).optional(),
  }).optional(),
  awsProviderVersion: text(
    /^(5\.[1-9]\d{2,}|([6-9]|[1-9]\d+)\.\d+)\.\d+$/,
    'must be an exact version such as 6.25.0, 5.100.0 or later',
  ).optional(),
});

/** Throws one error with every mistake in the construct's props. */
export function checkProps(place: string, props: EcsClusterAlertsProps): void {
  refuse(place, [...mistakesOf(propsSchema, props), ...tokenMistakes('slack', props?.slack)]);
}

/** Throws one error with every mistake in the configuration. */
export function checkConfig(config: AlertsConfig): void {
  refuse('alerts.config.ts', [
    ...mistakesOf(configSchema, config),
    ...tokenMistakes('slack', config?.slack),
    ...clusterMistakes(config),
  ]);
}

function refuse(place: string, mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  const message = `${place}: ${count}\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`;
  // A token that was put in a wrong place, be it as the name of an option, must not get into a log.
  const error = new Error(message.replace(/xox[a-z]-[\w-]+/g, 'xox…'));
  // Where in our code it was noticed helps nobody.
  error.stack = error.message;
  throw error;
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
  if (path.length === 0) return 'the configuration';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** The value as it was written. Not as JSON: that has no NaN, and throws at what is circular. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { compact: true, breakLength: Infinity });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** One token for all; a cluster may name one of its own, never two. */
function tokenMistakes(place: string, slack: unknown, isNeeded = true): string[] {
  if (!isObject(slack)) return [];
  const given = ['tokenParameter', 'tokenSecretArn'].filter((source) => slack[source] !== undefined).length;
  if (given === 1 || (given === 0 && !isNeeded)) return [];
  return [`${place}: must have either tokenParameter or tokenSecretArn, got ${given === 0 ? 'none' : 'both'}`];
}

/** What the schema cannot see: one value against another. Values of a wrong type are the schema's. */
function clusterMistakes(config: unknown): string[] {
  const { accounts, clusters } = isObject(config) ? config : {};
  const list: readonly unknown[] = Array.isArray(clusters) ? clusters : [];
  const first = new Map<string, number>();
  return list.flatMap((cluster, index) => {
    if (!isObject(cluster) || !isObject(accounts)) return [];
    const { account, region: where, name, slack } = cluster;
    const mistakes = tokenMistakes(`clusters[${index}].slack`, slack, false);
    if (typeof account !== 'string') return mistakes;
    const known = Object.hasOwn(accounts, account) ? accounts[account] : undefined;
    if (known === undefined) {
      const names = Object.keys(accounts).join(', ');
      mistakes.push(`clusters[${index}].account: must be one of ${names}, got ${shown(account)}`);
    }
    if (typeof where !== 'string' || typeof name !== 'string') return mistakes;
    // Two names of one account are one account.
    const id = isObject(known) && typeof known['id'] === 'string' ? known['id'] : account;
    const key = [id, where, name].join('/');
    const before = first.get(key);
    if (before === undefined) first.set(key, index);
    else mistakes.push(`clusters[${index}]: is listed twice, first as clusters[${before}], got ${shown(name)}`);
    return mistakes;
  });
}
