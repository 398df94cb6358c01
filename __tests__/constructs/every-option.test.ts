import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVERY_OPTION } from '../support/every-option';

const CONSTRUCTS = join(__dirname, '..', '..', 'constructs');
/** Only the construct has them: in the list they stand by other names. */
const OF_THE_CONSTRUCT = ['clusterName', 'accountId', 'accountName'];

function keysOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

test.each(['options.ts', 'watch-options.ts', 'dependency-options.ts'])('uses every option of %s', (file) => {
  const source = readFileSync(join(CONSTRUCTS, file), 'utf8');
  const options = [...source.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option = '']) => option);
  const used = new Set([...keysOf(EVERY_OPTION), ...OF_THE_CONSTRUCT]);

  expect(options.length).toBeGreaterThan(20);
  expect(options.filter((option) => !used.has(option))).toEqual([]);
});
