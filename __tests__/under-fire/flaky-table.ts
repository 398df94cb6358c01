import { BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../simulation/clock';
import type { Random } from '../simulation/random';

/** A table that throttles, loses answers and does batches in part. `of`: how many of its calls, changed as one likes. */
export function flakyTable(
  db: DynamoDBDocumentClient,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  failing: { of: number },
): DynamoDBDocumentClient {
  async function send(command: unknown): Promise<unknown> {
    await clock.sleep(random.between(2, 12));
    if (random.chance(failing.of / 2)) throw failure('ProvisionedThroughputExceededException');
    const answer = random.chance(failing.of) ? await inPart(command) : await db.send(command as never);
    if (random.chance(failing.of / 2)) throw failure('TimeoutError');
    return answer;
  }
  return { send } as unknown as DynamoDBDocumentClient;

  /** Of a batch the first half; the rest is handed back. */
  async function inPart(command: unknown): Promise<unknown> {
    if (command instanceof BatchGetCommand) {
      const [[table = '', { Keys = [], ...how } = {}] = []] = Object.entries(command.input.RequestItems ?? {});
      const half = Math.ceil(Keys.length / 2);
      const RequestItems = { [table]: { Keys: Keys.slice(0, half), ...how } };
      const answer = await db.send(new BatchGetCommand({ RequestItems }));
      return half === Keys.length
        ? answer
        : { ...answer, UnprocessedKeys: { [table]: { Keys: Keys.slice(half), ...how } } };
    }
    if (command instanceof BatchWriteCommand) {
      const [[table = '', requests = []] = []] = Object.entries(command.input.RequestItems ?? {});
      const half = Math.ceil(requests.length / 2);
      await db.send(new BatchWriteCommand({ RequestItems: { [table]: requests.slice(0, half) } }));
      return half === requests.length ? {} : { UnprocessedItems: { [table]: requests.slice(half) } };
    }
    return db.send(command as never);
  }
}

function failure(name: string): Error {
  return Object.assign(new Error(name), { name });
}
