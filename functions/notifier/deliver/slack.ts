import { type FetchFunction, LogLevel, WebClient } from '@slack/web-api';
import type { Log } from '../../log';
import type { Block, Message } from '../render/blocks';
import { plainText } from '../render/look';
import type { Posted } from '../thread/incident';
import { ParentGoneError, PermanentError, RefusedBlocksError, RefusedMessageError, RetryableError } from './errors';
import { judge, missingScope, tokenProblem } from './slack-errors';

/** One call takes at most this long. */
export const TIMEOUT_MS = 5000;
/** WebClient's own timeout goes first. */
const GRACE_MS = 500;
/** A call has come to an end, one way or another, so long after it began. */
export const CALL_ENDS_MS = TIMEOUT_MS + GRACE_MS;
const EVENT_TYPE = 'ecs_alert';
/** What was asked of Slack is done by then, or never. */
const SEARCH_FOR_MS = 10 * 60_000;
/** As many as Slack gives at once: more than the channel takes in that time. https://docs.slack.dev/reference/methods/conversations.history */
const SEARCH_LIMIT = 999;

/** A message on its way: `id` finds it again when Slack's answer is lost. */
export interface Outgoing {
  readonly id: string;
  readonly channel: string;
  readonly message: Message;
  readonly threadTs?: string;
  readonly broadcast?: boolean;
  /** Alerts that this message tells. */
  readonly alerts: number;
  /** Without blocks, which Slack has refused. */
  readonly plain?: boolean;
}

/** The Slack Web API as the thread needs it. Errors are `PermanentError`, `RetryableError` or `RefusedBlocksError`. */
export interface Slack {
  /** Returns the `ts` of the new message. */
  readonly post: (outgoing: Outgoing) => Promise<string>;
  /** False when the message is not there any more, or not ours. */
  readonly edit: (posted: Posted, message: Message, options?: { readonly plain: boolean }) => Promise<boolean>;
  /** The `ts` of a message posted with this id since then, if the token may read the channel. */
  readonly find: (
    outgoing: Pick<Outgoing, 'id' | 'channel' | 'threadTs'>,
    sinceMs: number,
  ) => Promise<string | undefined>;
  readonly permalink: (posted: Posted) => Promise<string | undefined>;
}

/** How Slack is reached. */
export interface SlackOptions {
  readonly url?: string | undefined;
  /** How requests are sent; Node's own by default. */
  readonly fetch?: FetchFunction;
  readonly token: (options: { fresh: boolean }) => Promise<string>;
  readonly log: Log;
  /** One attempt takes at most this long: the queue is the only retry loop. */
  readonly timeoutMs?: number;
}

export function slack(options: SlackOptions): Slack {
  const { log } = options;
  const call = caller(options);

  return {
    post: async ({ id, channel, message, threadTs, broadcast, alerts, plain = false }) => {
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs, reply_broadcast: broadcast ?? false };
      const metadata = { event_type: EVENT_TYPE, event_payload: { id, alerts, broadcast: broadcast ?? false } };
      const unfurl = { unfurl_links: false, unfurl_media: false };
      const body = bodyOf(message, plain);
      const answer = await call((client) =>
        client.chat.postMessage({ channel, ...body, ...thread, ...unfurl, metadata }),
      ).catch((error) => rethrow(error, { plain }));
      return answer.ts ?? '';
    },

    edit: async ({ channel, ts }, message, { plain } = { plain: false }) => {
      try {
        await call((client) => client.chat.update({ channel, ts, ...bodyOf(message, plain) }));
        return true;
      } catch (error) {
        if (judge(error) === 'gone') return false;
        return rethrow(error, { plain });
      }
    },

    find: async ({ id, channel, threadTs }, sinceMs) => {
      const time = { oldest: `${sinceMs / 1000}`, latest: `${(sinceMs + SEARCH_FOR_MS) / 1000}` };
      const page = { channel, ...time, limit: SEARCH_LIMIT, include_all_metadata: true };
      try {
        const { messages } = await call((client) =>
          threadTs === undefined
            ? client.conversations.history(page)
            : client.conversations.replies({ ...page, ts: threadTs }),
        );
        return messages?.find(({ metadata }) => payloadId(metadata) === id)?.ts;
      } catch (error) {
        const verdict = judge(error);
        const isInVain = verdict === 'gone' || verdict === 'payload' || verdict instanceof PermanentError;
        if (!isInVain) return rethrow(error);
        const scope = missingScope(error) ?? 'channels:history (groups:history for a private channel)';
        const isScope = !(verdict instanceof PermanentError) || verdict.message.includes('missing_scope');
        const cure = isScope ? `the scope ${scope} would prevent it` : verdict.message;
        const lost = 'an answer of Slack was lost and cannot be looked for, it may be told twice';
        log('warn', `${lost}: ${cure}`, { id, error: String(error) });
        return undefined;
      }
    },

    permalink: async ({ channel, ts }) => {
      const answer = await call((client) => client.chat.getPermalink({ channel, message_ts: ts })).catch(
        () => undefined,
      );
      return answer?.permalink;
    },
  };
}

function bodyOf(message: Message, plain: boolean): Body {
  return plain ? { text: plainText(message), blocks: [] } : { text: message.text, blocks: [...message.blocks] };
}

interface Body {
  readonly text: string;
  readonly blocks: Block[];
}

/** Calls with the token at hand; one that Slack does not take is read again once, it may have been rotated. */
function caller({ token, timeoutMs = TIMEOUT_MS, ...options }: SlackOptions) {
  let known: { readonly token: string; readonly client: WebClient } | undefined;

  async function connect(fresh: boolean): Promise<WebClient> {
    const current = await token({ fresh });
    if (known?.token !== current) known = { token: current, client: webClient(current, options, timeoutMs) };
    return known.client;
  }

  return async function call<T>(run: (client: WebClient) => Promise<T>): Promise<T> {
    const client = known?.client ?? (await connect(false));
    try {
      return await inTime(run(client), timeoutMs);
    } catch (error) {
      if (judge(error) !== 'token') throw error;
      const renewed = await connect(true);
      if (renewed === client) throw error;
      return inTime(run(renewed), timeoutMs);
    }
  };
}

/** WebClient's own timeout ends with the headers: a body that hangs would hold the function. */
async function inTime<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  const message = 'Slack’s answer did not end in time';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const give = () => reject(new RetryableError(message, { maybeDone: true, wholeChannel: true }));
    timer = setTimeout(give, timeoutMs + GRACE_MS);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

/** WebClient's defaults retry for half an hour, without a timeout: here one attempt, and 429 comes back at once. */
function webClient(token: string, { url, fetch }: Pick<SlackOptions, 'url' | 'fetch'>, timeout: number): WebClient {
  return new WebClient(token, {
    ...(url === undefined ? {} : { slackApiUrl: url }),
    ...(fetch === undefined ? {} : { fetch }),
    retryConfig: { retries: 0 },
    timeout,
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
}

function rethrow(error: unknown, { plain } = { plain: true }): never {
  const verdict = judge(error);
  if (verdict === 'token') throw tokenProblem(error);
  if (verdict === 'gone') throw new ParentGoneError(String(error), { cause: error });
  if (verdict === 'payload') {
    if (!plain) throw new RefusedBlocksError(String(error), { cause: error });
    throw new RefusedMessageError(`Slack refuses the message: ${String(error)}`, { cause: error });
  }
  throw verdict;
}

function payloadId(metadata: unknown): unknown {
  const payload = (metadata as { event_payload?: { id?: unknown } } | undefined)?.event_payload;
  return payload?.id;
}
