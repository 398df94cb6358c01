/** The only file that builds clients and reads the environment. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient, ListServiceDeploymentsCommand } from '@aws-sdk/client-ecs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { serviceReader } from '../level/read-services';
import { embeddedMetrics, log } from '../log';
import { settingsReader } from '../read-settings';
import { ENV } from '../settings';
import { pace } from './deliver/pace';
import { slack } from './deliver/slack';
import { threadStore } from './deliver/thread-store';
import { type Deps, handle, type Incoming } from './handler';
import { tokenReader } from './token';

const table = process.env[ENV.table] ?? '';
const now = () => new Date();
/** A service that does not answer must not eat up the function's time: the record comes again. */
const requestHandler = { connectionTimeout: 1000, requestTimeout: 4000, throwOnRequestTimeout: true };
const db = DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler }), {
  marshallOptions: { removeUndefinedValues: true },
});
const sqs = new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
/** One attempt more, not three: alerts do not wait for what is only asked in addition. */
const ecs = new ECSClient({ requestHandler, maxAttempts: 2 });
const settings = settingsReader(db, table, now);

const deps: Omit<Deps, 'remainingMs'> = {
  settings,
  store: threadStore(db, table, { now, newId: randomUUID }),
  readServices: serviceReader(ecs, now),
  rolledBack: async (cluster, service) => {
    const answer = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: 1 }));
    return answer.serviceDeployments?.[0]?.status === 'ROLLBACK_SUCCESSFUL';
  },
  pace: pace(db, table, { now, sleep: (ms) => sleep(ms) }),
  slack: slack({
    url: process.env['SLACK_API_URL'],
    token: tokenReader({
      source: async () => (await settings()).cluster.token,
      parameter: async (Name) => {
        const answer = await new SSMClient({ requestHandler }).send(
          new GetParameterCommand({ Name, WithDecryption: true }),
        );
        return answer.Parameter?.Value;
      },
      secret: async (SecretId) => {
        const answer = await new SecretsManagerClient({ requestHandler }).send(new GetSecretValueCommand({ SecretId }));
        return answer.SecretString;
      },
    }),
    log,
  }),
  deadLetter: async ({ body }, cause) => {
    const QueueUrl = process.env[ENV.deadLetterQueueUrl];
    const MessageAttributes = { cause: { DataType: 'String', StringValue: cause } };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }));
  },
  comeAgain: async ({ receiptHandle }, seconds) => {
    const QueueUrl = process.env[ENV.queueUrl];
    const message = { QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
    await sqs.send(new ChangeMessageVisibilityCommand(message));
  },
  log,
  count: embeddedMetrics(process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '', now),
  now,
  sleep: (ms) => sleep(ms),
  newId: randomUUID,
  random: Math.random,
};

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const remainingMs = () => context.getRemainingTimeInMillis();
  const failed = await handle(event.Records.map(incoming), { ...deps, remainingMs });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
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
