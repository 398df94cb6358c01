import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { changesOf, type ShownPlan } from './changes';
import type { Stack } from './stacks';
import type { StackPlan } from './summary';

/** Nothing is written, so nothing is locked: a role that may only read can make a plan. */
const PLAN = ['plan', '-detailed-exitcode', '-lock=false', '-input=false', '-json'];

/** @param roleName of the role to assume in place of the one that deploys */
export async function planStack(stack: Stack, roleName?: string): Promise<StackPlan> {
  const { name } = stack;
  // Terraform's own plan holds values.
  const secret = mkdtempSync(join(tmpdir(), 'ecs-alerts-plan-'));
  const file = join(secret, 'plan');
  const override = assumeInstead(stack, roleName);
  try {
    const init = await terraform(stack, ['init', '-input=false', '-json']);
    if (init.code !== 0) return { stack: name, state: 'failed', error: errorOf(init) };
    const plan = await terraform(stack, [...PLAN, `-out=${file}`]);
    if (plan.code === 0) return { stack: name, state: 'unchanged' };
    if (plan.code !== 2) return { stack: name, state: 'failed', error: errorOf(plan) };
    const shown = await terraform(stack, ['show', '-json', file]);
    if (shown.code !== 0) return { stack: name, state: 'failed', error: errorOf(shown) };
    return { stack: name, state: 'changes', changes: changesOf(JSON.parse(shown.output) as ShownPlan) };
  } finally {
    rmSync(secret, { recursive: true });
    if (override !== undefined) rmSync(override);
  }
}

/** https://developer.hashicorp.com/terraform/language/files/override */
function assumeInstead({ folder, roleArn }: Stack, roleName: string | undefined): string | undefined {
  if (roleArn === undefined || roleName === undefined) return undefined;
  const file = join(folder, 'plan_override.tf.json');
  const assume_role = [{ role_arn: roleArn.replace(/role\/.*$/, `role/${roleName}`) }];
  writeFileSync(file, JSON.stringify({ provider: { aws: [{ assume_role }] } }));
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function terraform({ folder }: Stack, args: readonly string[]): Promise<Ended> {
  const child = spawn('terraform', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`terraform cannot be run: ${error.message}`)));
    child.once('close', resolve);
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
