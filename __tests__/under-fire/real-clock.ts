import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../simulation/clock';

/** The clock of the simulation, as slow as the real one. */
export class RealClock extends Clock {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor() {
    super(Date.now());
  }

  override readonly ms = (): number => Date.now();
  override readonly now = (): Date => new Date();
  override readonly during = <T>(work: Promise<T>): Promise<T> => work;

  override at(atMs: number, job: () => unknown): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void job();
    }, atMs - Date.now());
    this.timers.add(timer);
  }

  override async run(untilMs: number): Promise<void> {
    await sleep(untilMs - Date.now());
  }

  /** Nothing that was planned happens any more. */
  end(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}
