import type { Alert } from '../../functions/notifier/alert';
import { deliver, type Group } from '../../functions/notifier/deliver/deliver';
import {
  ParentGoneError,
  PermanentError,
  RefusedBlocksError,
  RefusedMessageError,
  RetryableError,
} from '../../functions/notifier/deliver/errors';
import type { Subject } from '../../functions/subject';
import { startTable } from '../../tools/table';
import { API, anAlarm, anOk, aStop } from '../support/alerts';
import { FakeSlack } from '../support/channel';
import { aNotifier, THREAD } from '../support/notifier';

let table: Awaited<ReturnType<typeof startTable>>;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

let services = 0;

/** A notifier and a service that no other test has. */
function setUp() {
  services += 1;
  const subject: Subject = { ...API, service: `api-${services}` };
  const notifier = aNotifier(table);
  const group = (alerts: readonly Alert[]): Group => ({ key: `key-${services}`, subject, alerts });
  return { ...notifier, group, tell: (...alerts: readonly Alert[]) => deliver(group(alerts), THREAD, notifier.deps) };
}

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);

test('posts one parent, then replies, edits the parent and closes it green', async () => {
  const { slack, tell } = setUp();

  await tell(anAlarm('14:02'));
  await tell(aStop('14:04'));
  await tell(anOk('14:25'));

  const [parent, ...others] = slack.parents();
  expect(others).toEqual([]);
  expect(parent).toMatchObject({ text: expect.stringContaining('🟢'), edits: 2 });
  expect(parent?.text).toContain('recovered after 23 min');
  expect(texts(slack.replies(parent))).toEqual([expect.stringContaining('🟠'), expect.stringContaining('🟢')]);
});

test('tells alerts that arrive together as one digest', async () => {
  const { slack, tell } = setUp();

  await tell(anAlarm('14:02'), aStop('14:03'), aStop('14:04'));

  const [parent] = slack.parents();
  expect(parent).toMatchObject({ alerts: 1, edits: 0 });
  expect(slack.replies(parent)).toEqual([expect.objectContaining({ alerts: 2, broadcast: false })]);
});

test('tells nothing twice, whatever company it comes in', async () => {
  const { slack, tell } = setUp();

  await tell(anAlarm('14:02'));
  await tell(anAlarm('14:02'), aStop('14:04'));
  await tell(aStop('14:04'), aStop('14:04'));

  expect([...slack.messages.values()].map(({ alerts }) => alerts)).toEqual([1, 1]);
});

test('posts exactly one parent when 20 first alerts come at once', async () => {
  const { slack, tell } = setUp();
  const stops = Array.from({ length: 20 }, (_, index) => aStop(`14:${10 + index}`, { crashed: false }));

  let left = stops;
  for (let round = 0; left.length > 0 && round < 40; round++) {
    const results = await Promise.allSettled(left.map((stop) => tell(stop)));
    left = left.filter((_, index) => results[index]?.status === 'rejected');
  }

  expect(left).toEqual([]);
  expect(slack.parents()).toHaveLength(1);
  expect([...slack.messages.values()].reduce((sum, { alerts }) => sum + alerts, 0)).toBe(20);
});

test('broadcasts a worsening, not a repeat', async () => {
  const { slack, tell } = setUp();
  await tell(aStop('14:02'));
  await tell(aStop('14:03'));
  await tell(anAlarm('14:05', { kind: 'stopped', condition: 'stopped', unread: true }));

  expect(slack.replies(slack.parents()[0]).map(({ broadcast }) => broadcast)).toEqual([false, true]);
});

test('goes on under a new parent when somebody deleted the old one', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  slack.messages.delete(slack.parents()[0]?.ts ?? '');
  await tell(aStop('14:03'));
  await tell(aStop('14:04'));

  const [parent, ...others] = slack.parents();
  expect(others).toEqual([]);
  expect(slack.replies(parent)).toHaveLength(2);
});

test('posts again what Slack certainly did not take', async () => {
  const { slack, tell } = setUp();
  slack.before = () => {
    throw new RetryableError('Slack asks to wait', { retryAfterMs: 3000, wholeChannel: true });
  };
  await expect(tell(anAlarm('14:02'))).rejects.toThrow('Slack asks to wait');
  slack.before = (method) => {
    if (method === 'find') throw new Error('nobody has to look for it');
  };

  await tell(anAlarm('14:02'), aStop('14:03'));

  expect(slack.parents()).toHaveLength(1);
  expect([...slack.messages.values()].map(({ alerts }) => alerts)).toEqual([1, 1]);
});

test('does not post again what Slack took although its answer was lost', async () => {
  const { slack, tell, pass } = setUp();
  await tell(anAlarm('14:02'));
  slack.loseAnswer = new RetryableError('no answer from Slack', { maybeDone: true, wholeChannel: true });
  await expect(tell(aStop('14:03'))).rejects.toThrow('no answer');
  slack.loseAnswer = undefined;
  pass(10_000);

  await tell(aStop('14:03'));

  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('looks for a message only when it must have come to be seen', async () => {
  const { slack, tell, pass } = setUp();
  await tell(anAlarm('14:02'));
  const loses = new RetryableError('no answer from Slack', { maybeDone: true, wholeChannel: true });
  slack.before = (method) => {
    if (method === 'post') throw loses;
  };
  await expect(tell(aStop('14:03'))).rejects.toThrow('no answer');
  slack.before = (method) => {
    if (method === 'find') throw new Error('it may not be there yet');
  };
  pass(4000);
  await expect(tell(aStop('14:03'))).rejects.toMatchObject({ retryAfterMs: expect.any(Number), wholeChannel: false });
  slack.before = () => {};
  pass(4000);

  await tell(aStop('14:03'));
  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('finds a parent whose answer was lost', async () => {
  const { slack, tell, pass } = setUp();
  slack.loseAnswer = new RetryableError('no answer from Slack', { maybeDone: true });
  await expect(tell(anAlarm('14:02'))).rejects.toThrow('no answer');
  slack.loseAnswer = undefined;
  pass(10_000);

  await tell(aStop('14:03'));

  expect(slack.parents()).toHaveLength(1);
  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('edits the parent later when the edit had to wait', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  slack.before = (method) => {
    if (method === 'edit') throw new RetryableError('Slack asks to wait', { retryAfterMs: 1000, wholeChannel: true });
  };
  await expect(tell(anOk('14:20'))).rejects.toThrow('Slack asks to wait');
  slack.before = () => {};

  await tell(anOk('14:20'));

  const [parent] = slack.parents();
  expect(parent?.text).toContain('🟢');
  expect(slack.replies(parent)).toHaveLength(1);
});

test('keeps the alert for the dead-letter queue when a person has to fix something, and tells it afterwards', async () => {
  const { slack, tell } = setUp();
  slack.before = () => {
    throw new PermanentError('Slack says not_in_channel: invite the bot');
  };
  await expect(tell(anAlarm('14:02'))).rejects.toThrow(PermanentError);
  slack.before = () => {};

  await tell(anAlarm('14:02'));

  expect(slack.parents()).toHaveLength(1);
});

test('is not held up by a message that Slack refuses', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  slack.before = () => {
    throw new RefusedMessageError('Slack refuses the message');
  };
  await expect(tell(aStop('14:03'))).rejects.toThrow('refuses');
  slack.before = () => {};

  await tell(aStop('14:04'));

  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('counts an alert once that Slack refused and that comes back from the dead-letter queue', async () => {
  const { slack, tell } = setUp();
  const refuse = () => {
    throw new RefusedMessageError('Slack refuses the message');
  };
  slack.before = refuse;
  await expect(tell(aStop('14:02'))).rejects.toThrow('refuses');
  slack.before = () => {};
  await tell(aStop('14:02'));
  slack.before = (method) => (method === 'post' ? refuse() : undefined);
  await expect(tell(aStop('14:03'))).rejects.toThrow('refuses');
  slack.before = () => {};
  await tell(aStop('14:04'));
  await tell(aStop('14:03'));

  const [parent, ...others] = slack.parents();
  expect(others).toEqual([]);
  expect(slack.replies(parent).map(({ alerts }) => alerts)).toEqual([1, 1]);
  expect(JSON.stringify(parent?.blocks)).toContain('3 stops');
});

test('counts no alert whose parent Slack refuses only when it is sent again', async () => {
  const { slack, tell, pass } = setUp();
  slack.before = () => {
    throw new RetryableError('Slack answered 503', { maybeDone: true, wholeChannel: true });
  };
  await expect(tell(aStop('14:02'))).rejects.toThrow('503');
  slack.before = (method) => {
    if (method === 'post') throw new RefusedMessageError('Slack refuses the message');
  };
  pass(10_000);
  await expect(tell(aStop('14:02'))).rejects.toThrow('refuses');
  slack.before = () => {};
  await tell(aStop('14:02'));

  expect(slack.parents()).toEqual([expect.objectContaining({ alerts: 1 })]);
});

test('tells all that Slack refused when they come back from the dead-letter queue, and what came new', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  const refused = Array.from({ length: 7 }, (_, index) => aStop(`14:${10 + index}`, { crashed: false }));
  slack.before = (method) => {
    if (method === 'post') throw new RefusedMessageError('Slack refuses the message');
  };
  for (const stop of refused) await expect(tell(stop)).rejects.toThrow('refuses');
  slack.before = () => {};
  await tell(...refused, aStop('14:30'));

  const told = [...slack.messages.values()].reduce((sum, { alerts }) => sum + alerts, 0);
  expect(told).toBe(9);
  expect(JSON.stringify(slack.parents()[0]?.blocks)).toContain('9 alerts');
});

test('sends plain text in its own turn when Slack refuses the blocks', async () => {
  const { slack, deps, tell } = setUp();
  const turns: string[] = [];
  Object.assign(deps.pace, { turn: async (_channel: string, method: string) => void turns.push(method) });
  const plain: (boolean | undefined)[] = [];
  slack.post = async (outgoing) => {
    plain.push(outgoing.plain);
    if (!outgoing.plain) throw new RefusedBlocksError('invalid_blocks');
    return slack.send(outgoing);
  };
  await tell(anAlarm('14:02'));

  expect(plain).toEqual([false, true]);
  expect(turns).toEqual(['post', 'post']);
});

test('looks for a lost message where it was sent, also when the channel is another one since', async () => {
  const { slack, deps, group, tell, pass } = setUp();
  slack.loseAnswer = new RetryableError('no answer from Slack', { maybeDone: true });
  await expect(tell(anAlarm('14:02'))).rejects.toThrow('no answer');
  slack.loseAnswer = undefined;
  pass(10_000);
  const searched: string[] = [];
  const { find } = slack;
  Object.assign(slack, {
    find: async (outgoing: { readonly id: string; readonly channel: string }) => {
      searched.push(outgoing.channel);
      return find(outgoing);
    },
  });
  const elsewhere = { ...THREAD, rules: { ...THREAD.rules, channel: 'C0000000002' } };
  await deliver(group([anAlarm('14:02')]), elsewhere, deps);

  expect(searched).toEqual([THREAD.rules.channel]);
  expect([...slack.messages.values()].filter(({ alerts }) => alerts > 0)).toHaveLength(1);
});

test('replies while edits fail', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  slack.before = (method) => {
    if (method === 'edit') throw new RetryableError('Slack answered 503', { maybeDone: true, wholeChannel: true });
  };
  await expect(tell(aStop('14:03'))).rejects.toMatchObject({ wholeChannel: false });

  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('posts the parent first while others wait for theirs, and the rest when it comes again', async () => {
  const { slack, deps, group, tell } = setUp();
  const alerts = [anAlarm('14:02'), aStop('14:03'), aStop('14:04')];

  expect(await deliver(group(alerts), THREAD, deps, { parentFirst: true })).toMatchObject({ isDone: false });
  expect(slack.messages.size).toBe(1);
  await tell(...alerts);
  expect([...slack.messages.values()].map(({ alerts: told }) => told)).toEqual([1, 2]);
});

test('links a new parent to the thread of the incident before', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('08:02'));
  await tell(anOk('08:20'));
  await tell(anAlarm('14:02'));

  const [first, second] = slack.parents();
  expect(JSON.stringify(second?.blocks)).toContain(`https://example.slack.com/p${first?.ts}|Earlier thread`);
});

test('closes the old parent before a new incident takes its place', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('08:02'));
  await tell(anOk('08:20'), anAlarm('14:02'));

  expect(texts(slack.parents())).toEqual([expect.stringContaining('🟢'), expect.stringContaining('🟠')]);
});

test('closes the old parent also when its edit had to wait', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('08:02'));
  slack.before = (method) => {
    if (method === 'edit') throw new RetryableError('Slack asks to wait', { retryAfterMs: 1000, wholeChannel: true });
  };
  await expect(tell(anOk('08:20'))).rejects.toThrow('Slack asks to wait');
  slack.before = () => {};
  await tell(anAlarm('14:02'));

  expect(texts(slack.parents())).toEqual([expect.stringContaining('🟢'), expect.stringContaining('🟠')]);
});

test('goes on under a new parent when Slack does not take the reply', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  slack.messages.clear();
  slack.before = (method) => {
    if (method === 'edit') throw new RetryableError('Slack asks to wait', { retryAfterMs: 1000, wholeChannel: true });
  };
  await expect(tell(aStop('14:03'))).rejects.toThrow('Slack asks to wait');
  slack.before = () => {};

  const [parent, ...others] = slack.parents();
  expect(others).toEqual([]);
  expect(slack.replies(parent)).toHaveLength(1);
});

test.each([
  ['the new parent', 2],
  ['the reply', 1],
])('posts nothing twice when the parent was deleted and the answer to %s is lost', async (_what, threads) => {
  const { slack, tell, pass } = setUp();
  await tell(anAlarm('14:02'));
  slack.messages.clear();
  slack.post = async (outgoing) => {
    const ts = await slack.send(outgoing);
    const isLost = (outgoing.threadTs === undefined ? 2 : 1) === threads;
    if (isLost) throw new RetryableError('no answer from Slack', { maybeDone: true, wholeChannel: true });
    return ts;
  };
  await expect(tell(aStop('14:03'))).rejects.toThrow('no answer');
  pass(10_000);
  slack.post = (outgoing) => slack.send(outgoing);
  await tell(aStop('14:03'));

  expect(slack.parents()).toHaveLength(1);
  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('gives up one message, not the channel, when Slack takes no reply at all', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  slack.post = async (outgoing) => {
    if (outgoing.threadTs !== undefined) throw new ParentGoneError('cannot_reply_to_message');
    return FakeSlack.prototype.send.call(slack, outgoing);
  };
  await expect(tell(aStop('14:03'))).rejects.toThrow(PermanentError);

  expect(slack.parents()).toHaveLength(2);
});

test('does not post again when only writing it down failed', async () => {
  const { slack, deps, tell } = setUp();
  const { markTold } = deps.store;
  Object.assign(deps.store, { markTold: () => Promise.reject(new Error('throttled')) });
  await expect(tell(anAlarm('14:02'))).rejects.toThrow('could not be written down');
  Object.assign(deps.store, { markTold });
  Object.assign(slack, { find: async () => undefined });

  await tell(anAlarm('14:02'));

  expect(slack.messages.size).toBe(1);
});

test('goes on in the channel that is configured now', async () => {
  const { slack, deps, group, tell } = setUp();
  await tell(anAlarm('14:02'));
  const elsewhere = { ...THREAD, rules: { ...THREAD.rules, channel: 'C0000000002' } };
  await deliver(group([aStop('14:03')]), elsewhere, deps);
  await deliver(group([aStop('14:04')]), elsewhere, deps);

  expect(slack.parents()).toHaveLength(2);
  expect(slack.replies(slack.parents()[1])).toHaveLength(1);
});

test('is free again at once after a fault of our own, and keeps no part of it', async () => {
  const { slack, tell } = setUp();
  await tell(anAlarm('14:02'));
  await expect(tell(aStop('14:03', { atMs: Number.NaN }))).rejects.toThrow();
  await tell(aStop('14:04'));

  expect(slack.replies(slack.parents()[0])).toHaveLength(1);
});

test('writes down why an alert is not told', async () => {
  const { slack, logged, tell } = setUp();
  await tell(aStop('14:02', { askedFor: true }));

  expect(slack.messages.size).toBe(0);
  expect(logged).toEqual([expect.objectContaining({ message: 'not told' })]);
});
