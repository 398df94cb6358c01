import type { About } from '../../functions/notifier/explain/about';
import type { LookedUp } from '../../functions/notifier/explain/explanation';

/** What AWS would say of any incident: enough to be told, after as long as its calls take. */
export function lookingUp(takes: () => Promise<void>) {
  return async function* ({ subject, stop }: About): AsyncGenerator<LookedUp> {
    await takes();
    const { service = subject.cluster } = subject;
    const what = [`${service} `, { quote: stop?.revision ?? 'is busy' }];
    const cause = stop === undefined ? {} : { cause: { words: [{ quote: 'DATABASE_URL' }, ' is not set'] } };
    yield { isWhole: true, isComplete: true, explanation: { why: { what } }, ...cause };
  };
}
