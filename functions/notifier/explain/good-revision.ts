import type { Service, ServiceDeploymentBrief, ServiceRevision } from '@aws-sdk/client-ecs';
import { revisionIn } from '../../arns';
import type { Changes } from './explanation';

/** A revision that worked. */
export interface Good {
  /** `api:41` */
  readonly revision: string;
  readonly by: NonNullable<Changes['goodBy']>;
}

/** The images that ECS resolved for a revision: their digests by container. */
type Digests = ReadonlyMap<string, string>;

export interface Deployed {
  readonly good?: Good;
  readonly digests: { readonly good?: Digests; readonly failing?: Digests };
}

/** What ECS remembers; undefined when it cannot be asked. */
export interface Memory {
  /** Newest first. */
  readonly deployments: () => Promise<readonly ServiceDeploymentBrief[] | undefined>;
  readonly revisions: (arns: readonly string[]) => Promise<readonly ServiceRevision[] | undefined>;
}

/** The target of the last successful service deployment before the one that fails. */
export async function lastDeployed(failing: string, memory: Memory): Promise<Deployed> {
  const deployments = (await memory.deployments()) ?? [];
  const arns = deployments.flatMap(({ targetServiceRevisionArn: target }) => (target === undefined ? [] : [target]));
  if (arns.length === 0) return { digests: {} };
  const revisions = (await memory.revisions([...new Set(arns)])) ?? [];
  const byArn = new Map(revisions.map((revision) => [revision.serviceRevisionArn, revision]));
  const targets = deployments.map(({ targetServiceRevisionArn, status }) => {
    const target = byArn.get(targetServiceRevisionArn);
    return { status, target, revision: revisionIn(target?.taskDefinition) };
  });
  // What came before the newest deployment of the failing revision: the same one with another image, too.
  const at = targets.findIndex(({ revision }) => revision === failing);
  const failed = targets[at];
  const good = targets
    .slice(at + 1)
    .find(
      ({ status, target, revision }) =>
        status === 'SUCCESSFUL' && revision !== undefined && differs(target, failed?.target),
    );
  return {
    ...(good?.revision === undefined ? {} : { good: { revision: good.revision, by: 'deployment' } }),
    digests: {
      ...(good?.target === undefined ? {} : { good: digestsOf(good.target) }),
      ...(failed?.target === undefined ? {} : { failing: digestsOf(failed.target) }),
    },
  };
}

/** Another revision, or the same one with an image that is another one since. */
function differs(one: ServiceRevision | undefined, other: ServiceRevision | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  if (one.taskDefinition !== other.taskDefinition) return true;
  const after = digestsOf(other);
  return [...digestsOf(one)].some(([container, digest]) => (after.get(container) ?? digest) !== digest);
}

/** Without that memory: the other one that runs, else the number before. */
export function presumedGood(failing: string, service: Service | undefined): Good | undefined {
  const running = (service?.deployments ?? [])
    .filter(({ rolloutState }) => rolloutState === 'COMPLETED')
    .map(({ taskDefinition }) => revisionIn(taskDefinition))
    .find((revision) => revision !== undefined && revision !== failing);
  if (running !== undefined) return { revision: running, by: 'running' };
  const [, family, number] = /^(.+):(\d+)$/.exec(failing) ?? [];
  const before = Number(number) - 1;
  return family !== undefined && before > 0 ? { revision: `${family}:${before}`, by: 'number' } : undefined;
}

function digestsOf({ containerImages = [] }: ServiceRevision): Digests {
  return new Map(
    containerImages.flatMap(({ containerName, imageDigest }) =>
      containerName === undefined || imageDigest === undefined ? [] : [[containerName, imageDigest] as const],
    ),
  );
}
