import type { Severity } from '../../settings';
import { dependencyOf, type Subject } from '../../subject';
import { type Alert, severityOf } from '../alert';
import { rank } from '../thread/incident';
import { type Block, codeBlock, details, type Message, words } from './blocks';

/** What parents and replies share: dots, names, and what is shown as it is. */

/** With a no-break space: a dot is never left alone at the end of a line. */
export const DOTS: Readonly<Record<Severity, string>> = { info: '🔵\u00a0', warning: '🟠\u00a0', critical: '🔴\u00a0' };
export const OVER = '🟢\u00a0';

/** Worst first; of equals what is the service's own, then the newest. */
export function bySeverity(a: Alert, b: Alert): number {
  const foreign = Number(a.kind === 'dependency') - Number(b.kind === 'dependency');
  return rank(severityOf(b)) - rank(severityOf(a)) || foreign || b.atMs - a.atMs;
}

/** In the text for the phone, that the place is left for what is wrong. */
const SHORT_NAME_MAX = 40;

export function shortName(subject: Subject): string {
  return named(subject, (name) => words(name, SHORT_NAME_MAX));
}

export function boldName(subject: Subject): string {
  return named(subject, (name) => `*${words(name)}*`);
}

function named(subject: Subject, draw: (name: string) => string): string {
  const name = dependencyOf(subject) ?? subject.service;
  return name === undefined ? `${draw(subject.cluster)} (cluster)` : draw(name);
}

export function stopCount(count: number): string {
  return count === 1 ? '1 stop' : `${count} stops`;
}

/** What nobody knows is shown as it is. */
export function bodyOf(alert: Alert): readonly Block[] {
  return alert.kind === 'unknown' ? [details(codeBlock(alert.body))] : [];
}

/** More bytes of text were seen to be refused by chat.update. */
const PLAIN_TEXT_MAX_BYTES = 4000;

/** What is sent when Slack refuses the blocks: the same as plain text. A line or block that does not fit is left out. */
export function plainText({ text, blocks }: Message): string {
  let plain = '';
  for (const next of blocks.flatMap((block) => textsOf(block)).flatMap(partsOf)) {
    const more = plain === '' ? next : `${plain}\n${next}`;
    if (Buffer.byteLength(more) <= PLAIN_TEXT_MAX_BYTES) plain = more;
  }
  return plain === '' ? text : plain;
}

function partsOf(text: string): readonly string[] {
  return text.startsWith('```') ? [text] : text.split('\n');
}

function textsOf(block: Block): string[] {
  if (block.type === 'section') return block.text === undefined ? [] : [block.text.text];
  if (block.type !== 'context') return [];
  return block.elements.flatMap((element) => ('text' in element ? [element.text] : []));
}
