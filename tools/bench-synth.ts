/** How long a synth takes, beside plain CDKTF making the very same resources, in turns, in the same run. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { type AlertsConfig, EcsAlertsStack } from '../constructs';
import { median } from './median';
import { makePlainly, recorded } from './plain-cdktf';

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

/** So many clusters of ten services each, over ten accounts and regions. */
export function benchSynth(clusters: number, rounds: number) {
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
