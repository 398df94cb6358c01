import type { CrashLoop, ServiceProblem, Steady } from '../alert';
import type { Seen } from './context';
import { ofEvent, serviceIn } from './event';
import { arnPath, fields, reasonText, text } from './narrow';

/**
 * `ECS Service Action`: a problem that ECS has with a service, or that all is well again. Those of deployments are told
 * from `ECS Deployment State Change` and are nothing that is known here.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
 */
export function ecsServiceAction(event: unknown, context: Seen): ServiceProblem | CrashLoop | Steady | undefined {
  const envelope = fields(event);
  const detail = fields(envelope?.['detail']);
  const name = text(detail?.['eventName']);
  if (envelope?.['detail-type'] !== 'ECS Service Action' || detail === undefined || name === undefined)
    return undefined;

  const path = serviceIn(envelope);
  // The documentation names all three places, its examples only the first.
  const service = path?.[2] ?? path?.[1] ?? text(detail['serviceName']) ?? arnPath(detail['service']).at(-1);
  if (service === undefined) return undefined;
  const { account, region, identity, atMs } = ofEvent(envelope, detail['createdAt'], context);
  const cluster = arnPath(detail['clusterArn'])[1] ?? context.cluster.cluster;
  const common = { subject: { account, region, cluster, service }, identity, atMs };
  if (name === 'SERVICE_STEADY_STATE') return { ...common, kind: 'steady', said: true };
  if (name === 'SERVICE_TASK_START_IMPAIRED') return { ...common, kind: 'crash-loop', state: 'ALARM' };
  const type = detail['eventType'];
  if ((type !== 'WARN' && type !== 'ERROR') || name.startsWith('SERVICE_DEPLOYMENT_')) return undefined;
  const reason = reasonText(detail['reason']);
  return {
    ...common,
    kind: 'service-problem',
    name,
    isError: type === 'ERROR',
    ...(reason === undefined ? {} : { reason }),
  };
}
