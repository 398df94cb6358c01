/** Reads a channel with its threads from the Slack Web API. */
import type { WebClient } from '@slack/web-api';

export interface SlackMessage {
  ts: string;
  thread_ts?: string;
  text: string;
  blocks?: unknown[];
  edited?: { ts: string } | undefined;
  subtype?: string;
  reply_broadcast?: boolean;
}

export interface Thread {
  parent: SlackMessage;
  replies: SlackMessage[];
}

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
