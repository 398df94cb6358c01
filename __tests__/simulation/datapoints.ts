import type { Clock } from './clock';
import type { SimulatedEcs } from './ecs';
import { MINUTE } from './place';
import type { Random } from './random';

/** What the running tasks of a service reported in a minute. */
export interface Datapoint {
  /** SampleCount: the number of running tasks. */
  readonly count: number;
  readonly cpu: number;
  readonly memory: number;
}

interface Stored extends Datapoint {
  readonly visibleAtMs: number;
  /** Not all samples are there yet: so many less are seen until then. */
  readonly partialUntilMs: number;
}

const LATE = 0.02;
const LOST = 0.003;
const PARTIAL = 0.01;
const KEPT_MINUTES = 30;

/** `AWS/ECS` as CloudWatch has it: a datapoint a minute of each service with running tasks, late or missing at times. */
export class Datapoints {
  private readonly services = new Map<string, Map<number, Stored>>();

  constructor(
    private readonly ecs: SimulatedEcs,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    clock.every(MINUTE, Math.ceil(clock.ms() / MINUTE) * MINUTE + 30_000, () => this.sample());
  }

  names(): readonly string[] {
    return [...this.services.keys()];
  }

  /** What can be seen now of a minute. */
  at(service: string, minute: number): Datapoint | undefined {
    const stored = this.services.get(service)?.get(minute);
    const nowMs = this.clock.ms();
    if (stored === undefined || stored.visibleAtMs > nowMs) return undefined;
    if (stored.partialUntilMs <= nowMs || stored.count < 2) return stored;
    return { ...stored, count: stored.count - 1 };
  }

  private sample(): void {
    const minute = Math.floor(this.clock.ms() / MINUTE);
    const endMs = (minute + 1) * MINUTE;
    for (const [name, { running, cpu, memory }] of this.ecs.services) {
      if (running === 0 || this.random.chance(LOST)) continue;
      const lateMs = this.random.chance(LATE) ? this.random.between(MINUTE, 4 * MINUTE) : 0;
      const visibleAtMs = endMs + this.random.between(5_000, 50_000) + lateMs;
      const partialUntilMs = this.random.chance(PARTIAL) ? visibleAtMs + MINUTE : 0;
      const noise = () => this.random.between(-4, 4);
      const points = this.services.get(name) ?? new Map<number, Stored>();
      points.set(minute, { count: running, cpu: cpu + noise(), memory: memory + noise(), visibleAtMs, partialUntilMs });
      points.delete(minute - KEPT_MINUTES);
      this.services.set(name, points);
    }
  }
}
