const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Words of a name that make it one of a secret. */
const SECRETS = setOf('credential credentials jwt sessionid jsessionid phpsessid');
/** Many write several words as one: `PGPASSWORD`, `authtoken`, `SECRETKEYBASE`. */
const SECRET_ENDS =
  /(?:pass(?:word|wd|phrase|code)\d{0,2}|secret|token|(?:api|(?:secret)?access|secret|private|signing|encryption)key(?:base)?)$/;
/** What ends so and holds none: a page of a list, a token of a parser or of a model, what sudo or Kubernetes says. */
const OPEN_ENDS =
  /(?:(?:no|get|set|read|ask|check|change|reset|forgot|update)pass(?:word|wd)|(?:page|next|continuation|sync|cancel|cancellation|unexpected|eos|bos|pad|unk|mask|sub|stop|get|parse|check|decode|validate)token|(?:external|sealed|pull)secret)$/;
/** These only as the last word of a name. */
const LAST_SECRETS = setOf(
  'pass pwd pw auth sig signature otp pgpass dbpass mysqlpass userpass rootpass adminpass smtppass dbpwd userpwd dbpw',
);
/** Whose key is secret, in any case; in the environment every key is, but for these. */
const SECRET_KEYS = setOf(
  'api access private secret encryption decryption signing auth account master shared storage service client admin app webhook hmac jwt ssh deploy session cookie consumer subscription license',
);
const OPEN_KEYS = setOf('public publishable cache primary partition sort routing object foreign group hash range s3');
/** What a name says that ends so is about a secret. */
const ABOUT = setOf(
  'id ids arn name names type path file dir url uri endpoint host count length size expiry expires expiration ttl timeout version policy enabled required limit at in header field algorithm alg rotation age status error code usage used format prefix description store manager provider valid reset stdin',
);

export function isSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const [last = '', before = ''] = [words.at(-1), words.at(-2)];
  if (ABOUT.has(last)) return false;
  if (last === 'key')
    return (
      SECRET_KEYS.has(before) ||
      words.includes('secret') ||
      (/^[A-Z0-9]+_[A-Z0-9_]*$/.test(name) && !OPEN_KEYS.has(before))
    );
  return (
    LAST_SECRETS.has(last) ||
    words.some((word) => SECRETS.has(word) || (SECRET_ENDS.test(word) && !OPEN_ENDS.test(word)))
  );
}

const WORDS = setOf(
  'a an the is was are has must should cannot not no yes and or in of for from to null nil none undefined true false empty missing required invalid expired unset unbound unknown optional field parameter environment variable expected failed error denied revoked unauthorized authentication bearer basic string number object redacted hidden masked filtered',
);

/** A word of a sentence, where a value could be. */
export const isWord = (text: string) => text.length < 20 && WORDS.has(text.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
