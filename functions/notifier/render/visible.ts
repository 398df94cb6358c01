/** What of somebody else's text is drawn: nothing that is invisible, turns the direction, or piles up over other lines. */

const ESCAPE = '\u001b';
/** Colours and links, as programs write them for terminals. */
const TERMINAL = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]|${ESCAPE}\\][^${ESCAPE}\u0007]*\u0007?`, 'g');
const LINE_BREAK = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
/** Control and format characters, halves of characters, letters that are blank. */
const INVISIBLE =
  /(?!\t|\n|\u200d|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;
/** What joins and colours emoji, where there are none. */
const LOOSE_JOINERS =
  /(?<!\p{Extended_Pictographic}(\ufe0f|\p{Emoji_Modifier})?)\u200d|\u200d(?!\p{Extended_Pictographic})|(?<!\p{Extended_Pictographic})\ufe0f/gu;
/** Marks that stand on nothing of their own. */
const LOOSE_MARKS = /(?<=^|\s)\p{M}+/gu;
/** No script puts more of them onto one letter. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/** Most of what AWS sends. */
const PLAIN = /^[ -~\n\t]*$/;

export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(TERMINAL, '')
    .replace(LINE_BREAK, '\n')
    .replace(INVISIBLE, '')
    .replace(LOOSE_JOINERS, '')
    .replace(LOOSE_MARKS, '')
    .replace(PILED_MARKS, '$1');
}
