import type { GiveBackDeps } from '../../functions/notifier/give-back';
import type { Incoming } from '../../functions/notifier/handler';
import type { Clock } from './clock';
import type { Random } from './random';

/** Queue and event source mapping as they are deployed. */
export interface Mapping {
  readonly batchSize: number;
  readonly batchWindowMs: number;
  readonly concurrency: number;
  readonly visibilityMs: number;
  readonly receivesMax: number;
  readonly functionMs: number;
}

/** Runs the function on a batch until its time is up; gives the IDs of what stays. When it throws, all stays. */
export type Consumer = (records: readonly Incoming[], endsAtMs: number) => Promise<readonly string[]>;

/** A message that SQS has. */
export interface Held {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
}

interface Poller {
  batch: Held[];
  isRunning: boolean;
}

/**
 * SQS and the pollers of Lambda's event source mapping, on a virtual clock: a batch is gathered until its window ends or
 * it is full, as many functions run at once as the mapping allows, what is received is invisible for a time, what stays
 * comes again, what was received too often ends in the dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export class SimulatedQueue {
  private readonly held = new Map<string, Held>();
  private readonly pollers: readonly Poller[];
  private sent = 0;
  /** Bodies that nobody could deliver. */
  readonly deadLetters: { readonly body: string; readonly cause: string }[] = [];
  /** How often SQS hands out a message that it has handed out a moment before. */
  handsOutTwice = 0;
  batches = 0;
  givenBack = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly mapping: Mapping,
    private readonly consume: Consumer,
  ) {
    this.pollers = Array.from({ length: mapping.concurrency }, () => ({ batch: [], isRunning: false }));
  }

  readonly send = (body: string, delaySeconds = 0): void => {
    this.sent += 1;
    const id = `record-${this.sent}`;
    const nowMs = this.clock.ms();
    const record = { id, body, sentAtMs: nowMs, visibleAtMs: nowMs, receives: 0 };
    this.held.set(id, record);
    if (delaySeconds > 0) this.show(record, delaySeconds * 1000);
    else this.offer(record);
  };

  readonly comeAgain: GiveBackDeps['comeAgain'] = async (returns) => {
    for (const { record: given, seconds } of returns) {
      const record = this.held.get(given.id);
      // The receipt handle of an earlier receive is worth nothing any more.
      if (record?.receives === given.receiveCount) this.show(record, seconds * 1000);
    }
    return 0;
  };

  /** A copy: the record itself leaves the queue when the function does not name it as failed. */
  readonly deadLetter = async ({ body }: Incoming, cause: string): Promise<void> => {
    this.deadLetters.push({ body, cause });
  };

  /** As `StartMessageMoveTask` does: they come back as new messages. */
  redrive(): void {
    for (const { body } of this.deadLetters.splice(0)) this.send(body);
  }

  get length(): number {
    return this.held.size;
  }

  private show(record: Held, afterMs: number): void {
    record.visibleAtMs = this.clock.ms() + afterMs;
    this.clock.at(record.visibleAtMs, () => {
      const isThere = this.held.get(record.id) === record && record.visibleAtMs <= this.clock.ms();
      if (isThere) this.offer(record);
    });
  }

  /** All that poll have a request open: any of them may get it. */
  private offer(record: Held): void {
    const free = this.pollers.filter(({ batch, isRunning }) => !isRunning && batch.length < this.mapping.batchSize);
    const poller = free[this.random.whole(0, free.length - 1)];
    if (poller !== undefined) this.receive(poller, record);
  }

  private receive(poller: Poller, record: Held): void {
    const { batchSize, batchWindowMs, receivesMax, visibilityMs } = this.mapping;
    record.receives += 1;
    if (record.receives > receivesMax) {
      this.held.delete(record.id);
      this.deadLetters.push({ body: record.body, cause: 'receives' });
      return;
    }
    const isTwice = this.random.chance(this.handsOutTwice);
    this.show(record, isTwice ? this.random.between(0, 20_000) : visibilityMs);
    poller.batch.push(record);
    if (poller.batch.length === 1) this.clock.in(batchWindowMs, () => this.invoke(poller, record));
    if (poller.batch.length === batchSize) this.clock.in(0, () => this.invoke(poller, poller.batch[0]));
  }

  /** @param first what the batch began with: a full one went before its window ended */
  private async invoke(poller: Poller, first: Held | undefined): Promise<void> {
    const { batch } = poller;
    if (poller.isRunning || batch.length === 0 || batch[0] !== first) return;
    poller.isRunning = true;
    this.batches += 1;
    try {
      const stays = new Set(await this.consume(batch.map(incoming), this.clock.ms() + this.mapping.functionMs));
      this.givenBack += stays.size;
      for (const { id } of batch) if (!stays.has(id)) this.held.delete(id);
    } catch {
      // All of them become visible again when their time is up.
      this.givenBack += batch.length;
    }
    poller.batch = [];
    poller.isRunning = false;
    const nowMs = this.clock.ms();
    for (const record of this.held.values()) if (record.visibleAtMs <= nowMs) this.offer(record);
  }
}

function incoming({ id, body, sentAtMs, receives }: Held): Incoming {
  return { id, receiptHandle: `${id}-${receives}`, body, sentAtMs, receiveCount: receives };
}
