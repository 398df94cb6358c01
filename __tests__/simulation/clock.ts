/** What happens at a time. While it waits for real I/O the virtual time stands still. */
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
  private busy = 0;
  private idle: (() => void) | undefined;
  private failure: unknown;

  constructor(private nowMs: number) {}

  readonly ms = (): number => this.nowMs;
  readonly now = (): Date => new Date(this.nowMs);

  at(atMs: number, job: Job): void {
    this.push({ atMs: Math.max(atMs, this.nowMs), order: this.order++, job });
  }

  in(delayMs: number, job: Job): void {
    this.at(this.nowMs + delayMs, job);
  }

  /** Again and again, the first time at `atMs`. */
  every(periodMs: number, atMs: number, job: Job): void {
    this.at(atMs, async () => {
      this.every(periodMs, atMs + periodMs, job);
      await job();
    });
  }

  /** Only for jobs: what is not one may not wait for a time that stands still. */
  readonly sleep = (ms: number): Promise<void> => {
    if (ms <= 0) return Promise.resolve();
    return new Promise((wake) => {
      this.in(ms, () => {
        this.busy += 1;
        wake();
      });
      this.rest();
    });
  };

  /** Lets time go by until then. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.pop();
      this.nowMs = next.atMs;
      const done = next.job();
      if (done instanceof Promise) this.watch(done);
      while (this.busy > 0) await new Promise<void>((idle) => (this.idle = idle));
      if (this.failure !== undefined) throw this.failure;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  private watch(done: Promise<unknown>): void {
    this.busy += 1;
    done
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.rest());
  }

  private rest(): void {
    this.busy -= 1;
    if (this.busy < 0) this.failure ??= new Error('a job sleeps twice at once: the clock cannot tell when it is done');
    if (this.busy === 0) this.idle?.();
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
