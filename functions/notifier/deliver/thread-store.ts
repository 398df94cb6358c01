import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { inParts } from '../../in-parts';
import type { Subject } from '../../subject';
import { THREADS } from '../../wake';
import type { Message } from '../render/blocks';
import { asToday, type FormerThread, identitiesOf } from '../thread/former';
import { newThread, type Thread } from '../thread/memory';

/** Alerts that were told are kept so long: a redrive of the dead-letter queue after 14 days tells nothing twice. */
const TOLD_DAYS = 15;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html and API_BatchWriteItem.html */
const BATCH_GET_MAX = 100;
const BATCH_WRITE_MAX = 25;
const BATCH_ATTEMPTS = 6;

/** A message that is decided and not yet known to be in Slack. It is written down before it is sent. */
export interface Pending {
  readonly id: string;
  /** A parent is rendered from the thread when it is sent. */
  readonly reply?: { readonly message: Message; readonly broadcast: boolean };
  /** Identities of the alerts that it tells. */
  readonly tells: readonly string[];
  readonly writtenAtMs: number;
  /** Slack may have it: look before sending. */
  readonly attempted: boolean;
  /** Slack has it, only that is not written down everywhere yet. */
  readonly ts?: string;
  /** Where it was sent. */
  readonly to?: { readonly channel: string; readonly threadTs?: string };
  /** What it is to be, where it is edited later: a crash loop's reply, the explanation. */
  readonly is?: 'loop' | 'explanation';
  /** Slack refuses its chart. */
  readonly chartless?: true;
  /** Slack refuses its blocks. */
  readonly plain?: true;
  /** Of a new incident's parent: the thread without it, for when Slack refuses it. */
  readonly before?: Thread;
}

/** A thread that only the holder of its lock changes. */
export interface Held {
  readonly key: string;
  readonly lockId: string;
  readonly thread: Thread;
  readonly outbox: readonly Pending[];
  /** The parent in Slack is older than the thread. */
  readonly stale: boolean;
  /** Identities of alerts that the thread has counted and Slack refuses to show: they are in the dead-letter queue. */
  readonly refused: readonly string[];
  /** When an edit was begun whose answer was lost, which Slack may still do; else 0. */
  readonly editLostAtMs: number;
}

/** Where threads are kept: one item per subject, one per alert told. Plain conditional writes, no transactions. */
export interface ThreadStore {
  /** Undefined while somebody else holds it. The lock ends by itself at `untilMs`. */
  readonly lock: (key: string, subject: Subject, untilMs: number) => Promise<Held | undefined>;
  /** Writes the thread and keeps the lock; throws when the lock was lost. */
  readonly save: (held: Held) => Promise<void>;
  readonly release: (held: Held) => Promise<void>;
  /** Those of the identities that were told before, each with the `ts` of the message that did. */
  readonly told: (key: string, identities: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly markTold: (key: string, identities: readonly string[], ts: string) => Promise<void>;
  /** The threads as they are now; another invocation may be changing them. */
  readonly read: (keys: readonly string[]) => Promise<readonly Thread[]>;
  /** Keys of those threads that have a parent in Slack: a hint for the order of work. */
  readonly withParent: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
}

export function threadStore(
  db: DynamoDBDocumentClient,
  table: string,
  { now, newId }: { readonly now: () => Date; readonly newId: () => string },
): ThreadStore {
  async function write({ key, lockId, ...held }: Held, unlock: string): Promise<void> {
    const { thread, outbox, stale, refused, editLostAtMs } = held;
    const set = 'SET thread = :thread, outbox = :outbox, stale = :stale, refused = :refused, editLostAtMs = :lost';
    await db.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: THREADS, sk: key },
        UpdateExpression: `${set} ${unlock}`,
        ConditionExpression: 'lockedBy = :lockId',
        ExpressionAttributeValues: {
          ':thread': thread,
          ':outbox': outbox,
          ':stale': stale,
          ':refused': refused,
          ':lost': editLostAtMs,
          ':lockId': lockId,
        },
      }),
    );
  }

  async function readAll(keys: readonly { pk: string; sk: string }[], projection: string) {
    const found: Record<string, unknown>[] = [];
    await inBatches<Record<string, unknown>>(keys, BATCH_GET_MAX, async (Keys) => {
      const request = { [table]: { Keys: [...Keys], ConsistentRead: true, ProjectionExpression: projection } };
      const { Responses, UnprocessedKeys } = await db.send(new BatchGetCommand({ RequestItems: request }));
      found.push(...(Responses?.[table] ?? []));
      return UnprocessedKeys?.[table]?.Keys ?? [];
    });
    return found;
  }

  return {
    lock: async (key, subject, untilMs) => {
      const lockId = newId();
      try {
        const { Attributes } = await db.send(
          new UpdateCommand({
            TableName: table,
            Key: { pk: THREADS, sk: key },
            UpdateExpression: 'SET lockedBy = :lockId, lockedUntil = :until',
            ConditionExpression: 'attribute_not_exists(lockedUntil) OR lockedUntil < :now OR lockedBy = :lockId',
            ExpressionAttributeValues: { ':lockId': lockId, ':until': untilMs, ':now': now().getTime() },
            ReturnValues: 'ALL_NEW',
          }),
        );
        const item = (Attributes ?? {}) as Partial<Omit<Held, 'key' | 'lockId' | 'thread'> & { thread: FormerThread }>;
        const { thread = newThread(subject), outbox = [], stale = false, refused = [], editLostAtMs = 0 } = item;
        return { key, lockId, thread: asToday(thread), outbox, stale, refused, editLostAtMs };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },

    save: (held) => write(held, ''),

    release: (held) => write(held, 'REMOVE lockedBy, lockedUntil'),

    told: async (key, identities) => {
      const bySk = new Map(
        identities.flatMap((identity) => identitiesOf(identity).map((one) => [hash(one), identity] as const)),
      );
      const items = await readAll(
        [...bySk.keys()].map((sk) => ({ pk: toldKey(key), sk })),
        'sk, ts',
      );
      return new Map(items.map(({ sk, ts }) => [bySk.get(String(sk)) ?? '', String(ts)]));
    },

    markTold: async (key, identities, ts) => {
      const expiresAt = Math.floor(now().getTime() / 1000) + TOLD_DAYS * 24 * 3600;
      const puts = [...new Set(identities)].map((identity) => ({
        PutRequest: { Item: { pk: toldKey(key), sk: hash(identity), identity, ts, expiresAt } },
      }));
      await inBatches<object>(puts, BATCH_WRITE_MAX, async (part) => {
        const { UnprocessedItems } = await db.send(new BatchWriteCommand({ RequestItems: { [table]: [...part] } }));
        return UnprocessedItems?.[table] ?? [];
      });
    },

    read: async (keys) => {
      const items = await readAll(
        keys.map((sk) => ({ pk: THREADS, sk })),
        'thread',
      );
      return items.flatMap(({ thread }) => (thread === undefined ? [] : [asToday(thread as FormerThread)]));
    },

    withParent: async (keys) => {
      const items = await readAll(
        keys.map((sk) => ({ pk: THREADS, sk })),
        'sk, thread.incident.parent',
      );
      return new Set(items.filter(({ thread }) => thread !== undefined).map(({ sk }) => String(sk)));
    },
  };
}

function toldKey(key: string): string {
  return `told/${key}`;
}

/** A sort key has at most 1,024 bytes, and what AWS sends as an ID may be longer. */
function hash(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 40);
}

/** Sends all of them, so many at a time, and again what DynamoDB hands back. */
async function inBatches<T>(
  items: readonly T[],
  size: number,
  send: (part: readonly T[]) => Promise<readonly T[]>,
): Promise<void> {
  for (const part of inParts(items, size)) {
    let left = part;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === BATCH_ATTEMPTS) throw new Error('DynamoDB leaves a part of a batch unprocessed');
      left = [...(await send(left))];
    }
  }
}
