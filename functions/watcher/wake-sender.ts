import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { inParts } from '../in-parts';
import type { Log } from '../log';
import { threadKey } from '../subject';
import type { Wake } from '../wake';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html: so many in one call. */
const MESSAGES_PER_CALL = 10;

/** Puts wakes onto the notifier's queue. Sends all that can be sent, then throws if the queue did not take some. */
export function wakeSender(
  sqs: Pick<SQSClient, 'send'>,
  queueUrl: string,
  log: Log,
): (wakes: readonly Wake[]) => Promise<void> {
  return async (wakes) => {
    let refused = 0;
    for (const some of inParts(wakes, MESSAGES_PER_CALL)) {
      const Entries = some.map((wake, index) => ({ Id: String(index), MessageBody: JSON.stringify(wake) }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      for (const { Id, Code, Message } of Failed) {
        const wake = some[Number(Id)];
        const thread = wake === undefined ? undefined : threadKey(wake.subject);
        log('error', 'the queue does not take a wake', { thread, code: Code, cause: Message });
      }
      refused += Failed.length;
    }
    if (refused > 0) throw new Error(`the queue does not take ${refused} of ${wakes.length} wakes`);
  };
}
