/** The only file that builds clients and reads the environment. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { fromEnvironment } from '../aws-client';
import { serviceReader } from '../level/read-services';
import { embeddedMetrics, log } from '../log';
import { settingsReader } from '../read-settings';
import { ENV } from '../settings';
import { serviceLister } from './list-services';
import { prober } from './probe';
import { writeProbe } from './probe-metrics';
import { sentWakes } from './sent-wakes';
import { wakeSender } from './wake-sender';
import { type WatchDeps, watch } from './watch';
import { watchedReader } from './watched';

const table = process.env[ENV.table] ?? '';
const queueUrl = process.env[ENV.queueUrl] ?? '';
const now = () => new Date();
/** One retry: the next pass comes in a minute. `RESERVE_MS` in watch.ts holds for these numbers. */
const client = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};
const db = DynamoDBDocumentClient.from(new DynamoDBClient({ ...fromEnvironment('DYNAMODB'), ...client }));
const ecs = new ECSClient({ ...fromEnvironment('ECS'), ...client });
const sqs = new SQSClient({ ...fromEnvironment('SQS'), ...client, useQueueUrlAsEndpoint: false });

const deps: Omit<WatchDeps, 'remainingMs'> = {
  settings: settingsReader(db, table, now),
  listServices: serviceLister(ecs, (ms) => sleep(ms)),
  readServices: serviceReader(ecs, now),
  watched: watchedReader(db, table),
  wake: wakeSender(sqs, queueUrl, log),
  sent: sentWakes(now),
  probe: prober(now),
  writeProbe: writeProbe(now),
  log,
  count: embeddedMetrics(process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '', now),
  now,
  sleep: (ms) => sleep(ms),
};

export async function handler(_event: unknown, context: Context): Promise<void> {
  await watch({ ...deps, remainingMs: () => context.getRemainingTimeInMillis() });
}
