import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = join(__dirname, '..', '..', 'README.md');

/** The options of a command of AWS’s command line, as the README gives it: `--source-arn X` by `source-arn`. */
export function readmeCommand(command: string): Readonly<Record<string, string>> {
  const blocks = readFileSync(README, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g);
  const lines = [...blocks].flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
  const line = lines.find((one) => one.trim().startsWith(`${command} `));
  if (line === undefined) throw new Error(`the README has no ${command}`);
  return Object.fromEntries([...line.matchAll(/--(\S+) (\S+)/g)].map(([, name = '', value = '']) => [name, value]));
}
