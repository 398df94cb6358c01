import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { until } from '../command';
import { REGION } from '../emulators';
import { isOver, PROD, plain, STAGING, type Stage, texts } from '../stage';
import type { Group } from './group';

const API = ['prod', 'shop', 'api'] as const;
const WORKER = ['prod', 'shop', 'worker'] as const;

/** The life of a thread, in clusters that say next to nothing. */
export function theThread(stage: Stage): Group {
  const api = stage.service('prod', 'shop', 'api');
  const worker = stage.service('prod', 'shop', 'worker');
  const stagingApi = stage.service('staging', 'shop', 'api');
  const lost = stage.service('staging', 'lost', 'unlisted');
  const blind = stage.service('staging', 'blind', 'api');

  const before = async () => {
    for (const account of ['prod', 'staging'] as const) await stage.ecs(account).createCluster('shop');
    await stage.ecs('staging').createCluster('lost');
    for (const { account, cluster, name, tasks } of [api, worker, stagingApi, lost]) {
      await stage.ecs(account === PROD ? 'prod' : 'staging').createService(cluster, name, tasks);
    }
  };

  const run = () => {
    test('opens when a service’s CPU crosses its limit', async () => {
      api.cpu = 93;
      const { parent } = await stage.thread('usual', API);

      expect(plain(parent.text)).toBe('🟠 api: CPU 93 %, limit 85 % for 5 min (prod, shop)');
    });

    test('tells the next alarm of the service in the same thread', async () => {
      api.memory = 95;
      const all = texts(await stage.thread('usual', API, ({ replies }) => replies.length >= 1));

      expect(all).toEqual(['🟠 api: Memory 95 %, limit 85 % for 5 min']);
    });

    test('tells a stopped task in the same thread', async () => {
      await stage.send('ecs-task-stopped-essential-container-exited', {
        account: 'prod',
        cluster: 'shop',
        service: 'api',
      });
      const all = texts(await stage.thread('usual', API, ({ replies }) => replies.length >= 2));

      expect(all.slice(1)).toEqual(['🟠 api: Task stopped: api:42, exit 1']);
    });

    test('closes when all is fine again', async () => {
      api.cpu = 30;
      api.memory = 40;
      const closed = await stage.thread('usual', API, isOver);

      expect(closed.parent.text).toMatch(/^🟢.api: recovered after \d+.(s|min) \(prod, shop\)$/);
      expect(texts(closed).at(-1)).toMatch(/^🟢 api: Recovered after \d+ (s|min): /);
    });

    test('is reopened when it happens again', async () => {
      const { replies } = await stage.thread('usual', API);
      api.cpu = 97;
      const again = await stage.thread('usual', API, ({ parent }) => !parent.text.startsWith('🟢'));
      const all = await stage.thread('usual', API, (now) => now.replies.length > replies.length);

      expect(again.parent.text).toContain('CPU 97');
      expect(all.replies.at(-1)).toMatchObject({ reply_broadcast: true });
      api.cpu = 30;
      await stage.thread('usual', API, isOver);
    });

    test('is another one for another account’s service of the same name', async () => {
      const place = ['staging', 'shop', 'api'] as const;
      stagingApi.cpu = 91;
      const opened = await stage.thread('usual', place);

      expect(opened.replies).toEqual([]);
      stagingApi.cpu = 30;
      await stage.thread('usual', place, isOver);
    });

    test('tells that a service was scaled', async () => {
      await stage.ecs('prod').scale('shop', 'worker', 3);
      worker.tasks = 3;
      const up = await stage.thread('usual', WORKER);
      expect(plain(up.parent.text)).toBe('🔵 worker: scaled up 2 → 3 (prod, shop)');

      await stage.ecs('prod').scale('shop', 'worker', 2);
      worker.tasks = 2;
      const down = await stage.thread('usual', WORKER, ({ replies }) => replies.length > 0);
      expect(texts(down)).toEqual(['🔵 worker: Scaled down 3 → 2']);
    });

    test('tells by alarms alone where ECS cannot be read', async () => {
      const place = ['staging', 'blind', 'api'] as const;
      blind.tasks = 3;
      const up = await stage.thread('usual', place);
      expect(plain(up.parent.text)).toBe('🔵 api: scaled up by 1 task (ECS could not be read) (staging, blind)');

      blind.tasks = 0;
      const stopped = await stage.thread('usual', place, ({ parent }) => parent.text.startsWith('🔴'));
      expect(plain(stopped.parent.text)).toBe(
        '🔴 api: no running task for 3 min (ECS could not be read) (staging, blind)',
      );

      blind.tasks = 3;
      const closed = await stage.thread('usual', place, isOver);
      expect(texts(closed).at(-1)).toMatch(/^🟢 api: Recovered after \d+ s: tasks are running again$/);
    });

    test('of the cluster shows what is no JSON on the topic as it is', async () => {
      const sns = new SNSClient(stage.world.as(PROD));
      const TopicArn = `arn:aws:sns:${REGION}:${PROD}:ecs-alerts-shop-alarms`;
      await sns.send(new PublishCommand({ TopicArn, Message: 'this is <not> json' }));
      sns.destroy();
      const { parent } = await stage.thread('usual', ['prod', 'shop', 'shop (cluster)']);

      expect(JSON.stringify(parent.blocks)).toContain('this is &lt;not&gt; json');
    });

    test('that cannot be opened leaves what to do in the dead-letter queue', async () => {
      lost.cpu = 99;
      const sqs = new SQSClient(stage.world.as(STAGING));
      const QueueUrl = `${stage.world.as(STAGING).endpoint}/${STAGING}/ecs-alerts-lost-dead-letters`;
      const message = await until('a dead letter', async () => {
        const request = { QueueUrl, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 };
        return (await sqs.send(new ReceiveMessageCommand(request))).Messages?.[0];
      });
      sqs.destroy();

      expect(message.MessageAttributes?.['cause']?.StringValue).toMatch(
        /^Slack says channel_not_found: .*check the ID/,
      );
      expect(JSON.parse(message.Body ?? '')).toMatchObject({ Type: 'Notification' });
    });
  };
  return { name: 'a thread', before, run };
}
