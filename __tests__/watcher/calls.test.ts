import { ListServicesCommand } from '@aws-sdk/client-ecs';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { threadKey } from '../../functions/subject';
import { THREADS, type Wake, type Watched } from '../../functions/wake';
import { serviceLister } from '../../functions/watcher/list-services';
import { wakeSender } from '../../functions/watcher/wake-sender';
import { watchedReader } from '../../functions/watcher/watched';
import { startTable } from '../../tools/table';
import { SHOP } from './world';

describe('the list of services', () => {
  const arns = Array.from(
    { length: 250 },
    (_, index) => `arn:aws:ecs:eu-west-1:111122223333:service/shop/api-${index}`,
  );

  function anEcs(failsAtPage?: number) {
    const asked: unknown[] = [];
    const send = async (command: { readonly input: unknown }) => {
      if (!(command instanceof ListServicesCommand)) throw new Error('not a list');
      const { nextToken = '0', maxResults = 10 } = command.input;
      asked.push(command.input);
      if (asked.length === failsAtPage) throw new Error('Rate exceeded');
      const end = Number(nextToken) + maxResults;
      return {
        serviceArns: arns.slice(Number(nextToken), end),
        ...(end < arns.length ? { nextToken: String(end) } : {}),
      };
    };
    return { asked, send: send as never };
  }

  test('has the names from all pages of a hundred, with a pause between two', async () => {
    const slept: number[] = [];
    const ecs = anEcs();
    const names = await serviceLister(ecs, async (ms) => void slept.push(ms))('shop');

    expect(names).toEqual(arns.map((arn) => arn.split('/').at(-1)));
    expect(ecs.asked).toEqual([
      { cluster: 'shop', maxResults: 100, nextToken: undefined },
      { cluster: 'shop', maxResults: 100, nextToken: '100' },
      { cluster: 'shop', maxResults: 100, nextToken: '200' },
    ]);
    expect(slept).toEqual([250, 250]);
  });

  test('is none when a page is missing', async () => {
    await expect(serviceLister(anEcs(3), async () => {})('shop')).rejects.toThrow('Rate exceeded');
  });

  test('knows services with the short ARN', async () => {
    const send = async () => ({ serviceArns: ['arn:aws:ecs:eu-west-1:111122223333:service/old'] });

    expect(await serviceLister({ send: send as never }, async () => {})('shop')).toEqual(['old']);
  });
});

describe('the threads in the table', () => {
  test('are all read, over several pages, with nothing but what the watcher needs', async () => {
    const { db, table, close } = await startTable();
    const subjectOf = (index: number) => ({ ...SHOP, service: `service-${index}` });
    const level = { version: 3, atMs: 1, desired: 3, running: 3, hasRun: true };
    const due = { what: 'quiet', atMs: 5, openedAtMs: 2 } as const;
    const put = (sk: string, more: object) =>
      db.send(new PutCommand({ TableName: table, Item: { pk: THREADS, sk, ...more } }));
    for (let index = 0; index < 120; index++) {
      const subject = subjectOf(index);
      const thread = { subject, level, due, incident: { note: 'x'.repeat(10_000) } };
      await put(threadKey(subject), { thread, outbox: [] });
    }
    await put('bare', { thread: { subject: SHOP } });
    await put('only locked', { lockedBy: 'somebody' });
    let pages = 0;
    const counting = {
      send: (command: never) => {
        pages += 1;
        return db.send(command);
      },
    };
    const read = await watchedReader(counting as never, table)();
    await close();

    const expected: Watched[] = Array.from({ length: 120 }, (_, index) => ({ subject: subjectOf(index), level, due }));
    const bySubject = (threads: readonly Watched[]) => new Map(threads.map((one) => [threadKey(one.subject), one]));
    expect(bySubject(read)).toEqual(bySubject([...expected, { subject: SHOP }]));
    expect(read).toHaveLength(121);
    expect(pages).toBe(2);
  });
});

describe('the queue', () => {
  const wakes = Array.from({ length: 23 }, (_, index): Wake => {
    const subject = { ...SHOP, service: `service-${index}` };
    const due = { what: 'quiet', atMs: index, openedAtMs: 0 } as const;
    return { source: 'ecs-alerts.watcher', kind: 'due', subject, due };
  });

  function aQueue(failed: (call: number) => readonly object[] = () => []) {
    const sent: string[][] = [];
    const send = async (command: { readonly input: unknown }) => {
      if (!(command instanceof SendMessageBatchCommand)) throw new Error('not a batch');
      expect(command.input.QueueUrl).toBe('https://queue');
      const { Entries = [] } = command.input;
      expect(new Set(Entries.map(({ Id }) => Id)).size).toBe(Entries.length);
      sent.push(Entries.map(({ MessageBody = '' }) => MessageBody));
      return { Failed: failed(sent.length) };
    };
    return { sent, send: send as never };
  }

  test('gets the wakes in tens, as JSON', async () => {
    const queue = aQueue();
    await wakeSender(queue, 'https://queue', () => {})(wakes);

    expect(queue.sent.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(queue.sent.flat().map((body) => JSON.parse(body) as unknown)).toEqual(wakes);
  });

  test('gets the rest when it does not take one, which is logged and thrown', async () => {
    const logged: unknown[] = [];
    const queue = aQueue((call) => (call === 1 ? [{ Id: '4', Code: 'InternalError', Message: 'try again' }] : []));
    const send = wakeSender(queue, 'https://queue', (...line) => void logged.push(line));

    await expect(send(wakes)).rejects.toThrow('the queue does not take 1 of 23 wakes');
    expect(queue.sent).toHaveLength(3);
    expect(logged).toEqual([
      [
        'error',
        'the queue does not take a wake',
        { thread: '111122223333/eu-west-1/shop/service-4', code: 'InternalError', cause: 'try again' },
      ],
    ]);
  });
});
