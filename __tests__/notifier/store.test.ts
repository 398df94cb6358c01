import { randomUUID } from 'node:crypto';
import { NotYetError, RetryableError } from '../../functions/notifier/deliver/errors';
import { pace } from '../../functions/notifier/deliver/pace';
import { threadStore } from '../../functions/notifier/deliver/thread-store';
import { startTable } from '../../tools/table';
import { API, at } from '../support/alerts';

let table: Awaited<ReturnType<typeof startTable>>;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => table.close());

function aStore(now: () => Date = () => new Date(at('14:02'))) {
  return threadStore(table.db, table.table, { now, newId: randomUUID });
}

describe('the thread store', () => {
  test('gives a thread to one of twenty that want it at once', async () => {
    const store = aStore();
    const held = await Promise.all(Array.from({ length: 20 }, () => store.lock('key', API, at('14:03'))));

    expect(held.filter((one) => one !== undefined)).toHaveLength(1);
  });

  test('gives a thread again when it was released, with what was written', async () => {
    const store = aStore();
    const held = await store.lock('key', API, at('14:03'));
    if (held === undefined) throw new Error('nobody else has it');
    await store.release({ ...held, stale: true });

    expect(await store.lock('key', API, at('14:03'))).toMatchObject({ stale: true, thread: { subject: API } });
  });

  test('gives a thread again when the time of its holder is up, who can write no more', async () => {
    let now = new Date(at('14:02'));
    const store = aStore(() => now);
    const first = await store.lock('key', API, at('14:03'));
    now = new Date(at('14:03') + 1);
    const second = await store.lock('key', API, at('14:05'));
    if (first === undefined || second === undefined) throw new Error('both had it');

    await expect(store.save(first)).rejects.toThrow('conditional');
    await expect(store.release(second)).resolves.toBeUndefined();
  });

  test('remembers for 15 days which alerts were told', async () => {
    const store = aStore();
    const identities = Array.from({ length: 130 }, (_, index) => `alert-${index} ${'x'.repeat(1200)}`);
    await store.markTold('key', identities, '1.1');

    const told = await store.told('key', [...identities, 'another']);
    expect(told.size).toBe(130);
    expect(told.get(identities[0] ?? '')).toBe('1.1');
    expect(await store.told('other', identities)).toEqual(new Map());
  });
});

describe('the pace of a channel', () => {
  function aPace() {
    let nowMs = at('14:02');
    const sleep = async (ms: number) => {
      nowMs += ms;
    };
    const pass = (ms: number) => {
      nowMs += ms;
    };
    const made = pace(table.db, table.table, { now: () => new Date(nowMs), sleep });
    return { ...made, pass, now: () => nowMs - at('14:02') };
  }

  test('lets about one message a second through', async () => {
    const { turn, now } = aPace();
    for (let message = 0; message < 3; message++) await turn('C1', 'post');

    expect(now()).toBe(2 * 1080);
  });

  test('lets less than fifty edits through in any minute, of all channels together', async () => {
    const { turn, now } = aPace();
    for (let edit = 0; edit < 48; edit++) await turn(`C${edit}`, 'edit');
    expect(now()).toBe(0);

    await expect(turn('C1', 'edit')).rejects.toMatchObject({ retryAfterMs: 61_000, wholeChannel: false });
  });

  test('gives way to alerts for three seconds, not to others that give way', async () => {
    const { turn, free, pass } = aPace();
    await free('C1', 'post');
    await turn('C1', 'post');
    pass(2000);
    await expect(free('C1', 'post')).rejects.toBeInstanceOf(NotYetError);
    await expect(turn('C1', 'post', { givesWay: true })).rejects.toBeInstanceOf(NotYetError);
    await free('C2', 'post');
    pass(1000);
    for (let message = 0; message < 3; message++) await turn('C1', 'post', { givesWay: true });
    await free('C1', 'post');
  });

  test('keeps half of the edits for alerts', async () => {
    const { turn, free } = aPace();
    for (let edit = 0; edit < 24; edit++) await turn('C1', 'edit', { givesWay: true });
    await expect(free('C1', 'edit')).rejects.toBeInstanceOf(NotYetError);
    await expect(turn('C1', 'edit', { givesWay: true })).rejects.toBeInstanceOf(NotYetError);
    await turn('C1', 'edit');
  });

  test('lets nobody through before the time that Slack asked to wait', async () => {
    const { turn, hold } = aPace();
    await turn('C1', 'post');
    await hold('C1', 'post', 30_000);

    await expect(turn('C1', 'post')).rejects.toMatchObject({ retryAfterMs: 30_000, wholeChannel: true });
    await turn('C2', 'post');
  });

  test('does not hold up another channel', async () => {
    const { turn, now } = aPace();
    await turn('C1', 'post');
    await turn('C2', 'post');

    expect(now()).toBe(0);
  });

  test('gives back what would wait longer than three seconds', async () => {
    const still = pace(table.db, table.table, { now: () => new Date(at('14:02')), sleep: async () => {} });
    const turns = await Promise.allSettled(Array.from({ length: 10 }, () => still.turn('C1', 'post')));

    expect(turns.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const turn of turns) {
      if (turn.status === 'rejected') expect(turn.reason).toBeInstanceOf(RetryableError);
    }
  });
});
