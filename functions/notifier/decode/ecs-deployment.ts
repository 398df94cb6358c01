import type { Deployment } from '../alert';
import type { Seen } from './context';
import { ofEvent, serviceIn } from './event';
import { fields, text } from './narrow';

/**
 * `ECS Deployment State Change`. It carries no cluster: the service's ARN in `resources` does.
 * A rollback has no event of its own: it is an IN_PROGRESS with another reason.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
 */
export function ecsDeployment(event: unknown, context: Seen): Deployment | undefined {
  const envelope = fields(event);
  const detail = fields(envelope?.['detail']);
  if (envelope?.['detail-type'] !== 'ECS Deployment State Change') return undefined;

  const reason = text(detail?.['reason']) ?? '';
  const phase = phaseOf(detail?.['eventName'], reason);
  const deploymentId = text(detail?.['deploymentId']);
  const path = serviceIn(envelope);
  // The short ARN of a service made before 2021 has no cluster in it: service/NAME.
  const service = path?.[2] ?? path?.[1];
  if (phase === undefined || deploymentId === undefined || service === undefined) return undefined;
  const { account, region, atMs } = ofEvent(envelope, detail?.['updatedAt'], context);
  return {
    kind: 'deployment',
    subject: {
      account,
      region,
      cluster: path?.[2] === undefined ? context.cluster.cluster : (path[1] ?? context.cluster.cluster),
      service,
    },
    identity: text(envelope['id']) ?? `${deploymentId}/${phase}`,
    atMs,
    phase,
    deploymentId,
    reason,
  };
}

function phaseOf(eventName: unknown, reason: string): Deployment['phase'] | undefined {
  switch (eventName) {
    case 'SERVICE_DEPLOYMENT_IN_PROGRESS':
      return /rolling back/i.test(reason) ? 'rolling-back' : 'in-progress';
    case 'SERVICE_DEPLOYMENT_COMPLETED':
      return 'completed';
    case 'SERVICE_DEPLOYMENT_FAILED':
      return 'failed';
    default:
      return undefined;
  }
}
