import type { Clock } from './clock';
import type { SimulatedEcs } from './ecs';
import type { SimulatedService } from './ecs-service';
import { DAY, HOUR, MINUTE } from './place';
import type { Random } from './random';

/** What thirty services do in a week in which nothing is wrong. */

const SCALINGS_A_DAY = 4;
const SPOT_STOPS_A_WEEK = 3;
const SPIKES_A_DAY = 3;

/** `svc-01` to `svc-30`; every fifth has one task, which a deployment stops before it starts the new one. */
export function serviceNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `svc-${String(index + 1).padStart(2, '0')}`);
}

export function addServices(ecs: SimulatedEcs, names: readonly string[], random: Random): void {
  for (const [index, name] of names.entries()) {
    const isSingle = index % 5 === 4;
    ecs.add(name, {
      desired: isSingle ? 1 : random.whole(2, 6),
      // A larger image: the service is without a task for a minute or two, as its owner knows.
      ...(isSingle ? { least: 0, most: 100, startSeconds: [30, 120] as const } : {}),
      circuitBreaker: index % 2 === 0,
      spot: index % 3 === 0,
      maxTasks: 20,
    });
  }
}

/** A week of one service: a deployment and some scalings a day, Spot, spikes of its CPU that are over in minutes. */
export function liveAWeek(service: SimulatedService, isSpot: boolean, clock: Clock, random: Random): void {
  const startMs = clock.ms();
  for (let day = 0; day < 7; day++) {
    const dayMs = startMs + day * DAY;
    clock.at(dayMs + random.between(0, DAY - HOUR), () => void service.deploy());
    if (service.desired > 1) {
      for (let nth = 0; nth < SCALINGS_A_DAY; nth++)
        scaleUpAndDown(service, dayMs + (nth * DAY) / SCALINGS_A_DAY, clock, random);
    }
    for (let nth = 0; nth < SPIKES_A_DAY; nth++) {
      clock.at(dayMs + random.between(0, DAY - HOUR), () => {
        service.cpu = 92;
        clock.in(random.between(MINUTE, 3 * MINUTE), () => (service.cpu = random.between(25, 60)));
      });
    }
  }
  if (!isSpot) return;
  for (let nth = 0; nth < SPOT_STOPS_A_WEEK; nth++) {
    clock.at(startMs + random.between(0, 7 * DAY - HOUR), () => service.interrupt());
  }
}

function scaleUpAndDown(service: SimulatedService, fromMs: number, clock: Clock, random: Random): void {
  const steps = random.whole(1, 3);
  clock.at(fromMs + random.between(0, HOUR), () => service.scale(service.desired + steps));
  clock.at(fromMs + random.between(2 * HOUR, 5 * HOUR), () => service.scale(service.desired - steps));
}

/** Jobs of families, outside of services: each hour, and they exit with 0. */
export function runJobs(ecs: SimulatedEcs, families: readonly string[], clock: Clock, random: Random): void {
  for (const family of families) {
    clock.every(HOUR, clock.ms() + random.between(0, HOUR), () =>
      ecs.runJob(family, random.between(20_000, 10 * MINUTE), 0),
    );
  }
}
