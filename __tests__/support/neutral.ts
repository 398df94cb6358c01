import type { Message } from '../../functions/notifier/render/blocks';
import { plainText } from '../../functions/notifier/render/look';
import { DATES, textsOf } from './limits';

/** Our own markup: times, and links to the console. */
const LINKS =
  /<https:\/\/([a-z0-9-]+\.)?console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)\/[^|<>\s]*\|(Service|Cluster|Alarm|Log stream|Log group)>/g;
const ENTITIES = /&(amp|lt|gt);/g;
/** Nothing of it is seen, or it turns what is drawn after it. What joins and colours emoji may stand in them. */
const HIDDEN =
  /(?!\n|\t|\u200d|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2028\u2029]/u;
const LOOSE =
  /(?<!\p{Extended_Pictographic})\ufe0f|(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})/u;
const STYLE = /[*~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:[a-z_+-][\w+'-]*:/iu;

/** Where Slack would draw what others wrote as anything but plain words or code: a mention, a link, a style, an emoji. */
export function markupIn(message: Message): readonly string[] {
  const texts = textsOf(message);
  const plain = plainText(message);
  const { text } = message;
  const spoken = text.replace(ENTITIES, '');
  return [
    ...texts.flatMap(markupInText),
    ...(plain === texts.join('\n') ? [] : markupInText(plain)),
    ...textObjectsOf(message).flatMap((one) => (one.verbatim ? [] : ['not verbatim'])),
    // chat.update was seen to refuse more.
    ...(Buffer.byteLength(plain) > 4000 ? ['more than 4,000 bytes of plain text'] : []),
    ...hiddenIn(text),
    ...(/[<>&`\n]/.test(spoken) || STYLE.test(spoken) ? [`markup in what the phone shows: ${text}`] : []),
  ];
}

function textObjectsOf({ blocks }: Message): readonly { readonly verbatim?: boolean }[] {
  return blocks.flatMap((block) => {
    if (block.type === 'section') return [block.text as { verbatim?: boolean }];
    return block.type === 'context' ? (block.elements as { verbatim?: boolean }[]) : [];
  });
}

function markupInText(text: string): readonly string[] {
  const parts = text.split('```');
  const inCode = parts.filter((part, index) => index % 2 === 1 && /[<>&`]/.test(part.replace(ENTITIES, '')));
  const lines = parts.filter((_, index) => index % 2 === 0).flatMap((part) => part.split('\n'));
  return [
    ...hiddenIn(text),
    ...(parts.length % 2 === 0 ? [`a fence that does not end: ${text}`] : []),
    ...inCode.map((part) => `markup in a block of code: ${part}`),
    ...lines.filter(hasMarkup).map((line) => `markup in a line: ${line}`),
  ];
}

function hasMarkup(line: string): boolean {
  const spans = line.split('`');
  const code = spans.filter((_, index) => index % 2 === 1);
  if (spans.length % 2 === 0 || code.some((one) => one.trim() === '' || /[<>&]/.test(one.replace(ENTITIES, '')))) {
    return true;
  }
  const drawn = spans.map((part, index) => (index % 2 === 1 ? 'code' : part)).join('');
  const rest = drawn
    .replace(DATES, '')
    .replace(LINKS, '')
    .replace(/\*[^*\n]+\*/g, 'bold');
  const words = rest.replace(ENTITIES, '');
  return /^\s*(&gt;|[-•]?\s*#)/.test(rest) || /[<>&]|:\/\//.test(words) || STYLE.test(words);
}

function hiddenIn(text: string): readonly string[] {
  const isHidden = HIDDEN.test(text) || LOOSE.test(text) || /\p{M}{4}/u.test(text) || !text.isWellFormed();
  return isHidden ? [`what cannot be seen: ${JSON.stringify(text)}`] : [];
}
