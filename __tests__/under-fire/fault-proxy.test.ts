import { PermanentError, RetryableError } from '../../functions/notifier/deliver/errors';
import { httpsFetch } from '../../functions/notifier/deliver/https-fetch';
import { type Slack, slack } from '../../functions/notifier/deliver/slack';
import { type FaultProxy, startFaultProxy } from './fault-proxy';
import type { Message } from './ledger';
import { type SlackEmulator, startSlackEmulator } from './slack-emulator';
import type { Fault } from './unwell-slack';

/** The proxy that the other tests rely on, by what the notifier's own client makes of it. */

let emulator: SlackEmulator;
let proxy: FaultProxy;
let client: Slack;
let channel: string;
let posted = 0;

beforeAll(async () => {
  emulator = await startSlackEmulator(Date.now);
  proxy = await startFaultProxy(emulator.call);
  const [first = ''] = emulator.channels;
  channel = first;
  client = slack({ url: proxy.url, fetch: httpsFetch, token: async () => 'xoxb-test', log: () => {}, timeoutMs: 400 });
});
afterAll(async () => {
  await proxy.close();
  await emulator.close();
});
beforeEach(async () => {
  proxy.slack.mood = () => undefined;
  // One message a second.
  await new Promise((done) => setTimeout(done, 1050));
});

const message = { text: 'api', blocks: [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'api' } }] };

/** Posts while the fault lasts. Returns the message's ID, what came, and whether Slack has the message. */
async function post(fault: Fault) {
  posted += 1;
  const id = `message-${posted}`;
  proxy.slack.mood = ({ method }) => (method === 'chat.postMessage' ? fault : undefined);
  const came = await client.post({ id, channel, message, alerts: 1 }).catch((error: unknown) => error);
  proxy.slack.mood = () => undefined;
  const isThere = async () => {
    const { messages } = await emulator.ask<{ messages: Message[] }>('conversations.history', {
      channel,
      limit: '1000',
    });
    return messages.some(({ metadata }) => metadata?.event_payload?.id === id);
  };
  return { id, came, isThere };
}

test.each<[string, Fault, object, boolean]>([
  ['a status', { kind: 'status', status: 503, done: false }, { maybeDone: true }, false],
  ['a status although it was done', { kind: 'status', status: 500, done: true }, { maybeDone: true }, true],
  ['an error code', { kind: 'code', code: 'internal_error', done: false }, { maybeDone: true }, false],
  ['HTML with 200', { kind: 'html' }, { maybeDone: true }, false],
  ['no answer at all', { kind: 'hang' }, { maybeDone: true }, false],
  ['a reset', { kind: 'reset', done: false }, { maybeDone: true }, false],
  ['a reset after it was done', { kind: 'reset', done: true }, { maybeDone: true }, true],
  ['silence although it was done', { kind: 'lost', visibleAfterMs: 10 }, { maybeDone: true }, true],
])('%s', async (_what, fault, error, isDone) => {
  const { id, came, isThere } = await post(fault);

  expect(came).toBeInstanceOf(RetryableError);
  expect(came).toMatchObject(error);
  expect(await isThere()).toBe(isDone);
  expect(await client.find({ id, channel }, Date.now() - 60_000)).toEqual(isDone ? expect.any(String) : undefined);
});

test('a code that a person has to see to', async () => {
  const { came } = await post({ kind: 'code', code: 'not_in_channel', done: false });

  expect(came).toBeInstanceOf(PermanentError);
});

test('429 for a second message in a second, with the time to wait', async () => {
  const posts = [1, 2].map((nth) => client.post({ id: `quick-${nth}`, channel, message, alerts: 1 }));
  const [first, second] = await Promise.allSettled(posts);

  expect([first?.status, second?.status].sort()).toEqual(['fulfilled', 'rejected']);
  const refused = [first, second].find((one) => one?.status === 'rejected');
  expect(refused).toMatchObject({ reason: { retryAfterMs: 1000, maybeDone: false } });
});

test('a message that somebody deleted', async () => {
  const ts = await client.post({ id: 'to-be-deleted', channel, message, alerts: 1 });
  await emulator.ask('chat.delete', { channel, ts });

  expect(await client.edit({ channel, ts }, message)).toBe(false);
});

test('429 for the fifty-first edit in a minute', async () => {
  const ts = await client.post({ id: 'to-be-edited', channel, message, alerts: 1 });
  // One was used up by the test before.
  for (let edit = 1; edit < 50; edit++) expect(await client.edit({ channel, ts }, message)).toBe(true);

  await expect(client.edit({ channel, ts }, message)).rejects.toMatchObject({ retryAfterMs: expect.any(Number) });
});
