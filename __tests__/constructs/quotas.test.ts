import type { TerraformStack } from 'cdktf';
import { type AlertsConfig, type ClusterConfig, EcsAlertsStack } from '../../constructs';
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
    'warn: 501 services are listed, and the alarms on CPU and memory of the whole cluster see the 500 that use the most',
    'warn: the dashboard shows 500 of 503 alarms',
  ]);
});

test('refuses more metric filters than a log group can have', () => {
  const logs = [{ logGroup: 'shared', pattern: 'ERROR' }];

  expect(told(stack({ services: many(100, { logs }) }))).toEqual([]);
  expect(told(stack({ services: many(101, { logs }) }))).toEqual([
    'error: log group shared would have 101 metric filters, and cannot have more than 100',
  ]);
});

test('refuses more widgets than a dashboard can have', () => {
  const dependencies = Object.fromEntries(
    Array.from({ length: 496 }, (_, index) => [`queue-${index}`, { sqsQueue: `queue-${index}` }]),
  );

  expect(told(stack({ dependencies, dashboard: true }))).toEqual([
    'error: the dashboard would have 504 widgets, and cannot have more than 500: set dashboard to false',
  ]);
});
