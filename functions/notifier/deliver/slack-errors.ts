import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { PermanentError, RefusedMessageError, RetryableError } from './errors';

/**
 * What to do about each answer of Slack. The codes are those of
 * https://docs.slack.dev/reference/methods/chat.postMessage and chat.update.
 */

/** The token is not, or no longer, good: read it again, then a person has to act. */
const TOKEN: Readonly<Record<string, string>> = {
  invalid_auth: 'the token is not valid: store the bot token (xoxb-…) of the Slack app again',
  not_authed: 'no token was sent: store the bot token (xoxb-…) of the Slack app',
  account_inactive: 'the bot user was removed: install the Slack app again and store its token',
  token_revoked: 'the token was revoked: install the Slack app again and store its token',
  token_expired: 'the token has expired: switch token rotation off in the Slack app and store the new bot token',
};

/** A person has to change something in Slack or in the configuration. */
const PERMANENT: Readonly<Record<string, string>> = {
  channel_not_found: 'no such channel, or a private one without the bot: check the ID, invite the bot with /invite @…',
  not_in_channel: 'invite the bot to the channel with /invite @…',
  is_archived: 'the channel is archived: unarchive it, or configure another one',
  not_allowed_token_type: 'this is no bot token: store the one that starts with xoxb-',
  no_permission: 'the bot may not post here: check the channel’s posting permissions',
  access_denied: 'the workspace denies access to the bot: ask an administrator',
  ekm_access_denied: 'the workspace’s key management denies access: ask an administrator',
  org_login_required: 'the workspace is being moved to an organization: install the app there',
  enterprise_is_restricted: 'the organization does not let the app post: install it in the workspace of the channel',
  team_access_not_granted:
    'the app has no access to the workspace of the channel: ask an administrator of the organization',
  restricted_action_read_only_channel: 'the channel is read-only: allow the bot to post, or configure another one',
  restricted_action_thread_only_channel: 'the channel takes replies only: configure another one',
  restricted_action_non_threadable_channel: 'the channel takes no threads: configure another one',
};

/** Slack has more of these than it lists: `restricted_action_…`. */
const RESTRICTED = 'restricted_action';
const RESTRICTED_ADVICE = 'a preference of the workspace or channel forbids the bot to post here: ask an administrator';

const MISSING_SCOPE = 'missing_scope';

/** Slack refuses what is in the message: it is sent once more as plain text. */
const PAYLOAD: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'too_many_attachments',
  'invalid_arguments',
  'invalid_arg_name',
  'metadata_too_large',
  'invalid_metadata_format',
  'invalid_metadata_schema',
]);

/** The message is no longer there, not ours, or takes no replies: the thread goes on under a new parent. */
const GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'cannot_reply_to_message',
  'restricted_action_thread_locked',
  'thread_not_found',
]);

/** A new parent could not be edited for long either: the old one stays as it is, the replies tell the rest. */
const EDIT_WINDOW = 'edit_window_closed';
const EDIT_ADVICE = 'the workspace lets messages be edited for a while only: allow it longer';

/** Answers that say nothing was done: there is no need to look for the message before sending it again. */
const NOT_DONE: ReadonlySet<string> = new Set([
  'ratelimited',
  'rate_limited',
  'service_unavailable',
  'message_limit_exceeded',
  'team_added_to_org',
  // Not that Slack took too long: what it was sent was cut off on its way.
  'request_timeout',
]);

/** What lasts, in milliseconds until the next try: the messages that the workspace's plan has, the move of a workspace. */
const LASTING: Readonly<Record<string, number>> = {
  message_limit_exceeded: 15 * 60_000,
  team_added_to_org: 5 * 60_000,
};

export type Verdict = 'token' | 'payload' | 'gone' | PermanentError | RetryableError;

export function judge(error: unknown): Verdict {
  // What reading the token came to.
  if (error instanceof PermanentError || error instanceof RetryableError) return error;
  if (error instanceof WebAPIRateLimitedError) {
    return new RetryableError('Slack asks to wait', {
      retryAfterMs: error.retryAfter * 1000,
      wholeChannel: true,
      cause: error,
    });
  }
  if (error instanceof WebAPIPlatformError) return judgeCode(error.data.error, error);
  if (error instanceof WebAPIHTTPError) {
    return new RetryableError(`Slack answered ${error.statusCode}`, {
      maybeDone: true,
      wholeChannel: true,
      cause: error,
    });
  }
  if (error instanceof WebAPIRequestError) {
    const why = error.original.message;
    return new RetryableError(`no answer from Slack: ${why}`, { maybeDone: true, wholeChannel: true, cause: error });
  }
  return new RetryableError('Slack could not be called', { maybeDone: true, wholeChannel: true, cause: error });
}

function judgeCode(code: string, error: Error): Verdict {
  if (Object.hasOwn(TOKEN, code)) return 'token';
  if (PAYLOAD.has(code)) return 'payload';
  if (GONE.has(code)) return 'gone';
  if (code === EDIT_WINDOW) return new RefusedMessageError(`Slack says ${code}: ${EDIT_ADVICE}`, { cause: error });
  const advice = code === MISSING_SCOPE ? scopeAdvice(error) : adviceOf(code);
  if (advice !== undefined) return new PermanentError(`Slack says ${code}: ${advice}`, { cause: error });
  // Also what is not JSON: WebClient gives the page that it got as the code.
  const shown = code.length > 60 ? `${code.slice(0, 60)}…` : code;
  return new RetryableError(`Slack says ${shown}`, {
    ...(Object.hasOwn(LASTING, code) ? { retryAfterMs: LASTING[code] } : {}),
    maybeDone: !NOT_DONE.has(code),
    wholeChannel: true,
    cause: error,
  });
}

function adviceOf(code: string): string | undefined {
  if (Object.hasOwn(PERMANENT, code)) return PERMANENT[code];
  return code.startsWith(RESTRICTED) ? RESTRICTED_ADVICE : undefined;
}

function scopeAdvice(error: unknown): string {
  return `the Slack app lacks a scope: add ${missingScope(error) ?? 'chat:write'}, then install the app again`;
}

/** The scope that Slack asks for. */
export function missingScope(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError) || error.data.error !== MISSING_SCOPE) return undefined;
  const { needed } = error.data as { readonly needed?: unknown };
  return typeof needed === 'string' && needed !== '' ? needed : undefined;
}

export function tokenProblem(error: unknown): PermanentError {
  const code = error instanceof WebAPIPlatformError ? error.data.error : 'invalid_auth';
  return new PermanentError(`Slack says ${code}: ${TOKEN[code] ?? 'check the token'}`, { cause: error });
}
