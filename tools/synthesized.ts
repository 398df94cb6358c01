import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { type AlertsConfig, EcsAlertsStack } from '../constructs';

/** A stack as Terraform would get it. */
export interface Stack {
  /** `prod-eu-west-1` */
  readonly name: string;
  readonly terraform: { readonly resource?: unknown };
}

type Body = Readonly<Record<string, unknown>> & { readonly '//'?: { readonly metadata?: { readonly path?: string } } };

export interface Resource {
  readonly type: string;
  readonly body: Body;
}

/** The list: `alerts.config.ts` of the folder that one is in. */
export function configHere(): AlertsConfig {
  const { default: config } = require(join(process.cwd(), 'alerts.config')) as typeof import('../alerts.config');
  return config;
}

/** @throws one error with all mistakes in the list */
export function stacksOf(config: AlertsConfig): readonly Stack[] {
  const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-'));
  try {
    return EcsAlertsStack.forAll(new App({ outdir }), config).map((stack) => {
      stack.prepareStack();
      return { name: stack.node.id, terraform: stack.toTerraform() };
    });
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What belongs to each cluster of a stack, by its name. */
export function clustersIn({ terraform }: Pick<Stack, 'terraform'>): ReadonlyMap<string, readonly Resource[]> {
  const byType = (terraform.resource ?? {}) as Readonly<Record<string, Readonly<Record<string, Body>>>>;
  const clusters = new Map<string, Resource[]>();
  for (const [type, named] of Object.entries(byType)) {
    for (const body of Object.values(named)) {
      // STACK/clusters/NAME/…
      const name = body['//']?.metadata?.path?.split('/')[2] ?? '';
      clusters.set(name, [...(clusters.get(name) ?? []), { type, body }]);
    }
  }
  return clusters;
}
