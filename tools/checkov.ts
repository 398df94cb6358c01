/**
 * `npm run checkov`: what checkov finds in the Terraform that is synthesized from alerts.config.ts and from a configuration
 * with every option, and in docs/bootstrap. What is meant to be so stands in `.checkov.yaml`. Needs Python; installs checkov
 * into .cache.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonPackages } from '../__tests__/e2e/tools';

const ROOT = join(__dirname, '..');
const APPS = { default: 'main.ts', 'every-option': '__tests__/e2e/every-option-app.ts' };

export interface Checked {
  /** How many checks passed, by folder. A folder in which there is nothing to look at is fine to checkov. */
  readonly passed: Readonly<Record<string, number>>;
  /** What failed and is no exception. */
  readonly failed: readonly Check[];
  /** What failed and is an exception. */
  readonly excepted: readonly Check[];
  /** Exceptions that nothing needs. */
  readonly vain: readonly string[];
}

export interface Check {
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
  readonly repo_file_path: string;
}

interface Report {
  readonly results: { readonly passed_checks: readonly Check[]; readonly failed_checks: readonly Check[] };
}

/** Makes a folder of each in `out`. */
export function synthesizeAll(out: string): void {
  for (const [name, app] of Object.entries(APPS)) {
    const env = { ...process.env, CDKTF_OUTDIR: join(out, name), TS_NODE_PROJECT: join(ROOT, 'tsconfig.json') };
    execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', app], { cwd: ROOT, env });
    withoutMoved(join(out, name));
  }
  cpSync(join(ROOT, 'docs', 'bootstrap'), join(out, 'bootstrap'), { recursive: true });
}

/** checkov cannot read a stack that has such blocks, and has no check for them. */
function withoutMoved(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((one) => one.endsWith('cdk.tf.json')).map((one) => join(folder, one))) {
    const { moved: _moved, ...stack } = JSON.parse(readFileSync(file, 'utf8')) as { readonly moved?: unknown };
    writeFileSync(file, JSON.stringify(stack));
  }
}

/** @param out has a folder of each that is to be checked */
export function checked(out: string): Checked {
  const reports = run(out);
  const passed = reports.flatMap(({ results }) => results.passed_checks.map(folderOf));
  const failed = reports.flatMap(({ results }) => results.failed_checks);
  const meant = exceptions();
  return {
    passed: Object.fromEntries([...new Set(passed)].map((name) => [name, passed.filter((one) => one === name).length])),
    failed: failed.filter(({ check_id }) => !meant.includes(check_id)),
    excepted: failed.filter(({ check_id }) => meant.includes(check_id)),
    vain: meant.filter((id) => !failed.some(({ check_id }) => check_id === id)),
  };
}

/** As checkov itself reads them, for whoever runs it alone. */
export function exceptions(): readonly string[] {
  const list = readFileSync(join(ROOT, '.checkov.yaml'), 'utf8').matchAll(/^ {2}- (\w+)$/gm);
  return [...list].map(([, id = '']) => id);
}

export function folderOf({ repo_file_path: path }: Check): string {
  return path.split('/')[1] ?? '';
}

function run(folder: string): readonly Report[] {
  const program = join(pythonPackages('checkov', join(__dirname, 'checkov-requirements.txt')), 'checkov');
  const args = ['-d', '.', '--framework', 'terraform_json', 'terraform', '--skip-download', '-o', 'json'];
  const { stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', maxBuffer: 100_000_000 });
  if (!/^[[{]/.test(stdout)) throw new Error(`checkov: ${stderr}`);
  return [JSON.parse(stdout) as Report | readonly Report[]].flat();
}

function main(): void {
  const out = mkdtempSync(join(tmpdir(), 'ecs-alerts-checkov-'));
  try {
    synthesizeAll(out);
    const { passed, failed, vain } = checked(out);
    const lines = [
      ...failed.map((one) => `${one.repo_file_path} ${one.resource}: ${one.check_id} ${one.check_name}`),
      ...vain.map((id) => `.checkov.yaml: nothing needs ${id} any more`),
      ...Object.entries(passed).map(([name, count]) => `${name}: ${count} checks passed`),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    process.exitCode = failed.length + vain.length > 0 || Object.keys(passed).length < 3 ? 1 : 0;
  } finally {
    rmSync(out, { recursive: true });
  }
}

if (require.main === module) main();
