import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ParentGoneError,
  PermanentError,
  RefusedMessageError,
  RetryableError,
} from '../../functions/notifier/deliver/errors';
import { slack } from '../../functions/notifier/deliver/slack';

type Answer = (request: IncomingMessage, response: ServerResponse, form: URLSearchParams) => void;

let answer: Answer = () => {};
const calls: { readonly method: string; readonly form: URLSearchParams; readonly token: string }[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const form = new URLSearchParams(body);
    calls.push({ method: request.url ?? '', form, token: request.headers.authorization ?? '' });
    answer(request, response, form);
  });
});
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => calls.splice(0));

const ok =
  (fields: object = { ts: '1.1' }): Answer =>
  (_request, response) =>
    response.end(JSON.stringify({ ok: true, ...fields }));
const notOk =
  (error: string): Answer =>
  (_request, response) =>
    response.end(JSON.stringify({ ok: false, error }));
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(code, headers).end('<html>busy</html>');

const OUTGOING = {
  id: 'one',
  channel: 'C0123456789',
  message: {
    text: 'api: CPU',
    blocks: [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: '*api*' } }],
  },
  alerts: 1,
};

function client(tokens: readonly string[] = ['xoxb-1'], timeoutMs = 5000) {
  const { port } = server.address() as AddressInfo;
  const logged: string[] = [];
  const unread = [...tokens];
  const api = slack({
    url: `http://127.0.0.1:${port}/api/`,
    token: async () => (unread.length > 1 ? unread.shift() : unread[0]) ?? '',
    log: (_level, message) => void logged.push(message),
    timeoutMs,
  });
  return { api, logged };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('posts blocks with the text for the phone, and metadata to find them again', async () => {
  answer = ok();

  expect(await client().api.post({ ...OUTGOING, threadTs: '0.9', broadcast: true })).toBe('1.1');
  expect(Object.fromEntries(calls[0]?.form ?? [])).toMatchObject({
    channel: 'C0123456789',
    text: 'api: CPU',
    thread_ts: '0.9',
    reply_broadcast: 'true',
    metadata: JSON.stringify({ event_type: 'ecs_alert', event_payload: { id: 'one', alerts: 1, broadcast: true } }),
  });
});

test.each([
  ['channel_not_found', /check the ID/],
  ['not_in_channel', /\/invite/],
  ['is_archived', /unarchive/],
  ['missing_scope', /chat:write/],
  ['invalid_auth', /store the bot token/],
  ['token_revoked', /install the Slack app again/],
])('says of %s what a person has to do', async (code, advice) => {
  answer = notOk(code);
  const error = await failure(client().api.post(OUTGOING));

  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toHaveProperty('message', expect.stringMatching(advice));
});

test.each([
  ['429 with Retry-After', status(429, { 'retry-after': '30' }), { retryAfterMs: 30_000, maybeDone: false }],
  ['503', status(503), { maybeDone: true }],
  ['200 with HTML', status(200), { maybeDone: true }],
  ['a reset connection', ((request) => request.socket.destroy()) as Answer, { maybeDone: true }],
  ['internal_error', notOk('internal_error'), { maybeDone: true }],
  ['ratelimited', notOk('ratelimited'), { maybeDone: false }],
  ['a code that nobody knows', notOk('brand_new_code'), { maybeDone: true }],
])('tries again later after %s, with one attempt now', async (_name, how, expected) => {
  answer = how;
  const error = await failure(client().api.post(OUTGOING));

  expect(error).toBeInstanceOf(RetryableError);
  expect(error).toMatchObject({ ...expected, wholeChannel: true });
  expect(calls).toHaveLength(1);
});

test('sends blocks that Slack refuses once more as plain text', async () => {
  answer = (request, response, form) =>
    (form.get('blocks') === '[]' ? ok() : notOk('invalid_blocks'))(request, response, form);
  const { api, logged } = client();

  expect(await api.post(OUTGOING)).toBe('1.1');
  expect(calls.map(({ form }) => form.get('text'))).toEqual(['api: CPU', '*api*']);
  expect(logged).toEqual(['Slack refused the blocks, sending plain text']);
});

test('gives up only this message when Slack refuses the plain text too', async () => {
  answer = notOk('msg_too_long');

  expect(await failure(client().api.post(OUTGOING))).toBeInstanceOf(RefusedMessageError);
});

test('reads a rotated token again, without a deployment', async () => {
  answer = (request, response, form) =>
    (request.headers.authorization === 'Bearer xoxb-new' ? ok() : notOk('token_revoked'))(request, response, form);

  expect(await client(['xoxb-old', 'xoxb-new']).api.post(OUTGOING)).toBe('1.1');
  expect(calls.map(({ token }) => token)).toEqual(['Bearer xoxb-old', 'Bearer xoxb-new']);
});

test('says that a message is gone when it cannot be edited any more', async () => {
  answer = notOk('message_not_found');
  expect(await client().api.edit({ channel: 'C1', ts: '1.1' }, OUTGOING.message)).toBe(false);
  answer = ok();
  expect(await client().api.edit({ channel: 'C1', ts: '1.1' }, OUTGOING.message)).toBe(true);
});

test('keeps a parent that the workspace does not let be edited any more', async () => {
  answer = notOk('edit_window_closed');

  expect(await failure(client().api.edit({ channel: 'C1', ts: '1.1' }, OUTGOING.message))).toBeInstanceOf(
    RefusedMessageError,
  );
});

test('finds a reply in its thread and a parent in the channel by the metadata', async () => {
  const messages = [
    { ts: '2.2', metadata: { event_payload: { id: 'other' } } },
    { ts: '3.3', metadata: { event_payload: { id: 'one' } } },
  ];
  answer = ok({ messages });
  const { api } = client();

  expect(await api.find({ id: 'one', channel: 'C1', threadTs: '1.1' }, 60_000)).toBe('3.3');
  expect(await api.find({ id: 'one', channel: 'C1' }, 60_000)).toBe('3.3');
  expect(await api.find({ id: 'none', channel: 'C1' }, 60_000)).toBeUndefined();
  expect(calls.map(({ method }) => method)).toEqual([
    '/api/conversations.replies',
    '/api/conversations.history',
    '/api/conversations.history',
  ]);
});

test('says what to do about a token that cannot be read', async () => {
  const missing = new PermanentError('SSM parameter /x is not there: store the bot token in it');
  const api = slack({ url: 'http://127.0.0.1:1/', token: () => Promise.reject(missing), log: () => {} });

  expect(await failure(api.post(OUTGOING))).toBe(missing);
});

test('does not wait for an answer that never ends', async () => {
  answer = (_request, response) => void response.writeHead(200).write('{"ok":');
  const error = await failure(client(['xoxb-1'], 100).api.post(OUTGOING));

  expect(error).toMatchObject({ maybeDone: true });
});

test.each(['cannot_reply_to_message', 'message_not_found', 'thread_not_found', 'restricted_action_thread_locked'])(
  'says of %s that the parent is gone',
  async (code) => {
    answer = notOk(code);

    expect(await failure(client().api.post({ ...OUTGOING, threadTs: '0.9' }))).toBeInstanceOf(ParentGoneError);
  },
);

test.each(['thread_not_found', 'not_in_channel', 'channel_not_found'])(
  'goes on after %s when it looks for a message',
  async (code) => {
    answer = notOk(code);

    expect(await client().api.find({ id: 'one', channel: 'C1', threadTs: '1.1' }, 0)).toBeUndefined();
  },
);

test('names the scope that would prevent a double when it may not look', async () => {
  answer = notOk('missing_scope');
  const { api, logged } = client();

  expect(await api.find({ id: 'one', channel: 'C1' }, 0)).toBeUndefined();
  expect(logged).toEqual([expect.stringContaining('channels:history')]);
});
