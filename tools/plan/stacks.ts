import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupedBy } from '../../functions/notifier/grouped-by';
import { WrongOptionError } from '../run-tool';

/** A stack as `cdktf synth` left it. */
export interface Stack {
  readonly name: string;
  /** Where Terraform runs. */
  readonly folder: string;
  /** The name without the region. */
  readonly account: string;
  /** The role that Terraform assumes in the account. */
  readonly roleArn?: string;
}

/** What is deployed by one job. */
export interface Account {
  readonly account: string;
  readonly stacks: readonly string[];
}

/** @param out cdktf's output folder */
export function synthesizedStacks(out: string): readonly Stack[] {
  const manifest = read<{ readonly stacks: Readonly<Record<string, ManifestStack>> }>(join(out, 'manifest.json'));
  return Object.values(manifest.stacks).map(({ name, workingDirectory, synthesizedStackPath }) => {
    const { provider } = read<Synthesized>(join(out, synthesizedStackPath));
    const [{ region = '', assume_role: [role] = [] } = {}] = provider?.aws ?? [];
    const account = name.endsWith(`-${region}`) ? name.slice(0, -region.length - 1) : name;
    return { name, folder: join(out, workingDirectory), account, ...(role && { roleArn: role.role_arn }) };
  });
}

/**
 * Those that a pattern names.
 *
 * @throws one error with all patterns that name none
 */
export function chosen(stacks: readonly Stack[], patterns: readonly string[]): readonly Stack[] {
  if (patterns.length === 0) return stacks;
  const matches = (pattern: string, { name }: Stack) => like(pattern).test(name);
  const vain = patterns.filter((pattern) => !stacks.some((stack) => matches(pattern, stack)));
  if (vain.length > 0) {
    const names = stacks.map(({ name }) => name).join(', ');
    throw new WrongOptionError(vain.map((pattern) => `${pattern}: must name one of the stacks ${names}`).join('\n'));
  }
  return stacks.filter((stack) => patterns.some((pattern) => matches(pattern, stack)));
}

export function accountsOf(stacks: readonly Stack[]): readonly Account[] {
  const byAccount = groupedBy(stacks, ({ account }) => account);
  return [...byAccount].map(([account, own]) => ({ account, stacks: own.map(({ name }) => name) }));
}

interface ManifestStack {
  readonly name: string;
  readonly workingDirectory: string;
  readonly synthesizedStackPath: string;
}

interface Synthesized {
  readonly provider?: {
    readonly aws?: readonly {
      readonly region?: string;
      readonly assume_role?: readonly { readonly role_arn: string }[];
    }[];
  };
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function like(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}
