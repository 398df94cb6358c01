import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { functionZip } from '../../constructs/function-zip';

const NAMES = ['notifier', 'watcher'];
const hashes = () =>
  NAMES.map((name) =>
    createHash('sha256')
      .update(readFileSync(functionZip(name)))
      .digest('hex'),
  );

test('builds the same bytes in another folder, time and time zone', () => {
  const build = join(__dirname, '..', '..', 'functions', 'build.mjs');
  execFileSync(process.execPath, [build]);
  const before = hashes();
  execFileSync(process.execPath, [build], { cwd: tmpdir(), env: { ...process.env, TZ: 'Pacific/Auckland' } });

  expect(hashes()).toEqual(before);
});

test.each([
  // What only explains is not read at a cold start.
  ['notifier', ['index.js', 'explain.js']],
  ['watcher', ['index.js']],
] as const)('has in %s no paths of this machine nor anything that makes infrastructure', (name, names) => {
  const files = unzipSync(readFileSync(functionZip(name)));
  const code = Object.values(files)
    .map((file) => Buffer.from(file).toString())
    .join();

  expect(Object.keys(files)).toEqual(names);
  expect(code).not.toContain(join(__dirname, '..', '..'));
  expect(code).not.toMatch(/cdktf|node_modules/);
});
