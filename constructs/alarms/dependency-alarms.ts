import type { ProbeSettings, Telling } from '../../functions/settings';
import type { Dependency } from '../dependency-options';
import { dependencyAlarmName, type Named } from '../names';
import type { ClusterOptions } from '../options';
import { tellingOf } from '../watching';
import { actionsOf, type Plan } from './alarm';
import { checksOf } from './dependency-checks';
import { ENDPOINT } from './dependency-checks/measured';

/** What services lean on, with all that holds for its cluster. */
export interface Leaned extends Named {
  readonly name: string;
  readonly dependency: Dependency;
  readonly cluster: ClusterOptions;
}

/** The alarms of one dependency. */
export function dependencyAlarms(leaned: Leaned): readonly Plan[] {
  const { clusterName, name, dependency, cluster } = leaned;
  if (cluster.dependency === false) return [];
  return checksOf(clusterName, name, dependency).map(({ what, words, measure, unit, shape }) => ({
    id: what,
    name: dependencyAlarmName(leaned, name, what),
    settings: { kind: 'dependency', measure, ...(unit === undefined ? {} : { unit }) },
    description: `${name}, which services of cluster ${clusterName} lean on: ${words}`,
    runbook: dependency.runbook ?? cluster.runbooks?.dependency ?? cluster.runbook,
    actions: actionsOf('dependency', cluster, dependency),
    tags: { EcsCluster: clusterName, Dependency: name, Kind: 'dependency' },
    shape,
  }));
}

/** How its alarms are told, where that is other than for all dependencies. */
export function dependencyTelling({ dependency: { policy, severity, runbook } }: Leaned): Telling | undefined {
  const telling = tellingOf(
    { ...(policy === undefined ? {} : { policy }), ...(severity === undefined ? {} : { severity }) },
    runbook,
  );
  return Object.keys(telling).length === 0 ? undefined : telling;
}

/** What the watcher asks, if it is an endpoint. */
export function probeOf({ dependency }: Leaned): ProbeSettings | undefined {
  if (!('endpoint' in dependency)) return undefined;
  const { endpoint, timeoutSeconds = ENDPOINT.timeoutSeconds, status = {} } = dependency;
  const { from = ENDPOINT.status.from, to = ENDPOINT.status.to } = status;
  return { url: endpoint, timeoutMs: timeoutSeconds * 1000, status: { from, to } };
}
