import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { WebClient } from '@slack/web-api';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { unzipSync } from 'fflate';
import { functionZip } from '../constructs/function-zip';
import { CLUSTER_SETTINGS, type ClusterSettings, ENV, SETTINGS_KEY } from '../functions/settings';
import { EmulatedEcs } from './emulated-ecs';
import { freePort, listen } from './listen';
import { startTable } from './table';

const TOKEN = 'xoxb-demo';

/** The notifier's world on this machine: the Slack emulator, a DynamoDB emulator, and the built zip's handler. */
export interface LocalWorld {
  readonly slack: WebClient;
  readonly channel: string;
  /** Hands bodies to the function as its queue would, again as long as it gives some back. */
  readonly deliver: (bodies: readonly string[]) => Promise<void>;
  /** What the function reads of ECS; empty at first. */
  readonly ecs: EmulatedEcs;
  /** Where the function's own log is, until the world ends. */
  readonly log: string;
  readonly close: () => Promise<void>;
}

export async function startLocalWorld(settings: Omit<ClusterSettings, 'channel' | 'token'>): Promise<LocalWorld> {
  const slackServer = await startSlack();
  const slack = new WebClient(TOKEN, { slackApiUrl: `${slackServer.url}/api/` });
  const channel = (await slack.conversations.list()).channels?.[0]?.id ?? '';

  const dynamo = await startTable();
  const cluster: ClusterSettings = { ...settings, channel, token: { parameter: '/ecs-alerts/slack-bot-token' } };
  const Item = { pk: SETTINGS_KEY, sk: CLUSTER_SETTINGS, settings: JSON.stringify(cluster) };
  await dynamo.db.send(new PutCommand({ TableName: dynamo.table, Item }));
  const ssm = await listen(createServer((_request, response) => response.end(PARAMETER)));
  const ecs = new EmulatedEcs();
  const ecsServer = await listen(ecs.server);
  const folder = mkdtempSync(join(tmpdir(), 'notifier-'));
  const log = join(folder, 'function.log');
  const environment = {
    [ENV.table]: dynamo.table,
    SLACK_API_URL: `${slackServer.url}/api/`,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_ECS: ecsServer.url,
  };
  const { handler, worker } = loadZip(folder, environment, log);
  return {
    slack,
    channel,
    ecs,
    log,
    deliver: (bodies) => deliver(handler, bodies),
    close: async () => {
      await worker.terminate();
      rmSync(folder, { recursive: true });
      await Promise.all([slackServer.close(), dynamo.close(), ssm.close(), ecsServer.close()]);
    },
  };
}

/** All that SSM is asked: the one parameter. */
const PARAMETER = JSON.stringify({ Parameter: { Value: TOKEN } });

async function startSlack(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const { createEmulator } = await import('emulate');
  const seed = { tokens: { [TOKEN]: { login: 'ecs-alerts' } }, slack: { channels: [{ name: 'ecs-alerts' }] } };
  const { url, close } = await createEmulator({ service: 'slack', port: await freePort(), seed });
  return { url: url.replace('localhost', '127.0.0.1'), close };
}

type Handler = (event: { Records: SQSRecord[] }) => Promise<SQSBatchResponse>;

/** Runs in a thread of its own, with an environment and an output of its own, as in Lambda. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { handler } = require(workerData.code);
parentPort.on('message', async ({ event, endsAtMs }) => {
  const getRemainingTimeInMillis = () => endsAtMs - Date.now();
  parentPort.postMessage(await handler(event, { getRemainingTimeInMillis }));
});`;

/** The very zip that is deployed. */
function loadZip(
  folder: string,
  env: Readonly<Record<string, string>>,
  log: string,
): { handler: Handler; worker: Worker } {
  const code = unzipSync(readFileSync(functionZip('notifier')))['index.js'];
  if (code === undefined) throw new Error('notifier.zip has no index.js: run `npm run build:functions`');
  const file = join(folder, 'index.js');
  writeFileSync(file, code);
  const worker = new Worker(WORKER, { eval: true, workerData: { code: file }, env, stdout: true, stderr: true });
  const output = createWriteStream(log);
  worker.stdout.pipe(output);
  worker.stderr.pipe(output);
  const handler: Handler = async (event) => {
    const answered = once(worker, 'message');
    worker.postMessage({ event, endsAtMs: Date.now() + 60_000 });
    const [answer] = (await answered) as [SQSBatchResponse];
    return answer;
  };
  return { handler, worker };
}

async function deliver(handler: Handler, bodies: readonly string[]): Promise<void> {
  let records = bodies.map(record);
  for (let receive = 1; records.length > 0; receive++) {
    if (receive > 20) throw new Error(`${records.length} messages are still in the queue after 20 receives`);
    const { batchItemFailures } = await handler({ Records: records });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    records = records.filter(({ messageId }) => failed.has(messageId));
  }
}

function record(body: string, index: number): SQSRecord {
  return {
    messageId: `${Date.now()}-${index}`,
    receiptHandle: `${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: `${Date.now()}`,
      SenderId: 'demo',
      ApproximateFirstReceiveTimestamp: `${Date.now()}`,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:ecs-alerts-shop-alerts',
    awsRegion: 'eu-west-1',
  };
}
