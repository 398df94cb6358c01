import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCOUNT, CLUSTER, CLUSTER_ARN, REGION, serviceArn, taskArn, taskDefinitionArn } from './place';

/** The events of ECS and of its autoscaling, made from recorded ones: only what differs is put in. */

interface Event {
  readonly detail: Readonly<Record<string, unknown>>;
}

const FIXTURES = join(__dirname, '..', 'fixtures');

export function recorded<T>(name: string): T {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as T;
}

const STOPPED = recorded<Event>('eventbridge-ecs-task-stopped-essential-container-exited');
const NOT_STARTED = recorded<Event>('eventbridge-ecs-task-failed-to-start-missing-secret');
const DEPLOYMENT = recorded<Event>('eventbridge-ecs-deployment-IN_PROGRESS');
const STEADY = recorded<Event>('eventbridge-ecs-service-action-SERVICE_STEADY_STATE');
const IMPAIRED = recorded<Event>('eventbridge-ecs-service-action-SERVICE_TASK_START_IMPAIRED');
const UNPLACED = recorded<Event>('eventbridge-ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE');
const AT_MAX = recorded<Event>('eventbridge-application-autoscaling-scaled-to-max');

const iso = (ms: number) => new Date(ms).toISOString();
/** The envelope's own time has no fractions. */
const seconds = (ms: number) => iso(ms).replace(/\.\d+Z$/, 'Z');

/** Why a task is not there any more, in the words of ECS. */
export interface StopCause {
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly exitCode?: number;
  readonly containerReason?: string;
}

export interface StoppedTask {
  readonly id: string;
  /** `service:api`, `family:nightly` */
  readonly group: string;
  readonly revision: string;
  readonly startedBy: string;
  readonly spot: boolean;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
}

export function taskStopped(eventId: string, task: StoppedTask, cause: StopCause, atMs: number): string {
  const { startedAtMs } = task;
  const { detail: was, ...event } = startedAtMs === undefined ? NOT_STARTED : STOPPED;
  const [name] = task.revision.split(':');
  const [container] = was['containers'] as Readonly<Record<string, unknown>>[];
  const { exitCode: _exit, reason: _reason, ...rest } = container ?? {};
  const arn = taskArn(task.id);
  return JSON.stringify({
    ...event,
    id: eventId,
    region: REGION,
    time: seconds(atMs),
    resources: [arn],
    detail: {
      ...was,
      capacityProviderName: task.spot ? 'FARGATE_SPOT' : 'FARGATE',
      clusterArn: CLUSTER_ARN,
      containers: [
        {
          ...rest,
          name,
          taskArn: arn,
          ...(cause.exitCode === undefined ? {} : { exitCode: cause.exitCode }),
          ...(cause.containerReason === undefined ? {} : { reason: cause.containerReason }),
        },
      ],
      createdAt: iso(task.createdAtMs),
      group: task.group,
      ...(startedAtMs === undefined ? {} : { startedAt: iso(startedAtMs) }),
      startedBy: task.startedBy,
      stoppingAt: iso(atMs - 12_000),
      stoppedAt: iso(atMs),
      stoppedReason: cause.stoppedReason,
      stopCode: cause.stopCode,
      taskArn: arn,
      taskDefinitionArn: taskDefinitionArn(task.revision),
      updatedAt: iso(atMs),
    },
  });
}

export function deploymentChanged(
  eventId: string,
  service: string,
  deployment: { readonly id: string; readonly name: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'; readonly reason: string },
  atMs: number,
): string {
  return JSON.stringify({
    ...DEPLOYMENT,
    id: eventId,
    region: REGION,
    time: seconds(atMs),
    resources: [serviceArn(service)],
    detail: {
      eventType: deployment.name === 'FAILED' ? 'ERROR' : 'INFO',
      eventName: `SERVICE_DEPLOYMENT_${deployment.name}`,
      deploymentId: deployment.id,
      updatedAt: seconds(atMs),
      reason: deployment.reason,
    },
  });
}

const ACTIONS = { steady: STEADY, impaired: IMPAIRED, unplaced: UNPLACED } as const;

export function serviceAction(eventId: string, service: string, what: keyof typeof ACTIONS, atMs: number): string {
  const { detail, ...event } = ACTIONS[what];
  const providers = `arn:aws:ecs:${REGION}:${ACCOUNT}:capacity-provider/FARGATE_SPOT`;
  return JSON.stringify({
    ...event,
    id: eventId,
    region: REGION,
    time: seconds(atMs),
    resources: [serviceArn(service)],
    detail: {
      ...detail,
      clusterArn: CLUSTER_ARN,
      ...('capacityProviderArns' in detail ? { capacityProviderArns: [providers] } : {}),
      createdAt: iso(atMs),
    },
  });
}

export function scaledToMax(eventId: string, service: string, from: number, max: number, atMs: number): string {
  return JSON.stringify({
    ...AT_MAX,
    id: eventId,
    region: REGION,
    time: seconds(atMs),
    detail: {
      ...AT_MAX.detail,
      startTime: seconds(atMs - 30_000),
      endTime: seconds(atMs),
      oldDesiredCapacity: from,
      newDesiredCapacity: max,
      minCapacity: 1,
      maxCapacity: max,
      resourceId: `service/${CLUSTER}/${service}`,
    },
  });
}
