import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command';

const ROOT = join(__dirname, '..', '..');
const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
);
const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-readme-'));
const from = JSON.stringify(join(ROOT, 'constructs'));

/** The blocks of the README as one app: the configuration, and a stack of one's own. */
const APP = `
import { App, TerraformStack } from 'cdktf';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import config from './config';
import { EcsAlertsStack, EcsClusterAlerts } from ${from};
const app = new App();
EcsAlertsStack.forAll(app, config);
const stack = new TerraformStack(app, 'own');
new AwsProvider(stack, 'aws', { region: 'eu-west-1' });
${blocks[1]}
app.synth();
`;

test('has blocks of code that compile and synthesize', async () => {
  expect(blocks).toHaveLength(2);
  writeFileSync(join(folder, 'config.ts'), `import { defineAlerts } from ${from};\n${blocks[0]}`);
  writeFileSync(join(folder, 'app.ts'), APP);
  const options = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(ROOT, 'node_modules/@types')], paths: { '*': [join(ROOT, 'node_modules/*')] } },
    files: ['app.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  const log = join(folder, 'log');
  const env = {
    ...process.env,
    NODE_PATH: join(ROOT, 'node_modules'),
    TS_NODE_PROJECT: join(folder, 'tsconfig.json'),
    CDKTF_OUTDIR: folder,
  };

  const compiled = await run(join(ROOT, 'node_modules/.bin/tsc'), { args: ['-p', folder], cwd: folder, env, log });
  expect(`${compiled}${readFileSync(log, 'utf8')}`).toBe('0');

  const register = join(ROOT, 'node_modules/ts-node/register/transpile-only');
  const ran = await run(process.execPath, { args: ['-r', register, join(folder, 'app.ts')], cwd: folder, env, log });
  expect(`${ran}${readFileSync(log, 'utf8')}`).toBe('0');
});
