import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { EcsClusterAlertsProps } from '../../constructs';
import { alerts, type Body, ref, type Synth } from './synth';

/** The topic of the cluster in `alerts()`. */
export const TOPIC_ARN = ref('aws_sns_topic.alerts_queue_topic_DB58EBD6', 'arn');

/** The alarm whose address ends so, without its order of creation and its tags. */
export function alarm(synth: Synth, address: string): Body {
  const { depends_on: _later, tags: _tags, ...body } = synth.one(CloudwatchMetricAlarm, address);
  return body;
}

/** What each alarm watches, by its name, without the actions that are the same for all. */
export function shapes(synth: Synth, part: string): Readonly<Record<string, Body>> {
  const found = synth.all(CloudwatchMetricAlarm).filter(({ alarm_name }) => String(alarm_name).includes(part));
  return Object.fromEntries(
    found.map(({ alarm_name, alarm_description, alarm_actions, ok_actions, tags, depends_on, ...shape }) => {
      expect([alarm_actions, ok_actions]).toEqual([[TOPIC_ARN], [TOPIC_ARN]]);
      return [String(alarm_name), shape];
    }),
  );
}

export function alarmNames(more: Partial<EcsClusterAlertsProps>): readonly unknown[] {
  return alerts(more)
    .all(CloudwatchMetricAlarm)
    .map((body) => body['alarm_name']);
}
