import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { until } from '../command';
import { REGION } from '../emulators';
import { PROD, type Stage } from '../stage';
import type { Group } from './group';

const [NOTIFIER, WATCHER] = ['ecs-alerts-everything-notifier', 'ecs-alerts-everything-watcher'];

/** What is wrong with the alerting itself, by the alarm's name: namespace, metric, dimensions. */
const FAILURES: Readonly<Record<string, readonly [string, string, Readonly<Record<string, string>>]>> = {
  'notifier-errors': ['AWS/Lambda', 'Errors', { FunctionName: NOTIFIER }],
  'delivery-failed': ['EcsAlerts', 'DeliveryFailed', { FunctionName: NOTIFIER }],
  'oldest-message': ['AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: 'ecs-alerts-everything-alerts' }],
  'dead-letters': [
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    { QueueName: 'ecs-alerts-everything-dead-letters' },
  ],
  ...Object.fromEntries(
    ['task-stopped', 'deployment', 'service-action', 'scaled-to-max', 'watcher'].map((rule) => [
      `rule-${rule}-failed`,
      ['AWS/Events', 'FailedInvocations', { RuleName: `ecs-alerts-everything-${rule}` }],
    ]),
  ),
  'watcher-errors': ['AWS/Lambda', 'Errors', { FunctionName: WATCHER }],
  'read-failed': ['EcsAlerts', 'ReadFailed', { FunctionName: WATCHER }],
};

const ALARMS = [...Object.keys(FAILURES), 'watcher-not-running'];

/** The alarms on the alerting itself: the emulator measures none of it but invocations, so the test does. */
export function theOperators(stage: Stage): Group {
  /** The state that was told last, by the alarm's name. */
  const told = new Map<string, string>();
  let sqs: SQSClient;
  let queueUrl: string | undefined;

  const before = async () => {
    sqs = new SQSClient(stage.world.as(PROD));
    const sns = new SNSClient(stage.world.as(PROD));
    ({ QueueUrl: queueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'operators' })));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'operators' }));
    const Endpoint = `arn:aws:sqs:${REGION}:${PROD}:operators`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    sns.destroy();
    // Its schedule does not run as fast as alarms do here: to them it would seem not to be started.
    started(1);
  };

  const started = (value: number) =>
    stage.measure({ namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: WATCHER }, value });

  const failures = (value: number) => {
    for (const [namespace, name, dimensions] of Object.values(FAILURES)) {
      stage.measure({ namespace, name, dimensions, value });
    }
  };

  async function listen(): Promise<void> {
    const request = { QueueUrl: queueUrl, MaxNumberOfMessages: 10 };
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
      if (Messages.length === 0) return;
      for (const { Body = '', ReceiptHandle } of Messages) {
        const { Message } = JSON.parse(Body) as { readonly Message: string };
        const { AlarmName, NewStateValue } = JSON.parse(Message) as Record<'AlarmName' | 'NewStateValue', string>;
        told.set(AlarmName, NewStateValue);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
  }

  const hears = (name: string, state: 'ALARM' | 'OK') =>
    until(`${name} ${state}`, async () => {
      await listen();
      return told.get(`ecs-alerts/everything/${name}`) === state || undefined;
    });

  const begin = async () => {
    await listen();
    expect([...told].filter(([, state]) => state === 'ALARM')).toEqual([]);
    failures(1000);
    started(0);
  };

  const run = () => {
    test('hear of each way that the alerting fails', async () => {
      for (const name of ALARMS) await hears(name, 'ALARM');
    });

    test('hear when it works again, and the channels hear nothing of it', async () => {
      failures(0);
      started(1);
      for (const name of ALARMS) await hears(name, 'OK');
      sqs.destroy();

      const channels = Object.values(stage.world.channels);
      const all = (await Promise.all(channels.map((channel) => stage.world.threads(channel, () => true)))).flat();
      expect(JSON.stringify(all)).not.toContain('ecs-alerts/everything/');
    });
  };
  return { name: 'the operators', before, begin, run };
}
