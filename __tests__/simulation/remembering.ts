import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

type Item = Readonly<Record<string, unknown>>;

/** The answer to a query by sort key, and what was written since. */
interface Known {
  readonly items: Map<string, Item | undefined>;
  readonly stale: Set<string>;
}

/**
 * Answers a query again as before, but for the items that were written since, which it reads: the watcher asks for all
 * threads each minute, and hardly any has changed. It says the same and takes half the time of a week.
 */
export function remembering(db: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const partitions = new Map<string, Map<string, Known>>();

  async function query(input: QueryCommandInput): Promise<unknown> {
    const partition = String(Object.values(input.ExpressionAttributeValues ?? {})[0]);
    const ofPartition = partitions.get(partition) ?? new Map<string, Known>();
    partitions.set(partition, ofPartition);
    const { ProjectionExpression: projection, ExpressionAttributeNames: names } = input;
    const asked = projection === undefined ? {} : { ProjectionExpression: `${projection}, sk` };
    const known = ofPartition.get(projection ?? '');
    if (known === undefined) {
      const { Items = [] } = await db.send(new QueryCommand({ ...input, ...asked }));
      const items = new Map(Items.map((item) => [String(item['sk']), item]));
      ofPartition.set(projection ?? '', { items, stale: new Set() });
      return { Items: structuredClone([...items.values()]) };
    }
    for (const sk of known.stale) {
      const Key = { pk: partition, sk };
      const more = names === undefined ? {} : { ExpressionAttributeNames: names };
      const { Item } = await db.send(new GetCommand({ TableName: input.TableName, Key, ...asked, ...more }));
      known.items.set(sk, Item);
    }
    known.stale.clear();
    return { Items: structuredClone([...known.items.values()].filter((item) => item !== undefined)) };
  }

  async function send(command: unknown): Promise<unknown> {
    if (command instanceof QueryCommand) return query(command.input);
    const answer = await db.send(command as never);
    for (const { pk, sk } of written(command)) {
      for (const known of partitions.get(pk)?.values() ?? []) known.stale.add(sk);
    }
    return answer;
  }
  return { send } as unknown as DynamoDBDocumentClient;
}

function written(command: unknown): readonly { readonly pk: string; readonly sk: string }[] {
  const keys = command instanceof UpdateCommand ? [command.input.Key] : [];
  const requests = command instanceof BatchWriteCommand ? Object.values(command.input.RequestItems ?? {}).flat() : [];
  const all = [...keys, ...requests.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)];
  return all.map((key) => ({ pk: String(key?.['pk']), sk: String(key?.['sk']) }));
}
