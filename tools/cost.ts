/**
 * `npm run cost`: what the configured clusters cost a month, before anything is deployed. Counts what Terraform would
 * make; prices stand in tools/prices.json.
 *
 *   --services N    services of each cluster, listed or not, that the cluster-wide alarms look at (default: the listed)
 *   --alerts N      alerts a cluster and month (default 1000)
 *   --prices FILE   another table of prices
 *   --json          the same as JSON
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from 'cdktf';
import { EcsAlertsStack } from '../constructs';
import { clusterCost, countsOf, type Prices, sum } from './cost-of-cluster';

const { values: options } = parseArgs({
  options: {
    services: { type: 'string' },
    alerts: { type: 'string', default: '1000' },
    prices: { type: 'string', default: join(__dirname, 'prices.json') },
    json: { type: 'boolean' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

function main(): void {
  const { default: config } = require('../alerts.config') as typeof import('../alerts.config');
  const table = JSON.parse(readFileSync(options.prices, 'utf8')) as Prices;
  const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-cost-'));
  try {
    const stacks = EcsAlertsStack.forAll(new App({ outdir }), config);
    const clusters = stacks.flatMap((stack) => {
      stack.prepareStack();
      return countsOf(stack.node.id, stack.toTerraform());
    });
    const services = options.services === undefined ? undefined : whole('--services', options.services);
    const alerts = whole('--alerts', options.alerts);
    const costs = clusters.map((counts) => clusterCost(counts, table, { alerts, services }));
    say(options.json ? JSON.stringify({ asOf: table.asOf, clusters: costs }, null, 2) : report(costs, table));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${option}: must be a whole number, got "${text}"`);
  return value;
}

function report(costs: readonly ReturnType<typeof clusterCost>[], table: Prices): string {
  const money = (usd: number) => usd.toFixed(2).padStart(9);
  const clusters = costs.map(({ cluster, counts, lines }) => {
    const { resources, alarms, alarmMetrics, watcherRuns } = counts;
    const runs = watcherRuns === 0 ? 'no watcher' : `${watcherRuns} runs of the watcher`;
    return [
      `${cluster}: ${resources} resources, ${alarms} alarms on ${alarmMetrics} metrics, ${runs}`,
      ...lines.map(({ what, usd, sourced }) => `${money(usd)}  ${what}${sourced ? '' : ' *'}`),
      `${money(sum(lines))}  a month`,
      '',
    ].join('\n');
  });
  const all = costs.flatMap(({ lines }) => lines);
  return [
    ...clusters,
    `${money(sum(all))}  ${table.currency} a month in all, without free tiers, at prices of ${table.asOf} (${table.region})`,
    ...(all.some(({ sourced }) => !sourced) ? ['           * a price without a source: look it up'] : []),
  ].join('\n');
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
