/**
 * `npm run plan`: what a deployment would change, as Markdown that fits into a comment of GitHub. Addresses and names of
 * attributes, never a value, but what Terraform says of a stack that cannot be planned. Exit code: 0 nothing changes, 2 something does, 1 a stack failed; the others are told then, too.
 *
 *   STACK …             only these; `*` is anything (default: all)
 *   --role-name NAME    assume the role of this name in place of the deploy role: one that may only read
 *   --length N          at most so many characters (default 65000; a comment takes 65536)
 *   --skip-synth        of what is in cdktf.out
 *   --list              no plan: the accounts with their stacks, as JSON
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planStack } from './plan/run';
import { accountsOf, chosen, type Stack, synthesizedStacks } from './plan/stacks';
import { planSummary, type StackPlan } from './plan/summary';
import { runTool, WrongOptionError, whole } from './run-tool';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'role-name': { type: 'string' },
    length: { type: 'string', default: '65000' },
    'skip-synth': { type: 'boolean' },
    list: { type: 'boolean' },
  },
});

/** Less would not hold the table. */
const LENGTH_MIN = 200;

async function main(): Promise<void> {
  const length = whole('--length', options.length, LENGTH_MIN);
  if (options['skip-synth'] !== true) synthesize();
  const stacks = chosen(synthesizedStacks('cdktf.out'), positionals);
  if (options.list === true) {
    process.stdout.write(`${JSON.stringify(accountsOf(stacks))}\n`);
    return;
  }
  const plans = await planAll(stacks);
  process.stdout.write(planSummary(plans, length));
  if (plans.some((plan) => plan.state === 'failed')) process.exitCode = 1;
  else if (plans.some((plan) => plan.state === 'changes')) process.exitCode = 2;
}

/** What cdktf says goes where it is read, not into the summary. */
function synthesize(): void {
  const cdktf = join(__dirname, '..', 'node_modules', '.bin', 'cdktf');
  const { status } = spawnSync(cdktf, ['synth'], { stdio: ['ignore', process.stderr, process.stderr] });
  if (status !== 0) throw new WrongOptionError(`cdktf synth ended with ${status}: see above`);
}

/** One after the other: a plan takes a core. */
async function planAll(stacks: readonly Stack[]): Promise<readonly StackPlan[]> {
  const plans: StackPlan[] = [];
  for (const stack of stacks) {
    process.stderr.write(`${stack.name} …\n`);
    plans.push(await planStack(stack, options['role-name']));
  }
  return plans;
}

runTool(main);
