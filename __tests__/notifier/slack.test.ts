import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ParentGoneError,
  PermanentError,
  RefusedBlocksError,
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
  (error: string, fields: object = {}): Answer =>
  (_request, response) =>
    response.end(JSON.stringify({ ok: false, error, ...fields }));
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

/** What a person has to do, by the answer that says so. https://docs.slack.dev/reference/methods/chat.postMessage */
const FOR_A_PERSON: Readonly<Record<string, RegExp>> = {
  invalid_auth: /store the bot token/,
  not_authed: /store the bot token/,
  account_inactive: /install the Slack app again/,
  token_revoked: /install the Slack app again/,
  token_expired: /switch token rotation off/,
  missing_scope: /add chat:write, then install the app again/,
  not_allowed_token_type: /store the one that starts with xoxb-/,
  no_permission: /check the channel’s posting permissions/,
  org_login_required: /install the app there/,
  ekm_access_denied: /ask an administrator/,
  access_denied: /ask an administrator/,
  enterprise_is_restricted: /install it in the workspace/,
  team_access_not_granted: /ask an administrator/,
  channel_not_found: /check the ID/,
  not_in_channel: /\/invite/,
  is_archived: /unarchive it, or configure another one/,
  restricted_action: /ask an administrator/,
  restricted_action_read_only_channel: /allow the bot to post/,
  restricted_action_thread_only_channel: /configure another one/,
  restricted_action_non_threadable_channel: /configure another one/,
  restricted_action_of_tomorrow: /ask an administrator/,
};

test.each(Object.entries(FOR_A_PERSON))('says of %s what a person has to do', async (code, advice) => {
  answer = notOk(code);
  const error = await failure(client().api.post(OUTGOING));

  expect(error).toBeInstanceOf(PermanentError);
  expect(error).not.toBeInstanceOf(RefusedMessageError);
  expect(error).toHaveProperty('message', expect.stringMatching(advice));
  expect(error).toHaveProperty('message', expect.stringContaining(`Slack says ${code}: `));
});

test('names the scope that Slack asks for', async () => {
  answer = notOk('missing_scope', { needed: 'chat:write.public', provided: 'chat:write' });

  expect(await failure(client().api.post(OUTGOING))).toHaveProperty(
    'message',
    expect.stringContaining('add chat:write.public, then install the app again'),
  );
});

test.each([
  ['429 with Retry-After', status(429, { 'retry-after': '30' }), { retryAfterMs: 30_000, maybeDone: false }],
  ['503', status(503), { maybeDone: true }],
  ['200 with HTML', status(200), { maybeDone: true }],
  ['a reset connection', ((request) => request.socket.destroy()) as Answer, { maybeDone: true }],
  ['internal_error', notOk('internal_error'), { maybeDone: true }],
  ['fatal_error', notOk('fatal_error'), { maybeDone: true }],
  ['request_timeout: what was sent was cut off', notOk('request_timeout'), { maybeDone: false }],
  ['service_unavailable', notOk('service_unavailable'), { maybeDone: false }],
  ['ratelimited', notOk('ratelimited'), { maybeDone: false }],
  ['rate_limited', notOk('rate_limited'), { maybeDone: false }],
  ['message_limit_exceeded, which lasts', notOk('message_limit_exceeded'), { retryAfterMs: 900_000, maybeDone: false }],
  ['team_added_to_org, which lasts', notOk('team_added_to_org'), { retryAfterMs: 300_000, maybeDone: false }],
  ['a code that nobody knows', notOk('brand_new_code'), { maybeDone: true }],
])('tries again later after %s, with one attempt now', async (_name, how, expected) => {
  answer = how;
  const error = await failure(client().api.post(OUTGOING));

  expect(error).toBeInstanceOf(RetryableError);
  expect(error).toMatchObject({ ...expected, wholeChannel: true });
  expect(calls).toHaveLength(1);
});

/** Slack does not take the message as it is. */
const REFUSALS = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'too_many_attachments',
  'invalid_arguments',
  'invalid_arg_name',
  'metadata_too_large',
];

test.each(REFUSALS)('says after %s that the blocks are refused, and sends plain text when asked to', async (code) => {
  answer = (request, response, form) => (form.get('blocks') === '[]' ? ok() : notOk(code))(request, response, form);
  const { api } = client();

  expect(await failure(api.post(OUTGOING))).toBeInstanceOf(RefusedBlocksError);
  expect(await api.post({ ...OUTGOING, plain: true })).toBe('1.1');
  expect(calls.map(({ form }) => form.get('text'))).toEqual(['api: CPU', '*api*']);
});

test('gives up only this message when Slack refuses the plain text too', async () => {
  answer = notOk('msg_too_long');

  expect(await failure(client().api.post({ ...OUTGOING, plain: true }))).toBeInstanceOf(RefusedMessageError);
});

test('reads a rotated token again, without a deployment', async () => {
  answer = (request, response, form) =>
    (request.headers.authorization === 'Bearer xoxb-new' ? ok() : notOk('token_revoked'))(request, response, form);

  expect(await client(['xoxb-old', 'xoxb-new']).api.post(OUTGOING)).toBe('1.1');
  expect(calls.map(({ token }) => token)).toEqual(['Bearer xoxb-old', 'Bearer xoxb-new']);
});

/** What is edited or replied to is not there any more, not ours, or takes no replies. */
const GONE = [
  'message_not_found',
  'cant_update_message',
  'cannot_reply_to_message',
  'restricted_action_thread_locked',
  'thread_not_found',
];

test.each(GONE)('says that a message is gone when an edit answers %s', async (code) => {
  answer = notOk(code);
  expect(await client().api.edit({ channel: 'C1', ts: '1.1' }, OUTGOING.message)).toBe(false);
  answer = ok();
  expect(await client().api.edit({ channel: 'C1', ts: '1.1' }, OUTGOING.message)).toBe(true);
});

test.each(GONE)('says that the parent is gone when a reply answers %s', async (code) => {
  answer = notOk(code);

  expect(await failure(client().api.post({ ...OUTGOING, threadTs: '0.9' }))).toBeInstanceOf(ParentGoneError);
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

test.each(['thread_not_found', 'not_in_channel', 'channel_not_found'])(
  'goes on after %s when it looks for a message',
  async (code) => {
    answer = notOk(code);

    expect(await client().api.find({ id: 'one', channel: 'C1', threadTs: '1.1' }, 0)).toBeUndefined();
  },
);

test.each([
  [
    'as Slack has it',
    { needed: 'groups:history', provided: 'chat:write' },
    'the scope groups:history would prevent it',
  ],
  ['where Slack does not say it', {}, 'the scope channels:history (groups:history for a private channel) would'],
])('names the scope that would prevent a double when it may not look, %s', async (_name, fields, words) => {
  answer = notOk('missing_scope', fields);
  const { api, logged } = client();

  expect(await api.find({ id: 'one', channel: 'C1' }, 0)).toBeUndefined();
  expect(logged).toEqual([expect.stringContaining(words)]);
});
