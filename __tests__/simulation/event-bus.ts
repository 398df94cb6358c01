import type { Clock } from './clock';
import type { Random } from './random';

const TWICE = 0.03;
const LATE = 0.02;

/** At least once, in any order, some seconds later. */
export function eventBus(clock: Clock, random: Random, deliver: (body: string) => void): (body: string) => void {
  return (body) => {
    const times = random.chance(TWICE) ? 2 : 1;
    for (let nth = 0; nth < times; nth++) {
      const delayMs = random.between(300, 4000) + (random.chance(LATE) ? random.between(5_000, 40_000) : 0);
      clock.in(delayMs, () => deliver(body));
    }
  };
}
