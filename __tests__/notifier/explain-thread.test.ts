import type { Alert } from '../../functions/notifier/alert';
import { deliver, tellWhy } from '../../functions/notifier/deliver/deliver';
import {
  NotYetError,
  RefusedBlocksError,
  RefusedMessageError,
  RetryableError,
} from '../../functions/notifier/deliver/errors';
import type { Answer } from '../../functions/notifier/deliver/thread-writer';
import type { Message } from '../../functions/notifier/render/blocks';
import { EXPLAIN_PARTS } from '../../functions/settings';
import type { Subject } from '../../functions/subject';
import { startTable } from '../../tools/table';
import { API, anAlarm, anOk, aStop, at } from '../support/alerts';
import { aNotifier, THREAD } from '../support/notifier';

let table: Awaited<ReturnType<typeof startTable>>;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

const SETTINGS = { ...THREAD, rules: { ...THREAD.rules, explain: EXPLAIN_PARTS } };
let services = 0;

/** A notifier that explains, and a service that no other test has. */
function setUp() {
  services += 1;
  const subject: Subject = { ...API, service: `why-${services}` };
  const key = `why-${services}`;
  const notifier = aNotifier(table);
  const tell = (...alerts: readonly Alert[]) => deliver({ key, subject, alerts }, SETTINGS, notifier.deps);
  const why = (answer: Answer, { openedAtMs = at('14:02'), givesWay = true } = {}) =>
    tellWhy({ key, subject, openedAtMs }, answer, SETTINGS, notifier.deps, { givesWay });
  const blocks = () => JSON.stringify(notifier.slack.parents()[0]?.blocks);
  return { ...notifier, tell, why, blocks };
}

function anAnswer(text: string, more: Partial<Answer> = {}): Answer {
  const message: Message = { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] };
  return { message, isWhole: true, isComplete: true, topics: ['stop/api:42/1'], ...more };
}

const LAST_LINE = { revision: 'api:42', text: "KeyError: 'DATABASE_URL'" };
const CAUSE = { words: [{ quote: 'DATABASE_URL' }, ' is read but not set in ', { quote: 'api:42' }] };

describe('a crash loop', () => {
  test('is one reply that grows, not one a stop', async () => {
    const { slack, tell } = setUp();
    for (const clock of ['14:02', '14:03', '14:04', '14:05', '14:06']) await tell(aStop(clock));

    const replies = slack.replies(slack.parents()[0]).map(({ text }) => text);
    expect(replies).toEqual([
      expect.stringContaining('2nd stop'),
      expect.stringMatching(/crash loop: 5 stops in 4.min/i),
    ]);
  });

  test('tells the stops that it counts, and nothing else', async () => {
    const { slack, tell } = setUp();
    await tell(aStop('14:02'));
    await tell(anAlarm('14:03'), aStop('14:04'), aStop('14:05'), aStop('14:06'));

    const [others, loop] = slack.replies(slack.parents()[0]);
    expect(others).toMatchObject({ alerts: 1, broadcast: false, text: expect.stringContaining('CPU') });
    expect(loop).toMatchObject({ alerts: 2, broadcast: true, text: expect.stringMatching(/4 stops/) });
  });

  test('says the last line as soon as it is known, in the same reply', async () => {
    const { slack, tell, why } = setUp();
    for (const clock of ['14:02', '14:03', '14:04']) await tell(aStop(clock));
    await why(anAnswer('why', { lastLine: LAST_LINE }));

    const [, loop, explanation] = slack.replies(slack.parents()[0]);
    expect(loop?.text).toMatch(/3 stops in 2.min, all api:42, exit 1, last line KeyError: 'DATABASE_URL'/);
    expect(explanation?.text).toBe('why');
  });

  test('does not repeat what another revision wrote', async () => {
    const { slack, tell, why } = setUp();
    for (const clock of ['14:02', '14:03', '14:04']) await tell(aStop(clock));
    await why(anAnswer('why', { lastLine: LAST_LINE }));
    await tell(aStop('14:05', { revision: 'api:43', exitCode: 139 }));

    const [, loop] = slack.replies(slack.parents()[0]);
    expect(loop?.text).toMatch(/4 stops in 3.min, last api:43, exit 139$/);
  });

  test('that ECS announces has one reply too, which grows', async () => {
    const { slack, tell } = setUp();
    await tell(anAlarm('14:01'));
    await tell({ kind: 'crash-loop', state: 'ALARM', subject: API, identity: 'impaired', atMs: at('14:02') });
    for (const clock of ['14:03', '14:04']) await tell(aStop(clock));

    const replies = slack.replies(slack.parents()[0]).map(({ text }) => text);
    expect(replies).toEqual([expect.stringMatching(/2 stops in 1.min, all api:42/)]);
  });

  test('says the last line in the parent where it opened the thread, while it lasts', async () => {
    const { tell, why, blocks } = setUp();
    const off = { tell: { 'task-stopped': { policy: 'off' } } } as const;
    await tell({ kind: 'crash-loop', state: 'ALARM', subject: API, identity: 'impaired', atMs: at('14:02') });
    for (const clock of ['14:03', '14:04']) await tell(aStop(clock, { telling: off.tell['task-stopped'] }));
    await tell(anAlarm('14:04'));
    await why(anAnswer('why', { lastLine: LAST_LINE }));
    expect(blocks()).toContain("Last line: `KeyError: 'DATABASE_URL'`");

    await tell({ kind: 'crash-loop', state: 'OK', subject: API, identity: 'over', atMs: at('14:10') });
    expect(blocks()).not.toContain('Last line');
  });

  test('leaves a stop alone that says something else', async () => {
    const { slack, tell } = setUp();
    await tell(aStop('14:02', { exitCode: undefined, reason: 'CannotPullContainerError: one' }));
    await tell(
      aStop('14:03', { exitCode: undefined, reason: 'CannotPullContainerError: two' }),
      aStop('14:04', { exitCode: undefined, reason: 'ResourceInitializationError: three' }),
    );

    const replies = slack.replies(slack.parents()[0]);
    expect(replies.map(({ text, edits }) => [text, edits])).toEqual([
      [expect.stringContaining('two'), 0],
      [expect.stringContaining('three'), 0],
    ]);
  });

  test('does not hold up the next incident when its reply cannot be edited', async () => {
    const { slack, tell, why } = setUp();
    for (const clock of ['08:02', '08:03', '08:04']) await tell(aStop(clock));
    await tell({ kind: 'crash-loop', state: 'OK', subject: API, identity: 'over', atMs: at('08:20') });
    slack.before = (method) => {
      if (method === 'edit') throw new RetryableError('too many edits in a minute', { retryAfterMs: 5000 });
    };
    await why(anAnswer('why', { lastLine: LAST_LINE }), { openedAtMs: at('08:02') }).catch(() => {});
    await tell(anAlarm('14:02')).catch(() => {});

    expect(slack.parents()).toHaveLength(2);
  });

  test('is not told again when somebody deleted its reply', async () => {
    const { slack, tell } = setUp();
    for (const clock of ['14:02', '14:03', '14:04']) await tell(aStop(clock));
    const [, loop] = slack.replies(slack.parents()[0]);
    slack.messages.delete(loop?.ts ?? '');
    await tell(aStop('14:05'));

    expect(slack.replies(slack.parents()[0])).toHaveLength(1);
    expect(slack.parents()[0]?.text).toContain('4 stops');
  });
});

describe('an explanation is asked for', () => {
  test('when the alert is out, soon; and later what is new', async () => {
    const { asked, tell } = setUp();
    await tell(aStop('14:02'));
    await tell(aStop('14:03'));
    await tell(anAlarm('14:04'));

    expect(asked).toEqual([
      { seconds: 3, request: expect.objectContaining({ openedAtMs: at('14:02'), topics: ['stop/api:42/1'] }) },
      { seconds: 60, request: expect.objectContaining({ topics: ['alarm/ecs/shop/cpu-high#a29eb44b20c4362e'] }) },
    ]);
  });

  test('with the next alert when the queue did not take it', async () => {
    const { deps, asked, logged, tell } = setUp();
    const { ask } = deps;
    Object.assign(deps, { ask: () => Promise.reject(new Error('AccessDenied')) });
    await tell(aStop('14:02'));
    Object.assign(deps, { ask });
    await tell(aStop('14:03'));

    expect(logged).toContainEqual(expect.objectContaining({ message: 'an explanation could not be asked for' }));
    expect(asked).toHaveLength(1);
  });

  test('not of what is over', async () => {
    const { asked, tell } = setUp();
    await tell(anAlarm('14:02'), anOk('14:03'));

    expect(asked).toEqual([]);
  });

  test('again when the thread moved before it was answered', async () => {
    const { slack, asked, tell } = setUp();
    await tell(aStop('14:02'));
    slack.messages.clear();
    await tell(aStop('14:03'));

    expect(asked).toHaveLength(2);
  });

  test('not where it is switched off, nor for what explains itself', async () => {
    const { deps, slack, asked, tell } = setUp();
    await tell(aStop('14:02', { spot: true }));
    await deliver({ key: 'off', subject: { ...API, service: 'off' }, alerts: [aStop('14:02')] }, THREAD, deps);

    expect(slack.parents()).toHaveLength(2);
    expect(asked).toEqual([]);
  });
});

describe('an explanation', () => {
  test('is one reply, edited as more is known, and its cause stands in the parent', async () => {
    const { slack, tell, why, blocks } = setUp();
    await tell(aStop('14:02'));
    await why(anAnswer('first', { isWhole: false }));
    await why(anAnswer('whole', { cause: CAUSE }));

    expect(slack.replies(slack.parents()[0])).toEqual([
      expect.objectContaining({ text: 'whole', alerts: 0, edits: 1 }),
    ]);
    expect(blocks()).toContain('*Likely cause*: `DATABASE_URL` is read but not set in `api:42`');
  });

  test('says its cause in the parent also when it could not be told at once', async () => {
    const { deps, tell, why, blocks } = setUp();
    await tell(aStop('14:02'));
    const { turn } = deps.pace;
    Object.assign(deps.pace, { turn: () => Promise.reject(new NotYetError('alerts go first')) });
    await expect(why(anAnswer('why', { cause: CAUSE }))).rejects.toThrow('alerts go first');
    Object.assign(deps.pace, { turn });
    await why(anAnswer('why', { cause: CAUSE }));

    expect(blocks()).toContain('Likely cause');
  });

  test('takes back a cause that does not hold any more, not for a part of the answer', async () => {
    const { tell, why, blocks, slack } = setUp();
    await tell(anAlarm('14:02'));
    await why(anAnswer('ill', { cause: { bottleneck: { name: 'orders-db', values: [] } } }));
    await why(anAnswer('a part', { isWhole: false }));
    expect(blocks()).toContain('Likely bottleneck');
    expect(slack.replies(slack.parents()[0])).toMatchObject([{ text: 'ill' }]);
    await why(anAnswer('healthy'));

    expect(blocks()).not.toContain('Likely bottleneck');
    expect(slack.replies(slack.parents()[0])).toMatchObject([{ text: 'healthy' }]);
  });

  test('keeps a cause that could not be asked for again', async () => {
    const { tell, why, blocks, slack } = setUp();
    await tell(aStop('14:02'));
    await why(anAnswer('whole', { cause: CAUSE }));
    await why(anAnswer('throttled', { isComplete: false }));

    expect(blocks()).toContain('Likely cause');
    expect(slack.replies(slack.parents()[0])).toMatchObject([{ text: 'whole' }]);
  });

  test('leaves its cause in the parent when all is well again', async () => {
    const { tell, why, blocks } = setUp();
    await tell(anAlarm('14:02'));
    await why(anAnswer('why', { cause: { bottleneck: { name: 'orders-db', values: [] } } }));
    expect(blocks()).toContain('*Likely bottleneck*: orders-db');
    await tell(anOk('14:20'));

    expect(blocks()).toContain('Was: CPU high · cause: orders-db');
  });

  test('gives way to alerts, and leaves nothing behind that would hold them up', async () => {
    const { slack, deps, tell, why } = setUp();
    await tell(aStop('14:02'));
    const turn = async (_channel: string, _method: string, { givesWay } = { givesWay: false }) => {
      if (givesWay) throw new NotYetError('alerts go first');
    };
    Object.assign(deps.pace, { turn });
    await expect(why(anAnswer('why'))).rejects.toThrow('alerts go first');
    await tell(aStop('14:03'));

    expect(slack.replies(slack.parents()[0]).map(({ text }) => text)).toEqual([expect.stringContaining('2nd stop')]);
    await why(anAnswer('why'), { givesWay: false });
    expect(slack.replies(slack.parents()[0])).toHaveLength(2);
  });

  test('that could not be sent is not sent before the next alert', async () => {
    const { slack, tell, why } = setUp();
    await tell(aStop('14:02'));
    slack.before = () => {
      throw new RetryableError('Slack asks to wait', { retryAfterMs: 3000, wholeChannel: true });
    };
    await expect(why(anAnswer('why'))).rejects.toThrow('Slack asks to wait');
    slack.before = () => {};
    await tell(aStop('14:03'));

    expect(slack.replies(slack.parents()[0]).map(({ text }) => text)).toEqual([expect.stringContaining('2nd stop')]);
  });

  test('whose answer was lost holds up no alert, and is not told twice', async () => {
    const { slack, tell, why, pass } = setUp();
    await tell(aStop('14:02'));
    slack.loseAnswer = new RetryableError('no answer from Slack', { maybeDone: true });
    await expect(why(anAnswer('why'))).rejects.toThrow('no answer');
    slack.loseAnswer = undefined;
    await tell(aStop('14:03'));
    await expect(why(anAnswer('why'))).rejects.toThrow('may still come to be seen');
    pass(10_000);
    await why(anAnswer('why'));

    const texts = slack.replies(slack.parents()[0]).map(({ text }) => text);
    expect(texts).toEqual(['why', expect.stringContaining('2nd stop')]);
  });

  test('is told once when its answer is lost', async () => {
    const { slack, tell, why, pass } = setUp();
    await tell(aStop('14:02'));
    slack.loseAnswer = new RetryableError('no answer from Slack', { maybeDone: true });
    await expect(why(anAnswer('why'))).rejects.toThrow('no answer');
    slack.loseAnswer = undefined;
    pass(10_000);
    await why(anAnswer('why'));

    expect(slack.replies(slack.parents()[0])).toHaveLength(1);
  });

  test('goes without its chart where Slack does not know charts, and says it all the same', async () => {
    const { slack, tell, why } = setUp();
    await tell(anAlarm('14:02'));
    const sent: string[] = [];
    const send = slack.post.bind(slack);
    const edit = slack.edit.bind(slack);
    const refuse = (message: Message) => {
      sent.push(message.blocks.map(({ type }) => type).join());
      if (message.blocks.some(({ type }) => type === 'data_visualization'))
        throw new RefusedBlocksError('invalid_blocks');
    };
    slack.post = async (outgoing) => {
      refuse(outgoing.message);
      return send(outgoing);
    };
    const edited: typeof edit = async (posted, message) => {
      refuse(message);
      return edit(posted, message);
    };
    Object.assign(slack, { edit: edited });
    const chart = {
      type: 'data_visualization',
      title: 'CPU',
      chart: { type: 'line', series: [], axis_config: { categories: [] } },
    } as const;
    const { message } = anAnswer('why');
    const drawn: Message = { ...message, blocks: [...message.blocks, chart] };
    await why(anAnswer('why', { message: drawn }));
    await why(anAnswer('why', { message: drawn }));

    // The second time nobody tries.
    expect(sent).toEqual(['section,data_visualization', 'section', 'section']);
    expect(slack.replies(slack.parents()[0])).toHaveLength(1);
  });

  test('that Slack refuses is dropped: no alert is lost with it', async () => {
    const { slack, logged, tell, why } = setUp();
    await tell(aStop('14:02'));
    slack.before = (method) => {
      if (method === 'post') throw new RefusedMessageError('Slack refuses the message');
    };
    await why(anAnswer('why'));
    slack.before = () => {};
    await tell(aStop('14:03'));

    expect(logged).toContainEqual(expect.objectContaining({ message: 'Slack refuses a message' }));
    expect(slack.replies(slack.parents()[0])).toHaveLength(1);
  });

  test('of an incident that is another one by now is not told', async () => {
    const { slack, tell, why } = setUp();
    await tell(aStop('14:02'));
    await why(anAnswer('why'), { openedAtMs: at('08:00') });

    expect(slack.replies(slack.parents()[0])).toEqual([]);
  });

  test('whose answer was lost does not land in the thread of the next incident', async () => {
    const { slack, tell, why, pass } = setUp();
    await tell(anAlarm('08:00'));
    await tell(anOk('08:20'));
    slack.loseAnswer = new RetryableError('no answer from Slack', { maybeDone: true });
    await expect(why(anAnswer('why'), { openedAtMs: at('08:00') })).rejects.toThrow('no answer');
    slack.loseAnswer = undefined;
    await tell(anAlarm('14:02'));
    pass(10_000);
    await tell(anOk('14:20'));

    const [first, second] = slack.parents();
    expect(slack.replies(first).filter(({ text }) => text === 'why')).toHaveLength(1);
    expect(slack.replies(second).map(({ text }) => text)).not.toContain('why');
  });

  test('is told anew when the incident reopens', async () => {
    const { slack, asked, tell, why } = setUp();
    await tell(anAlarm('14:02'));
    await why(anAnswer('first', { topics: ['alarm/ecs/shop/cpu-high#a29eb44b20c4362e'] }));
    await tell(anOk('14:20'));
    await tell(anAlarm('14:40'));
    await why(anAnswer('second'));

    expect(asked).toHaveLength(2);
    expect(slack.replies(slack.parents()[0]).map(({ text }) => text)).toEqual(
      expect.arrayContaining(['first', 'second']),
    );
  });
});
