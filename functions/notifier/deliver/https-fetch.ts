import * as http from 'node:http';
import * as https from 'node:https';
import type { FetchFunction } from '@slack/web-api';

type Response = Awaited<ReturnType<FetchFunction>>;

/**
 * Sockets that are idle for longer are closed. Slack closes them too, and while Lambda sleeps nobody hears of it: what
 * is then sent is lost without an answer.
 */
const IDLE_MS = 3000;
const agents = {
  'http:': new http.Agent({ keepAlive: true, timeout: IDLE_MS }),
  'https:': new https.Agent({ keepAlive: true, timeout: IDLE_MS }),
};

/**
 * What `WebClient` needs of `fetch`. Node's own takes some 50 ms at its first use, a third of a cold start, and its
 * signal need not end a body.
 */
export const httpsFetch: FetchFunction = (to, { method = 'GET', headers = {}, body, signal } = {}) =>
  new Promise((resolve, reject) => {
    if (body !== undefined && typeof body !== 'string') throw new TypeError('only text can be sent');
    const url = new URL(to);
    const { request } = url.protocol === 'http:' ? http : https;
    const agent = url.protocol === 'http:' ? agents['http:'] : agents['https:'];
    const sent = request(url, { method, headers, agent, ...(signal === undefined ? {} : { signal }) });
    const why = (error: unknown) => (signal?.aborted ? signal.reason : error);
    sent.on('error', (error) => reject(why(error)));
    sent.on('response', (answer) => {
      if (!isRedirect(answer)) return resolve(response(`${url}`, answer, why));
      // The token goes to nobody else.
      reject(new Error(`redirected to ${answer.headers.location}`));
      sent.destroy();
    });
    sent.end(body);
  });

function isRedirect({ statusCode = 0, headers }: http.IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
}

function response(url: string, answer: http.IncomingMessage, why: (error: unknown) => unknown): Response {
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer;
  // Read at once: a body that nobody asks for would keep the socket.
  const body = read(answer).catch((error) => Promise.reject(why(error)));
  body.catch(() => {});
  const text = async () => (await body).toString('utf8');
  const headers = new Map(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText,
    url,
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? null, entries: () => headers.entries() },
    text,
    json: async () => JSON.parse(await text()),
    arrayBuffer: async () => new Uint8Array(await body).buffer,
  };
}

async function read(answer: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
