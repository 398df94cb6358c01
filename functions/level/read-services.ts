import { DescribeServicesCommand, type ECSClient, type Service } from '@aws-sdk/client-ecs';
import { revisionIn } from '../arns';
import type { DeploymentReading, Reading } from './reading';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html: so many in one call. */
export const SERVICES_PER_CALL = 10;

/** Reads at most ten services of the cluster, by name. What ECS does not know any more is read as deleted. */
export type ReadServices = (cluster: string, names: readonly string[]) => Promise<ReadonlyMap<string, Reading>>;

export function serviceReader(ecs: Pick<ECSClient, 'send'>, now: () => Date): ReadServices {
  return async (cluster, names) => {
    const atMs = now().getTime();
    const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: [...names] }));
    const readings = new Map(
      (answer.services ?? []).map((service) => [service.serviceName ?? '', read(service, atMs)]),
    );
    const gone = (answer.failures ?? []).filter(({ reason }) => reason === 'MISSING');
    for (const name of names) {
      const isGone = gone.some(({ arn }) => arn?.split('/').at(-1) === name);
      if (isGone && !readings.has(name)) readings.set(name, deleted(atMs));
    }
    return readings;
  };
}

function deleted(atMs: number): Reading {
  return { atMs, desired: 0, running: 0, deleted: true, deployments: [] };
}

/** A service that is deleted drains as long as its last tasks stop. */
const DELETED: readonly (string | undefined)[] = ['INACTIVE', 'DRAINING'];

function read(service: Service, atMs: number): Reading {
  if (DELETED.includes(service.status)) return deleted(atMs);
  const { desiredCount: desired = 0, runningCount: running = 0, schedulingStrategy, deployments = [] } = service;
  const all = deployments.map((deployment): DeploymentReading => {
    return {
      id: deployment.id ?? '',
      primary: deployment.status === 'PRIMARY',
      revision: revisionIn(deployment.taskDefinition) ?? '',
      state: STATES[deployment.rolloutState ?? ''] ?? 'unknown',
      createdAtMs: deployment.createdAt?.getTime() ?? atMs,
      failedTasks: deployment.failedTasks ?? 0,
    };
  });
  return {
    atMs,
    desired,
    running,
    ...(schedulingStrategy === 'DAEMON' ? { daemon: true as const } : {}),
    deployments: all.sort((a, b) => Number(b.primary) - Number(a.primary) || b.createdAtMs - a.createdAtMs),
  };
}

const STATES: Readonly<Record<string, DeploymentReading['state']>> = {
  IN_PROGRESS: 'in-progress',
  COMPLETED: 'completed',
  FAILED: 'failed',
};
