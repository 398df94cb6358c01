import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { functionZip } from '../../constructs/function-zip';

const hash = () =>
  createHash('sha256')
    .update(readFileSync(functionZip('notifier')))
    .digest('hex');

test('builds the same bytes in another folder, time and time zone', () => {
  const build = join(__dirname, '..', '..', 'functions', 'build.mjs');
  execFileSync(process.execPath, [build]);
  const before = hash();
  execFileSync(process.execPath, [build], { cwd: tmpdir(), env: { ...process.env, TZ: 'Pacific/Auckland' } });

  expect(hash()).toBe(before);
});

test('has one file, without paths of this machine and without anything that makes infrastructure', () => {
  const files = unzipSync(readFileSync(functionZip('notifier')));
  const code = Buffer.from(files['index.js'] ?? []).toString();

  expect(Object.keys(files)).toEqual(['index.js']);
  expect(code).not.toContain(join(__dirname, '..', '..'));
  expect(code).not.toMatch(/cdktf|node_modules/);
});
