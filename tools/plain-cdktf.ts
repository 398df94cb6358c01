import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { type App, type ITerraformDependable, type TerraformResource, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/** The resources of a stack as somebody would write them down by hand: class, ID, options, references. */
export interface RecordedStack {
  readonly id: string;
  readonly region: string;
  readonly accountId: string;
  readonly resources: readonly Recorded[];
}

interface Recorded {
  readonly address: string;
  readonly make: ResourceClass;
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
}

type ResourceClass = new (scope: Construct, id: string, options: never) => TerraformResource;
type Json = Readonly<Record<string, unknown>>;

/** What the constructs make, as plain data, in an order in which nothing refers to what comes later. */
export function recorded(stacks: readonly TerraformStack[]): readonly RecordedStack[] {
  return stacks.map((stack) => {
    stack.prepareStack();
    const { resource, provider } = JSON.parse(JSON.stringify(stack.toTerraform())) as {
      resource: Readonly<Record<string, Readonly<Record<string, Json>>>>;
      provider: { aws: readonly { region: string; allowed_account_ids: readonly string[] }[] };
    };
    const all = Object.entries(resource).flatMap(([type, named]) =>
      Object.entries(named).map(([id, body]) => recordedOf(type, id, body)),
    );
    const { region = '', allowed_account_ids: ids = [] } = provider.aws[0] ?? {};
    return { id: stack.node.id, region, accountId: ids[0] ?? '', resources: inOrder(all) };
  });
}

function recordedOf(type: string, id: string, body: Json): Recorded {
  const { '//': _metadata, depends_on: dependsOn = [], ...options } = body;
  const address = `${type}.${id}`;
  return {
    address,
    make: classOf(type),
    id,
    options: camel(options) as Json,
    dependsOn: dependsOn as readonly string[],
  };
}

function classOf(type: string): ResourceClass {
  const library = require(`@cdktf/provider-aws/lib/${type.replace(/^aws_/, '').replaceAll('_', '-')}`) as Json;
  const found = Object.values(library).find(
    (one) => (one as { tfResourceType?: string } | undefined)?.tfResourceType === type,
  );
  if (found === undefined) throw new Error(`no class for ${type}`);
  return found as ResourceClass;
}

/** Maps whose keys are the user's, not Terraform's. */
const MAPS = new Set(['dimensions', 'tags', 'variables']);

function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    return [name, MAPS.has(key) ? inner : camel(inner)] as const;
  });
  return Object.fromEntries(entries);
}

const REFERENCE = /\$\{(aws_\w+\.[\w-]+)\.(\w+)\}/g;

function inOrder(all: readonly Recorded[]): readonly Recorded[] {
  const left = new Map(all.map((one) => [one.address, one]));
  const done: Recorded[] = [];
  const needs = ({ options, dependsOn }: Recorded) => [
    ...dependsOn,
    ...[...JSON.stringify(options).matchAll(REFERENCE)].map(([, address]) => address ?? ''),
  ];
  const visit = (one: Recorded) => {
    if (!left.delete(one.address)) return;
    for (const address of needs(one)) {
      const other = left.get(address);
      if (other !== undefined) visit(other);
    }
    done.push(one);
  };
  for (const one of all) visit(one);
  return done;
}

/** Makes them with nothing but CDKTF and the provider's classes, references as references. */
export function makePlainly(app: App, stacks: readonly RecordedStack[]): void {
  for (const { id, region, accountId, resources } of stacks) {
    const stack = new TerraformStack(app, id);
    new AwsProvider(stack, 'aws', { region, allowedAccountIds: [accountId] });
    const made = new Map<string, TerraformResource>();
    for (const { address, make, id: name, options, dependsOn } of resources) {
      const after = dependsOn.flatMap((other) => made.get(other) ?? []) as ITerraformDependable[];
      const config = { ...(referring(options, made) as Json), ...(after.length === 0 ? {} : { dependsOn: after }) };
      made.set(address, new make(stack, name, config as never));
    }
  }
}

function referring(value: unknown, made: ReadonlyMap<string, TerraformResource>): unknown {
  if (typeof value === 'string') {
    return value.includes('${aws_')
      ? value.replace(REFERENCE, (all, address: string, attribute: string) => {
          return made.get(address)?.getStringAttribute(attribute) ?? all;
        })
      : value;
  }
  if (Array.isArray(value)) return value.map((one) => referring(one, made));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, referring(inner, made)]));
}
