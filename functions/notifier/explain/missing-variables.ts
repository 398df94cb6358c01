import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import type { MissingVariable } from './explanation';
import { isQuiet } from './quiet-lines';

interface Pattern {
  /**
   * `sure`: the text says that it is about the environment. `likely`: the name has to look like a variable's too, and
   * the line must not be of a level that nothing fails at.
   * `if set before`: it names a setting that a variable may stand for; the good revision must have had that variable.
   */
  readonly trust: 'sure' | 'likely' | 'if set before';
  /** The first group is the name, or several. Repetitions are bounded: the text is somebody else's. */
  readonly regExp: RegExp;
  /** What makes it sure when it stands shortly before. */
  readonly sureAfter?: RegExp;
}

const LINES_MAX = 200;
const LINE_MAX = 4000;
const TEXT_MAX = 100_000;
const NAMES_MAX = 10;
/** How far before a name its heading may stand. */
const HEADING_MAX = 2000;

const QUOTE = '["\'`]?';
/** Not the end of a word, of a header or of an enum's member, but `process.env.NAME`. */
const NAME = '(?<![A-Za-z0-9_-]|(?<!env)\\.)[A-Z_][A-Z0-9_]{1,99}(?![A-Za-z0-9_])';
const BULLET = '\\n[ \\t]{1,12}(?:[*•-] ?)?';
/** `A`, `"A", "B" and "C"`, or one a line, indented: what is not is another line of the log. */
const NAMES = `(${NAME}(?:${QUOTE}(?:,(?: and| or)? ?| and | or |,?${BULLET})${QUOTE}${NAME}){0,19})`;
/** From a heading to the names below or behind it. */
const GAP = `[:=]?["'\`[({ ]{0,5}(?:${BULLET})?${QUOTE}`;
const VARIABLES = '\\b(?:[Ee]nv(?:ironment)?|ENV)(?:[ _-]?[Vv]ar(?:iable)?s?|[ _]VAR(?:IABLE)?S?)?';
const BE = '(?:(?:is|are|was|were|has|have) )?';
const HAVE_TO = '(?:must|should|needs? to|has to|have to)';
const NO = "(?:cannot|can't|can not|may not|must not|should not)";
const UNSET = `(?:${BE}(?:not (?:been )?(?:set|defined|provided|configured|specified)|isn't set|missing|required|undefined|unset|mandatory)|${HAVE_TO} be (?:set|defined|provided|specified|configured|present)|${NO} be (?:empty|blank|null|undefined))\\b(?! to be\\b)`;
/** Too common to be believed of anything but a variable. */
const GONE = `(?:${UNSET}|${BE}(?:not (?:found|present|available|given)|empty|blank)\\b)`;

/** `NAME` and `NAMES` in a pattern stand for what they are above. */
const of = (source: string) =>
  new RegExp(
    source.replaceAll('NAMES', () => NAMES).replaceAll(/\bNAME\b/g, () => `(${NAME})`),
    'g',
  );
const sure = (regExp: RegExp): Pattern => ({ trust: 'sure', regExp });
const likely = (regExp: RegExp, sureAfter?: RegExp): Pattern => ({ trust: 'likely', regExp, sureAfter });
const ifSetBefore = (regExp: RegExp, sureAfter?: RegExp): Pattern => ({ trust: 'if set before', regExp, sureAfter });

/** What people write. */
const IN_WORDS: readonly Pattern[] = [
  sure(of(`${VARIABLES}:? ${QUOTE}\\$?\\{?NAMES\\}?${QUOTE},? (?:because it |which )?${GONE}`)),
  sure(of(`NAMES${QUOTE} ${VARIABLES} ${GONE}`)),
  sure(of(`[Mm]issing (?:[a-z]{1,20} ){0,3}${VARIABLES}(?: [a-z]{1,20}){0,2}${GAP}NAMES`)),
  sure(of(`${VARIABLES} (?:\\([a-z]{1,20}\\) )?${GONE}${GAP}NAMES`)),
  likely(of(`[Ss]et(?:ting)? (?:the )?${VARIABLES},? ${QUOTE}\\$?\\{?NAME(?!=)`)),
  likely(of(`[Ss]et(?:ting)? (?:the )?${QUOTE}NAME${QUOTE} ${VARIABLES}`)),
  // Joi, as NestJS has it, and phpdotenv say so below a heading.
  likely(of(`NAMES${QUOTE} ${UNSET}(?! to\\b)`), /onfig(?:uration)? validation error|variables failed assertions/),
  likely(
    of(`(?:[Pp]lease|[Mm]ust|[Nn]eed to) (?:set|define|provide|specify|export) (?:the |a )?${QUOTE}\\$?NAME(?!=)`),
  ),
  likely(
    of(`[Mm]issing (?:required |mandatory )?(?:config(?:uration)? |setting |secret )?(?:keys?|values?)?${GAP}NAMES`),
  ),
];

/** What languages and libraries write. */
const IN_LIBRARIES: readonly Pattern[] = [
  // Shells
  sure(of('NAME: (?:unbound variable|parameter (?:null or )?not set)')),
  // Python: os.environ; decouple; django-environ; Starlette; pydantic
  likely(of('KeyError: ["\']NAME["\']'), /os\.environ|os\.py"|<frozen os>/),
  sure(of('NAME not found\\. Declare it as envvar')),
  sure(of('ImproperlyConfigured: Set the NAME environment variable')),
  sure(of('Config ["\']NAME["\'] is missing')),
  ifSetBefore(
    /^([A-Za-z_]\w{1,99})\s{1,6}[Ff]ield required\b/gm,
    /validation errors? for \w{0,40}(?:[Ss]ettings|[Cc]onfig|[Ee]nv)/,
  ),
  // Node: zod; envalid and t3-env, of which zod writes the rest; dotenv-safe; env-var
  sure(of('path["\']?: ?\\[\\s{0,20}["\']NAME["\']\\s{0,20}\\](?=[^[\\]]{0,200}(?:Required|undefined))')),
  sure(of('undefined\\s{1,10}→ at NAME')),
  ifSetBefore(of('NAME["\']?: ?(?:\\[ ?)?["\'(]?(?:[Rr]equired|undefined)\\b'), /nvironment variables/),
  sure(of(`not present in the environment${GAP}NAMES`)),
  sure(of('env-var: "NAME" is a required variable')),
  // Go: kelseyhightower/envconfig; sethvargo/go-envconfig; cleanenv
  sure(of('required key NAME missing value')),
  sure(of('missing required value: NAME')),
  sure(of('value is not provided\\. Envs names: "NAME')),
  // Rust: what `VarError` says, behind a text or as its cause; envy; clap
  likely(of('NAME["\'`]?[^\\n]{0,60}(?:\\n[^\\n]{0,20}){0,3}(?:environment variable not found|\\bNotPresent\\b)')),
  ifSetBefore(/missing value for field ([A-Za-z_]\w{1,99})/g),
  ifSetBefore(of('arguments were not provided:\\n\\s{0,8}(?:--[a-z-]{1,60} )?<NAME>')),
  // Java: Spring and Micronaut; Quarkus; Typesafe Config
  sure(of('[Cc]ould not resolve placeholder ["\']?(?:\\$\\{)?NAME(?!\\.)')),
  ifSetBefore(/[Cc]ould not resolve placeholder ["']?(?:\$\{)?([A-Za-z_][\w.-]{1,99})/g),
  sure(of('SRCFG00014: The config property NAME is required')),
  ifSetBefore(/SRCFG00014: The config property ([A-Za-z_][\w.-]{1,99}) is required/g),
  sure(of('SRCFG00011: Could not expand value NAME')),
  sure(of('[Cc]ould not resolve substitution to a value: \\$\\{NAME\\}')),
  // Ruby: ENV.fetch; Figaro and dotenv; Rails
  likely(of('key not found: "NAME"')),
  sure(of('Missing required configuration keys?: \\["NAMES')),
  sure(of('[Mm]issing[^\\n]{0,160}ENV\\[["\']NAME["\']\\]')),
  // PHP: Symfony, and Prisma which is of Node; `$_ENV`
  sure(of(`[Ee]nvironment variable not found: ${QUOTE}NAME`)),
  likely(of('Undefined (?:array key|index):? "?NAME')),
  // nginx, when envsubst left it as it was
  sure(of('host not found in upstream "\\$\\{NAME\\}')),
];

/** Texts without a name that mean one all the same: Laravel, Rails. */
const MEANT: readonly (readonly [text: string, name: string])[] = [
  ['No application encryption key has been specified', 'APP_KEY'],
  ['Missing `secret_key_base` for', 'SECRET_KEY_BASE'],
];

/** It goes on without it. */
const HARMLESS =
  /default|fall(?:ing|s)? ?back|ignor|skip|optional|disabl|assum|\busing\b|deprecated|to (?:silence|suppress|hide|enable|turn)/i;
const NO_NAME =
  /^(?:INFO|WARN(?:ING)?|ERROR|FATAL|DEBUG|TRACE|NOTICE|CRITICAL|N[OU]LL|NONE|TRUE|FALSE|NOT|AND|OR|ENV|RUST_BACKTRACE)$/;
/** What looks like a variable in the text alone: an error's code, a signal, a status. */
const CODE = /^(?:ERR_|SIG[A-Z]|HTTP_\d)|_(?:ERROR|EXCEPTION|FAILED|NOT_FOUND)$/;
const OTHER_BEFORE =
  /(?:ReferenceError|NameError|[Cc]onstant|column|header|field|parameter|permission|macro|symbol|table|claim|cookie)\b[:\s]{0,2}(?:name )?["'`]?$/;
const OTHER_AFTER = /^["'`]?\)? (?:header|parameter|column|field|cookie|argument|table|claim|permission|constant)/;

/** The environment variables that a log names as missing and that no container of the revision sets, or not this one. */
export function missingVariables(
  lines: readonly string[],
  failing: TaskDefinition,
  good?: TaskDefinition,
  container?: string,
): readonly MissingVariable[] {
  const containers = containersOf(failing, container);
  const isSet = namesIn(containers);
  const wasSet = namesIn(good === undefined ? [] : containersOf(good, container));
  const maybeElsewhere = containers.some(({ environmentFiles = [] }) => environmentFiles.length > 0);
  return [...namedIn(plain(lines), new Set([...wasSet].filter((name) => !isSet.has(name))))]
    .filter(([name]) => !isSet.has(name))
    .slice(0, NAMES_MAX)
    .map(([name, isSure]) => ({
      name,
      ...(wasSet.has(name) ? { wasIn: `${good?.family}:${good?.revision}` } : {}),
      ...(maybeElsewhere ? { maybeElsewhere } : {}),
      ...(isSure || wasSet.has(name) ? { isSure: true } : {}),
    }));
}

function containersOf({ containerDefinitions = [] }: TaskDefinition, name?: string): readonly ContainerDefinition[] {
  const found = containerDefinitions.filter((container) => container.name === name);
  return found.length === 0 ? containerDefinitions : found;
}

function namesIn(containers: readonly ContainerDefinition[]): ReadonlySet<string> {
  const settings = containers.flatMap(({ environment = [], secrets = [] }) => [...environment, ...secrets]);
  return new Set(settings.map(({ name }) => name ?? ''));
}

const COLOUR = new RegExp(`(?:${String.fromCharCode(27)}|\\\\{1,4}u001[bB])\\[[0-9;]{0,20}m`, 'g');

interface Log {
  readonly text: string;
  /** Where the lines are in it that are of a level that nothing fails at. */
  readonly quiet: readonly (readonly [begin: number, end: number])[];
}

/** One text, as the application meant it: some texts go over several lines, and a line of JSON holds one escaped. */
function plain(lines: readonly string[]): Log {
  const last = lines.slice(-LINES_MAX).map((line) => line.slice(0, LINE_MAX).replaceAll(COLOUR, ''));
  const quiet: [number, number][] = [];
  let whole = '';
  for (const line of last) {
    const begin = whole.length;
    whole += `${unescaped(line)}\n`;
    if (isQuiet(line)) quiet.push([begin, whole.length]);
  }
  const cut = Math.max(0, whole.length - TEXT_MAX);
  return { text: whole.slice(cut, -1), quiet: quiet.map(([begin, end]) => [begin - cut, end - cut]) };
}

function unescaped(line: string): string {
  return line
    .replaceAll(/\\{1,4}(?:u0027|')/g, "'")
    .replaceAll(/\\{1,4}(?:u0022|")/g, '"')
    .replaceAll(/\\{1,4}(?:u0060|`)/g, '`')
    .replaceAll(/\\{1,4}t/g, ' ')
    .replaceAll(/(?:\\{1,4}r)?\\{1,4}n|\r$/g, (end) => (end === '\r' ? '' : '\n'));
}

interface Named {
  readonly at: number;
  readonly name: string;
  readonly isSure: boolean;
}

/** Whether each is sure, in the order of the text. */
function namedIn(log: Log, gone: ReadonlySet<string>): ReadonlyMap<string, boolean> {
  const meant = MEANT.map(([said, name]) => ({ at: log.text.indexOf(said), name, isSure: true }));
  const said = [
    ...meant.filter(({ at }) => at >= 0),
    ...IN_WORDS.flatMap((pattern) => namesBy(pattern, log, gone, goesOnWithout)),
    ...IN_LIBRARIES.flatMap((pattern) => namesBy(pattern, log, gone, () => false)),
  ];
  const named = new Map<string, boolean>();
  for (const { name, isSure } of said.sort((one, other) => one.at - other.at))
    named.set(name, isSure || named.get(name) === true);
  return named;
}

function goesOnWithout(before: string, after: string): boolean {
  const [sentence = ''] = after.slice(0, 120).split('\n', 1);
  return HARMLESS.test(sentence) || /optional/i.test(before.slice(before.lastIndexOf('\n') + 1).slice(-60));
}

function namesBy(
  { trust, regExp, sureAfter }: Pattern,
  { text, quiet }: Log,
  gone: ReadonlySet<string>,
  isHarmless: (before: string, after: string) => boolean,
): readonly Named[] {
  return [...text.matchAll(regExp)].flatMap(({ 0: match, 1: names = '', index: at }) => {
    const before = text.slice(Math.max(0, at - HEADING_MAX), at);
    const after = text.slice(at + match.length, at + match.length + 120);
    // What an earlier traceback says is no heading of this one.
    const heading = before.slice(Math.max(0, before.lastIndexOf('Traceback (most')));
    const isSure = trust === 'sure' || sureAfter?.test(heading) === true;
    if (isHarmless(before, after) || (!isSure && (OTHER_BEFORE.test(before.slice(-40)) || OTHER_AFTER.test(after))))
      return [];
    const isLikely = trust === 'likely' && !quiet.some(([begin, end]) => begin <= at && at < end);
    return (names.match(/[\w.-]{2,100}/g) ?? []).flatMap((said) => {
      const name = variableFor(said, gone);
      if (gone.has(name)) return [{ at, name, isSure: true }];
      const looksLikeOne = said === name && name.includes('_') && !CODE.test(name);
      return (isSure || (isLikely && looksLikeOne)) && !NO_NAME.test(name) ? [{ at, name, isSure }] : [];
    });
  });
}

/** `database.url` → `DATABASE_URL`; with the prefix that a settings class leaves out, if only one that is gone has it. */
function variableFor(said: string, gone: ReadonlySet<string>): string {
  const name = said.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  if (said === name || gone.has(name)) return name;
  const prefixed = [...gone].filter((one) => one.endsWith(`_${name}`));
  return prefixed.length === 1 ? (prefixed[0] ?? name) : name;
}
