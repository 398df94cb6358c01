import type { KnownBlock } from '@slack/types';
import { shorten } from '../shorten';

export type Block = KnownBlock;

/** A message as Slack takes it; `text` is what the phone shows and stands without the blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** https://docs.slack.dev/reference/block-kit/blocks/section-block: `text` holds at most 3000 characters. */
const SECTION_MAX = 3000;
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

/** The three characters that Slack reads as control: https://docs.slack.dev/messaging/formatting-message-text */
export function escaped(text: string): string {
  return clean(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Drops what changes how the rest is drawn: control characters, direction overrides. A joiner makes one emoji of many. */
function clean(text: string): string {
  return text.replace(/(?![\t\n\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu, '');
}

/** Somebody else's words in code style, on one line. */
export function quote(text: string, max = QUOTE_MAX): string {
  const line = clean(text).replace(/\s+/g, ' ').trim().replaceAll('`', 'ˋ');
  return line === '' ? '' : `\`${escapedWithin(line, max)}\``;
}

/** Somebody else's words as a block of code. */
export function codeBlock(text: string): string {
  return `\`\`\`${escapedWithin(clean(text).replaceAll('```', 'ˋˋˋ'), CODE_BLOCK_MAX)}\`\`\``;
}

/** Escaping lengthens, so what is cut is the text before it. */
function escapedWithin(text: string, max: number): string {
  for (let length = max; ; length = Math.floor(length / 2)) {
    const fitting = escaped(shorten(text, length));
    if (fitting.length <= max) return fitting;
  }
}

/** A link in words. The URL must not contain what ends it. */
export function link(url: string, label: string): string {
  const safe = url.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('&', '&amp;');
  return `<${safe}|${escaped(label)}>`;
}

/** Lines that matter: never folded behind "show more". Lines that do not fit are counted, not cut. */
export function section(lines: readonly string[]): Block {
  return { type: 'section', expand: true, text: { type: 'mrkdwn', text: linesWithin(lines, SECTION_MAX) } };
}

/** What explains and may be folded: somebody else's long text. */
export function details(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

export function context(line: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: shorten(line, CONTEXT_MAX) }] };
}

/** What the phone shows: one line of plain words, without Slack's markup. */
export function notification(text: string): string {
  const plain = text
    .replaceAll('`', '')
    .replaceAll('*', '')
    .replace(/<[^|>]*\|([^>]*)>/g, '$1')
    .replace(/\s+/g, ' ');
  const characters = [...plain];
  if (characters.length <= TEXT_MAX) return plain;
  // From the middle: what matters stands at both ends. Without half an entity at the cut.
  const start = characters
    .slice(0, TEXT_START)
    .join('')
    .replace(/&[a-z]*$/, '');
  const end = characters.slice(TEXT_START - TEXT_MAX + 1).join('');
  return `${start}…${isInEntity(characters, characters.length + TEXT_START - TEXT_MAX + 1) ? end.replace(/^[a-z]*;/, '') : end}`;
}

function isInEntity(characters: readonly string[], at: number): boolean {
  return /&[a-z]{0,4}$/.test(characters.slice(Math.max(0, at - 5), at).join(''));
}

function linesWithin(lines: readonly string[], max: number): string {
  const kept: string[] = [];
  let length = 0;
  for (const [index, line] of lines.entries()) {
    const more = `… and ${lines.length - index} more`;
    const isFirst = index === 0;
    if (!isFirst && length + line.length + 1 + more.length > max) return [...kept, more].join('\n');
    kept.push(line);
    length += line.length + 1;
  }
  return kept.join('\n');
}
