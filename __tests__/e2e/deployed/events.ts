import type { Thread } from '../../../tools/slack-channel';
import { REGION } from '../emulators';
import { isOver, PROD, plain, type Stage, texts } from '../stage';
import type { Group } from './group';

const CLUSTER = 'everything';
const at = (name: string) => ['prod', CLUSTER, name] as const;
const place = (service: string) => ({ account: 'prod', cluster: CLUSTER, service }) as const;
const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString();

const SERVICES = ['crashing', 'impaired', 'crowded', 'rolling', 'steadily', 'growing', 'quiet'];

/** Kinds of stops, each of a service of its own: what is told of them. */
const STOPS = [
  ['ecs-task-oom', 'oom', '🟠 oom: task stopped: worker:17, exit 137: OutOfMemoryError'],
  ['ecs-task-failed-to-start-cannot-pull-image', 'pull', '🟠 pull: task stopped: api:42, CannotPullContainerError'],
  ['ecs-task-failed-to-start-missing-secret', 'secret', '🟠 secret: task stopped: api:42, ResourceInitializationError'],
  ['ecs-task-elb-health-check-failed', 'sick', '🟠 sick: task stopped: api:'],
] as const;

/** Each kind of event, played: the emulator's ECS sends only that of StopTask. */
export function theEvents(stage: Stage): Group {
  const before = async () => {
    for (const name of [...SERVICES, ...STOPS.map(([, service]) => service)]) {
      await stage.ecs('prod').createService(CLUSTER, name, 2);
    }
  };

  let tasks = 0;
  /** A task of the service crashed so many minutes ago. */
  const crash = (service: string, minutes: number) => {
    tasks += 1;
    const taskArn = `arn:aws:ecs:${REGION}:${PROD}:task/${CLUSTER}/${tasks}`;
    return stage.send('ecs-task-stopped-essential-container-exited', place(service), {
      taskArn,
      stoppedAt: ago(minutes),
    });
  };
  const deployment = (service: string, phase: string, detail: object = {}) =>
    stage.send(`ecs-deployment-${phase}`, place(service), { updatedAt: new Date().toISOString(), ...detail });
  const action = (service: string, name: string) =>
    stage.send(`ecs-service-action-${name}`, place(service), { createdAt: new Date().toISOString() });
  const opened = (service: string) => stage.thread('everything', at(service));
  const closed = (service: string) => stage.thread('everything', at(service), isOver);

  const run = () => {
    test('three stops are a crash loop, that is over when there is none for ten minutes', async () => {
      for (const minutes of [13, 12]) await crash('crashing', minutes);
      const first = await stage.thread('everything', at('crashing'), ({ replies }) => replies.length > 0);
      expect(texts(first)).toEqual([expect.stringMatching(/^🟠 crashing: 2nd stop in (60 s|1 min): api:42, exit 1$/)]);

      await crash('crashing', 11);
      const loop = await stage.thread('everything', at('crashing'), ({ replies }) => replies.length > 1);
      expect(loop.replies[1]).toMatchObject({ reply_broadcast: true });
      expect(texts(loop)[1]).toMatch(/^🔴 crashing: Crash loop: 3 stops in 2 min, all api:42, exit 1$/);

      // The stops were long ago: the watcher finds that none came since, or first that ECS shows it settled.
      await stage.watch('prod', CLUSTER);
      expect(texts(await closed('crashing')).at(-1)).toMatch(
        /^🟢 crashing: Recovered after \d+ min: (no stop for 10 min|2 of 2 tasks running on app:\d)$/,
      );
    });

    test.each(STOPS)('%s', async (fixture, service, words) => {
      await stage.send(fixture, place(service), { stoppedAt: ago(0) });
      const { parent, replies } = await opened(service);

      expect(plain(parent.text).slice(0, words.length)).toBe(words);
      expect(replies).toEqual([]);
    });

    test('a stop that was asked for, and one that came before, are not told', async () => {
      await stage.send('ecs-task-stopped-user-initiated', place('quiet'), { stoppedAt: ago(0) });
      await stage.send('ecs-task-scaling', place('quiet'), { stoppedAt: ago(0) });
      await stage.send('ecs-task-running', place('quiet'));
      await stage.send('ecs-task-oom', place('oom'), { stoppedAt: ago(0) });
      // What is told after them shows that they were read.
      await crash('quiet', 61);
      const { parent, replies } = await opened('quiet');

      // Green, if the watcher's own schedule came before this test.
      expect(plain(parent.text)).toMatch(/^(🟠|🟢) quiet: task stopped: api:42, exit 1 \(prod, everything\)$/u);
      expect(replies).toEqual([]);
      expect((await opened('oom')).replies).toEqual([]);
    });

    test('a stop alone is over after an hour of quiet, without a reply', async () => {
      await stage.watch('prod', CLUSTER);
      const isGreen = ({ parent }: Thread) => parent.text.startsWith('🟢');
      const { parent, replies } = await stage.thread('everything', at('quiet'), isGreen);

      expect(plain(parent.text)).toBe('🟢 quiet: task stopped: api:42, exit 1 (prod, everything)');
      expect(replies).toEqual([]);
    });

    test('a task outside of services is the cluster’s', async () => {
      const group = 'family:nightly';
      await stage.send('ecs-task-stopped-essential-container-exited', place('none'), { group, stoppedAt: ago(0) });
      const { parent } = await opened('everything (cluster)');

      expect(plain(parent.text)).toMatch(/^🟠 everything \(cluster\): task of family api stopped: api:42, exit 1/);
    });

    test('SERVICE_TASK_START_IMPAIRED is a crash loop, which a deployment ends that completes', async () => {
      await action('impaired', 'SERVICE_TASK_START_IMPAIRED');
      expect(plain((await opened('impaired')).parent.text)).toBe(
        '🔴 impaired: crash loop: ECS cannot start its tasks (prod, everything)',
      );

      await deployment('impaired', 'IN_PROGRESS', { deploymentId: 'ecs-svc/2' });
      const joined = await stage.thread('everything', at('impaired'), ({ replies }) => replies.length > 0);
      expect(texts(joined)).toEqual(['🔵 impaired: Deployment started']);

      await deployment('impaired', 'COMPLETED', { deploymentId: 'ecs-svc/2' });
      expect(texts(await closed('impaired')).at(-1)).toMatch(
        /^🟢 impaired: Recovered after \d+ s: deployment finished after \d+ s, 2 of 2 tasks running$/,
      );
    });

    test('SERVICE_TASK_PLACEMENT_FAILURE is critical, and over with the steady state', async () => {
      await action('crowded', 'SERVICE_TASK_PLACEMENT_FAILURE');
      expect(plain((await opened('crowded')).parent.text)).toBe(
        '🔴 crowded: no room for a task: RESOURCE:FARGATE (prod, everything)',
      );

      await action('crowded', 'SERVICE_STEADY_STATE');
      expect(texts(await closed('crowded'))).toEqual([
        expect.stringMatching(/^🟢 crowded: Recovered after \d+ s: 2 of 2 tasks running/),
      ]);
    });

    test('ECS_OPERATION_THROTTLED is a warning', async () => {
      await action('crowded', 'ECS_OPERATION_THROTTLED');
      const { parent } = await stage.thread('everything', at('crowded'), (now) => !now.parent.text.startsWith('🟢'));
      expect(plain(parent.text)).toMatch(/^🟠 crowded: AWS throttles what ECS does for the service/);

      await action('crowded', 'SERVICE_STEADY_STATE');
      await closed('crowded');
    });

    test('a deployment that goes well is not told where nothing is open', async () => {
      await deployment('steadily', 'IN_PROGRESS', { deploymentId: 'ecs-svc/4' });
      await deployment('steadily', 'COMPLETED', { deploymentId: 'ecs-svc/4' });
      await deployment('rolling', 'IN_PROGRESS', { deploymentId: 'ecs-svc/2' });
      await deployment('rolling', 'FAILED', { deploymentId: 'ecs-svc/2' });
      const { parent, replies } = await opened('rolling');

      expect(plain(parent.text)).toMatch(/^🔴 rolling: deployment failed \(prod, everything\)$/);
      expect(replies).toEqual([]);
      expect(await stage.threads('everything', ...at('steadily'))).toEqual([]);
    });

    test('a deployment that failed is rolled back, and over when the service is steady', async () => {
      await deployment('rolling', 'IN_PROGRESS-rollback', { deploymentId: 'ecs-svc/1' });
      const rolling = await stage.thread('everything', at('rolling'), ({ replies }) => replies.length > 0);
      expect(texts(rolling)).toEqual(['🔴 rolling: Rolling back']);

      await deployment('rolling', 'COMPLETED', { deploymentId: 'ecs-svc/1' });
      const back = await stage.thread('everything', at('rolling'), ({ replies }) => replies.length > 1);
      expect(texts(back)[1]).toMatch(/^🔴 rolling: Rolled back after \d+ s$/);

      await action('rolling', 'SERVICE_STEADY_STATE');
      expect(texts(await closed('rolling')).at(-1)).toMatch(/^🟢 rolling: Recovered after \d+ s: 2 of 2 tasks running/);
    });

    test('scaled to its maximum', async () => {
      await stage.send('application-autoscaling-scaled-to-max', place('growing'), { endTime: ago(0) });
      const { parent } = await opened('growing');

      expect(plain(parent.text)).toBe('🟠 growing: at its maximum of 8 tasks (prod, everything)');
    });
  };
  return { name: 'events', before, run };
}
