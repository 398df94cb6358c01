import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeed } from './command';

/** What Terraform would do with a resource. https://developer.hashicorp.com/terraform/internals/json-format */
export interface ResourceChange {
  readonly address: string;
  readonly change: { readonly actions: readonly ('no-op' | 'create' | 'read' | 'update' | 'delete')[] };
}

const PLAN = 'planned';
const QUIET = ['-input=false', '-no-color'];

/** A folder with a configuration, and the real Terraform. */
export class Terraform {
  constructor(
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  async init(): Promise<void> {
    await this.run('terraform.log', 'init', ...QUIET);
  }

  async plan(...options: readonly string[]): Promise<void> {
    await this.run('terraform.log', 'plan', ...QUIET, `-out=${PLAN}`, ...options);
  }

  /** What the last plan does with each resource. */
  async planned(): Promise<readonly ResourceChange[]> {
    const answer = `${PLAN}-${Date.now()}.json`;
    await this.run(answer, 'show', '-json', PLAN);
    const { resource_changes } = JSON.parse(readFileSync(join(this.folder, answer), 'utf8')) as {
      readonly resource_changes: readonly ResourceChange[];
    };
    return resource_changes;
  }

  /** Does what was planned last. */
  async apply(): Promise<void> {
    await this.run('terraform.log', 'apply', ...QUIET, PLAN);
  }

  private run(log: string, ...args: readonly string[]): Promise<void> {
    return succeed('terraform', { args, cwd: this.folder, env: this.env, log: join(this.folder, log) });
  }
}
