import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '../../functions/notifier/render/blocks';

const FOLDER = join(__dirname, '..', 'golden');

/** Holds a message against the one in `golden/`; `npm run golden` writes them anew, to be read before they are kept. */
export function expectGolden(name: string, message: Message): void {
  const file = join(FOLDER, `${name.replaceAll(' ', '-')}.json`);
  if (process.env['WRITE_GOLDEN'] === 'true') writeFileSync(file, `${JSON.stringify(message, undefined, 2)}\n`);
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run golden\` and read it`);
  expect(message).toEqual(JSON.parse(readFileSync(file, 'utf8')));
}
