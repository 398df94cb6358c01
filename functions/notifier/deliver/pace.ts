import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { RetryableError } from './errors';

/** What Slack bears: about one message a second into a channel, and 50 edits a minute. https://docs.slack.dev/apis/web-api/rate-limits */
const INTERVAL_MS = { post: 1000, edit: 1200 } as const;
/** A longer wait is not slept in the function: the record goes back to the queue for it. */
const WAIT_MAX_MS = 3000;
const ATTEMPTS = 20;

/** Waits for its turn in the channel, over all concurrent invocations. Throws `RetryableError` if that is too far off. */
export type Pace = (channel: string, method: keyof typeof INTERVAL_MS) => Promise<void>;

export function pace(
  db: DynamoDBDocumentClient,
  table: string,
  clock: { readonly now: () => Date; readonly sleep: (ms: number) => Promise<void> },
): Pace {
  return async (channel, method) => {
    const Key = { pk: 'pace', sk: `${channel}/${method}` };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
      const nowMs = clock.now().getTime();
      const turnMs = Math.max(nowMs, Number(Item?.['nextAtMs'] ?? 0));
      if (turnMs - nowMs > WAIT_MAX_MS) {
        throw new RetryableError('the channel is busy', { retryAfterMs: turnMs - nowMs, wholeChannel: true });
      }
      if (await take(Key, Item?.['nextAtMs'], turnMs + INTERVAL_MS[method])) return clock.sleep(turnMs - nowMs);
    }
    throw new RetryableError('too many want into the channel', { wholeChannel: true });
  };

  async function take(Key: Record<string, string>, seen: unknown, nextAtMs: number): Promise<boolean> {
    try {
      await db.send(
        new UpdateCommand({
          TableName: table,
          Key,
          UpdateExpression: 'SET nextAtMs = :next',
          ConditionExpression: seen === undefined ? 'attribute_not_exists(nextAtMs)' : 'nextAtMs = :seen',
          ExpressionAttributeValues: { ':next': nextAtMs, ...(seen === undefined ? {} : { ':seen': seen }) },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
