import type { MetricAlarm, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Service, ServiceDeploymentBrief, ServiceRevision, TaskDefinition } from '@aws-sdk/client-ecs';

/** What AWS is asked. Each call may fail: then only what needs it is left out. */
export interface Sources {
  readonly service: (cluster: string, service: string) => Promise<Service | undefined>;
  /** Newest first. */
  readonly deployments: (cluster: string, service: string) => Promise<readonly ServiceDeploymentBrief[]>;
  readonly revisions: (arns: readonly string[]) => Promise<readonly ServiceRevision[]>;
  readonly taskDefinition: (revision: string) => Promise<TaskDefinition | undefined>;
  /** The newest lines of a stream, oldest first. */
  readonly lastLines: (group: string, stream: string) => Promise<readonly string[]>;
  /** Lines that match a filter pattern, oldest first. */
  readonly matchingLines: (
    group: string,
    pattern: string,
    fromMs: number,
    toMs: number,
  ) => Promise<readonly { readonly line: string; readonly stream?: string }[]>;
  readonly alarms: (names: readonly string[]) => Promise<readonly MetricAlarm[]>;
  /** By the queries' IDs, oldest first. */
  readonly metrics: (
    queries: readonly MetricDataQuery[],
    fromMs: number,
    toMs: number,
  ) => Promise<ReadonlyMap<string, readonly Point[]>>;
}

export interface Point {
  readonly atMs: number;
  readonly value: number;
}
