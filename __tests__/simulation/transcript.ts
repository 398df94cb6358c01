import { appendFileSync } from 'node:fs';
import type { Shown } from '../support/channel';
import type { Thread } from './timed-slack';
import type { World } from './world';

/** `TRANSCRIPT=day.txt npm run simulate` writes what was to be read in the channel, and when: to be read aloud. */
export function writeTranscript({ slack, logged }: World): void {
  const file = process.env['TRANSCRIPT'];
  if (file === undefined) return;
  const complaints = logged.filter(({ level }) => level !== 'info');
  const lines = complaints.map(({ atMs, message, fields }) => `${time(atMs)} ${message} ${JSON.stringify(fields)}`);
  appendFileSync(file, `${[...slack.threads().map(asText), lines.join('\n')].join('\n\n')}\n`);
}

function asText({ versions, replies }: Thread): string {
  const said = [
    ...versions.map((version) => ({ atMs: version.atMs, text: indented(version, '') })),
    ...replies.map((reply) => ({
      atMs: reply.atMs,
      text: `  ↳ ${reply.broadcast ? '(also in the channel) ' : ''}${indented(reply, '    ')}`,
    })),
  ];
  return said
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `${time(atMs)} ${text}`)
    .join('\n');
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(5, 19).replace('T', ' ');
}

/** All that is to be read in a message, a block after the other. */
function indented({ text, blocks }: Pick<Shown, 'text' | 'blocks'>, by: string): string {
  const parts = blocks.map((block) => {
    if (block.type === 'section') return block.text?.text ?? '';
    return block.type === 'context' ? block.elements.map((one) => ('text' in one ? one.text : '')).join(' ') : '';
  });
  return [text, ...parts.map((part) => part.replace(/^/gm, `${by}    `))].join('\n');
}
