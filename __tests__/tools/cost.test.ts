import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcsAlertsStack } from '../../constructs';
import { clusterCost, countsOf, sum } from '../../tools/cost-of-cluster';
import { pricesOf } from '../../tools/cost-prices';
import { report } from '../../tools/cost-report';
import { testApp, untraced } from '../support/synth';

const text = readFileSync(join(__dirname, '../../tools/prices.json'), 'utf8');
const table = pricesOf('prices.json', text);

const [plain, more, apart] = untraced(() => {
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
      {
        account: 'prod',
        region: 'eu-west-1',
        name: 'apart',
        services: { api: { cpu: { percent: 95 } }, worker: { cpu: false, memory: false }, web: {} },
      },
    ],
  });
  return stacks.flatMap((stack) => {
    stack.prepareStack();
    return countsOf({ name: stack.node.id, terraform: stack.toTerraform() });
  });
});
if (plain === undefined || more === undefined || apart === undefined) throw new Error('nothing was synthesized');

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

test('does not bill a query by services that it leaves out', () => {
  expect(apart).toMatchObject({ queries: 2, leftOut: 3 });
  // Three of each service, one limit of CPU; two queries on three services without the three that are left out.
  expect(clusterCost(apart, table, { alerts: 0 }).counts.alarmMetrics).toBe(3 * 3 + 1 + 2 * 3 - 3);
});

test('reports what each cluster has and its price, and asks how many services there are where none is listed', () => {
  const lines = (counts: typeof plain, services?: number) =>
    report([clusterCost(counts, table, { alerts: 1000, services })], table).split('\n');
  const hint = '           no service is listed, and all are looked at: say how many there are with --services N';

  expect(lines(plain).slice(0, 2)).toEqual([
    'prod-eu-west-1/plain: 21 resources, 2 alarms on 0 metrics, no watcher',
    hint,
  ]);
  expect(lines(plain).at(-2)).toMatch(/^ +\d\.\d\d {2}USD a month in all, without free tiers, at prices of /);
  expect(lines(plain, 5)).not.toContain(hint);
  expect(lines(more)).not.toContain(hint);
});

test('names the prices that a table of one’s own has not', () => {
  const { sqsRequests: _missing, ...prices } = table.prices;
  const of = (own: object) => () => pricesOf('mine.json', JSON.stringify({ ...table, prices: own }));

  expect(of(prices)).toThrow('mine.json: missing or of a wrong type: prices.sqsRequests.usd');
  expect(of({ ...table.prices, logsIngestedGb: { usd: '0.5' }, sqsRequests: { usd: 1, per: 0 } })).toThrow(
    'mine.json: missing or of a wrong type: prices.logsIngestedGb.usd, prices.sqsRequests.per',
  );
  expect(() => pricesOf('mine.json', '{"prices": {}}')).toThrow('mine.json: missing or of a wrong type: asOf, region');
  expect(pricesOf('prices.json', text)).toEqual(table);
});

test('adds up, with another table of prices too, and marks what has no source', () => {
  const cost = clusterCost(plain, table, { alerts: 0, services: 100 });
  const twice = { ...table.prices, alarmMetricMonth: { usd: 0.2, per: 1 } };
  const dear = clusterCost(plain, { ...table, prices: twice }, { alerts: 0, services: 100 });

  expect(cost.lines[0]).toEqual({ what: 'alarms: 200 metrics', usd: 20, sourced: true });
  expect(dear.lines[0]).toEqual({ what: 'alarms: 200 metrics', usd: 40, sourced: false });
  expect(sum(dear.lines) - sum(cost.lines)).toBeCloseTo(20);
});
