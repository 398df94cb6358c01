import { SEED } from '../../simulation/random';
import { runStorm } from '../storm';

/** What the virtual clock says must be true in real time too, over HTTP. */
test('a storm in real time: 20 parents, within the budgets', async () => {
  const { account, calls, limited, leastCalls, seconds, posts, batches } = await runStorm(SEED, { realTime: true });
  const { parents, told, lost, doubled, postedTwice, miscounted } = account;
  process.stdout.write(`${JSON.stringify({ calls, limited, leastCalls, seconds, posts, batches })}\n`);

  expect({ told, parents }).toEqual({ told: 1000, parents: 20 });
  expect([...lost, ...doubled, ...postedTwice, ...miscounted]).toEqual([]);
  expect(calls).toBeLessThanOrEqual(Math.min(250, 1.2 * leastCalls));
  expect(seconds).toBeLessThanOrEqual(1.2 * posts);
});
