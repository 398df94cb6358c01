import type { Subject } from '../../subject';
import type {
  Changes,
  Chart,
  DependencyState,
  Explanation,
  LogLines,
  MissingVariable,
  Why,
} from '../explain/explanation';
import { shorten } from '../shorten';
import {
  type Block,
  codeBlock,
  details,
  link,
  type Message,
  notification,
  phrase,
  quote,
  section,
  words,
} from './blocks';
import { chartBlock, chartLine, quantity } from './chart';
import { logUrl } from './links';
import { DOTS, OVER, shortName } from './look';
import { capital } from './words';

/** How much of each part is read at night; more is counted. */
const LISTED_DIFFERENCES = 8;
const LISTED_HEALTHY = 6;
const LISTED_VALUES = 2;
const LISTED_EVENTS = 3;
/** Somebody else's words in these lines: so that a line is not the whole screen of a phone. */
const NAME_MAX = 60;
const VALUE_MAX = 90;
const EVENT_MAX = 200;
/** Of a log line, and of all of them: so that the whole stays under 10,000 characters. */
const LOG_LINE_MAX = 400;
const LOG_MAX = 1800;
/** A link is whole or not there. */
const URL_MAX = 900;

const UNKNOWN = '⚪\u00a0';
const NOTHING_FOUND = 'Nothing more could be found out';

/** What the person would look up next: one reply, which grows as its parts arrive. It is no state, so it has no dot. */
export function renderExplanation(explanation: Explanation, options: { readonly subject: Subject }): Message {
  const { why, changes, lines, leansOn = [], events = [], chart } = explanation;
  const { subject } = options;
  const blocks = [
    ...(why === undefined ? [] : [section(reasons(why))]),
    ...(changes === undefined ? [] : [changed(changes)]),
    ...(lines === undefined ? [] : logged(lines, subject)),
    ...(leansOn.length === 0 ? [] : [section(leaning(leansOn))]),
    ...(events.length === 0 ? [] : [section(saidByEcs(events))]),
    // Last: it is higher than all of the rest, and nothing hides behind it on a phone.
    ...(chart === undefined ? [] : charted(chart)),
  ];
  return {
    text: notification(`${shortName(subject)}: ${mostUseful(explanation) ?? NOTHING_FOUND}`),
    blocks: blocks.length === 0 ? [section([NOTHING_FOUND])] : blocks,
  };
}

/** What stands first on the phone: what a person can act on, before what only describes. */
function mostUseful({ why, changes, lines, leansOn, chart, events }: Explanation): string | undefined {
  const [missing] = changes?.missing ?? [];
  if (changes !== undefined && missing !== undefined) return missingIn(missing, changes);
  if (why !== undefined) return phrase(why.cause ?? why.what);
  const ill = leansOn?.find(({ state }) => state === 'unhealthy');
  if (ill !== undefined) return `leans on ${measured(ill)}`;
  const [difference] = changes?.differences ?? [];
  if (difference !== undefined) return `what changed: ${difference.what} ${phrase(difference.change)}`;
  const line = lines?.lines.at(-1);
  if (line !== undefined) return `${lines?.of === 'matched' ? 'logged' : 'last line'}: ${quote(line)}`;
  const [event] = events ?? [];
  if (event !== undefined) return `ECS says: ${words(briefly(event))}`;
  return chart === undefined ? undefined : chartLine(chart);
}

function labelled(label: string, first: string): string {
  return `*${label}*\u00a0 ${first}`;
}

function reasons({ what, next }: Why): readonly string[] {
  return [
    labelled('Why', capital(phrase(what))),
    ...(next === undefined ? [] : [labelled('Next', capital(phrase(next)))]),
  ];
}

/** The missing variable comes before the differences: it is the cause, they are candidates. */
function changed(changes: Changes): Block {
  const missing = changes.missing.map((variable) => missingIn(variable, changes));
  const said = [labelled('What changed', revisions(changes)), ...missing, ...comparedHow(changes)];
  const differences = changes.differences.map(({ container, what, change }) => {
    const of = container === undefined ? '' : `${quote(container, NAME_MAX)} `;
    return `• ${of}${words(what, NAME_MAX)}: ${phrase(change, VALUE_MAX)}`;
  });
  return section([...said, ...differences], said.length + LISTED_DIFFERENCES);
}

function revisions(changes: Changes): string {
  const { failing, good, registeredAtMs, registeredBy } = changes;
  const when = registeredAtMs === undefined ? '' : ` ${day(registeredAtMs)}`;
  const by = registeredBy === undefined ? '' : ` by ${words(registeredBy, NAME_MAX)}`;
  const registered = when === '' && by === '' ? '' : `, registered${when}${by}`;
  const from = other(changes) === undefined ? '' : `${quote(good ?? '', NAME_MAX)} → `;
  return `${from}${quote(failing, NAME_MAX)}${registered}`;
}

/** The good revision, if it is another one. */
function other({ failing, good }: Changes): string | undefined {
  return good === failing ? undefined : good;
}

function comparedHow(changes: Changes): readonly string[] {
  const { failing, good, goodBy, differences } = changes;
  if (good === undefined) return ['There is no earlier revision to compare it with'];
  if (good === failing) return [`Not the task definition: ${quote(failing, NAME_MAX)} has worked before`];
  const same = 'No difference; an image tag that moved or a secret that changed does not show here';
  return [...(differences.length === 0 ? [same] : []), ...(goodBy === undefined ? [] : FOUND_BY[goodBy](good))];
}

/** The last that was deployed with success is what everybody expects: nothing to say. */
const FOUND_BY: Readonly<Record<NonNullable<Changes['goodBy']>, (good: string) => readonly string[]>> = {
  deployment: () => [],
  running: (good) => [`${quote(good, NAME_MAX)} is what still runs`],
  number: (good) => [`${quote(good, NAME_MAX)} is only the number before: it may never have worked`],
};

function missingIn({ name, wasIn, maybeElsewhere }: MissingVariable, changes: Changes): string {
  const [variable, failing] = [quote(name, NAME_MAX), quote(changes.failing, NAME_MAX)];
  const unless = maybeElsewhere ? ', unless an environment file sets it' : '';
  if (wasIn !== undefined) return `${variable} was set in ${quote(wasIn, NAME_MAX)} and is not in ${failing}${unless}`;
  const good = other(changes);
  const where = good === undefined ? `not set in ${failing}` : `set in neither ${failing} nor ${quote(good, NAME_MAX)}`;
  return `${variable} is read but ${where}${unless}`;
}

/** A date too: what changed three weeks ago is seldom the cause. Slack says "today" by itself. */
function day(atMs: number): string {
  const [date, time] = new Date(atMs).toISOString().split('T');
  return `<!date^${Math.floor(atMs / 1000)}^{date_short_pretty} {time}|${date} ${time?.slice(0, 5)} UTC>`;
}

function logged(logLines: LogLines, subject: Subject): readonly Block[] {
  const { of, lines, stream } = logLines;
  const label = of === 'matched' ? 'Matching lines' : 'Last lines';
  const url = logUrl(subject, logLines);
  const linked = url.length > URL_MAX ? [] : [link(url, stream === undefined ? 'Log group' : 'Log stream')];
  const fitting = lastFitting(lines.flatMap((line) => line.split('\n')).filter((line) => line.trim() !== ''));
  if (fitting.length === 0) return [section([[`*${label}*`, 'there are none', ...linked].join(' · ')])];
  return [section([[`*${label}*`, ...linked].join(' · ')]), details(codeBlock(fitting.join('\n')))];
}

/** The end says why it ended; each line whole as long as it is one that a person would read. */
function lastFitting(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines.map((one) => shorten(one, LOG_LINE_MAX)).reverse()) {
    length += line.length + 1;
    if (length > LOG_MAX) return ['…', ...kept];
    kept.unshift(line);
  }
  return kept;
}

/** What is bad has a line of its own. */
function leaning(states: readonly DependencyState[]): readonly string[] {
  const bad = states.filter(({ state }) => state === 'unhealthy').map((one) => `${DOTS.warning}${measured(one)}`);
  const healthy = states.filter(({ state }) => state === 'healthy').map((one) => `${OVER}${measured(one)}`);
  const unknown = states.filter(({ state }) => state === 'unknown').map((one) => `${UNKNOWN}${measured(one)}`);
  const others = [...healthy, ...unknown];
  const hidden = others.length - LISTED_HEALTHY;
  const more = hidden > 0 ? [`and ${hidden} more`] : [];
  const rest = [...others.slice(0, LISTED_HEALTHY), ...more].join(' · ');
  const [first = '', ...lines] = [...bad, ...(rest === '' ? [] : [rest])];
  return [labelled('Leans on', first), ...lines];
}

/** `*sessions*: memory 91 %, limit 85 %`: in words, so that nothing depends on the dot's colour. */
function measured({ name, state, values }: DependencyState): string {
  const shown = values.filter(({ bad, value }) => value !== undefined && (bad || state !== 'unhealthy'));
  const parts = shown.slice(0, LISTED_VALUES).map(({ measure, unit, value = 0, threshold, bad }) => {
    const limit = bad && threshold !== undefined ? `, limit\u00a0${quantity(threshold, unit)}` : '';
    return `${words(measure, NAME_MAX)} ${quantity(value, unit)}${limit}`;
  });
  const said = state === 'unknown' ? ['no data'] : parts.length > 0 ? parts : [state];
  const title = words(name, NAME_MAX);
  return `${state === 'unhealthy' ? `*${title}*:` : title} ${said.join(', ')}`;
}

function saidByEcs(events: readonly string[]): readonly string[] {
  const lines = events.slice(0, LISTED_EVENTS).map((event) => `“${words(briefly(event), EVENT_MAX)}”`);
  const [only = '', ...more] = lines;
  return more.length === 0 ? [labelled('ECS says', only)] : ['*ECS says*', ...lines.map((line) => `• ${line}`)];
}

/** Nobody reads the whole id of a task. */
function briefly(event: string): string {
  return event.replace(/\.\s*$/, '').replace(/\b([0-9a-f]{8})[0-9a-f]{24}\b/g, '$1…');
}

function charted(chart: Chart): readonly Block[] {
  const [line, block] = [chartLine(chart), chartBlock(chart)];
  return [...(line === undefined ? [] : [section([line])]), ...(block === undefined ? [] : [block])];
}
