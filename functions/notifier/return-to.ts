import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { inParts } from '../in-parts';
import type { GiveBackDeps } from './give-back';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html */
const BATCH_MAX = 10;
/** Requests at once: a batch of a thousand records is back in the queue before the first of them comes again. */
const AT_ONCE = 10;

/** Gives records back to the queue, ten a call. One that is not taken comes when its visibility timeout ends. */
export function returnTo(sqs: Pick<SQSClient, 'send'>, QueueUrl: string | undefined): GiveBackDeps['comeAgain'] {
  return async (returns) => {
    const entries = returns.map(({ record, seconds }, index) => ({
      Id: `${index}`,
      ReceiptHandle: record.receiptHandle,
      VisibilityTimeout: seconds,
    }));
    const batches = inParts(entries, BATCH_MAX);
    let failed = 0;
    const send = async () => {
      for (let Entries = batches.shift(); Entries !== undefined; Entries = batches.shift()) {
        const request = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
        const all = { Failed: Entries };
        const { Failed = [] }: { readonly Failed?: readonly object[] } = await sqs.send(request).catch(() => all);
        failed += Failed.length;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
    return failed;
  };
}
