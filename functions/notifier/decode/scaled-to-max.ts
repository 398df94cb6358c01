import type { AtMax } from '../alert';
import type { Seen } from './context';
import { ofEvent } from './event';
import { fields, number, text } from './narrow';

/**
 * Application Auto Scaling's only event: a service was scaled to the most that is allowed. Best effort, and with no ARN.
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/monitoring-eventbridge.html
 */
export function scaledToMax(event: unknown, context: Seen): AtMax | undefined {
  const envelope = fields(event);
  const detail = fields(envelope?.['detail']);
  const [type, cluster, service] = text(detail?.['resourceId'])?.split('/') ?? [];
  const max = number(detail?.['maxCapacity']);
  if (
    envelope === undefined ||
    detail?.['scaledToMax'] !== true ||
    type !== 'service' ||
    !cluster ||
    !service ||
    max === undefined
  ) {
    return undefined;
  }
  const { account, region, identity, atMs } = ofEvent(envelope, detail['endTime'], context);
  return { kind: 'at-max', subject: { account, region, cluster, service }, identity, atMs, max };
}
