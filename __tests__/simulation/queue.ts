import type { Incoming } from '../../functions/notifier/handler';
import type { Clock } from './clock';

/** As the event source mapping of the construct is set. */
const BATCH_WINDOW_MS = 2000;
const BATCH_MAX = 100;
/** Six times the notifier's time. */
const VISIBILITY_MS = 6 * 60_000;
/** From there on a record would be in the dead-letter queue. */
const RECEIVES_MAX = 400;

interface Held {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
}

/** Hands on a batch; returns the IDs of what stays. */
type Consumer = (records: readonly Incoming[]) => Promise<readonly string[]>;

/** SQS with a function behind it that runs once at a time: two at once are what other tests are about. */
export class SimulatedQueue {
  private readonly held = new Map<string, Held>();
  private sent = 0;
  private polling = false;
  /** Bodies that nobody could deliver. */
  readonly deadLetters: { readonly body: string; readonly cause: string }[] = [];
  batches = 0;
  givenBack = 0;

  constructor(
    private readonly clock: Clock,
    private readonly consume: Consumer,
  ) {}

  readonly send = (body: string): void => {
    this.sent += 1;
    const id = `record-${this.sent}`;
    const nowMs = this.clock.ms();
    this.held.set(id, { id, body, sentAtMs: nowMs, visibleAtMs: nowMs, receives: 0 });
    this.poll(nowMs);
  };

  readonly comeAgain = async ({ id }: Incoming, seconds: number): Promise<void> => {
    const record = this.held.get(id);
    if (record !== undefined) record.visibleAtMs = this.clock.ms() + seconds * 1000;
  };

  readonly deadLetter = async ({ id, body }: Incoming, cause: string): Promise<void> => {
    this.deadLetters.push({ body, cause });
    this.held.delete(id);
  };

  get length(): number {
    return this.held.size;
  }

  /** The batch window begins with the first record that is there. */
  private poll(firstAtMs: number): void {
    if (this.polling) return;
    this.polling = true;
    this.clock.at(firstAtMs + BATCH_WINDOW_MS, () => this.receive());
  }

  private async receive(): Promise<void> {
    const nowMs = this.clock.ms();
    const batch = [...this.held.values()].filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, BATCH_MAX);
    for (const record of batch) {
      record.receives += 1;
      record.visibleAtMs = nowMs + VISIBILITY_MS;
    }
    if (batch.length > 0) {
      this.batches += 1;
      const stays = new Set(await this.consume(batch.map(incoming)));
      for (const { id } of batch.filter(({ id }) => !stays.has(id))) this.held.delete(id);
      this.givenBack += stays.size;
      for (const { id, body, receives } of batch) {
        if (receives >= RECEIVES_MAX && this.held.delete(id)) this.deadLetters.push({ body, cause: 'receives' });
      }
    }
    this.polling = false;
    const next = Math.min(...[...this.held.values()].map(({ visibleAtMs }) => visibleAtMs));
    if (Number.isFinite(next)) this.poll(Math.max(next, this.clock.ms()));
  }
}

function incoming({ id, body, sentAtMs, receives }: Held): Incoming {
  return { id, receiptHandle: `handle-${id}`, body, sentAtMs, receiveCount: receives };
}
