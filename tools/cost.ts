/**
 * `npm run cost`: what each listed cluster has and what it costs a month, before anything is deployed. Counts what
 * Terraform would make; prices stand in tools/prices.json.
 *
 *   --services N    services of each cluster, listed or not: all are looked at (default: those listed)
 *   --alerts N      alerts a cluster and month (default 1000)
 *   --prices FILE   another table of prices
 *   --json          the same as JSON
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clusterCost, countsOf } from './cost-of-cluster';
import { pricesOf } from './cost-prices';
import { report } from './cost-report';
import { whole } from './run-tool';
import { configHere, stacksOf } from './synthesized';

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
  const table = pricesOf(options.prices, readFileSync(options.prices, 'utf8'));
  const services = options.services === undefined ? undefined : whole('--services', options.services);
  const alerts = whole('--alerts', options.alerts);
  const counts = stacksOf(configHere()).flatMap(countsOf);
  const costs = counts.map((cluster) => clusterCost(cluster, table, { alerts, services }));
  say(options.json ? JSON.stringify({ asOf: table.asOf, clusters: costs }, null, 2) : report(costs, table));
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
