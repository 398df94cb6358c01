import type { AtMax } from '../alert';
import type { Context } from './context';
import { fields, fingerprint, number, text, time } from './narrow';

/**
 * Application Auto Scaling's only event: a service was scaled to the most that is allowed. Best effort, and with no ARN.
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/monitoring-eventbridge.html
 */
export function scaledToMax(event: unknown, context: Context): AtMax | undefined {
  const envelope = fields(event);
  const detail = fields(envelope?.['detail']);
  const [type, cluster, service] = text(detail?.['resourceId'])?.split('/') ?? [];
  const max = number(detail?.['maxCapacity']);
  if (detail?.['scaledToMax'] !== true || type !== 'service' || !cluster || !service || max === undefined) {
    return undefined;
  }
  return {
    kind: 'at-max',
    subject: {
      account: text(envelope?.['account']) ?? context.cluster.account,
      region: text(envelope?.['region']) ?? context.cluster.region,
      cluster,
      service,
    },
    identity: text(envelope?.['id']) ?? fingerprint(JSON.stringify(envelope)),
    atMs: time(detail['endTime']) ?? time(envelope?.['time']) ?? context.sentAtMs,
    max,
  };
}
