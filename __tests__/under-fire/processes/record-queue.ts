import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { sqsRecord } from '../../../tools/emulated-queue';
import type { Held } from '../../simulation/queue';
import type { Step } from './gateway';
import type { TestClock } from './test-clock';

/** Six times the notifier's time. */
const VISIBILITY_MS = 6 * 60_000;
const BATCH_WINDOW_MS = 2000;
const RECEIVES_MAX = 30;

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** What the notifier asks itself. */
interface Sent {
  readonly QueueUrl?: string;
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
}

/** What SQS does for the notifier: what is not done comes again, at the time that was asked for or else minutes later. */
export class RecordQueue {
  private held: readonly Held[] = [];
  private sent = 0;
  /** Of records that nobody could deliver. */
  readonly wrong: string[] = [];

  constructor(private readonly clock: TestClock) {}

  /** @param atMs in the future */
  send(bodies: readonly string[], atMs: number): void {
    const all = bodies.map((body) => {
      this.sent += 1;
      return { id: `record-${this.sent}`, body, sentAtMs: atMs, visibleAtMs: atMs, receives: 0 };
    });
    this.held = [...this.held, ...all];
  }

  /** What SQS is asked. */
  readonly answer = ({ action, body }: Step): object => {
    const { Entries = [], ...sent } = JSON.parse(body) as { readonly Entries?: readonly Entry[] } & Sent;
    const { MessageBody, DelaySeconds = 0, QueueUrl = '' } = sent;
    if (MessageBody !== undefined && QueueUrl.endsWith('/alerts')) {
      this.send([MessageBody], this.clock.now() + DelaySeconds * 1000);
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      return { MessageId: `record-${this.sent}`, MD5OfMessageBody };
    }
    if (action !== 'ChangeMessageVisibilityBatch') this.wrong.push(`${action}: ${body}`);
    for (const { ReceiptHandle, VisibilityTimeout } of Entries) {
      const record = this.held.find(({ id }) => id === ReceiptHandle);
      if (record !== undefined) record.visibleAtMs = this.clock.now() + VisibilityTimeout * 1000;
    }
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  };

  /** Waits for the next that is visible, and takes all that come within the batch window. Empty when nothing is left. */
  receive(): readonly SQSRecord[] {
    if (this.held.length === 0) return [];
    this.clock.skipUntil(Math.min(...this.held.map(({ visibleAtMs }) => visibleAtMs)) + BATCH_WINDOW_MS);
    const nowMs = this.clock.now();
    const batch = this.held.filter(({ visibleAtMs }) => visibleAtMs <= nowMs);
    for (const record of batch) {
      record.receives += 1;
      record.visibleAtMs = nowMs + VISIBILITY_MS;
    }
    this.giveUp(batch.filter(({ receives }) => receives > RECEIVES_MAX).map(({ id }) => id));
    return batch.map(sqsRecord);
  }

  delete(ids: readonly string[]): void {
    this.held = this.held.filter(({ id }) => !ids.includes(id));
  }

  private giveUp(ids: readonly string[]): void {
    this.wrong.push(...ids.map((id) => `${id} is still in the queue after ${RECEIVES_MAX} receives`));
    this.delete(ids);
  }
}
