/** Reads a channel with its threads from the Slack Web API, and serves it as a page. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebClient } from '@slack/web-api';
import { renderPage, type SlackMessage, type Thread } from './slack-page';

/** All pages of one call of the Web API, oldest message first. */
async function allMessages(
  read: (cursor?: string) => Promise<{ messages?: object[]; response_metadata?: { next_cursor?: string } }>,
) {
  const messages: (SlackMessage & { reply_count?: number })[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    messages.push(...((page.messages ?? []) as typeof messages));
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  return messages.sort((a, b) => Number(a.ts) - Number(b.ts));
}

/** Reads the channel with all its threads through the Slack Web API. */
export async function readChannel(client: WebClient, channel: string): Promise<Thread[]> {
  const listed = await allMessages((cursor) => client.conversations.history({ channel, cursor, limit: 200 }));
  const parents = listed.filter(({ ts, thread_ts = ts }) => ts === thread_ts);
  const threads: Thread[] = [];
  for (const parent of parents) {
    const { ts } = parent;
    const read = (cursor?: string) => client.conversations.replies({ channel, ts, cursor, limit: 200 });
    const all = parent.reply_count ? await allMessages(read) : [];
    threads.push({ parent, replies: all.filter((message) => message.ts !== ts) });
  }
  return threads;
}

export interface ServeOptions {
  port?: number;
  /** What stands in the channel's header; without it, the channel as given. */
  name?: string;
  timeZone?: string;
}

/** Serves the page on 127.0.0.1, reading the channel anew at each request; an open page renews itself every 2 s. */
export async function servePage(client: WebClient, channel: string, options: ServeOptions = {}) {
  const { port = 0, name = channel, timeZone = 'UTC' } = options;
  const server = createServer((_request, response) => {
    const html = readChannel(client, channel).then((threads) => renderPage(name, threads, { timeZone, live: true }));
    html.then(
      (page) => response.setHeader('content-type', 'text/html; charset=utf-8').end(page),
      (error: unknown) => {
        response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(`The channel cannot be read: ${String(error)}`);
      },
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}
