import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, TerraformStack, Testing } from 'cdktf';
import type { Construct } from 'constructs';
import { EcsClusterAlerts, type EcsClusterAlertsProps } from '../../constructs';

export type Body = Readonly<Record<string, unknown>>;
/** A resource's class. */
type Type = { readonly tfResourceType: string };

const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-test-'));
afterAll(() => rmSync(outdir, { recursive: true }));

export function testApp(): App {
  return Testing.app({ outdir });
}

/** What Terraform gets, as plain objects. */
export class Synth {
  readonly text: string;
  private readonly resources: Readonly<Record<string, Readonly<Record<string, Body>>>>;

  constructor(stack: TerraformStack) {
    stack.prepareStack();
    // `Testing.synth` takes thrice as long for a large stack: it copies, and sorts what nobody reads.
    this.text = JSON.stringify(stack.toTerraform(), (key, value: unknown) => (key === '//' ? undefined : value), 2);
    this.resources = (JSON.parse(this.text) as { resource?: Synth['resources'] }).resource ?? {};
  }

  all({ tfResourceType }: Type): readonly Body[] {
    return Object.values(this.resources[tfResourceType] ?? {});
  }

  /** The only one of its type, or the one whose address ends so (without the hash). */
  one(type: Type, end = ''): Body {
    const named = Object.entries(this.resources[type.tfResourceType] ?? {});
    const found = named.filter(([id]) => id.replace(/_[0-9A-F]{8}$/, '').endsWith(end));
    const [first] = found;
    if (first === undefined || found.length > 1) throw new Error(`${found.length} × ${type.tfResourceType} ${end}`);
    return first[1];
  }

  addresses(): readonly string[] {
    const all = Object.entries(this.resources);
    return all.flatMap(([type, named]) => Object.keys(named).map((id) => `${type}.${id}`)).sort();
  }
}

/** More than half the time of a synth goes into the stack traces that cdktf takes of every token: left out here. */
export function untraced<T>(make: () => T): T {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = String;
  try {
    return make();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

export function synth(build: (scope: Construct) => void): Synth {
  return untraced(() => {
    const stack = new TerraformStack(testApp(), 'stack');
    build(stack);
    return new Synth(stack);
  });
}

/** Props that say nothing but what must be said. */
export const SHOP: EcsClusterAlertsProps = {
  clusterName: 'shop',
  accountId: '111122223333',
  region: 'eu-west-1',
  slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
};

const known = new Map<string, Synth>();

/** The construct `alerts`, alone in a stack: `SHOP` and what is other. The same props are synthesized once. */
export function alerts(more: Partial<EcsClusterAlertsProps> = {}): Synth {
  const key = JSON.stringify(more);
  const made = known.get(key) ?? synth((scope) => new EcsClusterAlerts(scope, 'alerts', { ...SHOP, ...more }));
  known.set(key, made);
  return made;
}

/** What a reference to an attribute of a resource looks like in Terraform's JSON. */
export function ref(address: string, attribute: string): string {
  return `$\{${address}.${attribute}}`;
}

/** The statements of a policy document. */
export function statements(policy: unknown): unknown {
  const { Version, Statement } = JSON.parse(String(policy)) as { Version: string; Statement: unknown };
  expect(Version).toBe('2012-10-17');
  return Statement;
}
