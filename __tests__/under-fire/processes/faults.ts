import type { Random } from '../../simulation/random';
import type { Step } from './gateway';

/** What goes wrong at a step. */
export type Fault =
  /** The process is killed, the request does not get out. */
  | 'killed before'
  /** It is done, and the process is killed before it hears of it. */
  | 'killed after'
  /** The connection breaks, the request does not get through. */
  | 'lost before'
  /** It is done, and the connection breaks before the answer. */
  | 'lost after'
  /** The store says so, and does nothing. */
  | 'throttled'
  | 'failed';

/** Decides at each step; undefined when nothing goes wrong. */
export type Faults = (step: Step) => Fault | undefined;

export const never: Faults = () => undefined;

export function once(fault: Fault, number: number): Faults {
  return (step) => (step.number === number ? fault : undefined);
}

/** So many processes die, none of them old. */
export function kills(random: Random, times: number): Faults {
  let left = times;
  let next = random.whole(1, 25);
  return ({ number }) => {
    if (left === 0 || number < next) return undefined;
    left -= 1;
    next = number + random.whole(1, 25);
    return random.chance(0.5) ? 'killed before' : 'killed after';
  };
}

/** So many connections break. */
export function losses(random: Random, times: number): Faults {
  let left = times;
  return () => {
    if (left === 0 || !random.chance(0.2)) return undefined;
    left -= 1;
    return random.chance(0.3) ? 'lost before' : 'lost after';
  };
}

/** So many times the store refuses some calls in a row: now and then more than the AWS SDK tries. */
export function throttling(random: Random, times: number): Faults {
  let left = times;
  let row = 0;
  return ({ server }) => {
    if (server !== 'dynamodb') return undefined;
    if (row === 0 && left > 0 && random.chance(0.15)) {
      left -= 1;
      row = random.whole(1, 5);
    }
    if (row === 0) return undefined;
    row -= 1;
    return random.chance(0.5) ? 'throttled' : 'failed';
  };
}

export function any(...all: readonly Faults[]): Faults {
  return (step) => all.map((faults) => faults(step)).find((fault) => fault !== undefined);
}
