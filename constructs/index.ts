export type { Kind, Policy, Severity } from '../functions/settings';
export type * from './dependency-options';
export { defineAlerts, EcsAlertsStack, type EcsAlertsStackProps } from './ecs-alerts-stack';
export { EcsClusterAlerts, type EcsClusterAlertsResources } from './ecs-cluster-alerts';
export type * from './options';
export type * from './watch-options';
