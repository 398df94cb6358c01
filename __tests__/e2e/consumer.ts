import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DEFAULT_RUNTIME, isKnownTo, OLDER_RUNTIME } from '../../constructs/runtimes';
import { type Command, run, succeed } from './command';
import { environmentAs, startAws } from './emulators';

const ROOT = join(__dirname, '..', '..');
export const EXAMPLES = ['cluster-in-same-stack', 'existing-cluster', 'many-accounts'] as const;
export type Example = (typeof EXAMPLES)[number];
/** The examples, and one with every option there is. */
export const APPS = [...EXAMPLES, 'every-option'] as const;
type App = (typeof APPS)[number];
/** Where an app puts what Terraform gets. */
const STACKS = 'cdktf.out/stacks';
/** The account that the examples deploy to. */
const ACCOUNT = '111122223333';

const INSTALL = {
  npm: ['npm', 'install', '--no-audit', '--no-fund'],
  // Where `CI` is set it would ask for a lockfile; of peers that do not fit it would only warn.
  pnpm: ['npx', '--yes', 'pnpm@10.34.8', 'install', '--no-frozen-lockfile', '--strict-peer-dependencies'],
} as const;

/** Versions by the names of packages. */
type Versions = Readonly<Record<string, string>>;

/** What Terraform gets. */
export interface Stack {
  readonly terraform: { readonly required_providers: { readonly aws: { readonly version: string } } };
  readonly provider: object;
  readonly resource: object;
  readonly data?: object;
}

/** Whether a file or folder is ours: what was built or installed is not copied along. */
export function isSource(path: string): boolean {
  return !['.cache', '.git', 'cdktf.out', 'dist', 'node_modules'].includes(basename(path));
}

/** What an example installs. */
export function versionsOf(example: Example): Versions {
  const file = join(ROOT, 'examples', example, 'package.json');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, Versions>
  >;
  return { ...dependencies, ...devDependencies };
}

/** The project of somebody who uses the package: all examples, and an app with every option there is. */
export class Consumer {
  private readonly env: Command['env'];

  /** @param env what Terraform needs on this machine */
  constructor(
    private readonly folder: string,
    env: Command['env'],
  ) {
    // What each app asks for stands in its source.
    this.env = { ...env, AWS_PROVIDER_VERSION: undefined };
    for (const example of EXAMPLES) {
      cpSync(join(ROOT, 'examples', example), join(folder, example), { recursive: true, filter: isSource });
    }
    mkdirSync(join(folder, 'every-option'));
    for (const file of ['cdktf.json', 'tsconfig.json']) {
      cpSync(join(folder, 'many-accounts', file), join(folder, 'every-option', file));
    }
    this.takeOver('e2e/every-option-app.ts', 'every-option/main.ts');
    this.takeOver('support/every-option.ts', 'every-option/every-option.ts');
  }

  /** @param tarball the package */
  async install(packageManager: keyof typeof INSTALL, versions: Versions, tarball: string): Promise<void> {
    // The command line takes longer to install than all the rest, and nothing imports it.
    const wanted = EXAMPLES.flatMap((example) => Object.entries(versionsOf(example))).filter(
      ([name]) => name !== 'cdktf-cli',
    );
    const dependencies = { ...Object.fromEntries(wanted), ...versions, 'cdktf-ecs-alerts': `file:${tarball}` };
    this.write('package.json', JSON.stringify({ private: true, dependencies }));
    const [program, ...args] = INSTALL[packageManager];
    await succeed(program, this.command(args, 'install.log'));
  }

  /** Names of all that is installed; pnpm's have versions. */
  installed(): readonly string[] {
    const folders = ['node_modules', 'node_modules/.pnpm'].map((folder) => join(this.folder, folder));
    return folders.filter(existsSync).flatMap((folder) => readdirSync(folder));
  }

  /** What a user adds whose AWS provider is another than that of the bindings. */
  pinProvider(version: string): void {
    const pin = `addOverride('terraform.required_providers.aws.version', '${version}');`;
    const runtime = isKnownTo(version, DEFAULT_RUNTIME) ? '' : `runtime: '${OLDER_RUNTIME}',`;
    this.edit('cluster-in-same-stack/main.ts', 'super(scope, id);', `$& this.${pin}`);
    this.edit('cluster-in-same-stack/main.ts', 'services: {', `${runtime} $&`);
    this.edit('existing-cluster/main.js', "new TerraformStack(app, 'shop-alerts');", `$& stack.${pin}`);
    this.edit('existing-cluster/main.js', 'services: {', `${runtime} $&`);
    this.edit('many-accounts/inventory.yaml', 'slack:', `awsProviderVersion: ${version}\n$&`);
  }

  /** Checks the types, also of what is plain JavaScript. */
  async compile(): Promise<void> {
    const strictly = { strict: true, skipLibCheck: false, allowJs: true, checkJs: true };
    const compilerOptions = { ...strictly, noEmit: true, target: 'es2022', module: 'node16', types: ['node'] };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*/*.ts', '*/*.js'] }));
    await succeed(join(this.folder, 'node_modules/.bin/tsc'), this.command(['-p', '.'], 'tsc.log'));
  }

  async synthesize(app: App): Promise<void> {
    await succeed(...this.start(app));
  }

  /** What Terraform gets, by app and stack, as far as it was synthesized. */
  stacks(): Readonly<Record<string, Stack>> {
    const folders = APPS.flatMap((app) =>
      readdirSync(join(this.folder, app, STACKS)).map((stack) => join(app, STACKS, stack)),
    );
    const read = (folder: string): Stack => JSON.parse(this.read(join(folder, 'cdk.tf.json')));
    return Object.fromEntries(folders.map((folder) => [folder, read(folder)]));
  }

  /** Runs an app that has to fail. Returns what it says. */
  async fail(app: Example): Promise<string> {
    const code = await run(...this.start(app));
    if (code === 0) throw new Error(`${app} did not fail`);
    return this.read('app.log');
  }

  /**
   * Deploys a stack into an AWS of its own.
   *
   * @returns what a second plan would change; empty where that is nothing
   */
  async deploy(example: Example, stack: string): Promise<string> {
    const aws = await startAws(this.folder);
    const env = environmentAs(aws.url, ACCOUNT);
    const chdir = `-chdir=${join(example, STACKS, stack)}`;
    const terraform = (args: readonly string[], log: string) => this.command([chdir, ...args, '-no-color'], log, env);
    try {
      await succeed('terraform', terraform(['init', '-input=false'], 'init.log'));
      await succeed('terraform', terraform(['apply', '-input=false', '-auto-approve'], 'apply.log'));
      const code = await run('terraform', terraform(['plan', '-input=false', '-detailed-exitcode'], 'plan.log'));
      return code === 0 ? '' : this.read('plan.log');
    } finally {
      await aws.close();
    }
  }

  /** @param place has to be in the file */
  edit(file: string, place: string, text: string): void {
    const before = this.read(file);
    if (!before.includes(place)) throw new Error(`examples/${file} has no ${place}`);
    this.write(file, before.replace(place, text));
  }

  /** A source of our tests, with the package under its name. */
  private takeOver(source: string, file: string): void {
    const text = readFileSync(join(ROOT, '__tests__', source), 'utf8');
    this.write(file, text.replace("'../../constructs'", "'cdktf-ecs-alerts'").replace("'../support/", "'./"));
  }

  /** What `cdktf` runs. */
  private start(app: App): readonly [string, Command] {
    const { app: line } = JSON.parse(this.read(`${app}/cdktf.json`)) as { readonly app: string };
    const [program = '', ...args] = line.split(' ');
    return [program, { ...this.command(args, 'app.log'), cwd: join(this.folder, app) }];
  }

  private command(args: readonly string[], log: string, more: Command['env'] = {}): Command {
    return { args, cwd: this.folder, env: { ...this.env, ...more }, log: join(this.folder, log) };
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  private write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }
}
