import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from './clock';

const TABLE = 'ecs-alerts-shop-threads';

/** The DynamoDB API of `tools/table.ts`, called without a socket: a week of a cluster asks it fifty thousand times. */
export async function inProcessTable({ during }: Pick<Clock, 'during'>): Promise<{
  readonly table: string;
  readonly db: DynamoDBDocumentClient;
  readonly close: () => void;
}> {
  const dynalite = createRequire(__filename)('dynalite') as (options: object) => Server;
  const server = dynalite({ createTableMs: 0 });
  const client = new DynamoDBClient({
    endpoint: 'http://dynamodb.local',
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    signer: { sign: async (request) => request },
    requestHandler: { handle: (request: Request) => during(call(server, request)) } as unknown as NonNullable<
      DynamoDBClientConfig['requestHandler']
    >,
  });
  const key = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [key('pk'), key('sk')],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  // Dynalite makes the table in its next tick.
  await setTimeout(10);
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { table: TABLE, db, close: () => client.destroy() };
}

interface Request {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** All that it looks at of a signature. */
const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=c', 'x-amz-date': 'now' };

function call(server: Server, { method, headers, body }: Request): Promise<object> {
  return new Promise((answer) => {
    const request = Object.assign(new EventEmitter(), { method, url: '/', headers: { ...headers, ...SIGNED } });
    const answered: Record<string, string> = {};
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: unknown) => {
        answered[name.toLowerCase()] = String(value);
      },
      end(text: string) {
        const { statusCode } = response;
        answer({ response: { statusCode, headers: answered, body: Readable.from([Buffer.from(text)]) } });
      },
    };
    server.emit('request', request, response);
    request.emit('data', Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    request.emit('end');
  });
}
