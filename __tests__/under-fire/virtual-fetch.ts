import type { FetchFunction } from '@slack/web-api';
import { TIMEOUT_MS } from '../../functions/notifier/deliver/slack';
import type { Clock } from '../simulation/clock';
import type { Random } from '../simulation/random';
import type { Outcome, UnwellSlack } from './unwell-slack';

/** A `fetch` to a Slack on a virtual clock: the way there and back takes a moment. */
export function virtualFetch(slack: UnwellSlack, clock: Clock, random: Random): FetchFunction {
  return async (input, { headers, body } = {}) => {
    await clock.sleep(random.between(10, 60));
    const startedAtMs = clock.ms();
    const call = {
      method: String(input).split('/').at(-1) ?? '',
      token: new Headers(headers).get('authorization')?.replace('Bearer ', '') ?? '',
      body: new URLSearchParams(String(body ?? '')),
    };
    const outcome = await slack.call(call);
    if (outcome === 'silence') await clock.sleep(startedAtMs + TIMEOUT_MS - clock.ms());
    else await clock.sleep(random.between(50, 250));
    return responseTo(outcome);
  };
}

function responseTo(outcome: Outcome): Response {
  if (outcome === 'silence') throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  if (outcome === 'reset') throw new TypeError('fetch failed');
  const { status, headers, body } = outcome;
  return new Response(body, { status, headers });
}
