import { Random, SEED } from '../simulation/random';
import { any, type Fault, type Faults, kills, losses, never, once, throttling } from './processes/faults';
import { inParallel } from './processes/in-parallel';
import { type Played, play } from './processes/play';
import { type Stage, setStage } from './processes/stage';
import { oneService, type Story, twoServices } from './processes/story';

/**
 * The built function in processes of its own, with DynamoDB, Slack and the rest behind a gateway that sees each request: a
 * step. Processes are killed with SIGKILL between any two steps; what is in the channel in the end counts, nothing else.
 */

/** Cores of a small machine are busy with so many plays. */
const AT_ONCE = 4;
const SEEDS = Array.from({ length: 4 }, (_, index) => SEED + index);

let stage: Stage;
beforeEach(async () => {
  // The emulator answers 5,000 requests and no more.
  stage = await setStage();
});
afterEach(() => stage.close());

/** Plays it with each of the faults. Returns what is wrong in the end, and how it came to that. */
async function played(story: Story, all: readonly (readonly [name: string, faults: Faults])[]): Promise<object[]> {
  const found = await inParallel(all, AT_ONCE, async ([name, faults]) => {
    const { wrong, happened, log } = await play(story, stage, faults);
    return wrong.length === 0 && happened.length > 0 ? [] : [{ name, wrong, happened, log }];
  });
  return found.flat();
}

async function steps(story: Story): Promise<Played['steps']> {
  const { steps, wrong } = await play(story, stage, never);
  expect(wrong).toEqual([]);
  return steps;
}

describe('a thread is told once', () => {
  test.each<Fault>(['killed before', 'lost before', 'lost after'])('when any one step is %s', async (fault) => {
    const story = oneService(Date.now());
    const one = (await steps(story)).map(({ number, action }) => {
      return [`${fault}: step ${number}, ${action}`, once(fault, number)] as const;
    });
    expect(await played(story, one)).toEqual([]);
  });

  test.each<readonly [string, (random: Random) => Faults]>([
    ['processes are killed again and again', (random) => kills(random, 6)],
    ['connections break', (random) => losses(random, 10)],
    ['the store is throttled', (random) => throttling(random, 6)],
    ['all of that happens', (random) => any(kills(random, 3), losses(random, 5), throttling(random, 3))],
  ])('when %s', async (_what, faultsOf) => {
    const story = twoServices(Date.now());
    const all = SEEDS.map((seed) => [`seed ${seed}`, faultsOf(new Random(seed))] as const);
    expect(await played(story, all)).toEqual([]);
  });
});
