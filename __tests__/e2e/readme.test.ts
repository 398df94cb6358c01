import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command';

const ROOT = join(__dirname, '..', '..');
const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
);
const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-readme-'));
const constructs = JSON.stringify(join(ROOT, 'constructs'));

/** The README's blocks lie beside `main.ts`; here they lie elsewhere. */
function elsewhere(block: string | undefined): string {
  return (block ?? '').replace("'./constructs'", constructs);
}

/** The configuration as `main.ts` uses it. */
const MAIN = `
import { App } from 'cdktf';
import config from './config';
import { EcsAlertsStack } from ${constructs};
const app = new App();
EcsAlertsStack.forAll(app, config);
app.synth();
`;

test('has blocks of code that compile and synthesize', async () => {
  expect(blocks).toHaveLength(2);
  writeFileSync(join(folder, 'config.ts'), elsewhere(blocks[0]));
  writeFileSync(join(folder, 'main.ts'), MAIN);
  writeFileSync(join(folder, 'own.ts'), elsewhere(blocks[1]));
  const options = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(ROOT, 'node_modules/@types')], paths: { '*': [join(ROOT, 'node_modules/*')] } },
    files: ['main.ts', 'own.ts'],
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
  for (const app of ['main.ts', 'own.ts']) {
    const ran = await run(process.execPath, { args: ['-r', register, join(folder, app)], cwd: folder, env, log });
    expect(`${ran}${readFileSync(log, 'utf8')}`).toBe('0');
  }
});
