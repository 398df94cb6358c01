import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** What the end-to-end tests need on the machine. What can be installed goes into a folder that git ignores. */
const ROOT = join(__dirname, '..', '..');
const CACHE = join(ROOT, '.cache');
const REQUIREMENTS = join(__dirname, 'ministack', 'requirements.txt');
/** The functions run on the runtime they are deployed to, whatever Node runs the tests. */
const FUNCTION_NODE = '22.23.3';

/** Python with the AWS emulator. */
export function python(): string {
  return join(pythonPackages('venv', REQUIREMENTS), 'python');
}

/**
 * Packages in a virtual environment of the project's own.
 *
 * @returns the folder of its programs
 */
export function pythonPackages(name: string, requirements: string): string {
  const programs = join(CACHE, name, 'bin');
  const stamp = join(CACHE, name, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return programs;
  mkdirSync(CACHE, { recursive: true });
  need(
    'python3',
    ['-m', 'venv', join(CACHE, name)],
    'Python 3.11 or later with venv: https://www.python.org/downloads',
  );
  // Compiling all of it takes longer than what is used of it.
  const install = ['-m', 'pip', 'install', '--quiet', '--no-compile', '-r', requirements];
  need(join(programs, 'python'), install, `the packages of ${relative(ROOT, requirements)}`);
  writeFileSync(stamp, wanted);
  return programs;
}

/** The folder with AWS's command line. */
export function awsCli(): string {
  return pythonPackages('awscli', join(__dirname, 'awscli-requirements.txt'));
}

/** The folder with the `node` that runs the functions: the platform's own package, which needs no install script. */
export function functionNode(): string {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(CACHE, 'function-node');
  const bin = join(folder, 'node_modules', name, 'bin');
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === FUNCTION_NODE) return bin;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const wanted = `${name}@${FUNCTION_NODE}`;
  need('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', wanted], `the npm package ${wanted}`);
  writeFileSync(stamp, FUNCTION_NODE);
  return bin;
}

/** The versions of Terraform's AWS provider that are at hand; without a mirror one of each major version. */
export function providerVersions(): readonly string[] {
  const provider = findProvider();
  return provider === undefined ? ['5.100.0', '6.25.0'] : readdirSync(provider).sort();
}

/**
 * What Terraform needs in its environment. A provider mirror on this machine is used, so that nothing is downloaded;
 * where there is none, Terraform asks its registry as usual. `AWS_PROVIDER_VERSION` is what the mirror has, unless it is set.
 */
export function terraformEnvironment(folder: string): Readonly<Record<string, string | undefined>> {
  need('terraform', ['version'], 'Terraform 1.10 or later: https://developer.hashicorp.com/terraform/install');
  const quiet = {
    CHECKPOINT_DISABLE: '1',
    DISABLE_VERSION_CHECK: '1',
    CI: 'true',
    TF_IN_AUTOMATION: '1',
    NO_COLOR: '1',
  };
  const { TF_CLI_CONFIG_FILE: given, AWS_PROVIDER_VERSION: wanted } = process.env;
  if (given !== undefined && existsSync(given)) return quiet;
  const provider = findProvider();
  if (provider === undefined) return { ...quiet, TF_CLI_CONFIG_FILE: undefined };
  const mirror = provider.split(`${sep}registry.terraform.io${sep}`)[0];
  const config = join(folder, 'terraform.rc');
  const include = 'include = ["registry.terraform.io/hashicorp/aws"]';
  const exclude = include.replace('include', 'exclude');
  writeFileSync(
    config,
    `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n    ${include}\n  }\n  direct {\n    ${exclude}\n  }\n}\n`,
  );
  const [newest] = readdirSync(provider).sort((a, b) => b.localeCompare(a, undefined, { numeric: true }));
  // cdktf would set a plugin cache, which Terraform does not fill from a mirror.
  return {
    ...quiet,
    TF_CLI_CONFIG_FILE: config,
    AWS_PROVIDER_VERSION: wanted ?? newest,
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
  };
}

/** The folder of the AWS provider in a mirror, wherever on this machine it lies. */
function findProvider(): string | undefined {
  const skipped = ['/proc', '/sys', '/tmp', '*/.terraform', '*/plugin-cache', '*/node_modules'];
  const prune = skipped.flatMap((path, index) => [...(index === 0 ? [] : ['-o']), '-path', path]);
  const wanted = ['-type', 'd', '-path', '*/registry.terraform.io/hashicorp/aws', '-print', '-quit'];
  const args = ['/', '-xdev', '-maxdepth', '7', '(', ...prune, ')', '-prune', '-o', ...wanted];
  try {
    const found = execFileSync('find', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return found === '' ? undefined : found;
  } catch {
    return undefined;
  }
}

function need(program: string, args: readonly string[], what: string): void {
  try {
    execFileSync(program, args, { cwd: dirname(CACHE), stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new Error(`This needs ${what} (${error instanceof Error ? error.message : String(error)})`);
  }
}
