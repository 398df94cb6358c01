import { setImmediate } from 'node:timers/promises';

/** What happens at a time. */
type Job = () => unknown;

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly job: Job;
}

/**
 * Virtual time: it jumps from one job to the next. A job may sleep: time goes on, other jobs run meanwhile, and it is
 * woken at its time. So a week takes as long as what is done in it.
 */
export class Clock {
  private readonly heap: Entry[] = [];
  private order = 0;
  private open = 0;
  private idle: (() => void) | undefined;
  private failure: unknown;

  constructor(private nowMs: number) {}

  readonly ms = (): number => this.nowMs;
  readonly now = (): Date => new Date(this.nowMs);

  at(atMs: number, job: Job): void {
    this.push({ atMs: Math.max(atMs, this.nowMs), order: this.order++, job });
  }

  in(delayMs: number, job: Job): void {
    this.at(this.ms() + delayMs, job);
  }

  /** Again and again, the first time at `atMs`. */
  every(periodMs: number, atMs: number, job: Job): void {
    this.at(atMs, async () => {
      this.every(periodMs, atMs + periodMs, job);
      await job();
    });
  }

  readonly sleep = (ms: number): Promise<void> => {
    return ms <= 0 ? Promise.resolve() : new Promise((wake) => this.in(ms, wake));
  };

  /** Real I/O: virtual time stands still until it is done. */
  readonly during = async <T>(work: Promise<T>): Promise<T> => {
    this.open += 1;
    try {
      return await work;
    } finally {
      this.open -= 1;
      if (this.open === 0) this.idle?.();
    }
  };

  /** Lets time go by until then. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.pop();
      this.nowMs = next.atMs;
      const done = next.job();
      if (done instanceof Promise) done.catch((error: unknown) => (this.failure ??= error));
      await this.quiet();
      if (this.failure !== undefined) throw this.failure;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** All that goes on waits for its time to come. */
  private async quiet(): Promise<void> {
    do {
      while (this.open > 0) await new Promise<void>((idle) => (this.idle = idle));
      await setImmediate();
    } while (this.open > 0);
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const up = (index - 1) >> 1;
      if (!isBefore(entry, heap[up])) break;
      heap[index] = heap[up] as Entry;
      index = up;
    }
    heap[index] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const least = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isBefore(heap[least], last)) break;
      heap[index] = heap[least] as Entry;
      index = least;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
