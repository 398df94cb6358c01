import { isOver, plain, type Stage, texts } from '../stage';
import type { Group } from './group';

const CLUSTER = 'everything';
const at = (name: string) => ['prod', CLUSTER, name] as const;

/** What only ECS says: the watcher reads it each minute, here whenever a test lets a minute pass. */
export function theWatcher(stage: Stage): Group {
  const fragile = stage.service('prod', CLUSTER, 'fragile');

  const before = async () => {
    const ecs = stage.ecs('prod');
    for (const name of ['fragile', 'swinging', 'thin', 'stuck', 'idle']) await ecs.createService(CLUSTER, name, 2);
  };

  const watch = () => stage.watch('prod', CLUSTER);

  /** Takes a minute of ECS’s own time. */
  const begin = async () => {
    const ecs = stage.ecs('prod');
    await ecs.stopTasks(CLUSTER, 'thin', 1);
    await ecs.deployWithoutRoom(CLUSTER, 'stuck');
    await ecs.stopTasks(CLUSTER, 'fragile', 2);
    fragile.tasks = 0;
    await watch();
  };

  const run = () => {
    test('without a running task a service is critical', async () => {
      const { parent } = await stage.thread('listed', at('fragile'));

      expect(plain(parent.text)).toBe('🔴 fragile: 0 of 2 tasks running (prod, everything)');
    });

    test('a service that nobody listed was scaled', async () => {
      await stage.ecs('prod').scale(CLUSTER, 'swinging', 3);
      await watch();
      const up = await stage.thread('everything', at('swinging'));
      expect(plain(up.parent.text)).toBe('🔵 swinging: scaled up 2 → 3 (prod, everything)');

      await stage.ecs('prod').scale(CLUSTER, 'swinging', 2);
      await watch();
      const down = await stage.thread('everything', at('swinging'), ({ replies }) => replies.length > 0);
      expect(texts(down)).toEqual(['🔵 swinging: Scaled down 3 → 2']);

      await stage.ecs('prod').scale(CLUSTER, 'swinging', 0);
      await watch();
      const none = await stage.thread('everything', at('swinging'), ({ replies }) => replies.length > 1);
      expect(texts(none).slice(1)).toEqual(['🔵 swinging: Scaled to zero']);
    });

    test('a service that is deleted says so in its thread, and nowhere else', async () => {
      for (const name of ['swinging', 'idle']) await stage.ecs('prod').deleteService(CLUSTER, name);
      await watch();
      const thread = await stage.thread('everything', at('swinging'), ({ replies }) => replies.length > 2);

      expect(texts(thread).at(-1)).toBe('🔵 swinging: The service was deleted');
      expect(await stage.threads('everything', ...at('idle'))).toEqual([]);
    });

    test('fewer tasks than desired, for a minute', async () => {
      const { parent } = await eventually('everything', 'thin');
      expect(plain(parent.text)).toMatch(/^🟠 thin: only 1 of 2 tasks running for \d min \(prod, everything\)$/);

      await stage.ecs('prod').scale(CLUSTER, 'thin', 2);
      await watch();
      const closed = await stage.thread('everything', at('thin'), isOver);
      expect(texts(closed)).toEqual([expect.stringMatching(/^🟢 thin: Recovered after \d+ s: 2 of 2 tasks running$/)]);
    });

    test('a deployment that takes longer than a minute', async () => {
      const { parent } = await eventually('everything', 'stuck');

      expect(plain(parent.text)).toMatch(/^🔴 stuck: deployment of app:\d still running after \d+ (s|min) /);
    });

    test('what is critical for a minute is said again', async () => {
      const { replies } = await eventually('listed', 'fragile', 1);

      expect(plain(replies[0]?.text ?? '')).toMatch(
        /^🔴 fragile: Still critical after \d+ (s|min): 0 of 2 tasks running$/,
      );
    });

    test('a recovery closes the thread', async () => {
      await stage.ecs('prod').scale(CLUSTER, 'fragile', 2);
      fragile.tasks = 2;
      await watch();
      const closed = await stage.thread('listed', at('fragile'), isOver);

      expect(plain(closed.parent.text)).toMatch(/^🟢 fragile: recovered after \d+ (s|min) \(prod, everything\)$/);
      expect(texts(closed).at(-1)).toMatch(/^🟢 fragile: Recovered after \d+ (s|min): 2 of 2 tasks running again$/);
    });

    test('was started by its schedule too', async () => {
      // In this cluster the tests did it once.
      const log = await stage.logs('prod').read('/aws/lambda/ecs-alerts-shop-watcher');
      expect(log.filter((line) => line.startsWith('START')).length).toBeGreaterThan(1);
    });
  };

  /** Lets minutes pass until it is told. */
  async function eventually(channel: 'everything' | 'listed', name: string, replies = 0) {
    const giveUpAtMs = Date.now() + 100_000;
    for (;;) {
      await watch();
      const [thread] = await stage.threads(channel, ...at(name));
      if (thread !== undefined && thread.replies.length >= replies) return thread;
      if (Date.now() > giveUpAtMs) throw new Error(`${name} is not told`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return { name: 'the watcher', before, begin, run };
}
