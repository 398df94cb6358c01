import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcsAlertsStack } from '../../constructs';
import { clusterCost, countsOf, type Prices, sum } from '../../tools/cost-of-cluster';
import { testApp, untraced } from '../support/synth';

const table = JSON.parse(readFileSync(join(__dirname, '../../tools/prices.json'), 'utf8')) as Prices;

const [plain, more] = untraced(() => {
  const stacks = EcsAlertsStack.forAll(testApp(), {
    slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
    accounts: { prod: { id: '111122223333' } },
    clusters: [
      { account: 'prod', region: 'eu-west-1', name: 'plain', watcher: false },
      {
        account: 'prod',
        region: 'eu-west-1',
        name: 'more',
        services: { api: { maxTasks: 20, logs: [{ logGroup: '/api', pattern: 'ERROR' }] }, worker: {} },
        dependencies: { pay: { endpoint: 'https://pay.example.com/health' } },
        dashboard: true,
      },
    ],
  });
  return stacks.flatMap((stack) => {
    stack.prepareStack();
    return countsOf(stack.node.id, stack.toTerraform());
  });
});
if (plain === undefined || more === undefined) throw new Error('nothing was synthesized');

test('counts what Terraform makes for each cluster', () => {
  expect(plain).toMatchObject({ cluster: 'prod-eu-west-1/plain', alarms: 2, queries: 2, listedMetrics: 0 });
  expect(plain).toMatchObject({ listedServices: 0, hasWatcher: false });
  expect(more).toMatchObject({ listedServices: 2, logMetrics: 1, endpoints: 1, dashboards: 1, hasWatcher: true });
  // Three of each service, saturated on two metrics, a log pattern, three of the endpoint.
  expect(more).toMatchObject({ alarms: 2 + 2 * 3 + 1 + 1 + 3, listedMetrics: 2 * 3 + 2 + 1 + 3, queries: 2 });
});

test('bills a query by the services that it looks at, listed or not', () => {
  const metrics = (services: number) => clusterCost(more, table, { alerts: 0, services }).counts.alarmMetrics;

  expect(metrics(0)).toBe(12 + 2 * 2);
  expect(metrics(50)).toBe(12 + 2 * 50);
});

test('adds up, with another table of prices too, and marks what has no source', () => {
  const cost = clusterCost(plain, table, { alerts: 0, services: 100 });
  const twice = { ...table.prices, alarmMetricMonth: { usd: 0.2, per: 1 } };
  const dear = clusterCost(plain, { ...table, prices: twice }, { alerts: 0, services: 100 });

  expect(cost.lines[0]).toEqual({ what: 'alarms: 200 metrics', usd: 20, sourced: true });
  expect(dear.lines[0]).toEqual({ what: 'alarms: 200 metrics', usd: 40, sourced: false });
  expect(sum(dear.lines) - sum(cost.lines)).toBeCloseTo(20);
});
