import type { TaskStopped } from '../alert';
import type { Seen } from './context';
import { ofEvent } from './event';
import { arnPath, type Fields, fields, list, number, reasonText, serviceOfGroup, text } from './narrow';

/**
 * `ECS Task State Change` with lastStatus STOPPED. Spot is told from here, not from its two-minute notice.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export function ecsTaskStopped(event: unknown, context: Seen): TaskStopped | undefined {
  const envelope = fields(event);
  const detail = fields(envelope?.['detail']);
  if (envelope?.['detail-type'] !== 'ECS Task State Change' || detail?.['lastStatus'] !== 'STOPPED') return undefined;

  const containers = list(detail['containers']).map((container) => fields(container) ?? {});
  const service = serviceOfGroup(detail['group']);
  const culprit = culpritOf(containers);
  const exitCode = number(culprit?.['exitCode']);
  const stopCode = text(detail['stopCode']);
  const container = text(culprit?.['name']);
  const containerReason = reasonText(culprit?.['reason']);
  const taskReason = reasonText(detail['stoppedReason']);
  const revision = arnPath(detail['taskDefinitionArn'])[1] ?? 'unknown revision';
  const startedBy = text(detail['startedBy']);
  const common = ofEvent(envelope, detail['stoppedAt'], context);
  const { account, region, atMs } = common;
  const cluster = arnPath(detail['clusterArn'])[1] ?? context.cluster.cluster;
  const identity = identityOf(detail) ?? common.identity;
  return {
    kind: 'task-stopped',
    subject: { account, region, cluster, ...(service === undefined ? {} : { service }) },
    identity,
    atMs,
    askedFor: isAskedFor(detail, service, containers),
    crashed: CRASHES.has(stopCode ?? ''),
    ...(stopCode === 'SpotInterruption' ? { spot: true as const } : {}),
    task: arnPath(detail['taskArn']).at(-1) || identity,
    family: revision.split(':')[0] ?? revision,
    revision,
    ...(startedBy?.startsWith('ecs-svc/') ? { deploymentId: startedBy } : {}),
    reason: containerReason ?? taskReason ?? 'no reason given',
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(stopCode === undefined ? {} : { stopCode }),
    ...(containerReason === undefined || taskReason === undefined ? {} : { taskReason }),
    ...(container === undefined ? {} : { container }),
  };
}

/**
 * Stop codes that speak of the application, its image or its health; the scheduler's own are health checks where they are
 * not scalings. The others are the machine's: Spot, the host, maintenance.
 */
const CRASHES: ReadonlySet<string> = new Set([
  'EssentialContainerExited',
  'TaskFailedToStart',
  'ServiceSchedulerInitiated',
]);

/** Duplicates have the same version in the detail object: ECS developer guide, ecs_cwe_events.html. */
function identityOf(detail: Fields): string | undefined {
  const taskArn = text(detail['taskArn']);
  const version = number(detail['version']);
  return taskArn === undefined || version === undefined ? undefined : `${taskArn}@${version}`;
}

/** The container that explains the stop: one that failed and says why, else one that failed, else one that says anything. */
function culpritOf(containers: readonly Fields[]): Fields | undefined {
  const says = (container: Fields) => text(container['reason']) !== undefined;
  return (
    containers.find((container) => says(container) && container['exitCode'] !== 0) ??
    containers.find((container) => (number(container['exitCode']) ?? 0) !== 0) ??
    containers.find(says) ??
    containers[0]
  );
}

/** `ServiceSchedulerInitiated` also covers health-check kills: only the reason tells a scaling from them. */
function isAskedFor(detail: Fields, service: string | undefined, containers: readonly Fields[]): boolean {
  const stopCode = detail['stopCode'];
  if (stopCode === 'UserInitiated') return true;
  if (stopCode === 'ServiceSchedulerInitiated') {
    return text(detail['stoppedReason'])?.startsWith('Scaling activity initiated by') ?? false;
  }
  return service === undefined && containers.length > 0 && containers.every((container) => container['exitCode'] === 0);
}
