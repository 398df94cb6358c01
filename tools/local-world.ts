import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { WebClient } from '@slack/web-api';
import type { SQSBatchResponse } from 'aws-lambda';
import { CLUSTER_SETTINGS, type ClusterSettings, ENV, SETTINGS_KEY } from '../functions/settings';
import { EmulatedAws } from './emulated-aws';
import { EmulatedQueue, type Handler } from './emulated-queue';
import { freePort, listen } from './listen';
import { type Posted, watchSlack } from './slack-watch';
import { startTable } from './table';
import { unzipFunction } from './unzip-function';

const TOKEN = 'xoxb-demo';

/** The notifier's world on this machine: the Slack emulator, a DynamoDB emulator, and the built zip's handler. */
export interface LocalWorld {
  readonly slack: WebClient;
  readonly channel: string;
  /** What the function posted, and when. */
  readonly posted: readonly Posted[];
  /** Hands bodies to the function as its queue would, until nothing is left of them but what waits for long. */
  readonly deliver: (bodies: readonly string[]) => Promise<void>;
  /** What the function reads of AWS; empty at first. */
  readonly aws: EmulatedAws;
  /** Where the function's own log is, until the world ends. */
  readonly log: string;
  readonly close: () => Promise<void>;
}

export async function startLocalWorld(settings: Omit<ClusterSettings, 'channel' | 'token'>): Promise<LocalWorld> {
  const slackServer = await startSlack();
  const slack = new WebClient(TOKEN, { slackApiUrl: `${slackServer.url}/api/` });
  const channel = (await slack.conversations.list()).channels?.[0]?.id ?? '';

  const posted: Posted[] = [];
  const watch = await listen(watchSlack(slackServer.url, (message) => posted.push(message)));
  const dynamo = await startTable();
  const cluster: ClusterSettings = { ...settings, channel, token: { parameter: '/ecs-alerts/slack-bot-token' } };
  const Item = { pk: SETTINGS_KEY, sk: CLUSTER_SETTINGS, settings: JSON.stringify(cluster) };
  await dynamo.db.send(new PutCommand({ TableName: dynamo.table, Item }));
  const ssm = await listen(createServer((_request, response) => response.end(PARAMETER)));
  const aws = new EmulatedAws();
  const awsServer = await listen(aws.server);
  const queue = new EmulatedQueue();
  const queueServer = await listen(queue.server);
  const folder = mkdtempSync(join(tmpdir(), 'notifier-'));
  const log = join(folder, 'function.log');
  const environment = {
    [ENV.table]: dynamo.table,
    SLACK_API_URL: `${watch.url}/api/`,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_ECS: awsServer.url,
    AWS_ENDPOINT_URL_CLOUDWATCH: awsServer.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: awsServer.url,
    AWS_ENDPOINT_URL_SQS: queueServer.url,
    [ENV.queueUrl]: `${queueServer.url}/111122223333/ecs-alerts-shop-alerts`,
  };
  const { handler, worker } = loadZip(folder, environment, log);
  return {
    slack,
    channel,
    posted,
    aws,
    log,
    deliver: (bodies) => queue.deliver(bodies, handler),
    close: async () => {
      await worker.terminate();
      rmSync(folder, { recursive: true });
      await Promise.all([
        watch.close(),
        slackServer.close(),
        dynamo.close(),
        ssm.close(),
        awsServer.close(),
        queueServer.close(),
      ]);
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
  const file = unzipFunction('notifier', folder);
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
