import type { SlackMessage } from '../../../tools/slack-channel';
import { REGION } from '../emulators';
import { putPast } from '../metrics';
import { isOver, PROD, plain, type Stage, texts } from '../stage';
import type { Group } from './group';

const CLUSTER = 'everything';
const GROUP = '/ecs/story';
const at = (name: string) => ['prod', CLUSTER, name] as const;
const place = { account: 'prod', cluster: CLUSTER, service: 'story' } as const;
const arn = (resource: string) => `arn:aws:ecs:${REGION}:${PROD}:${resource}`;
const logConfiguration = {
  logDriver: 'awslogs',
  options: { 'awslogs-group': GROUP, 'awslogs-stream-prefix': 'story' },
} as const;

/** All that a message shows. */
const shown = (message: SlackMessage | undefined) => plain(JSON.stringify(message?.blocks ?? []));

/** The story behind the project, and two more that are explained: why is asked of AWS and said in the thread. */
export function theStory(stage: Stage): Group {
  const busy = stage.service('prod', CLUSTER, 'busy');
  const measureDatabase = (value: number) => {
    const dimensions = { DBInstanceIdentifier: 'story' };
    stage.measure({ namespace: 'AWS/RDS', name: 'CPUUtilization', dimensions, value });
  };
  const countLines = (value: number) => {
    const name = 'ecs/everything/wordy/log-pattern/errors';
    stage.measure({ namespace: 'EcsAlerts/Logs', name, dimensions: {}, value });
  };

  const before = async () => {
    const [ecs, logs] = [stage.ecs('prod'), stage.logs('prod')];
    for (const group of [GROUP, '/ecs/wordy']) await logs.createGroup(group);
    const environment = [{ name: 'LOG_LEVEL', value: 'info' }];
    await ecs.registerRevision('story', { image: 'story:1', environment, logConfiguration });
    const more = [...environment, { name: 'FEATURE_X', value: 'a secret value' }];
    await ecs.registerRevision('story', { image: 'story:2', environment: more, logConfiguration });
    await ecs.createService(CLUSTER, 'story', 2, 'story:1');
    await ecs.setServiceDeployments(CLUSTER, 'story', [
      { taskDefinition: 'story:2', status: 'IN_PROGRESS' },
      { taskDefinition: 'story:1', status: 'SUCCESSFUL' },
    ]);
    for (const name of ['busy', 'wordy']) await ecs.createService(CLUSTER, name, 2);
  };

  /** A task of the new revision ended so many minutes ago, and wrote why. */
  const stop = async (minutes: number) => {
    const task = `story-task-${minutes}`;
    await stage.logs('prod').write(GROUP, `story/app/${task}`, ['starting', "KeyError: 'PAYMENTS_URL'"]);
    await stage.send('ecs-task-stopped-essential-container-exited', place, {
      taskArn: arn(`task/${CLUSTER}/${task}`),
      taskDefinitionArn: arn('task-definition/story:2'),
      containers: [{ name: 'app', exitCode: 1 }],
      startedBy: 'ecs-svc/2',
      stoppedAt: new Date(Date.now() - minutes * 60_000).toISOString(),
    });
  };
  const deployment = (phase: string, id: number) =>
    stage.send(`ecs-deployment-${phase}`, place, {
      deploymentId: `ecs-svc/${id}`,
      updatedAt: new Date().toISOString(),
    });

  /** What takes its time: it is told and explained while others are tested. */
  const begin = async () => {
    measureDatabase(96);
    const cpu = { account: PROD, namespace: 'AWS/ECS', name: 'CPUUtilization' };
    const dimensions = { ClusterName: CLUSTER, ServiceName: busy.name };
    await putPast(stage.world, { ...cpu, dimensions }, [40, 45, 60, 80, 91, 95]);
    await deployment('IN_PROGRESS', 2);
    await stop(3);
  };

  const run = () => {
    test('a stop is told, and then what stopped, what changed, which variable is missing, and the last lines', async () => {
      const thread = await stage.thread('story', at('story'), ({ parent }) => shown(parent).includes('Likely cause'));
      const explanation = thread.replies.find(({ text }) => text.startsWith('story: '));

      expect(shown(thread.parent)).toContain('*Likely cause*: `PAYMENTS_URL` is read but not set in `story:2`');
      expect(explanation?.text).toBe('story: PAYMENTS_URL is read but set in neither story:2 nor story:1');
      for (const words of [
        '`story:1` → `story:2`',
        'FEATURE_X',
        "KeyError: 'PAYMENTS_URL'",
        '/ecs/story',
        '|Log stream>',
      ]) {
        expect(shown(explanation).replaceAll('$252F', '/')).toContain(words);
      }
      expect(shown(explanation)).not.toContain('a secret value');
    });

    test('further stops are one reply that grows, with the last line', async () => {
      for (const minutes of [2, 1]) await stop(minutes);
      await stop(0);
      const words = /Crash loop: 4 stops in \d+ min, all story:2, exit 1, last line KeyError: 'PAYMENTS_URL'/;
      const thread = await stage.thread('story', at('story'), (now) => texts(now).some((text) => words.test(text)));

      expect(texts(thread).filter((text) => text.includes('Crash loop'))).toHaveLength(1);
    });

    test('after the rollback it is green, and says what it was', async () => {
      await deployment('FAILED', 2);
      await deployment('IN_PROGRESS-rollback', 1);
      await deployment('COMPLETED', 1);
      await stage.send('ecs-service-action-SERVICE_STEADY_STATE', place, { createdAt: new Date().toISOString() });
      const { parent } = await stage.thread('story', at('story'), isOver);

      expect(shown(parent)).toMatch(/Was: .*crash loop.* · cause: `PAYMENTS_URL` is read but not set in `story:2`/);
    });

    test('a busy service: its CPU is drawn, and what it leans on is named', async () => {
      busy.cpu = 95;
      const thread = await stage.thread('story', at('busy'), ({ parent }) =>
        shown(parent).includes('Likely bottleneck'),
      );
      const [explanation] = thread.replies;

      expect(shown(thread.parent)).toMatch(/\*Likely bottleneck\*: story-db · CPU 96 %, limit 80 %/);
      expect(shown(explanation)).toMatch(/🟠 \*story-db\*: CPU 96 %, limit 80 %/);
      expect(shown(explanation)).toMatch(/"type":"data_visualization","title":"CPU of busy"/);
      expect(explanation?.text).toContain('busy');
      measureDatabase(20);
      busy.cpu = 30;
    });

    test('lines that matched are shown, without secrets', async () => {
      const lines = ['INFO all is well', 'ERROR cannot pay: password=hunter2', 'FATAL gave up'];
      await stage.logs('prod').write('/ecs/wordy', 'wordy/app/1', lines);
      countLines(7);
      const thread = await stage.thread('story', at('wordy'), ({ replies }) => replies.length > 0);
      countLines(0);

      expect(shown(thread.replies[0])).toMatch(/Matching lines.*ERROR cannot pay.*FATAL gave up/s);
      expect(shown(thread.replies[0])).not.toMatch(/hunter2|all is well/);
    });
  };
  return { name: 'the story', before, begin, run };
}
