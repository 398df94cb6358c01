import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const dynalite = createRequire(__filename)('dynalite') as (options: object) => {
  listen: (port: number, host: string, done: () => void) => void;
  address: () => AddressInfo;
  close: (done: () => void) => void;
};

/** A DynamoDB API in this process, with one table as the construct makes it. */
export async function startTable(): Promise<{
  readonly url: string;
  readonly table: string;
  readonly db: DynamoDBDocumentClient;
  readonly close: () => Promise<void>;
}> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${server.address().port}`;
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'none' };
  const client = new DynamoDBClient({ endpoint: url, region: 'eu-west-1', credentials });
  const table = 'ecs-alerts-shop-threads';
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    url,
    table,
    db,
    close: () => {
      client.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}
