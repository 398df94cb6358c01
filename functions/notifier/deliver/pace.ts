import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { NotYetError, RetryableError } from './errors';

export type Method = 'post' | 'edit';

/**
 * What Slack bears: about one message a second into a channel, and 50 edits a minute, all channels together. A little is
 * left for what differs on the way to Slack. https://docs.slack.dev/apis/web-api/rate-limits
 */
const LIMITS = { post: { turns: 1, inMs: 1080 }, edit: { turns: 48, inMs: 61_000 } } as const;
/** A longer wait is not slept in the function: the record goes back to the queue for it. */
const WAIT_MAX_MS = 3000;
const ATTEMPTS = 20;
/** So long who gives way stays away. */
const BUSY_MS = 5000;

/** What only explains gives way: no alert has had a turn for so long, and of the edits so many are left. */
const GIVES_WAY = { postAfterMs: 3000, editsOf: 24 } as const;

/** The pace of a notifier, over all its concurrent invocations: kept in the table. */
export interface Pace {
  /**
   * Waits for a turn. Throws `RetryableError` if that is too far off, `NotYetError` when it gives way and others have their
   * turn.
   */
  readonly turn: (channel: string, method: Method, options?: { readonly givesWay: boolean }) => Promise<void>;
  /** Throws `NotYetError` as long as whoever gives way would get no turn. */
  readonly free: (channel: string, method: Method) => Promise<void>;
  /** Slack asked to wait: nobody gets a turn before that. */
  readonly hold: (channel: string, method: Method, ms: number) => Promise<void>;
}

interface Turns {
  /** When the newest turns were, or will be, oldest first. */
  readonly atMs: readonly number[];
  /** The newest of them that was an alert's. */
  readonly alertAtMs: number;
  readonly heldUntilMs: number;
  readonly version: number;
}

const NONE: Turns = { atMs: [], alertAtMs: 0, heldUntilMs: 0, version: 0 };

export function pace(
  db: DynamoDBDocumentClient,
  table: string,
  clock: { readonly now: () => Date; readonly sleep: (ms: number) => Promise<void> },
): Pace {
  /** As they were last seen: mostly nobody else has taken a turn since, and a read is saved. */
  const seen = new Map<string, Turns>();

  async function read(sk: string): Promise<Turns> {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: { pk: 'pace', sk }, ConsistentRead: true }));
    return { ...NONE, ...(Item as Partial<Turns> | undefined) };
  }

  async function take(sk: string, { version }: Turns, { atMs, alertAtMs }: Turns): Promise<boolean> {
    try {
      await db.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: 'pace', sk },
          UpdateExpression: 'SET atMs = :atMs, alertAtMs = :alertAtMs, version = :next',
          ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :seen',
          ExpressionAttributeValues: {
            ':atMs': atMs,
            ':alertAtMs': alertAtMs,
            ':next': version + 1,
            ...(version && { ':seen': version }),
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Others first: as long as they are at it, and while few turns are left. */
  function giveWay(method: Method, { atMs, alertAtMs }: Turns, nowMs: number): void {
    const edits = atMs.filter((turnMs) => turnMs > nowMs - LIMITS.edit.inMs).length;
    const isBusy = method === 'post' ? nowMs - alertAtMs < GIVES_WAY.postAfterMs : edits >= GIVES_WAY.editsOf;
    if (isBusy) throw new NotYetError('alerts go first', { retryAfterMs: BUSY_MS });
  }

  return {
    free: async (channel, method) => giveWay(method, await read(keyOf(channel, method)), clock.now().getTime()),

    turn: async (channel, method, { givesWay } = { givesWay: false }) => {
      const sk = keyOf(channel, method);
      const { turns, inMs } = LIMITS[method];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const known = seen.get(sk) ?? (await read(sk));
        seen.delete(sk);
        const nowMs = clock.now().getTime();
        if (givesWay) giveWay(method, known, nowMs);
        const turnMs = Math.max(nowMs, known.heldUntilMs, (known.atMs.at(-turns) ?? 0) + inMs);
        if (turnMs - nowMs > WAIT_MAX_MS) throw busy(method, turnMs - nowMs);
        const atMs = [...known.atMs, turnMs].slice(-turns);
        const next = { ...known, atMs, alertAtMs: givesWay ? known.alertAtMs : turnMs, version: known.version + 1 };
        if (!(await take(sk, known, next))) continue;
        seen.set(sk, next);
        return clock.sleep(turnMs - clock.now().getTime());
      }
      throw busy(method, 0);
    },

    hold: async (channel, method, ms) => {
      const sk = keyOf(channel, method);
      seen.delete(sk);
      const request = new UpdateCommand({
        TableName: table,
        Key: { pk: 'pace', sk },
        UpdateExpression: 'SET heldUntilMs = :until ADD version :one',
        ConditionExpression: 'attribute_not_exists(heldUntilMs) OR heldUntilMs < :until',
        ExpressionAttributeValues: { ':until': clock.now().getTime() + ms, ':one': 1 },
      });
      await db.send(request).catch((error) => {
        // Somebody was asked to wait for longer.
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    },
  };
}

/** Messages are limited by channel, edits for all channels together. */
function keyOf(channel: string, method: Method): string {
  return method === 'post' ? `post/${channel}` : 'edit';
}

/** What cannot be edited now can be replied to. */
function busy(method: Method, retryAfterMs: number): RetryableError {
  const message = method === 'post' ? 'the channel is busy' : 'too many edits in a minute';
  return new RetryableError(message, { retryAfterMs, wholeChannel: method === 'post' });
}
