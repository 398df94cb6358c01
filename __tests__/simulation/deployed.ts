import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { EcsClusterAlerts, type EcsClusterAlertsProps } from '../../constructs';
import type { AlarmResource } from './alarm-messages';
import { ACCOUNT, CLUSTER, REGION } from './place';
import type { Mapping } from './queue';

/** What Terraform makes for the cluster: the settings that the functions read, alarms, queue. So the defaults are real. */
export interface Deployed {
  readonly items: readonly { readonly pk: string; readonly sk: string; readonly settings: string }[];
  readonly alarms: readonly AlarmResource[];
  readonly mapping: Mapping;
}

type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

export function deployed(props: Partial<EcsClusterAlertsProps>): Deployed {
  const resources = synthesized(props);
  const all = (type: string) => Object.entries(resources[type] ?? {});
  const items = all('aws_dynamodb_table_item').map(([, body]) => {
    const item = JSON.parse(String(body['item'])) as Record<'pk' | 'sk' | 'settings', { readonly S: string }>;
    return { pk: item.pk.S, sk: item.sk.S, settings: item.settings.S };
  });
  // The functions' own alarms go to the operators' topic, not into the queue.
  const alarms = all('aws_cloudwatch_metric_alarm').map(([, body]) => body as unknown as AlarmResource);
  const told = alarms.filter(({ alarm_actions: [topic = ''] }) => topic.includes('queue_topic'));
  return { items, alarms: told, mapping: mappingOf(resources) };
}

function synthesized(props: Partial<EcsClusterAlertsProps>): Resources {
  const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-simulation-'));
  const stack = new TerraformStack(new App({ outdir }), 'stack');
  new EcsClusterAlerts(stack, 'alerts', {
    clusterName: CLUSTER,
    accountId: ACCOUNT,
    accountName: 'prod',
    region: REGION,
    slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
    ...props,
  });
  stack.prepareStack();
  const { resource } = JSON.parse(JSON.stringify(stack.toTerraform())) as { resource: Resources };
  rmSync(outdir, { recursive: true });
  return resource;
}

function mappingOf(resources: Resources): Mapping {
  const one = (type: string, is: (id: string, body: Resources[string][string]) => boolean) => {
    const found = Object.entries(resources[type] ?? {}).find(([id, body]) => is(id, body));
    if (found === undefined) throw new Error(`there is no such ${type}`);
    return found[1];
  };
  const ofNotifier = (id: string) => id.includes('notifier');
  const mapping = one('aws_lambda_event_source_mapping', ofNotifier);
  const queue = one('aws_sqs_queue', (_id, body) => 'redrive_policy' in body);
  const scaling = mapping['scaling_config'] as { readonly maximum_concurrency: number };
  const { maxReceiveCount } = JSON.parse(String(queue['redrive_policy'])) as { readonly maxReceiveCount: number };
  return {
    batchSize: Number(mapping['batch_size']),
    batchWindowMs: Number(mapping['maximum_batching_window_in_seconds']) * 1000,
    concurrency: scaling.maximum_concurrency,
    visibilityMs: Number(queue['visibility_timeout_seconds']) * 1000,
    receivesMax: maxReceiveCount,
    functionMs: Number(one('aws_lambda_function', ofNotifier)['timeout']) * 1000,
  };
}
