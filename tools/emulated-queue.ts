import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { type Asked, awsJson } from './aws-json';

export type Handler = (event: { Records: SQSRecord[] }) => Promise<SQSBatchResponse>;

interface Held {
  readonly body: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
}

/** What waits longer is left in the queue. */
const PATIENCE_MS = 15_000;
const RECEIVES_MAX = 50;

/** The notifier's queue: what it gives back and what it asks itself comes again when its time has come. */
export class EmulatedQueue {
  private readonly held = new Map<string, Held>();

  readonly server = awsJson((operation, asked) => this.answer(operation, asked));

  /** Hands the bodies to the function, and all that is due soon, until nothing is. */
  async deliver(bodies: readonly string[], handler: Handler): Promise<void> {
    for (const body of bodies) this.add(body, 0);
    for (;;) {
      const next = Math.min(...[...this.held.values()].map(({ visibleAtMs }) => visibleAtMs));
      const waitMs = next - Date.now();
      if (waitMs > PATIENCE_MS || !Number.isFinite(next)) return;
      if (waitMs > 0) await sleep(waitMs);
      const visible = [...this.held].filter(([, { visibleAtMs }]) => visibleAtMs <= Date.now());
      for (const [, held] of visible) this.receive(held);
      const { batchItemFailures } = await handler({ Records: visible.map(([id, held]) => sqsRecord({ id, ...held })) });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const [id] of visible) if (!failed.has(id)) this.held.delete(id);
    }
  }

  private add(body: string, afterMs: number): void {
    const nowMs = Date.now();
    this.held.set(randomUUID(), { body, sentAtMs: nowMs, visibleAtMs: nowMs + afterMs, receives: 0 });
  }

  private receive(held: Held): void {
    held.receives += 1;
    if (held.receives > RECEIVES_MAX) throw new Error(`a message was received ${RECEIVES_MAX} times: ${held.body}`);
  }

  private answer(operation: string, asked: Asked): object {
    if (operation === 'SendMessage') {
      const body = String(asked['MessageBody']);
      this.add(body, Number(asked['DelaySeconds'] ?? 0) * 1000);
      return { MessageId: randomUUID(), MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
    }
    const entries = (asked['Entries'] ?? []) as readonly Entry[];
    for (const { ReceiptHandle, VisibilityTimeout } of entries) {
      const held = this.held.get(ReceiptHandle);
      if (held !== undefined) held.visibleAtMs = Date.now() + VisibilityTimeout * 1000;
    }
    return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
  }
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** As Lambda hands a message to the function. */
export function sqsRecord({
  id,
  body,
  sentAtMs,
  receives,
}: {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly receives: number;
}): SQSRecord {
  return {
    messageId: id,
    receiptHandle: id,
    body,
    attributes: {
      ApproximateReceiveCount: `${receives}`,
      SentTimestamp: `${sentAtMs}`,
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: `${sentAtMs}`,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:ecs-alerts-shop-alerts',
    awsRegion: 'eu-west-1',
  };
}
