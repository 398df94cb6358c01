/** @jsxRuntime automatic -- Jest's compiler does not read tsconfig's `jsx` */
/** A Slack channel with its threads as one HTML page: the page of `npm run demo` and the source of the pictures. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { WebClient } from '@slack/web-api';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { type Block, Message } from 'slack-blocks-to-jsx';
import { readChannel, type SlackMessage, type Thread } from './slack-channel';
import { decode, formatDate, richText, type TextObject } from './slack-mrkdwn';

export interface PageOptions {
  /** The zone in which times are drawn, as an IANA name. */
  timeZone?: string;
  /** The page fetches itself every 2 s and shows what is new. */
  live?: boolean;
}

type AnyBlock = {
  type: string;
  text?: TextObject;
  fields?: TextObject[];
  elements?: TextObject[];
  accessory?: unknown;
};

/** Each text of a section, a context or a header is drawn by itself; every other block is the library's as it is. */
function BlockView({ block, timeZone }: { block: AnyBlock; timeZone: string }): ReactNode {
  const texts = [block.text, ...(block.fields ?? []), ...(block.elements ?? [])].filter((text) => text !== undefined);
  const ours = ['section', 'context', 'header'].includes(block.type) && !block.accessory;
  const plain = ours && texts.every(({ type }) => type === 'mrkdwn' || type === 'plain_text');
  const drawn = plain ? texts.map((text) => richText(text, timeZone)) : [block as unknown as Block];
  return (
    <div className={plain ? `text ${block.type}` : block.type}>
      {drawn.map((one, index) => (
        <Message key={index} blocks={[one]} name="" logo="" theme="light" withoutWrapper />
      ))}
    </div>
  );
}

const Avatar = () => (
  <svg className="avatar" viewBox="0 0 36 36" aria-hidden="true">
    <rect width="36" height="36" rx="6" />
    <path d="M5 19h6l3-8 5 15 4-11 2 4h6" />
  </svg>
);

type RowProps = { message: SlackMessage; timeZone: string; note?: ReactNode };

function Row({ message, timeZone, note }: RowProps): ReactNode {
  const { ts, text, edited } = message;
  const blocks = message.blocks?.length ? message.blocks : [{ type: 'section', text: { type: 'mrkdwn', text } }];
  return (
    <article>
      <Avatar />
      <div className="content">
        <header>
          <b>ECS alerts</b> <span className="app">APP</span>{' '}
          <time>{formatDate(Number(ts), '{time}', '', timeZone)}</time>
        </header>
        {note && <p className="note">{note}</p>}
        <div className={edited ? 'body edited' : 'body'}>
          {(blocks as AnyBlock[]).map((block, index) => (
            <BlockView key={index} block={block} timeZone={timeZone} />
          ))}
        </div>
      </div>
    </article>
  );
}

/** Slack marks a broadcast reply by its subtype, the emulator by the argument it was posted with. */
const isBroadcast = (message: SlackMessage) => message.reply_broadcast || message.subtype === 'thread_broadcast';

function ThreadView({ thread: { parent, replies }, timeZone }: { thread: Thread; timeZone: string }): ReactNode {
  return (
    <section>
      <Row message={parent} timeZone={timeZone} />
      {replies.length > 0 && (
        <div className="replies">
          <p className="count">{replies.length === 1 ? '1 reply' : `${replies.length} replies`}</p>
          {replies.map((reply) => (
            <Row
              key={reply.ts}
              message={reply}
              timeZone={timeZone}
              note={isBroadcast(reply) && 'Also sent to the channel'}
            />
          ))}
        </div>
      )}
    </section>
  );
}

/** The threads and, between them where they were sent, the broadcast replies as the channel shows them. */
function channelRows(threads: readonly Thread[], timeZone: string): ReactNode[] {
  const rows = threads.flatMap((thread) => [
    { ts: thread.parent.ts, row: <ThreadView key={thread.parent.ts} thread={thread} timeZone={timeZone} /> },
    ...thread.replies.filter(isBroadcast).map((reply) => ({
      ts: reply.ts,
      row: (
        <section className="broadcast" key={reply.ts}>
          <Row message={reply} timeZone={timeZone} note={<>replied to a thread: {decode(thread.parent.text)}</>} />
        </section>
      ),
    })),
  ]);
  rows.sort((a, b) => Number(a.ts) - Number(b.ts));
  return rows.flatMap(({ ts, row }, index) => {
    const [day, before] = [ts, rows[index - 1]?.ts].map(
      (at) => at && formatDate(Number(at), '{date_long}', '', timeZone),
    );
    return day === before ? [row] : [<h2 key={day}>{day}</h2>, row];
  });
}

/** The library's dark rules wait for an attribute that a script sets; here they follow the reader's own setting. */
function styles(): string {
  const library = readFileSync(require.resolve('slack-blocks-to-jsx/dist/style.css'), 'utf8');
  const dark = (library.match(/[^{}]+\{[^{}]*\}/g) ?? []).filter((rule) => rule.includes('[data-theme=dark]'));
  const freed = dark.join('').replaceAll(':where([data-theme=dark],[data-theme=dark] *)', '');
  const ours = readFileSync(join(__dirname, 'slack-page.css'), 'utf8');
  return `${library}@media (prefers-color-scheme:dark){${freed}}${ours}`;
}

/** Fetches the page anew and swaps its body only when something is new, so that the reader's place is kept. */
const LIVE = `let last;setInterval(async()=>{try{const answer=await fetch(location.href);if(!answer.ok)return;
const text=await answer.text();if(text===last)return;last=text;
document.body.innerHTML=new DOMParser().parseFromString(text,'text/html').body.innerHTML}catch{}},2000)`;

/** One self-contained HTML document (no network, all CSS inline). */
export function renderPage(channel: string, threads: readonly Thread[], options: PageOptions = {}): string {
  const { timeZone = 'UTC', live = false } = options;
  const script = live ? "script-src 'unsafe-inline'; connect-src 'self'" : '';
  const policy = `default-src 'none'; style-src 'unsafe-inline'; ${script}`;
  const html = renderToStaticMarkup(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta httpEquiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`#${channel}`}</title>
        <style dangerouslySetInnerHTML={{ __html: styles() }} />
        {live && <script dangerouslySetInnerHTML={{ __html: LIVE }} />}
      </head>
      <body>
        <h1># {channel}</h1>
        <main>{channelRows(threads, timeZone)}</main>
      </body>
    </html>,
  );
  // The library gives each message the same id, and its CSS hangs on it: the page has it once, around all messages.
  const once = html.replaceAll(' id="slack_blocks_to_jsx"', '').replace('<main>', '<main id="slack_blocks_to_jsx">');
  return `<!doctype html>${once}`;
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
