/** Secrets that somebody wrote where they do not belong: what they look like, and how a message shows them. */

/**
 * What tokens begin with; an app's are numbered: a service may be called `xapp-web`.
 * @see https://docs.slack.dev/authentication/tokens
 */
const TOKEN = /xox[a-z]-|xoxe\.|(?<![a-z\d])xapp-\d/i;
/** Whoever knows the rest of it can post: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
const WEBHOOK = /hooks\.slack(-gov)?\.com/i;
const USER_IN_URL = /[a-z][a-z\d+.-]*:\/\/+[^\s/?#]+@/i;
const RULES = [
  {
    secret: TOKEN,
    rule: 'must have no Slack token in it: it would reach the state, keep it in SSM or Secrets Manager',
  },
  { secret: WEBHOOK, rule: 'must have no URL of hooks.slack.com in it: whoever knows it can post' },
  { secret: USER_IN_URL, rule: 'must have no user and no password in a URL' },
];
/** After `_`, `-` or a small letter a new word begins: `apiKey`, `X-Amz-Signature`, but not `monkey`. */
const SECRET_WORDS = /token|secret|passw|signature|(?<![a-z])((api|access|auth)?key|sig|pwd)(?![a-z])/i;

/** Why a text must not be where it is; undefined for all that may. */
export function secretRule(text: string): string | undefined {
  return RULES.find(({ secret }) => secret.test(text))?.rule;
}

/** Whether the name of a part of a query says that its value is a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_WORDS.test(key.replace(/([a-z\d])([A-Z])/g, '$1-$2'));
}

/** The message without secrets, be they in a value or in the name of an option. */
export function redacted(message: string): string {
  return (
    message
      .replace(/xox[a-z]-[\w.%+/=~-]*|xoxe\.[\w.%+/=~-]*/gi, 'xox…')
      .replace(/xapp-[\w.-]*/gi, 'xapp-…')
      .replace(/(hooks\.slack(?:-gov)?\.com)\/[^\s"'`]*/gi, '$1/…')
      // A password may have any character in a URL that is none.
      .replace(/(:\/\/)[^\n"'`]*@/g, '$1…@')
      .replace(/([?&;])([^\s=&;"'`]+)=[^\s&;"'`]*/g, (all, before: string, key: string) =>
        isSecretKey(key) ? `${before}${key}=…` : all,
      )
  );
}
