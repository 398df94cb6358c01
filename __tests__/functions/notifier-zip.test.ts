import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { CLUSTER_SETTINGS, ENV, SETTINGS_KEY } from '../../functions/settings';
import { listen } from '../../tools/listen';
import { startTable } from '../../tools/table';
import { unzipFunction } from '../../tools/unzip-function';
import { SETTINGS } from '../support/notifier';

const ALARM = readFileSync(join(__dirname, '..', 'fixtures', 'sns-alarm-single-metric-ALARM.json'), 'utf8');

const CALL = `
const { handler } = require(process.argv[1]);
const attributes = { ApproximateReceiveCount: '1', SentTimestamp: '1794993289570' };
const Records = [{ messageId: 'one', receiptHandle: 'one', body: process.argv[2], attributes }];
handler({ Records }, { getRemainingTimeInMillis: () => 30000 }).then(() => process.exit());`;

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

// The build leaves the classes of SSM's errors out: they must be known all the same.
test('knows what AWS refuses', async () => {
  const dead: Record<string, unknown>[] = [];
  const ssm = await listen(
    createServer((_request, response) => response.writeHead(400).end('{"__type":"ParameterNotFound"}')),
  );
  const sqs = await listen(
    createServer(async (request, response) => {
      const message = JSON.parse(await text(request)) as { MessageBody: string };
      dead.push(message);
      const md5 = createHash('md5').update(message.MessageBody).digest('hex');
      response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody: md5 }));
    }),
  );
  const { db, table, ...dynamo } = await startTable();
  const settings = JSON.stringify({ ...SETTINGS, region: 'us-east-1', cluster: 'prod' });
  await db.send(new PutCommand({ TableName: table, Item: { pk: SETTINGS_KEY, sk: CLUSTER_SETTINGS, settings } }));
  const folder = mkdtempSync(join(tmpdir(), 'notifier-'));
  const file = unzipFunction('notifier', folder);
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL: dynamo.url,
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    [ENV.table]: table,
    [ENV.deadLetterQueueUrl]: `${sqs.url}/111122223333/dead`,
  };

  await promisify(execFile)(process.execPath, ['-e', CALL, file, ALARM], { env });

  expect(dead).toMatchObject([
    {
      MessageBody: ALARM,
      MessageAttributes: { cause: { StringValue: expect.stringMatching(/is not there: store the bot token in it/) } },
    },
  ]);
  rmSync(folder, { recursive: true });
  await Promise.all([ssm.close(), sqs.close(), dynamo.close()]);
});
