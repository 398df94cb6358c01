export type * from './dependency-options';
export { defineAlerts, EcsAlertsStack, type EcsAlertsStackProps } from './ecs-alerts-stack';
export { EcsClusterAlerts } from './ecs-cluster-alerts';
export type * from './options';
export type * from './watch-options';
