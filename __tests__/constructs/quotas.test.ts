import type { TerraformStack } from 'cdktf';
import { type AlertsConfig, type ClusterConfig, EcsAlertsStack } from '../../constructs';
import { ASKED_AT_ONCE } from '../../constructs/time-to-ask';
import { PROBES_AT_ONCE } from '../../functions/watcher/probe-all';
import { testApp, untraced } from '../support/synth';

const SHOP: ClusterConfig = { account: 'prod', region: 'eu-west-1', name: 'shop' };

function stack(more: Partial<ClusterConfig>, count = 1): TerraformStack {
  const config: AlertsConfig = {
    slack: { channel: 'C0123456789', tokenParameter: '/slack' },
    accounts: { prod: { id: '111122223333' } },
    clusters: Array.from({ length: count }, (_, index) => ({ ...SHOP, name: `shop-${index}`, ...more })),
  };
  const [made] = untraced(() => EcsAlertsStack.forAll(testApp(), config));
  if (made === undefined) throw new Error('no stack');
  return made;
}

const CLOUDWATCH = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest';
const SERIES = `${CLOUDWATCH}/monitoring/cloudwatch-metrics-insights-limits.html`;
const FILTERS = `${CLOUDWATCH}/logs/cloudwatch_limits_cwl.html`;
const WIDGETS = `${CLOUDWATCH}/monitoring/cloudwatch_limits.html`;

/** What is told at synth, with how bad it is. */
function told(made: TerraformStack): readonly string[] {
  return made.node
    .findAll()
    .flatMap((one) =>
      one.node.metadata
        .filter(({ type }) => /warn|error/.test(type))
        .map(({ type, data }) => `${type.split('/').at(-1)}: ${data}`),
    );
}

function many(count: number, own: object) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`service-${index}`, own]));
}

test('nothing is told of what fits', () => {
  expect(told(stack({ services: many(3, {}), dashboard: true }))).toEqual([]);
});

test('warns of what an account has by default', () => {
  const off = { stopped: false, scaledUp: false, scaledDown: false, taskStopped: false, crashLoop: false } as const;
  const source = 'https://docs.aws.amazon.com';

  expect(told(stack(off, 101))).toEqual([
    `warn: 202 alarms on Metrics Insights queries are made here, and an account has 200 in a region unless more were asked for: ${source}/AmazonCloudWatch/latest/monitoring/alarm-limits.html`,
    `warn: 404 rules on the default event bus are made here, and an account has 300 in a region unless more were asked for: ${source}/eventbridge/latest/userguide/eb-quota.html`,
  ]);
});

test('warns of more services than one query returns, and of more alarms than are shown', () => {
  expect(told(stack({ services: many(501, {}), dashboard: true }))).toEqual([
    ...['cpu-high', 'memory-high'].map(
      (kind) => `warn: alarm ecs/shop-0/${kind} sees the 500 that use the most of 501 services: ${SERIES}`,
    ),
    'warn: the dashboard shows 500 of 503 alarms',
  ]);
});

test('refuses more metric filters than a log group can have', () => {
  const logs = [{ logGroup: 'shared', pattern: 'ERROR' }];

  expect(told(stack({ services: many(100, { logs }) }))).toEqual([]);
  expect(told(stack({ services: many(101, { logs }) }))).toEqual([
    `error: log group shared would have 101 metric filters of this stack, and cannot have more than 100: ${FILTERS}`,
  ]);
});

test('counts only the services that a query sees', () => {
  const services = { ...many(500, {}), web: { cpu: false as const }, worker: { cpu: { percent: 95 } } };

  expect(told(stack({ services }))).toEqual([
    `warn: alarm ecs/shop-0/memory-high sees the 500 that use the most of 502 services: ${SERIES}`,
  ]);
  expect(told(stack({ services, memory: false }))).toEqual([]);
});

test('counts the metric filters of a log group over all clusters of the stack', () => {
  const logs = [{ logGroup: 'shared', pattern: 'ERROR' }];

  expect(told(stack({ services: many(50, { logs }) }, 2))).toEqual([]);
  expect(told(stack({ services: many(51, { logs }) }, 2))).toEqual([
    `error: log group shared would have 102 metric filters of this stack, and cannot have more than 100: ${FILTERS}`,
  ]);
  expect(told(stack({ services: many(101, { logs }), logPattern: false }))).toEqual([]);
});

describe('endpoints', () => {
  const endpoints = (count: number, timeoutSeconds: number) => ({
    dependencies: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `health-${String(index).padStart(3, '0')}`,
        { endpoint: 'http://example.com/', timeoutSeconds, latencyMs: false as const },
      ]),
    ),
  });

  test.each([
    [200, 5],
    [100, 10],
    [520, 2],
  ])('%i with a timeout of %i s are asked in time', (count, timeoutSeconds) => {
    expect(told(stack(endpoints(count, timeoutSeconds)))).toEqual([]);
    expect(told(stack(endpoints(count + 2, timeoutSeconds)))).toEqual([
      `warn: there is no time to ask 2 endpoints in a minute in which none answers, health-${count} is the first of them: 20 are asked at once, within 55 s, set shorter timeoutSeconds`,
    ]);
  });

  test('are not told of where nobody asks them', () => {
    expect(told(stack({ ...endpoints(300, 10), dependency: false }))).toEqual([]);
  });

  test('are asked so many at once as the watcher does', () => {
    expect(ASKED_AT_ONCE).toBe(PROBES_AT_ONCE);
  });
});

test('refuses more widgets than a dashboard can have', () => {
  const dependencies = Object.fromEntries(
    Array.from({ length: 496 }, (_, index) => [`queue-${index}`, { sqsQueue: `queue-${index}` }]),
  );

  expect(told(stack({ dependencies, dashboard: true }))).toEqual([
    `error: the dashboard would have 504 widgets, and cannot have more than 500, set dashboard to false: ${WIDGETS}`,
  ]);
});
