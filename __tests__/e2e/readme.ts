import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');

/** Before a block that cannot run here. */
const MARKER = '<!-- needs a real account -->';

/** A block of commands, as it stands there. */
export interface Block {
  readonly text: string;
  readonly needsAccount: boolean;
}

export const shellBlocks: readonly Block[] = [
  ...README.matchAll(/(?:^ *(<!--.*-->)\n)?^( *)```sh\n([\s\S]*?)^ *```/gm),
].map(([, comment, indent = '', text = '']) => ({
  text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
  needsAccount: comment === MARKER,
}));

/** The commands of a block: what moves to a folder is one with what follows. */
export function commandsOf({ text }: Block): readonly string[] {
  return text.startsWith('cd ') ? [text] : text.replaceAll(/\\\n\s*/g, '').split('\n');
}

/** The one command of the README that begins so. */
export function readmeCommand(beginning: string): string {
  const found = shellBlocks.flatMap(commandsOf).filter((command) => `${command}\n`.startsWith(beginning));
  const [command] = found;
  if (command === undefined || found.length > 1) throw new Error(`the README has ${found.length} × ${beginning}`);
  return command;
}
