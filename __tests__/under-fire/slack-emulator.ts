import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { freePort } from '../../tools/listen';
import type { Answer, Call } from './unwell-slack';

/** The emulator takes 5,000 requests an hour of each token. */
const TOKENS = Array.from({ length: 40 }, (_, index) => `xoxb-emulator-${index}`);
const CHANNELS = ['one', 'two', 'three'];

export interface SlackEmulator {
  /** IDs. */
  readonly channels: readonly string[];
  /** Does what is asked, whatever token it comes with. */
  readonly call: (call: Pick<Call, 'method' | 'body'>) => Promise<Answer>;
  /** The same, for the test: its answer. */
  readonly ask: <T>(method: string, args: Readonly<Record<string, string>>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** The emulator in a thread of its own: it is a module that Jest cannot load, and its clock is the one of the test. */
const THREAD = `
const { parentPort, workerData: { options, clock } } = require('node:worker_threads');
Date.now = () => clock[0];
import('emulate').then(({ createEmulator }) => createEmulator(options)).then(({ url }) =>
  // Time to find out that the port is taken after all.
  setTimeout(() => parentPort.postMessage(url), 100));`;
const ATTEMPTS = 5;

/** Slack as it is when it is well: the emulator, and what it leaves out of reading a channel. */
export async function startSlackEmulator(now: () => number): Promise<SlackEmulator> {
  const tokens = Object.fromEntries(TOKENS.map((token) => [token, { login: 'ecs-alerts' }]));
  const seed = { tokens, slack: { channels: CHANNELS.map((name) => ({ name })) } };
  const clock = new Float64Array(new SharedArrayBuffer(8));
  const { thread, url } = await startThread(seed, clock);
  let asked = 0;

  async function call({ method, body }: Pick<Call, 'method' | 'body'>): Promise<Answer> {
    asked += 1;
    clock[0] = now();
    const isRead = READS.has(method);
    // It knows no bounds in time: all is read, and what is out of bounds left out.
    const sent = isRead ? new URLSearchParams({ ...Object.fromEntries(body), limit: '1000' }) : body;
    const answer = await fetch(`${url.replace('localhost', '127.0.0.1')}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS[asked % TOKENS.length]}` },
      body: sent,
    });
    const text = await answer.text();
    const headers = { 'content-type': 'application/json' };
    return { status: answer.status, headers, body: isRead ? bounded(text, body) : text };
  }

  async function ask<T>(method: string, args: Readonly<Record<string, string>>): Promise<T> {
    const { body } = await call({ method, body: new URLSearchParams(args) });
    const answer = JSON.parse(body) as T & { readonly ok: boolean; readonly error?: string };
    if (!answer.ok) throw new Error(`${method}: ${answer.error}`);
    return answer;
  }

  const { channels = [] } = await ask<{ channels?: { id: string; name: string }[] }>('conversations.list', {});
  const ids = CHANNELS.map((name) => channels.find((channel) => channel.name === name)?.id ?? '');
  return { channels: ids, call, ask, close: async () => void (await thread.terminate()) };
}

async function startThread(seed: object, clock: Float64Array, attempt = 1): Promise<{ thread: Worker; url: string }> {
  const options = { service: 'slack', port: await freePort(), seed };
  const thread = new Worker(THREAD, { eval: true, workerData: { options, clock } });
  try {
    const [url] = (await once(thread, 'message')) as [string];
    return { thread, url };
  } catch (error) {
    if (attempt === ATTEMPTS) throw error;
    return startThread(seed, clock, attempt + 1);
  }
}

const READS: ReadonlySet<string> = new Set(['conversations.history', 'conversations.replies']);

interface Page {
  readonly messages?: readonly { readonly ts: string }[];
}

/** The newest of a channel, the oldest of a thread, as many as are asked for. */
function bounded(text: string, body: URLSearchParams): string {
  const page = JSON.parse(text) as Page;
  const [oldest, latest] = [Number(body.get('oldest') ?? 0), Number(body.get('latest') ?? Number.POSITIVE_INFINITY)];
  const within = page.messages?.filter(({ ts }) => Number(ts) > oldest && Number(ts) < latest);
  const messages = within?.slice(0, Number(body.get('limit') ?? 100));
  return JSON.stringify({ ...page, ...(messages === undefined ? {} : { messages }) });
}
