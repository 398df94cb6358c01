import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { STORIES } from '../../tools/gallery';

// Both are ESM only, which Jest cannot require; the library needs them for `markdown` blocks alone.
jest.mock('react-markdown', () => ({}));
jest.mock('remark-gfm', () => ({}));

test.each(Object.entries(STORIES))('the gallery has every message of its story: %s', (_name, stories) => {
  const missing = stories.flat().filter((name) => !existsSync(join(__dirname, '..', 'golden', `${name}.json`)));
  expect(missing).toEqual([]);
});
