import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command';
import { readmeCommand } from './readme';
import { terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-synth-'));
const env = { ...process.env, ...terraformEnvironment(folder) };
const log = join(folder, 'log');

test('synthesizes the repository’s own configuration with the command of the README', async () => {
  const code = await run('bash', { args: ['-c', readmeCommand('npm run synth')], cwd: ROOT, env, log });

  expect(readFileSync(log, 'utf8')).toMatch(/prod-eu-west-1[\s\S]*staging-eu-west-1/);
  expect(code).toBe(0);
});

test('says all mistakes of a configuration before Terraform starts', async () => {
  const args = ['synth', '--app', `node -r ts-node/register/transpile-only ${join(__dirname, 'mistakes.ts')}`];
  const cli = join(ROOT, 'node_modules', '.bin', 'cdktf');
  const code = await run(cli, { args, cwd: ROOT, env: { ...env, TS_NODE_PROJECT: join(ROOT, 'tsconfig.json') }, log });

  const output = readFileSync(log, 'utf8');
  expect(code).not.toBe(0);
  expect(output).toContain('alerts configuration: 3 mistakes');
  expect(output).toContain(
    'slack.channel: must be the ID of a channel such as C0123456789, not its name, got "#alerts"',
  );
  expect(output).toContain('clusters[0].account: must be one of prod, got "production"');
  expect(output).toContain('clusters[0].cpu.percent: must be a whole number from 1 to 1000, got 0.5');
});
