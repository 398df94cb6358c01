import {
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { AwsClientSettings } from './emulators';

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** A queue of an account, as its owner looks at it. */
export class TestQueue {
  private readonly sqs: SQSClient;
  private readonly url: string;

  constructor(name: string, aws: AwsClientSettings) {
    this.sqs = new SQSClient(aws);
    this.url = `${aws.endpoint}/${aws.credentials.accessKeyId}/${name}`;
  }

  /** What can be seen in it, ten at most, which stays there. */
  async look(): Promise<readonly Message[]> {
    const request = { QueueUrl: this.url, VisibilityTimeout: 0, MaxNumberOfMessages: 10 };
    const all = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };
    return (await this.sqs.send(new ReceiveMessageCommand({ ...request, ...all }))).Messages ?? [];
  }

  async send(body: string): Promise<void> {
    await this.sqs.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: body }));
  }

  /** How many messages it has, also those that somebody is at or that wait. */
  async count(): Promise<number> {
    const AttributeNames = COUNTS;
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames }),
    );
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  }

  close(): void {
    this.sqs.destroy();
  }
}
