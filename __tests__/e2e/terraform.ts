import { join } from 'node:path';
import type { ResourceChange, ShownPlan } from '../../tools/plan/changes';
import { capture, succeed } from './command';

const PLAN = 'planned';
const QUIET = ['-input=false', '-no-color'];

/** A folder with a configuration, and the real Terraform. */
export class Terraform {
  constructor(
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  init(): Promise<void> {
    return this.run('init', ...QUIET);
  }

  plan(...options: readonly string[]): Promise<void> {
    return this.run('plan', ...QUIET, `-out=${PLAN}`, ...options);
  }

  /** What the last plan does with each resource. */
  async planned(): Promise<readonly ResourceChange[]> {
    const { stdout } = await capture('terraform', { args: ['show', '-json', PLAN], cwd: this.folder, env: this.env });
    const { resource_changes = [] } = JSON.parse(stdout) as ShownPlan;
    return resource_changes;
  }

  /** Does what was planned last. */
  apply(): Promise<void> {
    return this.run('apply', ...QUIET, PLAN);
  }

  private run(...args: readonly string[]): Promise<void> {
    const log = join(this.folder, 'terraform.log');
    return succeed('terraform', { args, cwd: this.folder, env: this.env, log });
  }
}
