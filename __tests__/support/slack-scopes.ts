/**
 * What each method of the Web API that we call asks of a bot token: nothing, or a scope for public channels and perhaps
 * one for private ones. "Required scopes" of its page, https://docs.slack.dev/reference/methods/METHOD.
 */
export const SCOPES: Readonly<Record<string, readonly [] | readonly [inPublic: string, inPrivate?: string]>> = {
  'auth.test': [],
  'chat.getPermalink': [],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.replies': ['channels:history', 'groups:history'],
};
