import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { THREADS, type Watched } from '../wake';

/**
 * Reads what the watcher needs of all threads. Not consistently: for half the price, a level that is a moment old wakes
 * the notifier once too often at most.
 */
export function watchedReader(
  db: Pick<DynamoDBDocumentClient, 'send'>,
  table: string,
): () => Promise<readonly Watched[]> {
  return async () => {
    const found: Watched[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await db.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :threads',
          ExpressionAttributeValues: { ':threads': THREADS },
          ProjectionExpression: '#thread.#subject, #thread.#level, #thread.#due',
          ExpressionAttributeNames: {
            '#thread': 'thread',
            '#subject': 'subject',
            '#level': 'level',
            '#due': 'due',
          },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      // A thread that was only locked so far has no attribute `thread`.
      const threads = (page.Items ?? []).map((item) => item['thread'] as Partial<Watched> | undefined);
      found.push(...threads.filter((thread): thread is Watched => thread?.subject !== undefined));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return found;
  };
}
