import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { succeed } from './command';
import { APPS, Consumer, EXAMPLES, type Example, isSource, type Stack, versionsOf } from './consumer';
import { providerVersions, terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const folder = mkdtempSync(join(tmpdir(), 'ecs alerts package-'));
const tarball = join(folder, `cdktf-ecs-alerts-${version}.tgz`);
const env = { ...process.env, ...terraformEnvironment(folder) };
/** What is deployed with: what the environment asks for, else what is on the machine. */
const { AWS_PROVIDER_VERSION: provider = providerVersions().at(-1) ?? '' } = env;

/** The oldest that is supported, the last for version 5 of the AWS provider, and what the examples have. */
const COMBINATIONS = [
  {
    cdktf: '0.20.12',
    bindings: '19.65.1',
    constructs: '10.3.0',
    packageManager: 'pnpm',
    madeFor: '5.99.1',
    deploys: ['cluster-in-same-stack', 'shop'],
  },
  {
    cdktf: '0.21.0',
    bindings: '20.1.0',
    constructs: '10.4.2',
    packageManager: 'pnpm',
    madeFor: '5.100.0',
    deploys: ['existing-cluster', 'shop-alerts'],
  },
  {
    cdktf: '0.21.0',
    bindings: '21.22.1',
    constructs: '10.4.2',
    packageManager: 'npm',
    madeFor: '6.25.0',
    deploys: ['many-accounts', 'prod-eu-west-1'],
  },
] as const;
type Combination = (typeof COMBINATIONS)[number];

interface Used {
  readonly combination: Combination;
  readonly consumer: Consumer;
  readonly stacks: Readonly<Record<string, Stack>>;
  /** What a second plan would change. */
  readonly changes: string;
}

let used: readonly Used[];

beforeAll(async () => {
  await pack();
  const using = COMBINATIONS.map(use);
  // Also where one fails, the others must not find their folders gone.
  await Promise.allSettled(using);
  used = await Promise.all(using);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of a copy without anything that was built: what is packed is what packing builds. */
async function pack(): Promise<void> {
  const checkout = join(folder, 'checkout');
  cpSync(ROOT, checkout, { recursive: true, filter: isSource });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'dist', 'constructs'), { recursive: true });
  writeFileSync(join(checkout, 'dist', 'constructs', 'of-an-earlier-build.js'), '');
  await succeed('npm', { args: ['pack', '--pack-destination', folder], cwd: checkout, env, log: join(folder, 'log') });
}

async function use(combination: Combination): Promise<Used> {
  const { cdktf, bindings, constructs, packageManager, deploys } = combination;
  const consumer = new Consumer(join(folder, `on ${bindings}`), env);
  consumer.pinProvider(provider);
  await consumer.install(packageManager, { cdktf, constructs, '@cdktf/provider-aws': bindings }, tarball);
  // What takes longest first; most of it is waiting.
  const [example, stack] = deploys;
  await consumer.synthesize(example);
  const [deploying, lookingAt] = [consumer.deploy(example, stack), lookAt(consumer, example)];
  await Promise.allSettled([deploying, lookingAt]);
  await lookingAt;
  return { combination, consumer, stacks: consumer.stacks(), changes: await deploying };
}

/** @param done what was synthesized already */
async function lookAt(consumer: Consumer, done: Example): Promise<void> {
  for (const app of APPS.filter((app) => app !== done)) await consumer.synthesize(app);
  await consumer.compile();
}

const packed = (...args: string[]) => execFileSync('tar', ['-xzf', tarball, '-O', ...args]);

test('packs the constructs, their types, the functions and what is to be read, nothing else', () => {
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trimEnd().split('\n');

  const constructs = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' });
  const sources = constructs.filter((file) => file.endsWith('.ts')).map((file) => `constructs/${file}`);
  const shared = ['functions/arns.ts', 'functions/explain-permissions.ts', 'functions/settings.ts'];
  const compiled = [...sources, ...shared].map((file) => `dist/${file.slice(0, -'.ts'.length)}`);
  const expected = [
    ...compiled.flatMap((file) => [`${file}.d.ts`, `${file}.js`]),
    'dist/functions/notifier.zip',
    'dist/functions/watcher.zip',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'package.json',
  ];
  expect(new Set(listed)).toEqual(new Set(expected.map((file) => `package/${file}`)));
});

test.each(['notifier', 'watcher'])('packs the %s that a checkout deploys', (name) => {
  const zip = `dist/functions/${name}.zip`;

  expect(packed(`package/${zip}`).equals(readFileSync(join(ROOT, zip)))).toBe(true);
});

test('needs nothing but zod, and runs nothing when it is installed', () => {
  const { dependencies, scripts } = JSON.parse(packed('package/package.json').toString()) as {
    readonly dependencies: object;
    readonly scripts: object;
  };

  expect(Object.keys(dependencies)).toEqual(['zod']);
  const atInstallation = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];
  expect(Object.keys(scripts).filter((script) => atInstallation.includes(script))).toEqual([]);
});

test('has examples that install this version, and the newest that it supports', () => {
  const { cdktf, bindings, constructs } = COMBINATIONS[2];

  for (const example of EXAMPLES) {
    expect(versionsOf(example)).toMatchObject({
      'cdktf-ecs-alerts': version,
      cdktf,
      'cdktf-cli': cdktf,
      '@cdktf/provider-aws': bindings,
      constructs,
    });
  }
});

test('installs no compiler for the functions', () => {
  for (const { consumer } of used) {
    expect(consumer.installed()).toContain('cdktf-ecs-alerts');
    expect(consumer.installed().filter((name) => name.startsWith('esbuild'))).toEqual([]);
  }
});

test('makes the same with all versions that it supports', () => {
  const made = used.map(({ stacks }) =>
    Object.fromEntries(
      Object.entries(stacks).map(([place, { provider, resource, data }]) => [place, { provider, resource, data }]),
    ),
  );

  expect(Object.keys(made[0] ?? {})).toHaveLength(7);
  for (const other of made.slice(1)) expect(other).toEqual(made[0]);
});

test('takes the AWS provider that the bindings were made for, or another one', () => {
  const versionIn = (stack: Stack | undefined) => stack?.terraform.required_providers.aws.version;

  for (const { combination, stacks } of used) {
    expect(versionIn(stacks['every-option/cdktf.out/stacks/prod-eu-west-1'])).toBe(combination.madeFor);
    expect(versionIn(stacks['many-accounts/cdktf.out/stacks/prod-eu-west-1'])).toBe(provider);
  }
});

test('deploys, and has nothing to change after that', () => {
  for (const { combination, changes } of used) {
    const { cdktf, bindings, packageManager, deploys } = combination;
    const what = `${deploys.join(': ')} on cdktf ${cdktf}, bindings ${bindings} (${packageManager})`;
    process.stdout.write(`${what}: deployed with the AWS provider ${provider}\n`);
    expect(changes).toBe('');
  }
});

test('says where an inventory has a mistake', async () => {
  const [first] = used;
  first?.consumer.edit('many-accounts/inventory.yaml', 'account: staging', 'account: stage');

  expect(await first?.consumer.fail('many-accounts')).toContain(
    'clusters[2].account: must be one of prod, staging, got "stage"',
  );
});
