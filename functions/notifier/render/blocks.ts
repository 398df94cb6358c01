import type { KnownBlock } from '@slack/types';
import type { Phrase } from '../explain/explanation';
import { shorten } from '../shorten';
import type { DataVisualizationBlock } from './chart';
import { visible } from './visible';

export type Block = KnownBlock | DataVisualizationBlock;

/** A message as Slack takes it; `text` is what the phone shows and stands without the blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** What can be read at a glance: ours to choose. A section holds at most 3000 characters:
 * https://docs.slack.dev/reference/block-kit/blocks/section-block */
const SECTION_MAX = 1500;
/** https://docs.slack.dev/reference/block-kit/composition-objects/text-object: at most 3000 characters. */
const CONTEXT_MAX = 3000;
/** What a phone shows of a notification: ours to choose. Slack's limits are far above. */
const TEXT_MAX = 120;
const TEXT_START = 75;
/** Somebody else's words inside of a line. */
const QUOTE_MAX = 300;
/** Somebody else's words in a block of their own. Together with the rest it stays under the 13,200 characters over all
 * blocks that Slack was measured to take: https://github.com/slackapi/bolt-js/issues/2509 */
const CODE_BLOCK_MAX = 2400;

/** What Slack would read as style, a quote, an emoji or a link. */
const MARKUP = /[*`~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^>|:[a-z0-9+'_-]+:|:\/\/|mailto:|www\./iu;
/** What is left when nothing of a text can be seen. */
const NOTHING = '`?`';

/** The three characters that Slack reads as control: https://docs.slack.dev/messaging/formatting-message-text */
export function escaped(text: string): string {
  return visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim();
}

/** Somebody else's words in a line: in code style where they would have a style of their own. */
export function words(text: string, max = QUOTE_MAX): string {
  const line = oneLine(text);
  return line === '' || MARKUP.test(line) ? quote(line, max) : escapedWithin(line, max);
}

/** Somebody else's words in code style, on one line. */
export function quote(text: string, max = QUOTE_MAX): string {
  const line = oneLine(text).replaceAll('`', 'ˋ');
  return line === '' ? NOTHING : `\`${escapedWithin(line, max)}\``;
}

/** Our own words, and somebody else's in code style between them. */
export function phrase(parts: Phrase, max = QUOTE_MAX): string {
  return parts.map((part) => (typeof part === 'string' ? part : quote(part.quote, max))).join('');
}

/** Somebody else's words as a block of code. */
export function codeBlock(text: string): string {
  const code = visible(text).replaceAll('`', 'ˋ');
  return code.trim() === '' ? NOTHING : `\`\`\`${escapedWithin(code, CODE_BLOCK_MAX)}\`\`\``;
}

/** Escaping lengthens, so what is cut is the text before it. */
function escapedWithin(text: string, max: number): string {
  for (let length = max; ; length = Math.floor(length * 0.9)) {
    const fitting = escaped(shorten(text, length));
    if (fitting.length <= max) return fitting;
  }
}

/** A link in words. The URL must not contain what ends it. */
export function link(url: string, label: string): string {
  const safe = url.replace(/[\s|<>]/gu, encodeURIComponent).replaceAll('&', '&amp;');
  return `<${safe}|${escapedWithin(oneLine(label), QUOTE_MAX)}>`;
}

/** Lines that matter: never folded behind "show more". Lines that do not fit are counted, not cut. */
export function section(lines: readonly string[], most = lines.length): Block {
  return { type: 'section', expand: true, text: mrkdwn(linesWithin(lines, SECTION_MAX, most)) };
}

/** What explains and may be folded: somebody else's long text. */
export function details(text: string): Block {
  return { type: 'section', text: mrkdwn(text) };
}

/** Parts in a line, each whole or not there. */
export function context(parts: readonly string[]): Block {
  const kept = parts.reduce((line, part) => {
    // The dot stays at the end of a line, never alone with a word on the next.
    const more = line === '' ? part : `${line}\u00a0· ${part}`;
    return more.length > CONTEXT_MAX ? line : more;
  }, '');
  return { type: 'context', elements: [mrkdwn(kept)] };
}

/** `verbatim`: Slack makes no links, channels or mentions of what only looks like them. */
function mrkdwn(text: string) {
  return { type: 'mrkdwn' as const, text, verbatim: true };
}

/** What the phone shows: one line of plain words, without Slack's markup. */
export function notification(text: string): string {
  const plain = text
    .replace(/<[^|>]*\|([^>]*)>/g, '$1')
    .replace(/[`*~]/g, '')
    .replace(/\s+/g, ' ');
  const characters = [...plain];
  if (characters.length <= TEXT_MAX) return unstyled(plain);
  // From the middle: what matters stands at both ends. Without half an entity at the cut.
  const start = characters
    .slice(0, TEXT_START)
    .join('')
    .replace(/&[a-z]*$/, '');
  const end = characters.slice(TEXT_START - TEXT_MAX + 1).join('');
  const isHalf = isInEntity(characters, characters.length + TEXT_START - TEXT_MAX + 1);
  // Nor half an emoji.
  return unstyled(visible(`${start}…${isHalf ? end.replace(/^[a-z]*;/, '') : end}`));
}

/** Without what is a style only around a word; an emoji's name stays a name. */
function unstyled(text: string): string {
  const bare = text.replace(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '');
  return bare.replace(/:(?=[a-z+_-][\w+'-]*:)/gi, '∶');
}

function isInEntity(characters: readonly string[], at: number): boolean {
  return /&[a-z]{0,4}$/.test(characters.slice(Math.max(0, at - 5), at).join(''));
}

function linesWithin(lines: readonly string[], max: number, most: number): string {
  const kept: string[] = [];
  let length = 0;
  for (const [index, line] of lines.entries()) {
    const more = `… and ${lines.length - index} more`;
    const isFirst = index === 0;
    const fits = index < most && length + line.length + 1 + more.length <= max;
    if (!isFirst && !fits) return [...kept, more].join('\n');
    kept.push(line);
    length += line.length + 1;
  }
  return kept.join('\n');
}
