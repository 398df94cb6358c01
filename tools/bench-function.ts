/**
 * The notifier's function from outside: how long it takes from its start to its first message, and how much memory. What is
 * deployed stands beside the same code on clients as they come, in turns, in the same run. Each start is a new process of
 * Node; DynamoDB, SSM, ECS and Slack answer from here, over plain HTTP.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { build } from 'esbuild';
import { watchingOf } from '../constructs/watching';
import { CLUSTER_SETTINGS, type ClusterSettings, ENV, SETTINGS_KEY } from '../functions/settings';
import { EmulatedAws } from './emulated-aws';
import { EmulatedQueue } from './emulated-queue';
import { listen } from './listen';
import { median } from './median';
import { startTable } from './table';
import { unzipFunction } from './unzip-function';

const BUNDLES = ['bare', 'naive', 'built'] as const;
type Bundle = (typeof BUNDLES)[number];

export interface StartRow {
  readonly node: string;
  /** `bare`: a handler that does nothing; `naive`: the same code on clients as they come; `built`: what is deployed. */
  readonly bundle: Bundle;
  readonly initMs: number;
  readonly firstMessageMs: number;
  readonly sumMs: number;
  /** Of the sum, to the naive one of the same round: the machine's other work weighs on both. */
  readonly ratio: number;
}

/** One start: milliseconds in the process. */
interface Start {
  readonly node: string;
  readonly initMs: number;
  readonly firstMessageMs: number;
  readonly peakMb: number;
}

const ROOT = join(__dirname, '..');
const REGION = 'us-east-1';
const SETTINGS: ClusterSettings = {
  accountId: '111122223333',
  accountName: 'prod',
  region: REGION,
  cluster: 'prod',
  token: { parameter: '/ecs-alerts/slack-bot-token' },
  ...watchingOf({}, { channel: 'C0123456789' }),
  alarms: {},
};

export async function benchStart({
  rounds,
  nodes = [process.execPath],
}: {
  readonly rounds: number;
  /** Paths of the Nodes to measure. */
  readonly nodes?: readonly string[];
}): Promise<StartRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-bench-'));
  const world = await startWorld();
  try {
    await writeBundles(folder);
    const starts = new Map(nodes.flatMap((node) => BUNDLES.map((bundle) => [`${bundle} ${node}`, [] as Start[]])));
    // The first round warms this side up and does not count.
    for (let round = 0; round <= rounds; round++) {
      for (const node of nodes) {
        for (const bundle of round % 2 === 0 ? BUNDLES : [...BUNDLES].reverse()) {
          const start = await measure(node, folder, bundle, world, [anAlarm()]);
          if (start.failed > 0) throw new Error(`${bundle} gave the alarm back`);
          if (round > 0) starts.get(`${bundle} ${node}`)?.push(start);
        }
      }
    }
    return nodes.flatMap((node) => rowsOf((bundle) => starts.get(`${bundle} ${node}`) ?? []));
  } finally {
    await world.close();
    rmSync(folder, { recursive: true });
  }
}

/** Peak memory of the built function, in MB: with one alert, and with as many of 20 services as a batch may have. */
export async function benchMemory(records: number): Promise<{ readonly one: number; readonly batch: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-bench-'));
  const world = await startWorld();
  try {
    await writeBundles(folder);
    const peak = async (bodies: readonly string[]) =>
      (await measure(process.execPath, folder, 'built', world, bodies)).peakMb;
    const stops = Array.from({ length: records }, (_, index) => aStop(`service-${index % 20}`, index));
    return { one: await peak([anAlarm()]), batch: await peak(stops) };
  } finally {
    await world.close();
    rmSync(folder, { recursive: true });
  }
}

const FIXTURES = join(ROOT, '__tests__', 'fixtures');

function anAlarm(): string {
  return readFileSync(join(FIXTURES, 'sns-alarm-single-metric-ALARM.json'), 'utf8');
}

function aStop(service: string, task: number): string {
  const event = readFileSync(join(FIXTURES, 'eventbridge-ecs-task-stopped-essential-container-exited.json'), 'utf8');
  const { detail, ...envelope } = JSON.parse(event) as { readonly detail: object };
  const taskArn = `arn:aws:ecs:${REGION}:111122223333:task/prod/${task}`;
  return JSON.stringify({ ...envelope, detail: { ...detail, taskArn, group: `service:${service}` } });
}

const sumOf = ({ initMs, firstMessageMs }: Start) => initMs + firstMessageMs;

function rowsOf(startsOf: (bundle: Bundle) => readonly Start[]): StartRow[] {
  const naive = startsOf('naive').map(sumOf);
  return BUNDLES.map((bundle) => {
    const starts = startsOf(bundle);
    return {
      node: starts[0]?.node ?? '',
      bundle,
      initMs: median(starts.map(({ initMs }) => initMs)),
      firstMessageMs: median(starts.map(({ firstMessageMs }) => firstMessageMs)),
      sumMs: median(starts.map(sumOf)),
      ratio: median(starts.map((start, round) => sumOf(start) / (naive[round] ?? Number.NaN))),
    };
  });
}

/** A folder with an `index.js` each, and an empty one as the home. */
async function writeBundles(folder: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['tools/naive-notifier.ts'],
    outfile: 'index.js',
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    write: false,
  });
  for (const bundle of BUNDLES) mkdirSync(join(folder, bundle));
  const write = (bundle: Bundle, code: string | Uint8Array) => writeFileSync(join(folder, bundle, 'index.js'), code);
  write('bare', 'exports.handler = async () => ({ batchItemFailures: [] });');
  write('naive', outputFiles[0]?.contents ?? '');
  unzipFunction('notifier', join(folder, 'built'));
  mkdirSync(join(folder, 'home'));
}

/** What the notifier talks to. */
interface World {
  /** Forgets all threads. */
  readonly renew: () => Promise<Readonly<Record<string, string>>>;
  /** When Slack took messages since it was asked last, by the clock of `epochMs`. */
  readonly posted: () => readonly number[];
  readonly close: () => Promise<void>;
}

async function startWorld(): Promise<World> {
  const parameter = JSON.stringify({ Parameter: { Value: 'xoxb-bench' } });
  const ssm = await listen(createServer((_request, response) => response.end(parameter)));
  const emulatedAws = new EmulatedAws();
  emulatedAws.services.set('api', { desired: 4, running: 4, deployments: [] });
  const ecs = await listen(emulatedAws.server);
  let posts: number[] = [];
  const queue = await listen(new EmulatedQueue().server);
  const slack = await listen(
    createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url?.endsWith('/chat.postMessage')) posts.push(epochMs());
        response.end('{"ok":true,"channel":"C0123456789","ts":"1794993289.000100"}');
      });
    }),
  );
  let dynamo: Awaited<ReturnType<typeof startTable>> | undefined;
  return {
    renew: async () => {
      await dynamo?.close();
      dynamo = await startTable();
      const Item = { pk: SETTINGS_KEY, sk: CLUSTER_SETTINGS, settings: JSON.stringify(SETTINGS) };
      await dynamo.db.send(new PutCommand({ TableName: dynamo.table, Item }));
      return {
        [ENV.table]: dynamo.table,
        SLACK_API_URL: `${slack.url}/api/`,
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
        AWS_ENDPOINT_URL_SSM: ssm.url,
        AWS_ENDPOINT_URL_ECS: ecs.url,
        AWS_ENDPOINT_URL_SQS: queue.url,
        [ENV.queueUrl]: `${queue.url}/111122223333/ecs-alerts-prod-alerts`,
      };
    },
    posted: () => {
      const since = posts;
      posts = [];
      return since;
    },
    close: async () => {
      await Promise.all([dynamo?.close(), ssm.close(), ecs.close(), slack.close(), queue.close()]);
    },
  };
}

/** As Lambda's runtime does it; the last line is the measurement. */
const CHILD = `
const [file, bodies] = process.argv.slice(1);
const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) };
const Records = require(bodies).map((body, n) => ({ messageId: String(n), receiptHandle: String(n), body, attributes }));
const endsAtMs = Date.now() + 60_000;
const startedAtMs = performance.timeOrigin + performance.now();
const { handler } = require(file);
const initMs = performance.timeOrigin + performance.now() - startedAtMs;
handler({ Records }, { getRemainingTimeInMillis: () => endsAtMs - Date.now() }).then(({ batchItemFailures }) => {
  const failed = batchItemFailures.length;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const measured = { node: process.version, startedAtMs, initMs, failed, peakMb };
  process.stdout.write(JSON.stringify(measured) + '\\n', () => process.exit());
});`;

async function measure(node: string, folder: string, bundle: Bundle, world: World, bodies: readonly string[]) {
  const code = join(folder, bundle);
  const file = join(folder, 'bodies.json');
  writeFileSync(file, JSON.stringify(bodies));
  const env = { ...likeLambda(code, join(folder, 'home')), ...(await world.renew()) };
  const { stdout, stderr } = await promisify(execFile)(node, ['-e', CHILD, join(code, 'index.js'), file], {
    cwd: code,
    env,
  });
  const measured = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Measured;
  const [first = measured.startedAtMs + measured.initMs, ...others] = world.posted();
  const isTold = first > measured.startedAtMs + measured.initMs || others.length > 0;
  if (bundle !== 'bare' && !isTold) throw new Error(`${bundle} told nothing: ${stdout}${stderr}`);
  return { ...measured, firstMessageMs: first - measured.startedAtMs - measured.initMs };
}

type Measured = Omit<Start, 'firstMessageMs'> & { readonly startedAtMs: number; readonly failed: number };

/** The same in all processes of the machine, finer than a millisecond. */
function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function likeLambda(code: string, home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    LAMBDA_TASK_ROOT: code,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'ecs-alerts-prod-notifier',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_SESSION_TOKEN: 'none',
  };
}
