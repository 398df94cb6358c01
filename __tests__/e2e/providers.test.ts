import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, succeed } from './command';
import { providerVersions, terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
const APP = join(__dirname, 'every-option-app.ts');
const STACKS = ['prod-eu-west-1', 'staging-us-east-1'];

const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-providers-'));
const log = join(folder, 'log');
const terraform = { ...process.env, ...terraformEnvironment(folder) };

test.each(providerVersions())('a configuration with every option is valid for the AWS provider %s', async (version) => {
  const out = join(folder, `valid-${version}`);
  const register = join(ROOT, 'node_modules', 'ts-node', 'register', 'transpile-only');
  const env = {
    ...process.env,
    TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'),
    CDKTF_OUTDIR: out,
    AWS_PROVIDER_VERSION: version,
  };
  await succeed(process.execPath, { args: ['-r', register, APP], cwd: ROOT, env, log });
  for (const stack of STACKS) {
    const chdir = `-chdir=${join(out, 'stacks', stack)}`;
    const init = [chdir, 'init', '-backend=false', '-input=false', '-no-color'];
    await succeed('terraform', { args: init, cwd: folder, env: terraform, log });
    const answer = join(folder, `${stack}-${version}.json`);
    await run('terraform', { args: [chdir, 'validate', '-json'], cwd: folder, env: terraform, log: answer });

    expect(JSON.parse(readFileSync(answer, 'utf8'))).toMatchObject({ valid: true, diagnostics: [] });
  }
});
