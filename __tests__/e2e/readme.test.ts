import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command';

const ROOT = join(__dirname, '..', '..');
const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = '']) => code,
);
const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-readme-'));
const constructs = JSON.stringify(join(ROOT, 'constructs'));

/** A configuration is used as `main.ts` uses it; what is an app of its own is run as it is. */
const isConfiguration = (block: string) => block.includes('export default defineAlerts(');

/** The README's blocks lie beside `main.ts`; here they lie elsewhere. */
const elsewhere = (block: string) => block.replace("'./constructs'", constructs);

const mainOf = (configuration: string) => `
import { App } from 'cdktf';
import config from './${configuration}';
import { EcsAlertsStack } from ${constructs};
const app = new App();
EcsAlertsStack.forAll(app, config);
app.synth();
`;

test('has blocks of code that compile and synthesize', async () => {
  const apps = blocks.map((block, index) => {
    const name = `block-${index + 1}`;
    writeFileSync(join(folder, `${name}.ts`), elsewhere(block));
    if (!isConfiguration(block)) return `${name}.ts`;
    writeFileSync(join(folder, `main-${name}.ts`), mainOf(name));
    return `main-${name}.ts`;
  });
  expect(blocks.filter(isConfiguration).length).toBeGreaterThan(0);
  expect(blocks.filter((block) => !isConfiguration(block))).toHaveLength(1);
  const options = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(ROOT, 'node_modules/@types')], paths: { '*': [join(ROOT, 'node_modules/*')] } },
    files: apps,
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
  for (const app of apps) {
    const ran = await run(process.execPath, { args: ['-r', register, join(folder, app)], cwd: folder, env, log });
    expect(`${ran}${readFileSync(log, 'utf8')}`).toBe('0');
  }
});
