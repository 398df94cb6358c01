/** Cuts in the middle: the beginning says what it is, the end often says why. By characters, not halves of them. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  // A character has one or two units: of a long text only the ends are looked at.
  if (text.length <= 2 * max && lengthOf(text) <= max) return text;
  const head = Math.ceil((max - 1) * 0.6);
  const tail = max - 1 - head;
  const start = [...text.slice(0, 2 * head)].slice(0, head);
  const end = tail === 0 ? [] : [...text.slice(-2 * tail - 1)].slice(-tail);
  return `${start.join('')}…${end.join('')}`;
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _character of text) length++;
  return length;
}

/** The same, by what it takes in UTF-8: the keys of the table are measured so. */
export function shortenBytes(text: string, max: number): string {
  for (let length = max; ; length = Math.floor(length * 0.75)) {
    const short = shorten(text, length);
    if (Buffer.byteLength(short) <= max) return short;
  }
}
