import {
  type ClusterSettings,
  type DependencySettings,
  EXPLAIN_PARTS,
  type ExplainPart,
  type ServiceSettings,
  type TokenSource,
} from '../functions/settings';
import { alarmsOf, type Plan } from './alarms/alarm';
import { clusterAlarms } from './alarms/cluster-alarms';
import { dependencyAlarms, dependencyTelling, probeOf } from './alarms/dependency-alarms';
import { type LogPlan, logAlarms } from './alarms/log-alarms';
import { serviceAlarms } from './alarms/service-alarms';
import type { DashboardProps } from './dashboard';
import { dashboardName } from './names';
import type { EcsClusterAlertsProps, ServiceOptions, SlackOptions } from './options';
import { overridden } from './overridden';
import { differenceOf, explainOf, watchingOf } from './watching';

/** What is going to be made, before any of it is: which alarms, and what the functions know of them. */
export interface ClusterPlan {
  readonly cluster: ClusterSettings;
  readonly alarms: readonly Plan[];
  readonly services: readonly ServicePlan[];
  readonly dependencies: readonly DependencyPlan[];
  readonly dashboard?: Pick<DashboardProps, 'alarms' | 'dependencies'>;
  readonly explain: ExplainPlan;
}

/** What the notifier has to be able to explain, for the cluster or one of its services. */
export interface ExplainPlan {
  readonly parts: readonly ExplainPart[];
  /** Log groups whose last lines it may read, and those whose lines are matched. */
  readonly logGroups: readonly string[];
  readonly matchedGroups: readonly string[];
}

export interface ServicePlan {
  readonly settings: ServiceSettings;
  /** With all that holds for its cluster. */
  readonly options: ServiceOptions;
  readonly alarms: readonly Plan[];
  readonly logs: readonly LogPlan[];
}

export interface DependencyPlan {
  readonly settings: DependencySettings;
  readonly alarms: readonly Plan[];
}

export function clusterPlan(props: EcsClusterAlertsProps): ClusterPlan {
  const { accountId, region, clusterName, namePrefix, slack } = props;
  const services = new Map(
    Object.entries(props.services ?? {}).map(([name, own]) => [name, withCluster(props, own)] as const),
  );
  const watching = watchingOf(props, slack);
  const alarms = clusterAlarms(props, props, services);
  const servicePlans = [...services].map(([name, options]) => servicePlan(props, name, options));
  const dependencies = dependencyPlans(props);
  return {
    cluster: {
      ...watching,
      accountId,
      accountName: props.accountName ?? accountId,
      region,
      cluster: clusterName,
      token: tokenSource(slack),
      alarms: alarmsOf(alarms),
      ...(namePrefix === undefined ? {} : { namePrefix }),
      ...(props.dashboard === true ? { dashboard: dashboardName(props, region) } : {}),
    },
    alarms,
    services: servicePlans,
    dependencies,
    explain: explainPlan(props, servicePlans),
    ...(props.dashboard === true ? { dashboard: dashboardPlan(alarms, servicePlans, dependencies) } : {}),
  };
}

/** What holds for the cluster, then what the service says, and what it alone can say. */
function withCluster(props: EcsClusterAlertsProps, own: ServiceOptions): ServiceOptions {
  const { services: _services, dependencies: _dependencies, vpc: _vpc, ...cluster } = props;
  return overridden(cluster, own);
}

function servicePlan(cluster: EcsClusterAlertsProps, service: string, options: ServiceOptions): ServicePlan {
  const { clusterName, namePrefix, slack } = cluster;
  const listed = { clusterName, namePrefix, service, cluster, options };
  const alarms = serviceAlarms(listed);
  const logs = logAlarms(listed);
  const own = watchingOf(options, overridden(slack, options.slack ?? {}));
  return {
    settings: {
      service,
      ...differenceOf(watchingOf(cluster, slack), own),
      alarms: alarmsOf([...alarms, ...logs]),
      ...(options.maxTasks === undefined ? {} : { maxTasks: options.maxTasks }),
      ...(options.dependsOn === undefined ? {} : { dependsOn: [...new Set(options.dependsOn)] }),
    },
    options,
    alarms,
    logs,
  };
}

function dependencyPlans(cluster: EcsClusterAlertsProps): readonly DependencyPlan[] {
  const { clusterName, namePrefix } = cluster;
  const services = Object.entries(cluster.services ?? {});
  return Object.entries(cluster.dependencies ?? {}).map(([name, dependency]) => {
    const leaned = { clusterName, namePrefix, name, dependency, cluster };
    const alarms = dependencyAlarms(leaned);
    const telling = dependencyTelling(leaned);
    // What is off is not asked either.
    const probe = alarms.length === 0 ? undefined : probeOf(leaned);
    return {
      settings: {
        dependency: name,
        alarms: alarmsOf(alarms),
        usedBy: services.flatMap(([service, { dependsOn = [] }]) => (dependsOn.includes(name) ? [service] : [])),
        ...(telling === undefined ? {} : { telling }),
        ...(probe === undefined ? {} : { probe }),
      },
      alarms,
    };
  });
}

const LOG_GROUPS = ['/ecs/*', '/aws/ecs/*'];

/** All that any of them asks for; nothing where nothing is there to be explained. */
function explainPlan(cluster: EcsClusterAlertsProps, services: readonly ServicePlan[]): ExplainPlan {
  const all = [cluster, ...services.map(({ options }) => options)];
  const parts = new Set(all.flatMap((options) => explainOf(options)));
  if (services.every(({ settings: { dependsOn = [] } }) => dependsOn.length === 0)) parts.delete('dependencies');
  const readers = all.filter((options) => explainOf(options).includes('lastLines'));
  const groups = readers.flatMap(({ explain }) => (typeof explain === 'object' && explain.logGroups) || LOG_GROUPS);
  const matching = services.filter(({ options }) => explainOf(options).includes('lastLines'));
  return {
    parts: EXPLAIN_PARTS.filter((part) => parts.has(part)),
    logGroups: [...new Set(groups)],
    matchedGroups: [...new Set(matching.flatMap(({ logs }) => logs.map(({ logGroup }) => logGroup)))],
  };
}

/** Scalings are left out of the states: a scaling is nothing that is wrong. */
function dashboardPlan(
  alarms: readonly Plan[],
  services: readonly ServicePlan[],
  dependencies: readonly DependencyPlan[],
): NonNullable<ClusterPlan['dashboard']> {
  const ofDependencies = dependencies.flatMap(({ settings, alarms: own }) =>
    own.map((plan) => ({ title: `${settings.dependency}: ${plan.settings.measure}`, name: plan.name })),
  );
  const ofServices = services
    .flatMap(({ alarms: own, logs }) => [...own, ...logs])
    .filter(({ settings: { kind } }) => kind !== 'scaled-up' && kind !== 'scaled-down');
  return {
    alarms: [...alarms, ...ofDependencies, ...ofServices].map(({ name }) => name),
    dependencies: new Map(ofDependencies.map(({ title, name }) => [title, name])),
  };
}

function tokenSource({ tokenParameter, tokenSecretArn }: SlackOptions): TokenSource {
  return tokenSecretArn === undefined ? { parameter: tokenParameter ?? '' } : { secretArn: tokenSecretArn };
}
