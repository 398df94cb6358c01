import type { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { returnTo } from '../../functions/notifier/return-to';
import { aRecord } from '../support/notifier';

const returns = Array.from({ length: 1000 }, (_, index) => ({ record: aRecord('one'), seconds: index }));

function queue(answer: (entries: readonly object[]) => Promise<object>) {
  const calls: (readonly {
    readonly ReceiptHandle?: string | undefined;
    readonly VisibilityTimeout?: number | undefined;
  }[])[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const send = async ({ input: { Entries = [] } }: ChangeMessageVisibilityBatchCommand) => {
    calls.push(Entries);
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    await new Promise(setImmediate);
    atOnce -= 1;
    return answer(Entries);
  };
  return { sqs: { send } as unknown as SQSClient, calls, mostAtOnce: () => mostAtOnce };
}

test('gives a thousand records back in a hundred calls, each after its own time, few at once', async () => {
  const { sqs, calls, mostAtOnce } = queue(async () => ({}));

  expect(await returnTo(sqs, 'https://queue')(returns)).toBe(0);
  expect(calls).toHaveLength(100);
  expect(calls.flat().map(({ ReceiptHandle, VisibilityTimeout }) => [ReceiptHandle, VisibilityTimeout])).toEqual(
    returns.map(({ record, seconds }) => [record.receiptHandle, seconds]),
  );
  expect(mostAtOnce()).toBeLessThanOrEqual(10);
});

test('says how many were not taken, and goes on with the others', async () => {
  let call = 0;
  const { sqs, calls } = queue(async (entries) => {
    call += 1;
    if (call === 1) throw new Error('RequestThrottled');
    return call === 2 ? { Failed: entries.slice(0, 3) } : {};
  });

  expect(await returnTo(sqs, 'https://queue')(returns)).toBe(13);
  expect(calls).toHaveLength(100);
});
