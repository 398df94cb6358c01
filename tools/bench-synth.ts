/**
 * `npm run bench`: how long a synth takes, beside plain CDKTF making the very same resources, in turns, in this run.
 *
 *   --clusters LIST   numbers of clusters, of 10 services each, over ten accounts and regions (default 1,10,100)
 *   --rounds N        how often each is measured; the median counts (default 5)
 *   --json FILE       writes the numbers there too
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from 'cdktf';
import { type AlertsConfig, EcsAlertsStack } from '../constructs';
import { makePlainly, recorded } from './plain-cdktf';

const { values: options } = parseArgs({
  options: {
    clusters: { type: 'string', default: '1,10,100' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

const PLACES = 10;
const SERVICES = 10;

/** So many clusters, spread over ten accounts and regions. */
function configOf(clusters: number): AlertsConfig {
  const services = Object.fromEntries(Array.from({ length: SERVICES }, (_, index) => [`service-${index}`, {}]));
  const accounts = Array.from({ length: Math.min(PLACES, clusters) }, (_, index) => `account-${index}`);
  return {
    slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
    accounts: Object.fromEntries(accounts.map((name, index) => [name, { id: `${index}`.padStart(12, '1') }])),
    clusters: Array.from({ length: clusters }, (_, index) => {
      const account = accounts[index % accounts.length] ?? '';
      return { account, region: 'eu-west-1', name: `cluster-${index}`, services };
    }),
  };
}

function milliseconds(build: (app: App) => void): number {
  const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-bench-'));
  const startedAtMs = performance.now();
  const app = new App({ outdir });
  build(app);
  app.synth();
  const took = performance.now() - startedAtMs;
  rmSync(outdir, { recursive: true });
  return took;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function measure(clusters: number, rounds: number) {
  const config = configOf(clusters);
  const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-bench-'));
  const stacks = recorded(EcsAlertsStack.forAll(new App({ outdir }), config));
  rmSync(outdir, { recursive: true });
  const ours: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(milliseconds((app) => void EcsAlertsStack.forAll(app, config)));
    plain.push(milliseconds((app) => makePlainly(app, stacks)));
  }
  const resources = stacks.reduce((total, stack) => total + stack.resources.length, 0);
  const [oursMs, plainMs] = [median(ours), median(plain)];
  return { clusters, resources, oursMs, plainMs, ratio: oursMs / plainMs };
}

const rounds = Number(options.rounds);
const rows = options.clusters.split(',').map((clusters) => measure(Number(clusters), rounds));
const line = (cells: readonly string[]) => process.stdout.write(`${cells.map((cell) => cell.padStart(12)).join('')}\n`);
line(['clusters', 'resources', 'ours ms', 'plain ms', 'ratio']);
for (const { clusters, resources, oursMs, plainMs, ratio } of rows) {
  line([`${clusters}`, `${resources}`, oursMs.toFixed(0), plainMs.toFixed(0), ratio.toFixed(2)]);
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ synth: rows }, null, 2)}\n`);
