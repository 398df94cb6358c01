import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import type { EcsClusterAlertsProps } from '../../constructs';
import { alerts } from '../support/synth';
import type { AlarmResource } from './alarm-messages';

/** What Terraform makes for the cluster: the settings that the functions read, and the alarms. So the defaults are real. */
export interface Deployed {
  readonly items: readonly { readonly pk: string; readonly sk: string; readonly settings: string }[];
  readonly alarms: readonly AlarmResource[];
}

export function deployed(props: Partial<EcsClusterAlertsProps>): Deployed {
  const synth = alerts({ accountName: 'prod', ...props });
  const items = synth.all(DynamodbTableItem).map((body) => {
    const item = JSON.parse(String(body['item'])) as Record<'pk' | 'sk' | 'settings', { readonly S: string }>;
    return { pk: item.pk.S, sk: item.sk.S, settings: item.settings.S };
  });
  // The functions' own alarms go to the operators' topic, not into the queue.
  const all = synth.all(CloudwatchMetricAlarm) as unknown as readonly AlarmResource[];
  return { items, alarms: all.filter(({ alarm_actions: [topic = ''] }) => topic.includes('queue_topic')) };
}
