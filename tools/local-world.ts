import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { WebClient } from '@slack/web-api';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { unzipSync } from 'fflate';
import { functionZip } from '../constructs/function-zip';
import { CLUSTER_SETTINGS, type ClusterSettings, ENV, SETTINGS_KEY } from '../functions/settings';

const TOKEN = 'xoxb-demo';
const TABLE = 'ecs-alerts-shop-threads';

/** The notifier's world on this machine: the Slack emulator, a DynamoDB emulator, and the built zip's handler. */
export interface LocalWorld {
  readonly slack: WebClient;
  readonly channel: string;
  /** Hands bodies to the function as its queue would, again as long as it gives some back. */
  readonly deliver: (bodies: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startLocalWorld(settings: Omit<ClusterSettings, 'channel' | 'token'>): Promise<LocalWorld> {
  const slackServer = await startSlack();
  const slack = new WebClient(TOKEN, { slackApiUrl: `${slackServer.url}/api/` });
  const channel = (await slack.conversations.list()).channels?.[0]?.id ?? '';

  const dynamo = await startDynamo({ ...settings, channel, token: { parameter: '/ecs-alerts/slack-bot-token' } });
  const ssm = await listen(createServer((_request, response) => response.end(PARAMETER)));
  const folder = mkdtempSync(join(tmpdir(), 'notifier-'));
  const handler = loadZip(folder, {
    [ENV.table]: TABLE,
    SLACK_API_URL: `${slackServer.url}/api/`,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SSM: ssm.url,
  });
  return {
    slack,
    channel,
    deliver: (bodies) => deliver(handler, bodies),
    close: async () => {
      rmSync(folder, { recursive: true });
      await Promise.all([slackServer.close(), dynamo.close(), ssm.close()]);
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

async function startDynamo(cluster: ClusterSettings) {
  const dynalite = createRequire(__filename)('dynalite') as (options: object) => Server;
  const server = await listen(dynalite({ createTableMs: 0 }));
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const db = new DynamoDBClient({ endpoint: server.url, region: cluster.region, credentials });
  const [pk, sk] = ['pk', 'sk'];
  await db.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [pk, sk].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: pk, KeyType: 'HASH' },
        { AttributeName: sk, KeyType: 'RANGE' },
      ],
    }),
  );
  const Item = { pk: { S: SETTINGS_KEY }, sk: { S: CLUSTER_SETTINGS }, settings: { S: JSON.stringify(cluster) } };
  await db.send(new PutItemCommand({ TableName: TABLE, Item }));
  db.destroy();
  return server;
}

type Handler = (event: { Records: SQSRecord[] }, context: object) => Promise<SQSBatchResponse>;

/** The very zip that is deployed; it reads its environment when it is loaded. */
function loadZip(folder: string, environment: Readonly<Record<string, string>>): Handler {
  const code = unzipSync(readFileSync(functionZip('notifier')))['index.js'];
  if (code === undefined) throw new Error('notifier.zip has no index.js: run `npm run build:functions`');
  writeFileSync(join(folder, 'index.js'), code);
  Object.assign(process.env, environment);
  return (createRequire(__filename)(join(folder, 'index.js')) as { handler: Handler }).handler;
}

async function deliver(handler: Handler, bodies: readonly string[]): Promise<void> {
  let records = bodies.map(record);
  for (let receive = 1; records.length > 0; receive++) {
    if (receive > 20) throw new Error(`${records.length} messages are still in the queue after 20 receives`);
    const started = Date.now();
    const getRemainingTimeInMillis = () => 60_000 - (Date.now() - started);
    const { batchItemFailures } = await handler({ Records: records }, { getRemainingTimeInMillis });
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

async function listen(server: Server): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((done) => server.close(() => done())) };
}

async function freePort(): Promise<number> {
  const server = await listen(createServer());
  await server.close();
  return Number(new URL(server.url).port);
}
