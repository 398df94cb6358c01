import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { httpsFetch } from '../../functions/notifier/deliver/https-fetch';
import { slack } from '../../functions/notifier/deliver/slack';
import { listen } from '../../tools/listen';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answer: Answer = () => {};
const received: { readonly method?: string; readonly type?: string; readonly body: string; readonly port?: number }[] =
  [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { method, headers, socket } = request;
    received.push({ method, type: headers['content-type'], body, port: socket.remotePort });
    answer(request, response);
  });
});

let url = '';
beforeAll(async () => {
  ({ url } = await listen(server));
});
afterAll(() => end(server));
beforeEach(() => received.splice(0));

function end(of: Server): Promise<void> {
  of.closeAllConnections();
  return new Promise((done) => of.close(() => done()));
}

const post = (signal?: AbortSignal) =>
  httpsFetch(`${url}/api/chat.postMessage`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'text=caf%C3%A9',
    ...(signal === undefined ? {} : { signal }),
  });

test('sends what it is given, and gives back status, headers and body', async () => {
  answer = (_request, response) => response.writeHead(200, { 'X-OAuth-Scopes': 'chat:write' }).end('{"ok":true,"é":1}');
  const response = await post();

  expect(received).toMatchObject([
    { method: 'POST', type: 'application/x-www-form-urlencoded', body: 'text=caf%C3%A9' },
  ]);
  expect(response).toMatchObject({ ok: true, status: 200, statusText: 'OK', url: `${url}/api/chat.postMessage` });
  expect(response.headers.get('x-oauth-scopes')).toBe('chat:write');
  expect(await response.json()).toEqual({ ok: true, é: 1 });
});

test('gives a page of a proxy as it is', async () => {
  answer = (_request, response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<html>busy</html>');
  const response = await post();

  expect(response).toMatchObject({ ok: false, status: 503 });
  expect(Object.fromEntries(response.headers.entries())).toMatchObject({ 'content-type': 'text/html' });
  expect(await response.text()).toBe('<html>busy</html>');
});

test('takes the same connection again, also after an answer that nobody read', async () => {
  answer = (_request, response) => response.end('{"ok":true}');
  await post();
  await new Promise((done) => setTimeout(done, 50));
  await (await post()).text();

  expect(new Set(received.map(({ port }) => port)).size).toBe(1);
});

test('ends an answer that does not begin in time', async () => {
  answer = () => {};

  await expect(post(AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('ends an answer that does not end in time', async () => {
  answer = (_request, response) => void response.writeHead(200).write('{"ok":');
  const response = await post(AbortSignal.timeout(200));

  await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' });
});

test.each<[string, Answer]>([
  ['before the answer', ({ socket }) => socket.destroy()],
  ['within the answer', ({ socket }, response) => response.write('{"ok":', () => socket.destroy())],
])('tells of a connection that is lost %s', async (_when, how) => {
  answer = how;

  await expect(post().then((response) => response.text())).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('takes the token nowhere else', async () => {
  answer = (_request, response) => response.writeHead(302, { location: `${url}/login` }).end();

  await expect(post()).rejects.toThrow(`redirected to ${url}/login`);
  expect(received).toHaveLength(1);
});

test('speaks TLS, and to nobody whose certificate is not good', async () => {
  const pem = (name: string) => readFileSync(join(__dirname, '..', 'fixtures', 'tls', `${name}.pem`));
  const secure = createTlsServer({ cert: pem('good'), key: pem('key') });
  const { url: plain } = await listen(secure);

  await expect(httpsFetch(plain.replace('http:', 'https:'))).rejects.toMatchObject({
    code: expect.stringMatching(/CERT/),
  });
  await end(secure);
});

test('lets WebClient hear how long Slack wants it to wait', async () => {
  answer = (_request, response) => response.writeHead(429, { 'Retry-After': '30' }).end();
  const api = slack({ url: `${url}/api/`, fetch: httpsFetch, token: async () => 'xoxb-1', log: () => {} });
  const message = { text: 'api: CPU', blocks: [] };

  await expect(api.post({ id: 'one', channel: 'C1', message, alerts: 1 })).rejects.toMatchObject({
    retryAfterMs: 30_000,
  });
});
