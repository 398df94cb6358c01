/** Slack's mrkdwn as rich text, which is drawn as it is: the library reads escapes, code and dates wrong. */
import type { Block } from 'slack-blocks-to-jsx';

type Style = { bold?: true; italic?: true; strike?: true; code?: true };
type Inline = { type: string; [key: string]: unknown };
export type TextObject = { type: string; text?: string };

const DATE_STYLES: Record<string, Intl.DateTimeFormatOptions> = {
  time: { hour: '2-digit', minute: '2-digit' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  date_short: { day: 'numeric', month: 'short', year: 'numeric' },
  date_long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  date_num: { day: '2-digit', month: '2-digit', year: 'numeric' },
};

/** Slack's date formats in one fixed zone: the library formats in the zone and the 12 hours of the process. */
export function formatDate(epoch: number, format: string, fallback: string, timeZone: string): string {
  const date = format.replace(/\{(\w+?)(?:_pretty)?\}/g, (token, name: string) => {
    const style = DATE_STYLES[name] && { ...DATE_STYLES[name], timeZone, hourCycle: 'h23' as const };
    return style ? new Intl.DateTimeFormat('en-GB', style).format(epoch * 1000) : token;
  });
  return date.includes('{') ? fallback : date;
}

/** Only these three entities exist in Slack; `&amp;` last, so that `&amp;lt;` stays the text `&lt;`. */
export function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** What stands between `<` and `>`: a date, a mention or a link; anything else, like `javascript:`, stays text. */
function angle(inside: string, style: Style, timeZone: string): Inline {
  const [target = '', ...labels] = inside.split('|');
  const label = decode(labels.join('|'));
  const [, epoch, format = ''] = /^!date\^(\d{1,12})\^([^^]+)/.exec(target) ?? [];
  if (epoch) return { type: 'text', text: formatDate(Number(epoch), format, label, timeZone), style };
  if (/^!(here|channel|everyone)$/.test(target)) return { type: 'broadcast', range: target.slice(1), style };
  if (/^[@#!]/.test(target)) return { type: 'text', text: label || target, style };
  if (/^(https?|mailto):/.test(target)) return { type: 'link', url: decode(target), text: label, style };
  return { type: 'text', text: decode(`<${inside}>`), style };
}

/** `*bold*`, `_italic_`, `~strike~` as Slack reads them: around whole words, in one line, code inside allowed. */
const EMPHASIS = [...'*_~']
  .map((mark) => `(?<![\\w*~])\\${mark}(?=\\S)((?:\`[^\`\\n]+\`|[^\`\\${mark}\\n])+?)(?<=\\S)\\${mark}(?![\\w*~])`)
  .join('|');

function inline(text: string, style: Style, timeZone: string): Inline[] {
  const pattern = new RegExp(`\`([^\`\\n]+)\`|<([^<>\\n]+)>|${EMPHASIS}`, 'g');
  const elements: Inline[] = [];
  let end = 0;
  const plain = (to: number) => {
    if (to > end) elements.push({ type: 'text', text: decode(text.slice(end, to)), style });
  };
  for (const match of text.matchAll(pattern)) {
    const [all, code, inside, bold, italic, strike] = match;
    plain(match.index);
    end = match.index + all.length;
    if (code) elements.push({ type: 'text', text: decode(code), style: { ...style, code: true } });
    if (inside) elements.push(angle(inside, style, timeZone));
    if (bold) elements.push(...inline(bold, { ...style, bold: true }, timeZone));
    if (italic) elements.push(...inline(italic, { ...style, italic: true }, timeZone));
    if (strike) elements.push(...inline(strike, { ...style, strike: true }, timeZone));
  }
  plain(text.length);
  return elements;
}

/**
 * Reads mrkdwn and hands it to the library as rich text, which the library draws as it is. Its own reader of mrkdwn
 * decodes `&lt;!channel&gt;` before it looks for mentions, takes `:02:` in a time for an emoji, formats what stands in
 * code, loses code in bold, adds a space after `>`, reads Markdown's links, and formats nothing that is `verbatim`.
 */
export function richText({ type, text = '' }: TextObject, timeZone: string): Block {
  const parts = type === 'mrkdwn' ? text.split(/\n?```\n?([\s\S]+?)\n?```\n?/) : [];
  const elements = parts.map((part, index) => {
    if (index % 2 === 0) return { type: 'rich_text_section', elements: inline(part, {}, timeZone) };
    return { type: 'rich_text_preformatted', elements: [{ type: 'text', text: decode(part) }] };
  });
  if (type !== 'mrkdwn') elements.push({ type: 'rich_text_section', elements: [{ type: 'text', text: decode(text) }] });
  return { type: 'rich_text', elements: elements.filter((element) => element.elements.length > 0) } as Block;
}
