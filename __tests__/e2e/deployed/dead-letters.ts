import { ListMessageMoveTasksCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { until } from '../command';
import { REGION } from '../emulators';
import { OpsInbox } from '../ops-inbox';
import { TestQueue } from '../queue';
import { readmeCommand } from '../readme';
import { PROD, plain, type Stage, texts } from '../stage';
import type { Group } from './group';

const CLUSTER = 'everything';
const SERVICE = 'shunned';
const AT = ['prod', CLUSTER, SERVICE] as const;
const PLACE = { account: 'prod', cluster: CLUSTER, service: SERVICE } as const;
const ALARM = `ecs-alerts/${CLUSTER}/dead-letters`;
const [DEAD_LETTERS, ALERTS] = [`ecs-alerts-${CLUSTER}-dead-letters`, `ecs-alerts-${CLUSTER}-alerts`];

/** What cannot be told until a person has done something, and how it is told then. */
export function theDeadLetters(stage: Stage): Group {
  const service = stage.service('prod', CLUSTER, SERVICE);
  let bodies: readonly string[] = [];
  let inbox: OpsInbox;
  let deadLetters: TestQueue;
  let alerts: TestQueue;

  const before = async () => {
    await stage.ecs('prod').createService(CLUSTER, SERVICE, service.tasks);
    const aws = stage.world.as(PROD);
    inbox = await OpsInbox.open('on-call', aws);
    [deadLetters, alerts] = [new TestQueue(DEAD_LETTERS, aws), new TestQueue(ALERTS, aws)];
  };

  const stop = (task: string, minutesAgo: number) =>
    stage.send('ecs-task-stopped-essential-container-exited', PLACE, {
      taskArn: `arn:aws:ecs:${REGION}:${PROD}:task/${CLUSTER}/${task}`,
      stoppedAt: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
    });

  /** The README's command, with this cluster. Returns how many messages were moved. */
  async function redrive(): Promise<number | undefined> {
    const moved = (arn = '') => arn.replace('-shop-', `-${CLUSTER}-`);
    const command = readmeCommand('aws sqs start-message-move-task');
    const option = (name: string) => moved(new RegExp(`--${name} (\\S+)`).exec(command)?.[1]);
    const [SourceArn, DestinationArn] = [option('source-arn'), option('destination-arn')];
    const sqs = new SQSClient(stage.world.as(PROD));
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    const ended = await until('the end of the move', async () => {
      const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
      return Results?.find(({ Status }) => Status !== 'RUNNING');
    });
    sqs.destroy();
    expect(ended.Status).toBe('COMPLETED');
    return ended.ApproximateNumberOfMessagesMoved;
  }

  const run = () => {
    test('are there at once, each with what to fix', async () => {
      const channel = stage.world.channels.shut;
      await stage.world.slack.conversations.archive({ channel });
      await stop('first', 3);
      await stop('second', 2);
      const messages = await until('two dead letters', async () => {
        const found = await deadLetters.look();
        return found.length === 2 ? found : undefined;
      });
      bodies = messages.map(({ Body = '' }) => Body);

      for (const { Attributes, MessageAttributes } of messages) {
        expect(MessageAttributes?.['cause']?.StringValue).toMatch(/^Slack says is_archived: .*unarchive it/);
        // It is the function that gave them up: SQS would do so after hundreds of receives.
        expect(Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
      }
    });

    test('set off the alarm: the emulator measures how many there are', () => inbox.hears(ALARM, 'ALARM'));

    test('are told once by the README’s command, as soon as the channel is open', async () => {
      await stage.world.slack.conversations.unarchive({ channel: stage.world.channels.shut });
      expect(await redrive()).toBe(2);
      const { parent, replies } = await stage.thread('shut', AT, (now) => now.replies.length > 0);

      expect(plain(parent.text)).toMatch(
        /^🟠 shunned: 2 stops in (60 s|1 min), last: api:42, exit 1 \(prod, everything\)$/,
      );
      expect(texts({ parent, replies })).toEqual([
        expect.stringMatching(/^🟠 shunned: 2nd stop in (60 s|1 min): api:42, exit 1$/),
      ]);
      await inbox.hears(ALARM, 'OK');
    });

    test('are told no second time when they are moved once more', async () => {
      const before = await stage.thread('shut', AT);
      for (const body of bodies) await deadLetters.send(body);
      expect(await redrive()).toBe(2);
      await until('an empty queue', async () => ((await alerts.count()) === 0 ? true : undefined));

      expect(await stage.thread('shut', AT)).toEqual(before);
      expect(await deadLetters.count()).toBe(0);
      inbox.close();
      deadLetters.close();
      alerts.close();
    });
  };
  return { name: 'dead letters', before, run };
}
