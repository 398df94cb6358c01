import type { Fault, Faults } from './faults';
import type { Answer, Does } from './gateway';

/**
 * Does the steps, or what is left of them when something goes wrong.
 *
 * @param kill returns when the process is dead
 */
export function struck(
  faults: Faults,
  kill: () => Promise<void>,
): { readonly does: Does; readonly happened: readonly string[] } {
  const happened: string[] = [];
  return {
    happened,
    does: async (step, pass) => {
      const fault = faults(step);
      if (fault === undefined) return pass();
      happened.push(`${fault}: step ${step.number}, ${step.action}`);
      if (fault === 'throttled' || fault === 'failed') return REFUSALS[fault];
      if (isAfter(fault)) await pass();
      if (fault === 'killed before' || fault === 'killed after') await kill();
      throw new Error(fault);
    },
  };
}

function isAfter(fault: Fault): boolean {
  return fault === 'killed after' || fault === 'lost after';
}

const REFUSALS = {
  throttled: refusal(400, 'ProvisionedThroughputExceededException'),
  failed: refusal(500, 'InternalServerError'),
};

function refusal(status: number, name: string): Answer {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}` });
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}
