import { type ChaosResult, runChaos } from './chaos';

/** Late posts are the rarer fault: CI has time for half as many alerts of them. */
const alertsOf = (late: boolean) => Number(process.env['CHAOS_ALERTS'] ?? (late ? 5_000 : 10_000));

/** What must be true of a run, whatever its seed. `late`: a lost post may show long after it was looked for. */
export function chaosOf(seed: number, { late }: { readonly late: boolean }): void {
  describe(`chaos, seed ${seed}${late ? ', with posts that show late' : ''}`, () => {
    let result: ChaosResult;
    beforeAll(async () => {
      result = await runChaos(seed, { alerts: alertsOf(late), late });
      const { account, threads: _threads, wrongStates, sentAgain, ...more } = result;
      const { lost, doubled, miscounted: _miscounted, postedTwice, ...counts } = account;
      const found = { lost: lost.length, doubled: doubled.length, postedTwice: postedTwice.length };
      const summary = { seed, late, ...counts, ...found, wrong: wrongStates.length, again: sentAgain.size, ...more };
      process.stdout.write(`${JSON.stringify(summary)}\n`);
    }, 900_000);

    test('loses nothing', () => {
      expect(result.account).toMatchObject({ lost: [], miscounted: [] });
      expect(result.left).toBe(0);
    });

    if (late) {
      test('doubles only what showed too late, once, and writes it down', () => {
        const { doubled, postedTwice, twiceOrMore } = result.account;
        expect(postedTwice.filter((id) => !result.sentAgain.has(id))).toEqual([]);
        expect(doubled.filter((identity) => !twiceOrMore.has(identity))).toEqual([]);
        expect([...twiceOrMore.values()].filter((times) => times > 2)).toEqual([]);
      });
    } else {
      test('doubles nothing', () => {
        expect(result.account).toMatchObject({ doubled: [], postedTwice: [] });
      });
    }

    test('leaves each thread with one parent, in its right state', () => {
      expect(result.wrongStates).toEqual([]);
    });
  });
}
