import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { listen } from './listen';

const TABLE = 'ecs-alerts-shop-threads';

/** A DynamoDB API in this process, with one table as the construct makes it. */
export async function startTable(): Promise<{
  readonly url: string;
  readonly table: string;
  readonly db: DynamoDBDocumentClient;
  readonly close: () => Promise<void>;
}> {
  const dynalite = createRequire(__filename)('dynalite') as (options: object) => Server;
  const { url, close } = await listen(dynalite({ createTableMs: 0 }));
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'none' };
  const client = new DynamoDBClient({ endpoint: url, region: 'eu-west-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
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
    table: TABLE,
    db,
    close: () => {
      client.destroy();
      return close();
    },
  };
}
