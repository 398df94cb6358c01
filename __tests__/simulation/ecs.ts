import type { ReadServices } from '../../functions/level/read-services';
import type { Reading } from '../../functions/level/reading';
import { type ServiceOptions, type ServiceWorld, SimulatedService } from './ecs-service';
import { exited } from './ecs-task';
import { taskStopped } from './events';

/** `ThrottlingException`, after the client's own attempts. */
const THROTTLED = 0.002;

/** A cluster of ECS: its services, tasks outside of services, and what the API answers. */
export class SimulatedEcs {
  readonly services = new Map<string, SimulatedService>();
  /** How often a call is throttled, from 0 to 1. */
  throttled = THROTTLED;
  /** When jobs ended. */
  readonly jobsEndedAtMs: number[] = [];
  calls = 0;

  constructor(private readonly world: ServiceWorld) {}

  add(name: string, options: ServiceOptions): SimulatedService {
    const service = new SimulatedService(name, options, this.world);
    this.services.set(name, service);
    return service;
  }

  service(name: string): SimulatedService {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  /** A scheduled job: a task of a family, outside of services. */
  runJob(family: string, runsMs: number, exitCode: number): void {
    const { clock, random, emit } = this.world;
    const createdAtMs = clock.ms();
    const startedAtMs = createdAtMs + random.between(20_000, 60_000);
    const task = {
      id: random.uuid().replaceAll('-', ''),
      group: `family:${family}`,
      revision: `${family}:7`,
      startedBy: `events-rule/${family}`,
      spot: false,
      createdAtMs,
      startedAtMs,
    };
    clock.at(startedAtMs + runsMs, () => {
      this.jobsEndedAtMs.push(clock.ms());
      emit(taskStopped(random.uuid(), task, exited(exitCode), clock.ms()));
    });
  }

  readonly listServices = async (): Promise<readonly string[]> => {
    this.call();
    return [...this.services.keys()];
  };

  readonly readServices: ReadServices = async (_cluster, names) => {
    this.call();
    return new Map(
      names.map((name): [string, Reading] => [name, this.services.get(name)?.reading() ?? this.deleted()]),
    );
  };

  private deleted(): Reading {
    return { atMs: this.world.clock.ms(), desired: 0, running: 0, deleted: true, deployments: [] };
  }

  private call(): void {
    this.calls += 1;
    if (!this.world.random.chance(this.throttled)) return;
    throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
  }
}
