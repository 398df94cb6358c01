import { isSecret, isWord } from './secret-names';

/** In place of a secret. */
const HIDDEN = '•••';

/**
 * Hides secrets in the lines of a log and leaves what is needed to understand them: `postgres://app:•••@db/x`. What
 * looks random and has neither a prefix nor a name that tells what it is stays: it may be any id. A private key over
 * several lines becomes one.
 *
 * Our own table and no package, of which secretlint would be the one: its last version for Node 20 bundles to 350 kB,
 * and a line that says `secretlint-disable` turns it off. The text is somebody else's: everything here is linear.
 */
export function masked(lines: readonly string[]): readonly string[] {
  return withoutPrivateKeys(lines).map((line) =>
    withoutNamed(withoutArguments(withoutProse(withoutHeaders(withoutTokens(withoutUrlPasswords(line)))))),
  );
}

/** The same of a text that stands alone, such as a reason. */
export function maskedText(text: string): string {
  return masked([text]).join('\n');
}

/** Not inside a word; but `\n` before it, in JSON, is no letter. */
const START = '(?:(?<![A-Za-z0-9_])|(?<=\\\\[nrt]))';

/** What says by its beginning what it is. */
const PREFIXES = [
  'gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-', // GitHub, GitLab
  'xox[a-z](?:\\.xox[a-z])?-|xapp-|xwfp-', // Slack
  '[sr]k_(?:live|test)_|whsec_|sq0(?:atp|csp)-|shp(?:at|ca|pa|ss)_', // Stripe, Square, Shopify
  'npm_|pypi-|rubygems_|dckr_[po]at_', // registries
  'AIza|GOCSPX-|ya29\\.|1//0', // Google
  'sk-(?:ant|proj|svcacct|admin|or|lf)-|gsk_|xai-|pplx-|r8_|nvapi-|lsv2_[a-z]{2}_', // models
  'do[opr]_v1_|dp\\.(?:pt|st|sa|ct|scim|audit)\\.|hv[sbr]\\.|pscale_[a-z]{2,5}_|sb[ps]_|sb_secret_|AGE-SECRET-KEY-1',
  'NRAK-|sntry[su]_|glsa_|glc_|lin_api_|ntn_|figd_|PMAK-|AT[AC]TT3|CCIPAT_|bkua_|ops_ey|AKCp',
  'ABSK|IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz', // AWS: Bedrock, session tokens
];
const TOKENS: readonly RegExp[] = [
  new RegExp(`${START}(${PREFIXES.join('|')})[\\w.+/=-]{12,}`, 'g'),
  new RegExp(`${START}(eyJ)[\\w+/=-]{16,}(?:\\.[\\w+/=-]*){0,4}`, 'g'), // JWT
  new RegExp(`${START}(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}`, 'g'), // AWS
  new RegExp(`${START}(sk-|hf_)(?=[A-Za-z]{0,40}\\d|[A-Za-z]{30})[\\w-]{20,}`, 'g'), // OpenAI of old, Hugging Face
  new RegExp(`${START}(SG\\.)[\\w-]{10,80}\\.[\\w-]{10,}`, 'g'), // SendGrid
  new RegExp(`${START}(dapi|SK|key-)[a-f0-9]{32}\\b`, 'g'), // Databricks, Twilio, Mailgun
  /()\b[a-f0-9]{32}(?=-us\d{1,2}\b)/g, // Mailchimp
  /(\b\d{8,10}:)AA[\w-]{30,40}/g, // Telegram
  /(\b[A-Za-z0-9]{14}\.atlasv1\.)[\w-]{40,}/g, // HCP Terraform
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/]{8,}/g,
  /(discord(?:app)?\.com\/api\/webhooks\/\d{1,25}\/)[\w-]{8,}/g,
  /(jdbc:oracle:\w{1,10}:[^/\s]{1,60}\/)[^@\s]{1,100}(?=@)/g,
  /((?<![\w.-])[\w.-]{1,60}:)[^\s@"']{1,100}(?=@(?:tcp|unix)\()/g, // Go's driver of MySQL
  /((?<!\S)(?:-u|--user)[ =]["']?[^\s:"']{1,60}:)[^\s"']{1,200}/g, // curl
  /(\b(?:password|PASSWORD|identified by|IDENTIFIED BY) ')[^'\n]{1,200}(?=')/g, // SQL
];
/** An AWS secret key has no prefix: forty characters of base64, of all kinds, which a hash in hexadecimal has not. */
const FORTY = /(?<![A-Za-z0-9/+_.-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_.-])/g;

function withoutTokens(line: string): string {
  const known = TOKENS.reduce((text, token) => text.replaceAll(token, `$1${HIDDEN}`), line);
  return known.replaceAll(FORTY, (text) =>
    /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) ? HIDDEN : text,
  );
}

const AUTHORIZATION =
  /(authorization\\{0,4}["']?[ \t]{0,3}[:=][ \t]{0,3}\[?(?:b(?=["']))?\\{0,4}["']?)((?:bearer|basic|token|digest|api-?key|negotiate|aws4-hmac-sha256)[ \t]{1,3})?([^\s"'\\,\]})]{4,})/gi;
const BEARER = /\b(bearer|basic)([ \t]{1,3})([\w.~+/-]{8,}=*)(?!\w)/gi;
const COOKIE = /(cookie\\{0,4}["']?[ \t]{0,3}[:=][ \t]{0,3}\[?(?:b(?=["']))?\\{0,4}["']?)([^"'\\]{1,4000})/gi;

function withoutHeaders(line: string): string {
  return line
    .replaceAll(AUTHORIZATION, (all, head: string, scheme: string | undefined, value: string) =>
      scheme === undefined && isWord(value) ? all : `${head}${scheme ?? ''}${HIDDEN}`,
    )
    .replaceAll(BEARER, (all, scheme: string, space: string, value: string) =>
      /[\d=]/.test(value) ? `${scheme}${space}${HIDDEN}` : all,
    )
    .replaceAll(
      COOKIE,
      (_all, head: string, pairs: string) => `${head}${pairs.replaceAll(/=[^;,\s]{1,4000}/g, `=${HIDDEN}`)}`,
    );
}

/** A place for a value; `$ecret` is none. */
const TEMPLATE = /^(?:\$\{\w{1,100}\}?|\$[A-Z_][A-Z0-9_]{0,100}|%[dqsv]|\{\{.*|\{\d*\}?|\*{1,100}|<[\w -]{1,40}>?)$/;

/** A token that RDS takes for a password has a thousand and more. */
const URL_MAX = 2000;

/** A password in a URL of any scheme, which may have any character in it that its writer forgot to escape. */
function withoutUrlPasswords(line: string): string {
  let result = '';
  let from = 0;
  for (let at = line.indexOf('://'); at !== -1; at = line.indexOf('://', from)) {
    const start = at + 3;
    const rest = line.slice(start, start + URL_MAX);
    const [authority = ''] = /^[^\s"'`<>\\/?#]*/.exec(rest) ?? [];
    const colon = authority.indexOf(':');
    const isPort = /^(?:\d{0,5}|\$.*|%.*|\{.*)$/.test(authority.slice(colon + 1)) || authority.startsWith('[');
    const sign = authority.lastIndexOf('@');
    let [begin, end] = [colon + 1, sign];
    if (colon === -1 || (sign !== -1 && colon > sign)) {
      // A token in place of the user.
      begin = sign >= 16 ? 0 : -1;
    } else if (sign === -1) {
      const later = isPort ? -1 : (/^[^\s"'`<>]*/.exec(rest)?.[0].lastIndexOf('@') ?? -1);
      const isCutOff =
        !isPort && start + authority.length === line.length && !/https?$/i.test(line.slice(Math.max(0, at - 5), at));
      end = later === -1 && isCutOff ? authority.length : later;
    }
    const isTemplate = TEMPLATE.test(rest.slice(Math.max(begin, 0), Math.max(end, 0)));
    const hides = begin !== -1 && end > begin && !isTemplate;
    const next = start + (hides ? end : authority.length);
    result += hides ? `${line.slice(from, start + begin)}${HIDDEN}` : line.slice(from, next);
    from = next;
  }
  return result + line.slice(from);
}

/** `using password hunter2`; what has letters alone is a word of the sentence. */
const PROSE =
  /(\b(?:using|with)[ \t](?:the[ \t])?pass(?:word|wd|phrase|code)[ \t])([^\s"'`\\/.([{<][^\s"'`\\<>]{4,100})/gi;
const NO_PASSWORD = /^(?:sha|md\d|scram|argon|pbkdf|[bs]crypt|oauth|aes|base\d|utf|pkcs|ed\d|rsa|%\(|\w{2,30}[=:])/i;

function withoutProse(line: string): string {
  return line.replaceAll(PROSE, (all, head: string, text: string) => {
    const [value = ''] = /^.{1,101}?(?=[.,;:!?)\]}]{0,9}$)/.exec(text) ?? [];
    const isOne = value.length >= 5 && /[\d!@#$^&*~]/.test(value) && !NO_PASSWORD.test(value);
    return !isOne || VARIABLE.test(value) || isHarmless('', value)
      ? all
      : `${head}${HIDDEN}${text.slice(value.length)}`;
  });
}

/** Commands, and how they take a password: `mysql -phunter2`, `redis-cli -a hunter2`, `sqlplus app/hunter2@db`. */
const COMMANDS: readonly (readonly [command: RegExp, takes: string])[] = [
  [/^(?:mysql|mariadb)/, '-p'],
  [/^(?:mongo|sshpass|.* login$)/, '-p '],
  [/^redis/, '-a '],
  [/^(?:sqlcmd|bcp)/, '-P '],
  [/^ldap/, '-w '],
  [/./, '/'],
];
/** A command, what ends it, or what it may take; also in a list in JSON. */
const ARGUMENTS =
  /(?<![\w-])(mysql(?:dump|admin|import|check|show|sh|slap|pump)?|mariadb(?:-\w{1,12})?|mongo(?:sh|dump|restore|export|import)?|sshpass|(?:docker|podman|registry|az|oras) login|redis-(?:cli|benchmark)|sqlcmd|bcp|ldap(?:search|modify|add|whoami|delete)|sqlplus|sqlldr|sqlcl|expdp|impdp|rman)(?=\\{0,4}["']|\s)|[|;]|&&|(?<=[\s"'=])(?:(-[paPw])(\\{0,4}["'](?:,[ \t]{0,3}|[ \t]{1,3})|[ \t]{1,3})?|[A-Za-z][\w$#]{0,60}(\/)(?=[^\s"'@/\\]{1,100}@))/g;
/** How far behind its command an argument may stand. */
const ARGUMENTS_MAX = 1000;
/** A port, or how one is mapped; and what begins with `-p` in other commands. */
const NO_ARGUMENT =
  /^(?:-|\$\(|(?:[\d.]{1,40}:){0,2}\d{1,5}(?:\/\w{3})?$|(?:ath|ort|ool|rofile|refix|lugin|rint|id|roject|rotocol|assword)(?:=|$))/;

function withoutArguments(line: string): string {
  let result = '';
  let from = 0;
  let [takes, since] = ['', 0];
  ARGUMENTS.lastIndex = 0;
  for (let match = ARGUMENTS.exec(line); match !== null; match = ARGUMENTS.exec(line)) {
    const [all, command, flag, space = '', slash] = match;
    const start = match.index + all.length;
    if (flag === undefined && slash === undefined) {
      takes = COMMANDS.find(([regExp]) => regExp.test(command ?? ''))?.[1] ?? '';
      since = start;
      continue;
    }
    const took = slash ?? flag ?? '';
    const isTaken = took === takes ? space === '' : `${took} ` === takes;
    if (!isTaken || match.index - since > ARGUMENTS_MAX) continue;
    const [begin, end] = slash === undefined ? valueAt(line, start) : [start, line.indexOf('@', start)];
    const value = line.slice(begin, end);
    if (NO_ARGUMENT.test(value) || isHarmless('', value)) continue;
    result += `${line.slice(from, begin)}${HIDDEN}`;
    from = end;
    ARGUMENTS.lastIndex = end;
  }
  return result + line.slice(from);
}

/** A name and what is between it and its value; not the letter of `\n` in JSON. */
const NAMED =
  /(?:(?<![\w.-])(?!(?<=\\)[nrt])|(?<=\\[nrt]))([\w.-]{1,100})(\\{0,4}["']?\]?[ \t]{0,8}(?:=>|:=|[:=])[ \t]{0,8}|[ \t]{1,3})/g;
const ELEMENT = /<([\w:.-]{1,60})>([^<]{1,1000})(?=<\/)/g;
/** Python writes `b'…'`; but a quote behind a letter may end a text as well. */
const OPENING = /(?:[bru]{1,2}(?=\\{0,4}["'](?![\s,;:)\]}]|$)))?(\\{0,4}["'`])/iy;
/** Up to a separator; a comma is one if a space or another name follows. */
const UNQUOTED = /(?:[^\s"'`;&,\\]|,(?!\s|[\w.-]{1,40}[=:]|$)|\\(?![nrtu"'\\]))+/y;
const VARIABLE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** `password=…`, `"apiKey": "…"`, `?token=…`, `--secret …`, also in JSON in JSON. */
function withoutNamed(line: string): string {
  let result = '';
  let from = 0;
  NAMED.lastIndex = 0;
  for (let match = NAMED.exec(line); match !== null; match = NAMED.exec(line)) {
    const [all, name = '', between = ''] = match;
    const start = match.index + all.length;
    NAMED.lastIndex = match.index + name.length;
    // In an ARN `secret` is no name.
    const isPart = line[match.index - 1] === ':' && between === ':';
    // Playwright writes `pw:api`.
    const isChannel = name === 'pw' && between === ':';
    if (isPart || isChannel || (between.trim() === '' && !name.startsWith('--')) || !isSecret(name)) continue;
    const [begin, end] = valueAt(line, start);
    const value = line.slice(begin, end);
    const isProse = /^[ \t]*:[ \t]/.test(between);
    if (isHarmless(name, value) || (isProse && isProseAfter(name, value))) continue;
    result += `${line.slice(from, begin)}${HIDDEN}`;
    from = end;
    NAMED.lastIndex = end;
  }
  return (result + line.slice(from)).replaceAll(ELEMENT, (all, name: string, value: string) =>
    isSecret(name) ? all.replace(value, () => HIDDEN) : all,
  );
}

/** `registry auth: execution resource retrieval failed`, `password: DB_PASSWORD is not set` */
function isProseAfter(name: string, value: string): boolean {
  return VARIABLE.test(value) || (/^auth$/i.test(name) && /^[a-z]+$/.test(value));
}

function valueAt(line: string, start: number): readonly [begin: number, end: number] {
  OPENING.lastIndex = start;
  const opening = OPENING.exec(line);
  if (opening !== null) {
    const begin = start + opening[0].length;
    const [, quote = ''] = opening;
    let end = line.indexOf(quote, begin);
    // The quote that ends it is escaped as the one that began it.
    while (end > 0 && line[end - 1] === '\\') end = line.indexOf(quote, end + quote.length);
    return [begin, end === -1 ? line.length : end];
  }
  UNQUOTED.lastIndex = start;
  let end = start + (UNQUOTED.exec(line)?.[0].length ?? 0);
  while (end > start && ')]}>'.includes(line[end - 1] ?? '')) end--;
  return [start, end];
}

/** Nothing, punctuation, a word of a sentence, a template, an ARN, a number of tokens, a directory, or hidden before. */
function isHarmless(name: string, value: string): boolean {
  if (!/\w/.test(value) || isWord(value) || value.includes(HIDDEN)) return true;
  if (value.startsWith('arn:') || TEMPLATE.test(value)) return true;
  if (/token$/i.test(name) && /^\d{1,9}$/.test(value)) return true;
  return /^(?:OLD)?PWD$/.test(name) && value.startsWith('/');
}

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/;
const END = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY/;
/** A key of 16384 bits, armoured; another line may come between, so what is behind it is looked at as well. */
const KEY_LINES_MAX = 250;
const MATERIAL = /[A-Za-z0-9+/=]{40,}/g;
const SHORT_MATERIAL =
  /^\s{0,20}(?=[A-Za-z+/=]{0,39}[\d+/=])[A-Za-z0-9+/=]{1,64}\s{0,20}$|^(?:Proc-Type|DEK-Info|Version|Comment): /;

function withoutMaterial(line: string): string {
  return SHORT_MATERIAL.test(line) ? HIDDEN : line.replaceAll(MATERIAL, HIDDEN);
}

function withoutPrivateKeys(lines: readonly string[]): readonly string[] {
  const result: string[] = [];
  const put = (line: string) => {
    if (line !== HIDDEN || result.at(-1) !== HIDDEN) result.push(line);
  };
  let left = 0;
  for (const line of lines) {
    const begin = BEGIN.exec(line);
    const end = END.exec(line);
    if (begin === null && end !== null) {
      // Its beginning may have been in a line that is not here.
      for (let at = result.length - 1; left === 0 && at >= 0; at--) {
        const hidden = withoutMaterial(result[at] ?? '');
        if (hidden === result[at]) break;
        result[at] = hidden;
      }
      put(`${withoutMaterial(line.slice(0, end.index))}${line.slice(end.index)}`);
      left = 0;
    } else if (begin !== null) {
      const [text, isOpen] = withoutKeysInside(line);
      put(text);
      left = isOpen ? KEY_LINES_MAX : 0;
    } else {
      put(left > 0 ? withoutMaterial(line) : line);
      left = Math.max(0, left - 1);
    }
  }
  return result;
}

/** The keys in one line, where a line end may be `\n`; and whether the last of them goes on. */
function withoutKeysInside(line: string): readonly [text: string, isOpen: boolean] {
  let result = '';
  let rest = line;
  for (let begin = BEGIN.exec(rest); begin !== null; begin = BEGIN.exec(rest)) {
    const start = begin.index + begin[0].length;
    const body = rest.slice(start);
    const end = END.exec(body);
    const [inside = ''] =
      end === null ? (/^(?:[\w+/=:,\s-]|\\{1,4}[nr])*/.exec(body) ?? []) : [body.slice(0, end.index)];
    result += `${rest.slice(0, start)}${inside === '' ? '' : HIDDEN}`;
    rest = body.slice(inside.length);
    if (end === null) return [result + rest, rest === ''];
  }
  return [result + rest, false];
}
