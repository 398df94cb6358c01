import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { until } from './command';
import { type AwsClientSettings, REGION } from './emulators';

const TOPIC = 'operators';

/** What reaches the operators by their own topic, in a queue of the test’s own. */
export class OpsInbox {
  /** The state that was told last, by the alarm’s name. */
  private readonly told = new Map<string, string>();

  private constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string | undefined,
  ) {}

  static async open(name: string, aws: AwsClientSettings): Promise<OpsInbox> {
    const [sqs, sns] = [new SQSClient(aws), new SNSClient(aws)];
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: TOPIC }));
    const Endpoint = `arn:aws:sqs:${REGION}:${aws.credentials.accessKeyId}:${name}`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    sns.destroy();
    return new OpsInbox(sqs, QueueUrl);
  }

  /** The alarms that are in ALARM, as far as was told. */
  async alarming(): Promise<string[]> {
    await this.listen();
    return [...this.told].filter(([, state]) => state === 'ALARM').map(([name]) => name);
  }

  async hears(alarm: string, state: 'ALARM' | 'OK'): Promise<void> {
    await until(`${alarm} ${state}`, async () => {
      await this.listen();
      return this.told.get(alarm) === state || undefined;
    });
  }

  close(): void {
    this.sqs.destroy();
  }

  private async listen(): Promise<void> {
    const QueueUrl = this.queueUrl;
    for (;;) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return;
      for (const { Body = '', ReceiptHandle } of Messages) {
        const { Message } = JSON.parse(Body) as { readonly Message: string };
        const { AlarmName, NewStateValue } = JSON.parse(Message) as Record<'AlarmName' | 'NewStateValue', string>;
        this.told.set(AlarmName, NewStateValue);
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
}
