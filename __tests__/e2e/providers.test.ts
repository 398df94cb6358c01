import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, succeed } from './command';
import { providerPackage, providerVersions, terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
const APP = join('__tests__', 'e2e', 'every-option-app.ts');
const STACKS = ['prod-eu-west-1', 'staging-us-east-1'];

const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-providers-'));
const log = join(folder, 'log');
const terraform = { ...process.env, ...terraformEnvironment(folder) };

/** Runs the app of `project`; what Terraform gets is in `out`. */
function synthesize(project: string, out: string, awsProviderVersion?: string): Promise<void> {
  const register = join(ROOT, 'node_modules', 'ts-node', 'register', 'transpile-only');
  const env = {
    ...process.env,
    TS_NODE_PROJECT: join(project, 'tsconfig.json'),
    CDKTF_OUTDIR: out,
    AWS_PROVIDER_VERSION: awsProviderVersion,
  };
  return succeed(process.execPath, { args: ['-r', register, join(project, APP)], cwd: project, env, log });
}

const stackFile = (out: string, stack: string) => join(out, 'stacks', stack, 'cdk.tf.json');

interface Stack {
  readonly terraform: { readonly required_providers: { readonly aws: { readonly version: string } } };
  readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

function addresses(out: string, stack: string): readonly string[] {
  const { resource } = JSON.parse(readFileSync(stackFile(out, stack), 'utf8')) as Stack;
  return Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((id) => `${type}.${id}`));
}

test.each(providerVersions())('a configuration with every option is valid for the AWS provider %s', async (version) => {
  const out = join(folder, `valid-${version}`);
  await synthesize(ROOT, out, version);
  for (const stack of STACKS) {
    const chdir = `-chdir=${dirname(stackFile(out, stack))}`;
    const init = [chdir, 'init', '-backend=false', '-input=false', '-no-color'];
    await succeed('terraform', { args: init, cwd: folder, env: terraform, log });
    const answer = join(folder, `${stack}-${version}.json`);
    await run('terraform', { args: [chdir, 'validate', '-json'], cwd: folder, env: terraform, log: answer });

    expect(JSON.parse(readFileSync(answer, 'utf8'))).toMatchObject({ valid: true, diagnostics: [] });
  }
});

/** The resources whose bindings are imported. */
function used(): readonly string[] {
  const files = readdirSync(join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, 'constructs', file), 'utf8'));
  const imports = sources.flatMap((source) => [...source.matchAll(/'@cdktf\/provider-aws\/lib\/([\w-]+)'/g)]);
  return [...new Set(imports.map(([, resource = '']) => resource))].sort();
}

/** A copy of what is published, beside other bindings: Node and the compiler find those, and nothing is redirected. */
function projectBeside(bindings: string): string {
  const project = join(bindings, 'project');
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  const files = [
    'package.json',
    'constructs',
    'functions/settings.ts',
    'functions/arns.ts',
    'functions/explain-permissions.ts',
    'dist/functions',
    APP,
    '__tests__/support/every-option.ts',
  ];
  for (const file of files) cpSync(join(ROOT, file), join(project, file), { recursive: true });
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as {
    compilerOptions: object;
  };
  const typeRoots = [join(ROOT, 'node_modules', '@types')];
  const options = { compilerOptions: { ...compilerOptions, typeRoots }, files: [APP] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(options));
  return project;
}

test('the constructs compile against the last bindings of the AWS provider 5, and make the same', async () => {
  const project = projectBeside(providerPackage('20.1.0', used()));
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  await succeed(tsc, { args: ['-p', project], cwd: project, env: process.env, log });

  const [old, present] = [join(folder, 'old'), join(folder, 'present')];
  await synthesize(project, old);
  await synthesize(ROOT, present);
  for (const stack of STACKS) {
    const { terraform: made } = JSON.parse(readFileSync(stackFile(old, stack), 'utf8')) as Stack;
    expect(made.required_providers.aws.version).toBe('5.100.0');
    expect(addresses(old, stack)).toEqual(addresses(present, stack));
  }
});
