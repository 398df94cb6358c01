/** What ECS says of a service now: the level. Edges (alarms, events) only say that something may have happened. */
export interface Reading {
  readonly atMs: number;
  readonly desired: number;
  readonly running: number;
  /** The service is not there any more. */
  readonly deleted?: true;
  /** One task an instance: its desired count is not scaling. */
  readonly daemon?: true;
  /** Newest first; the first is the primary one. None for services that CodeDeploy or somebody else deploys. */
  readonly deployments: readonly DeploymentReading[];
}

export interface DeploymentReading {
  /** `ecs-svc/…` */
  readonly id: string;
  readonly primary: boolean;
  /** `api:42` */
  readonly revision: string;
  /** `unknown`: ECS says it only of rolling deployments, and not behind a Classic Load Balancer. */
  readonly state: 'in-progress' | 'completed' | 'failed' | 'unknown';
  readonly createdAtMs: number;
  /** Tasks in a row that did not get to run. */
  readonly failedTasks: number;
}

/** The deployment that is under way. */
export function underWay({ deployments }: Reading): DeploymentReading | undefined {
  const [primary] = deployments;
  if (primary === undefined) return undefined;
  const replaces = primary.state === 'unknown' && deployments.length > 1;
  return primary.state === 'in-progress' || replaces ? primary : undefined;
}

/** All tasks that should run do, and nothing is under way. */
export function isSettled(reading: Reading): boolean {
  const state = reading.deployments[0]?.state;
  return reading.running >= reading.desired && underWay(reading) === undefined && state !== 'failed';
}
