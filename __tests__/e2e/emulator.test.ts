import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command';
import { python } from './tools';

test('evaluates alarms as AWS documents it', async () => {
  const log = join(mkdtempSync(join(tmpdir(), 'ecs-alerts-emulator-')), 'pytest.log');
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', join(__dirname, 'ministack')];
  const code = await run(python(), { args, cwd: join(__dirname, '..', '..'), env: process.env, log });

  const output = readFileSync(log, 'utf8');
  process.stdout.write(`${output.trimEnd().split('\n').at(-1)}\n`);
  expect(`${code}${code === 0 ? '' : output}`).toBe('0');
});
