import { z } from 'zod';
import { ENDPOINT } from '../alarms/dependency-checks/measured';
import { fieldOf, isObject, line, mistakesOf, noOption, type Path, placeOf, shown } from './mistakes';
import { isSecretKey } from './redacted';
import { kindShape, list, object, one, record, reference, text, webUrl, whole } from './rules';

/** Checks of what services lean on: each dependency is exactly one kind of thing. */

const telling = { ...kindShape, runbook: webUrl.optional() };
const lasting = { minutes: whole(1, 60) };

const limit = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const all = { ...shape, ...lasting };
  const rule = `must be true, false or { ${Object.keys(all).join(', ')} }`;
  return z.union([z.boolean(), object(all)], { error: rule }).optional();
};
/** Has no default: nobody here knows what is too much. */
const given = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const all = { ...shape, ...lasting };
  const rule = `must be false or { ${Object.keys(all).join(', ')} }`;
  return z.union([z.literal(false), object(all)], { error: rule }).optional();
};

const percent = { percent: whole(1, 100) };
const count = { count: whole(1, 1_000_000) };
const share = { ...percent, minimumRequests: whole(1, 1_000_000) };
const megabytes = { mb: whole(1, 1_000_000) };
const gigabytes = { gb: whole(1, 100_000) };
const connections = given({ count: needed(whole(1, 1_000_000)) });
const seconds = z
  .number({ error: 'must be a number above 0 and up to 4000' })
  .gt(0, { error: 'must be a number above 0 and up to 4000' })
  .max(4000, { error: 'must be a number above 0 and up to 4000' });

function needed<Value extends z.ZodType>(schema: z.ZodOptional<Value>): Value {
  return schema.unwrap();
}

const cluster = (what: string) =>
  reference(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, `must be the identifier of ${what}, such as orders`);
const loadBalancer = reference(
  /^app\/[\w-]{1,32}\/[0-9a-f]+$/,
  'must be the end of the ARN of an Application Load Balancer, such as app/shop/50dc6c495c0c9188',
);

const statusCode = whole(100, 599);
/** Longer, and not many of them could be asked within a minute. */
const TIMEOUT_MAX = 10;
const LATENCY_MAX = TIMEOUT_MAX * 1000 - 1;
/** Names and words have no braces: with a $ before them they would be something else for Terraform. */
const namespace = text(/^[^:{}][\x20-\x7a\x7c\x7e]{0,254}$/, 'must be a namespace of CloudWatch, such as AWS/Kafka');
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html: 30 of them at most. */
const dimensions = record(
  text(/^[^:\s{}][\x20-\x7a\x7c\x7e]{0,254}$/, 'must be the name of a dimension'),
  reference(/^[\x20-\x7a\x7c\x7e]{1,1024}$/, 'must be the value of a dimension: 1 to 1024 ASCII characters'),
).refine((value) => !isObject(value) || Object.keys(value).length <= 30, { error: 'must have at most 30 dimensions' });

const DAY_SECONDS = 86_400;

const metric = object({
  namespace,
  metricName: text(/^[\x20-\x7a\x7c\x7e]{1,255}$/, 'must be the name of a metric'),
  dimensions: dimensions.optional(),
  statistic: text(
    /^(Average|Minimum|Maximum|Sum|SampleCount|p(\d{1,2}(\.\d{1,10})?|100))$/,
    'must be Average, Minimum, Maximum, Sum, SampleCount or a percentile such as p99',
  ),
  comparison: one(['>', '>=', '<', '<=']),
  threshold: z.number({ error: 'must be a number' }),
  minutes: needed(whole(1, 10_080)),
  period: z
    .int({ error: 'must be a multiple of 60 up to 86400' })
    .min(60, { error: 'must be a multiple of 60 up to 86400' })
    .max(DAY_SECONDS, { error: 'must be a multiple of 60 up to 86400' })
    .multipleOf(60, { error: 'must be a multiple of 60 up to 86400' })
    .optional(),
  measure: text(/^[^\s{}][^{}]{0,59}$/, 'must be 1 to 60 characters without braces').optional(),
  unit: text(/^[^\s{}][^{}]{0,19}$/, 'must be 1 to 20 characters without braces').optional(),
  missing: one(['breaching', 'notBreaching', 'ignore']).optional(),
});

/** By the option that says which kind it is. */
const SCHEMAS = {
  rdsInstance: object({
    ...telling,
    rdsInstance: cluster('an RDS DB instance'),
    cpu: limit(percent),
    freeStorage: limit(gigabytes),
    freeMemory: limit(megabytes),
    connections,
  }),
  auroraCluster: object({
    ...telling,
    auroraCluster: cluster('an Aurora DB cluster'),
    cpu: limit(percent),
    freeMemory: limit(megabytes),
    freeLocalStorage: limit(gigabytes),
    connections,
  }),
  targetGroup: object({
    ...telling,
    targetGroup: reference(
      /^targetgroup\/[\w-]{1,32}\/[0-9a-f]+$/,
      'must be the end of the ARN of a target group, such as targetgroup/orders/73e2d6bc24d8a067',
    ),
    loadBalancer,
    healthyHosts: limit(count),
    unhealthyHosts: limit(count),
    errors: limit(share),
    responseTime: given({ seconds }),
  }),
  loadBalancer: object({ ...telling, loadBalancer, errors: limit(share), rejectedConnections: limit(count) }),
  elastiCacheCluster: object({
    ...telling,
    elastiCacheCluster: reference(
      /^[A-Za-z][A-Za-z0-9-]{0,49}$/,
      'must be the ID of a cache cluster, such as orders-001',
    ),
    engineCpu: limit(percent),
    memory: limit(percent),
  }),
  sqsQueue: object({
    ...telling,
    sqsQueue: reference(/^[\w-]{1,80}(\.fifo)?$/, 'must be the name of a queue, not its URL'),
    oldestMessage: limit({ ageMinutes: whole(1, 20_160) }),
  }),
  dynamoDbTable: object({
    ...telling,
    dynamoDbTable: reference(/^[\w.-]{3,255}$/, 'must be the name of a table'),
    throttledRequests: limit(count),
  }),
  endpoint: object({
    ...telling,
    endpoint: webUrl,
    timeoutSeconds: whole(1, TIMEOUT_MAX),
    status: object({ from: statusCode, to: statusCode }).optional(),
    latencyMs: z
      .union([z.literal(false), needed(whole(1, LATENCY_MAX))], {
        error: `must be false or a whole number from 1 to ${LATENCY_MAX}`,
      })
      .optional(),
    certificateDays: z
      .union([z.literal(false), needed(whole(1, 365))], {
        error: 'must be false or a whole number from 1 to 365',
      })
      .optional(),
    ...lasting,
  }),
  metric: object({ ...telling, metric }),
} as const;

type KindOfDependency = keyof typeof SCHEMAS;
const KINDS = Object.keys(SCHEMAS) as KindOfDependency[];
const OPTIONS = new Set(Object.values(SCHEMAS).flatMap(({ shape }) => Object.keys(shape)));

/** All that is wrong with one dependency. `watcher`: whether there is one that could ask an endpoint. */
export function dependencyMistakes(path: Path, dependency: unknown, watcher: boolean): string[] {
  // What is no object is told by the schema of the cluster.
  if (!isObject(dependency) || Array.isArray(dependency)) return [];
  const kinds = kindsOf(dependency);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const got = kind === undefined ? 'none' : kinds.join(' and ');
    return [
      `${placeOf(path)}: must have exactly one of ${KINDS.join(', ')}, got ${got}`,
      ...Object.keys(dependency).flatMap((key) => (OPTIONS.has(key) ? [] : [noOption([...path, key])])),
    ];
  }
  return [
    ...mistakesOf(SCHEMAS[kind], dependency, path),
    ...(kind === 'endpoint' ? endpointMistakes(path, dependency, watcher) : []),
    ...(kind === 'metric' ? metricMistakes(path, dependency['metric']) : []),
  ];
}

/** A target group is named with its load balancer. */
function kindsOf(dependency: Readonly<Record<string, unknown>>): readonly KindOfDependency[] {
  const kinds = KINDS.filter((kind) => dependency[kind] !== undefined);
  return kinds.includes('targetGroup') ? kinds.filter((kind) => kind !== 'loadBalancer') : kinds;
}

/** One value against another. Values of a wrong type are the schema's. */
function endpointMistakes(path: Path, dependency: Readonly<Record<string, unknown>>, watcher: boolean): string[] {
  const { endpoint, status, latencyMs, timeoutSeconds = ENDPOINT.timeoutSeconds } = dependency;
  const from = fieldOf(status, 'from') ?? ENDPOINT.status.from;
  const to = fieldOf(status, 'to') ?? ENDPOINT.status.to;
  const isBackwards = typeof from === 'number' && typeof to === 'number' && from > to;
  const timeoutMs = typeof timeoutSeconds === 'number' ? timeoutSeconds * 1000 : Number.NaN;
  // Above the most, the schema has said enough.
  const isTooSlow = typeof latencyMs === 'number' && latencyMs <= LATENCY_MAX && latencyMs >= timeoutMs;
  return [
    ...(watcher ? [] : [`${placeOf([...path, 'endpoint'])}: needs the watcher, got watcher: false`]),
    ...secretKeys(endpoint).map(
      (key) =>
        `${placeOf([...path, 'endpoint'])}: must have no secret in its query, it would reach the state, got ${key}`,
    ),
    ...(isBackwards ? [`${placeOf([...path, 'status'])}: must not end before it begins, got ${from} to ${to}`] : []),
    ...(isTooSlow ? [line([...path, 'latencyMs'], `must be below the timeout, ${timeoutMs} ms`, latencyMs)] : []),
  ];
}

function secretKeys(endpoint: unknown): readonly string[] {
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return [];
  return [...new Set(new URL(endpoint).searchParams.keys())].filter(isSecretKey);
}

/**
 * How far back an alarm looks.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
function metricMistakes(path: Path, value: unknown): string[] {
  const { minutes, period = 60 } = isObject(value) ? value : {};
  if (!Number.isInteger(minutes) || typeof minutes !== 'number') return [];
  if (typeof period !== 'number' || period < 60 || period % 60 !== 0) return [];
  const place = [...path, 'metric', 'minutes'];
  if ((minutes * 60) % period !== 0) {
    return [line(place, `must be a multiple of the period of ${shown(period / 60)} minutes`, minutes)];
  }
  const isLong = period < 3600 && minutes * 60 > DAY_SECONDS;
  return isLong ? [line(place, 'must be at most 1440 with a period below an hour', minutes)] : [];
}

export const dependencyNames = list(z.string({ error: 'must be the name of a dependency' }), 'names of dependencies');
