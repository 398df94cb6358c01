import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ECSClient, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { FetchFunction } from '@slack/web-api';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { serviceReader } from '../level/read-services';
import { embeddedMetrics, log } from '../log';
import { settingsReader } from '../read-settings';
import { ENV } from '../settings';
import { pace } from './deliver/pace';
import { slack } from './deliver/slack';
import { threadStore } from './deliver/thread-store';
import { type Deps, handle, type Incoming } from './handler';
import { returnTo } from './return-to';
import { tokenReader } from './token';

/** What the notifier talks to. Functions make what is not always needed. */
export interface Clients {
  readonly dynamoDb: DynamoDBClient;
  readonly ecs: ECSClient;
  readonly sqs: SQSClient;
  readonly ssm: () => SSMClient;
  readonly secretsManager: () => SecretsManagerClient;
  readonly lookUp: Deps['lookUp'];
  /** How Slack is reached; Node's own `fetch` without it. */
  readonly fetch?: FetchFunction;
}

/** A request that takes longer is made with the next alert. */
const ASK_MS = 1000;

/** The function's handler on these clients, with the variables that the construct sets. */
export function notifierOn(clients: Clients, env: Readonly<Record<string, string | undefined>>) {
  const deps = depsOn(clients, env);
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const remainingMs = () => context.getRemainingTimeInMillis();
    const failed = await handle(event.Records.map(incoming), { ...deps, remainingMs });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function depsOn(
  { dynamoDb, ecs, sqs, ssm, secretsManager, lookUp, fetch }: Clients,
  env: Readonly<Record<string, string | undefined>>,
): Omit<Deps, 'remainingMs'> {
  const table = env[ENV.table] ?? '';
  const now = () => new Date();
  const db = DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } });
  const readSettings = settingsReader(db, table, now);
  const token = tokenReader({
    source: async () => (await readSettings()).cluster.token,
    parameter: async (Name) => {
      const answer = await ssm().send(new GetParameterCommand({ Name, WithDecryption: true }));
      return answer.Parameter?.Value;
    },
    secret: async (SecretId) => {
      const answer = await secretsManager().send(new GetSecretValueCommand({ SecretId }));
      return answer.SecretString;
    },
  });
  return {
    settings: async (options) => {
      const settings = await readSettings(options);
      // Begun now, it is there when the first message is. Whoever needs it hears of a failure.
      token({ fresh: false }).catch(() => {});
      return settings;
    },
    store: threadStore(db, table, { now, newId: randomUUID }),
    readServices: serviceReader(ecs, now),
    rolledBack: async (cluster, service) => {
      const answer = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: 1 }));
      return answer.serviceDeployments?.[0]?.status === 'ROLLBACK_SUCCESSFUL';
    },
    pace: pace(db, table, { now, sleep: (ms) => sleep(ms) }),
    slack: slack({
      url: env['SLACK_API_URL'],
      ...(fetch === undefined ? {} : { fetch }),
      token,
      log,
    }),
    deadLetter: async ({ body }, cause) => {
      const QueueUrl = env[ENV.deadLetterQueueUrl];
      const MessageAttributes = { cause: { DataType: 'String', StringValue: cause } };
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }));
    },
    ask: async (request, DelaySeconds) => {
      const QueueUrl = env[ENV.queueUrl];
      const command = new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(request), DelaySeconds });
      // The thread is locked, and other alerts wait.
      await sqs.send(command, { abortSignal: AbortSignal.timeout(ASK_MS) });
    },
    lookUp,
    comeAgain: returnTo(sqs, env[ENV.queueUrl]),
    log,
    count: embeddedMetrics(env['AWS_LAMBDA_FUNCTION_NAME'] ?? '', now),
    now,
    sleep: (ms) => sleep(ms),
    newId: randomUUID,
    random: Math.random,
  };
}

function incoming({ messageId, receiptHandle, body, attributes }: SQSRecord): Incoming {
  return {
    id: messageId,
    receiptHandle,
    body,
    sentAtMs: Number(attributes.SentTimestamp),
    receiveCount: Number(attributes.ApproximateReceiveCount),
  };
}
