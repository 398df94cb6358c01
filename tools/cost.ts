/**
 * `npm run cost`: what each listed cluster has and what it costs a month, before anything is deployed. Counts what
 * Terraform would make; prices stand in tools/prices.json.
 *
 *   --services N    services of each cluster, listed or not: all are looked at (default: those listed)
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
import { clusterCost, countsOf } from './cost-of-cluster';
import { pricesOf } from './cost-prices';
import { report } from './cost-report';

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
  const table = pricesOf(options.prices, readFileSync(options.prices, 'utf8'));
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

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
