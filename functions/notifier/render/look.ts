import type { Severity } from '../../settings';
import { dependencyOf, type Subject } from '../../subject';
import { type Alert, severityOf } from '../alert';
import { rank } from '../thread/incident';
import { type Block, codeBlock, details, escaped, type Message } from './blocks';

/** What parents and replies share: dots, names, and what is shown as it is. */

/** With a no-break space: a dot is never left alone at the end of a line. */
export const DOTS: Readonly<Record<Severity, string>> = { info: '🔵\u00a0', warning: '🟠\u00a0', critical: '🔴\u00a0' };
export const OVER = '🟢\u00a0';

/** Worst first; of equals what is the service's own, then the newest. */
export function bySeverity(a: Alert, b: Alert): number {
  const foreign = Number(a.kind === 'dependency') - Number(b.kind === 'dependency');
  return rank(severityOf(b)) - rank(severityOf(a)) || foreign || b.atMs - a.atMs;
}

export function nameOf(subject: Subject): string {
  return escaped(dependencyOf(subject) ?? subject.service ?? `${subject.cluster} (cluster)`);
}

export function boldName(subject: Subject): string {
  return subject.service === undefined ? `*${escaped(subject.cluster)}* (cluster)` : `*${nameOf(subject)}*`;
}

export function stopCount(count: number): string {
  return count === 1 ? '1 stop' : `${count} stops`;
}

/** What nobody knows is shown as it is. */
export function bodyOf(alert: Alert): readonly Block[] {
  return alert.kind === 'unknown' ? [details(codeBlock(alert.body))] : [];
}

/** What is sent when Slack refuses the blocks: the same as plain text. */
export function plainText({ text, blocks }: Message): string {
  const texts = blocks.flatMap((block) => textsOf(block));
  return texts.length === 0 ? text : texts.join('\n');
}

function textsOf(block: Block): string[] {
  if (block.type === 'section') return block.text === undefined ? [] : [block.text.text];
  if (block.type !== 'context') return [];
  return block.elements.flatMap((element) => ('text' in element ? [element.text] : []));
}
