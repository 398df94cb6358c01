import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { changesOf, type ShownPlan } from './changes';
import type { Stack } from './stacks';
import type { StackPlan } from './summary';

/** Nothing is written, so nothing is locked: a role that may only read can make a plan. */
const PLAN_FILE = 'plan';
const PLAN = ['plan', '-detailed-exitcode', '-lock=false', '-input=false', '-json', `-out=${PLAN_FILE}`];

/** @param roleName of the role to assume in place of the one that deploys */
export async function planStack(stack: Stack, roleName?: string): Promise<StackPlan> {
  const { name, folder } = stack;
  // A copy: a role that must not deploy is never left in what is deployed, nor Terraform's own plan, which holds values.
  const copy = mkdtempSync(join(tmpdir(), 'ecs-alerts-plan-'));
  try {
    cpSync(folder, copy, { recursive: true, filter: (path) => resolve(path) !== dataOf(folder) });
    if (roleName !== undefined) assume(roleName, stack, copy);
    const run = (...args: readonly string[]) => terraform(copy, dataOf(folder), args);

    const init = await run('init', '-input=false', '-json');
    if (init.code !== 0) return { stack: name, state: 'failed', error: errorOf(init) };
    const plan = await run(...PLAN);
    if (plan.code === 0) return { stack: name, state: 'unchanged' };
    if (plan.code !== 2) return { stack: name, state: 'failed', error: errorOf(plan) };
    const shown = await run('show', '-json', PLAN_FILE);
    if (shown.code !== 0) return { stack: name, state: 'failed', error: errorOf(shown) };
    return { stack: name, state: 'changes', changes: changesOf(JSON.parse(shown.output) as ShownPlan) };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** The provider, which is large, and where the state is. */
function dataOf(folder: string): string {
  return resolve(folder, '.terraform');
}

/** https://developer.hashicorp.com/terraform/language/files/override */
function assume(roleName: string, { roleArn }: Stack, folder: string): void {
  if (roleArn === undefined) return;
  const assume_role = [{ role_arn: roleArn.replace(/role\/.*$/, `role/${roleName}`) }];
  writeFileSync(join(folder, 'role_override.tf.json'), JSON.stringify({ provider: { aws: [{ assume_role }] } }));
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function terraform(folder: string, data: string, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, TF_DATA_DIR: data };
  const child = spawn('terraform', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done, failed) => {
    child.once('error', (error) => failed(new Error(`terraform cannot be run: ${error.message}`)));
    child.once('close', done);
  });
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, output, errors };
}

interface Line {
  readonly diagnostic?: {
    readonly severity: string;
    readonly summary: string;
    readonly detail: string;
    readonly address?: string;
  };
}

/** Without the lines of the configuration that Terraform shows beside an error: they hold values. */
function errorOf({ output, errors, code }: Ended): string {
  const lines = output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
  const told = lines.flatMap(({ diagnostic }) => {
    if (diagnostic?.severity !== 'error') return [];
    const { summary, detail, address } = diagnostic;
    return [[...(address === undefined ? [] : [address]), summary, detail].join('\n').trim()];
  });
  if (told.length > 0) return told.join('\n\n');
  return errors.trim() || `terraform ended with ${code}`;
}
