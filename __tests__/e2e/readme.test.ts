import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, end, run, start, until } from './command';
import { commandsOf, readmeCommand, shellBlocks } from './readme';

const ROOT = join(__dirname, '..', '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-readme-'));

describe('code', () => {
  const blocks = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const constructs = JSON.stringify(join(ROOT, 'constructs'));

  /** A configuration is used as `main.ts` uses it; what is an app of its own is run as it is. */
  const isConfiguration = (block: string) => block.includes('export default defineAlerts(');

  /** The README's blocks lie beside `main.ts`, or in a project that has the package; here they lie elsewhere. */
  const elsewhere = (block: string) => block.replace(/'(\.\/constructs|cdktf-ecs-alerts)'/, constructs);

  const mainOf = (configuration: string) => `
import { App } from 'cdktf';
import config from './${configuration}';
import { EcsAlertsStack } from ${constructs};
const app = new App();
EcsAlertsStack.forAll(app, config);
app.synth();
`;

  test('compiles and synthesizes', async () => {
    const apps = blocks.map((block, index) => {
      const name = `block-${index + 1}`;
      writeFileSync(join(folder, `${name}.ts`), elsewhere(block));
      if (!isConfiguration(block)) return `${name}.ts`;
      writeFileSync(join(folder, `main-${name}.ts`), mainOf(name));
      return `main-${name}.ts`;
    });
    expect(blocks.filter(isConfiguration).length).toBeGreaterThan(1);
    expect(blocks.filter((block) => !isConfiguration(block))).toHaveLength(1);
    const options = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(ROOT, 'node_modules/@types')],
        paths: { '*': [join(ROOT, 'node_modules/*')] },
      },
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

  test('of policies is that of docs/policies, whole', () => {
    const shown = [...README.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json.trim());
    const policies = ['github-deploy-trust', 'github-deploy', 'account-trust', 'deploy'];

    expect(shown).toEqual(
      policies.map((name) => readFileSync(join(ROOT, `docs/policies/${name}.json`), 'utf8').trim()),
    );
  });
});

test('the table of options has each of them', () => {
  const sources = ['options.ts', 'watch-options.ts'].map((file) =>
    readFileSync(join(ROOT, 'constructs', file), 'utf8'),
  );
  const options = [
    'ServiceOptions',
    'ClusterOptions',
    'ClusterContent',
    'EcsClusterAlertsProps',
    'AlertsConfig',
    'WatchOptions',
  ];
  const bodies = sources
    .flatMap((source) => [...source.matchAll(/^export interface (\w+).*\{\n([\s\S]*?)^\}/gm)])
    .filter(([, name = '']) => options.includes(name));
  const names = bodies.flatMap(([, , body = '']) =>
    [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name),
  );
  const table = README.slice(README.indexOf('| option | default |'));
  const rows = [...table.matchAll(/^\| (?:· )?(`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
  const said = rows.flatMap((cell) => [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name.split('.')[0]));

  expect(bodies).toHaveLength(options.length);
  expect(new Set(names.filter((name) => name !== 'clusters'))).toEqual(new Set(said));
});

describe('commands', () => {
  /** Of `.ci/run`, which starts these tests too. */
  const ci = [...readFileSync(join(ROOT, '.ci', 'run'), 'utf8').matchAll(/^(?:step|beside) (.*?)(?: \|\| .*)?$/gm)].map(
    ([, step = '']) => step,
  );
  const tests = ['', 'deployed'].flatMap((place) =>
    readdirSync(join(__dirname, place))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(__dirname, place, file), 'utf8')),
  );
  /** How the commands begin that a test runs. */
  const run = tests
    .flatMap((source) => [...source.matchAll(/(?:readmeCommand|once)\(\s*['`]([^'`]+)['`]/g)])
    .map(([, beginning = '']) => beginning.replace('\\n', '\n'));

  test('are all run by CI or a test, but those that need a real account', () => {
    const here = shellBlocks.filter(({ needsAccount }) => !needsAccount).flatMap(commandsOf);
    const isRun = (command: string) =>
      ci.includes(command) || run.some((beginning) => `${command}\n`.startsWith(beginning));

    expect(here.length).toBeGreaterThan(15);
    expect(here.filter((command) => !isRun(command))).toEqual([]);
  });

  test('need no real account but for these', () => {
    expect(shellBlocks.filter(({ needsAccount }) => needsAccount).map(({ text }) => text)).toEqual([]);
  });

  const env = { ...process.env, NO_COLOR: '1' };

  test('play the demo, and show it', async () => {
    const log = join(folder, 'demo.log');
    // Without npm between: what is ended is what was started.
    expect(readmeCommand('npm run demo\n')).toBe('npm run demo');
    const args = ['-r', 'ts-node/register/transpile-only', 'tools/demo.ts'];
    const demo = start(process.execPath, { args, cwd: ROOT, env, log });
    try {
      const url = await until('the page', async () => /http:\S+/.exec(readFileSync(log, 'utf8'))?.[0]);
      await until('a thread on the page', async () => {
        const page = await (await fetch(url)).text();
        return page.includes('crash loop') || undefined;
      });
    } finally {
      await end(demo);
    }
  });

  test('tell what it costs', async () => {
    for (const command of [readmeCommand('npm run cost\n'), readmeCommand('npm run cost -- ')]) {
      const { code, stdout } = await capture('bash', { args: ['-c', command], cwd: ROOT, env });

      expect(stdout).toMatch(/shop[\s\S]*in all/i);
      expect(code).toBe(0);
    }
  });
});
