/**
 * `npm run bench`: what an alert storm, a start, an alert and a synth cost, each beside something measured in the same run.
 *
 *   --only LIST       of storm, start, alert, explain, memory, synth (default: all)
 *   --seeds LIST      storms with these seeds, with and without explanation (default 1 to 20)
 *   --rounds N        how often starts and synths are measured; the median counts (default 15)
 *   --node PATH       another Node, whose starts are measured besides this one's
 *   --clusters LIST   synths of so many clusters of ten services (default 1,10,100)
 *   --json FILE       where the numbers go (default .cache/bench.json)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { alertCost } from '../__tests__/under-fire/alert-cost';
import { runStorm, type StormResult } from '../__tests__/under-fire/storm';
import { benchExplain } from './bench-explain';
import { benchMemory, benchStart } from './bench-function';
import { benchSynth } from './bench-synth';

/** Memory first: what this process needs for the others would count with it. */
const PARTS = ['memory', 'storm', 'start', 'alert', 'explain', 'synth'] as const;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS.join() },
    seeds: { type: 'string', default: Array.from({ length: 20 }, (_, index) => index + 1).join() },
    rounds: { type: 'string', default: '15' },
    node: { type: 'string' },
    clusters: { type: 'string', default: '1,10,100' },
    json: { type: 'string', default: '.cache/bench.json' },
  },
});

type Row = Readonly<Record<string, string | number>>;

const rounds = Number(options.rounds);
const numbers = (list: string) => list.split(',').map(Number);

/** What each part measures, and what it is. */
const MEASURES: Readonly<Record<(typeof PARTS)[number], { readonly of: string; readonly rows: () => Promise<Row[]> }>> =
  {
    storm: {
      of: '1,000 alerts of 20 services within 5 s, Slack at one message a second; limits: 250 calls, 1.2 × least, 1.2 s a post',
      rows: async () => {
        const rows: Row[] = [];
        const parents = { with: [] as number[], without: [] as number[] };
        for (const explanation of ['without', 'with'] as const) {
          const storms: StormResult[] = [];
          for (const seed of numbers(options.seeds)) {
            storms.push(await runStorm(seed, { explain: explanation === 'with' }));
          }
          const between = (of: (storm: StormResult) => number) => range(storms.map(of));
          parents[explanation].push(...storms.flatMap(({ parentSeconds }) => parentSeconds));
          rows.push({
            explanation,
            storms: storms.length,
            parents: between(({ account }) => account.parents),
            lost: between(({ account }) => account.lost.length),
            doubled: between(({ account }) => account.doubled.length),
            'Slack calls': between(({ calls }) => calls),
            'of least': between(({ calls, leastCalls }) => calls / leastCalls),
            '429s': between(({ limited }) => limited),
            posts: between((storm) => storm.posts),
            'told in s': between(({ seconds }) => seconds),
            's a post': between((storm) => storm.seconds / storm.posts),
            'parents p95 s': percentile95(parents[explanation]),
            'explained by s': between(({ explainedSeconds }) => explainedSeconds),
          });
        }
        const ratio = percentile95(parents.with) / percentile95(parents.without);
        rows.push({ explanation: 'ratio', 'parents p95 s': ratio });
        return rows;
      },
    },
    start: {
      of: 'from the start of the function to its first message; ratio to the same code on clients as they come; limit: 0.73',
      rows: async () => {
        const nodes = [process.execPath, ...(options.node === undefined ? [] : [options.node])];
        const rows = await benchStart({ rounds, nodes });
        return rows.map(({ node, bundle, initMs, firstMessageMs, sumMs, ratio }) => ({
          node,
          bundle,
          'init ms': initMs,
          'first message ms': firstMessageMs,
          'sum ms': sumMs,
          ratio,
        }));
      },
    },
    alert: { of: 'calls an alert, in a thread that is open; and of a whole incident of one alert', rows: alertCost },
    explain: {
      of: 'one stop through the built function: to the alert, and to the explanation; what AWS is asked for it',
      rows: async () => {
        const rows = await benchExplain(rounds);
        return rows.map(({ explanation, alertMs, explainedMs = '', calls }) => ({
          explanation,
          'alert ms': alertMs,
          'explained ms': explainedMs,
          ...calls,
        }));
      },
    },
    memory: {
      of: 'peak memory of the built function; it has 256 MB',
      rows: async () => {
        const { one, batch } = await benchMemory(1000);
        return [
          { records: 1, MB: one },
          { records: 1000, MB: batch },
        ];
      },
    },
    synth: {
      of: 'synth of clusters of ten services, all listed; ratio to plain CDKTF making the same resources; limit: 1.15',
      rows: async () =>
        numbers(options.clusters).map((clusters) => {
          const { resources, oursMs, plainMs, ratio } = benchSynth(clusters, rounds);
          return { clusters, resources, 'ours ms': oursMs, 'plain ms': plainMs, ratio };
        }),
    },
  };

/** `72.1 – 97.0` */
function range(values: readonly number[]): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) =>
    Number.isInteger(value) ? `${value}` : value.toFixed(value < 10 ? 2 : 1),
  );
  return [...new Set(ends)].join(' – ');
}

function percentile95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;
}

function table(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = (value: string | number | undefined) => {
    if (typeof value !== 'number') return value ?? '';
    return Number.isInteger(value) ? `${value}` : value.toFixed(value < 10 ? 2 : 1);
  };
  const lines = [names, ...rows.map((row) => names.map((name) => shown(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}

async function main(): Promise<void> {
  const measured: Record<string, readonly Row[]> = {};
  for (const part of PARTS.filter((name) => options.only.split(',').includes(name))) {
    const { of, rows } = MEASURES[part];
    measured[part] = await rows();
    process.stdout.write(`\n${part}: ${of}\n\n${table(measured[part])}\n`);
  }
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(measured, null, 2)}\n`);
}

void main();
