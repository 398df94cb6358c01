import type { AuroraClusterDependency, RdsInstanceDependency } from '../../dependency-options';
import { forMinutes, type Shape } from '../alarm';
import { type Check, computed, each, given, limit, type Metric } from './check';

const RDS = 'AWS/RDS';

export function rdsInstance(of: RdsInstanceDependency): readonly Check[] {
  const metric = (metricName: string, statistic: string): Metric => ({
    namespace: RDS,
    metricName,
    dimensions: { DBInstanceIdentifier: of.rdsInstance },
    statistic,
  });
  const storage = metric('FreeStorageSpace', 'Minimum');
  return [
    ...limit(of.cpu, { percent: 80, minutes: 5 }, (limits) =>
      highCpu('CPU', metric('CPUUtilization', 'Average'), limits),
    ),
    ...limit(of.freeStorage, { gb: 5, minutes: 5 }, ({ gb, minutes }) => ({
      what: 'free-storage-low',
      words: `less than ${gb} GB of storage are free ${forMinutes(minutes)}. A database without storage stops.`,
      measure: 'free storage',
      unit: 'GB',
      shape: inGigabytes(storage, gb, minutes),
    })),
    ...limit(of.freeMemory, { mb: 64, minutes: 10 }, (limits) =>
      lowMemory(metric('FreeableMemory', 'Minimum'), limits),
    ),
    ...given(of.connections, (limits) => manyConnections(metric('DatabaseConnections', 'Maximum'), limits)),
  ];
}

/** Minimum and Maximum of a cluster are those of its worst instance. */
export function auroraCluster(of: AuroraClusterDependency): readonly Check[] {
  const metric = (metricName: string, statistic: string): Metric => ({
    namespace: RDS,
    metricName,
    dimensions: { DBClusterIdentifier: of.auroraCluster },
    statistic,
  });
  const storage = metric('FreeLocalStorage', 'Minimum');
  return [
    ...limit(of.cpu, { percent: 80, minutes: 5 }, (limits) =>
      highCpu('CPU of an instance', metric('CPUUtilization', 'Maximum'), limits),
    ),
    ...limit(of.freeMemory, { mb: 128, minutes: 10 }, (limits) =>
      lowMemory(metric('FreeableMemory', 'Minimum'), limits),
    ),
    ...limit(of.freeLocalStorage, { gb: 2, minutes: 5 }, ({ gb, minutes }) => ({
      what: 'free-local-storage-low',
      words: `less than ${gb} GB of local storage are free ${forMinutes(minutes)}. Queries with temporary tables fail without it.`,
      measure: 'free local storage',
      unit: 'GB',
      shape: inGigabytes(storage, gb, minutes),
    })),
    ...given(of.connections, (limits) => manyConnections(metric('DatabaseConnections', 'Maximum'), limits)),
  ];
}

function highCpu(what: string, metric: Metric, { percent, minutes }: { percent: number; minutes: number }): Check {
  return {
    what: 'cpu-high',
    words: `${what} is above ${percent} % ${forMinutes(minutes)}. Queries wait for each other.`,
    measure: what,
    unit: '%',
    shape: each(metric, '>', percent, minutes),
  };
}

function lowMemory(metric: Metric, { mb, minutes }: { mb: number; minutes: number }): Check {
  return {
    what: 'free-memory-low',
    words: `less than ${mb} MB of memory are free ${forMinutes(minutes)}. Soon it swaps, or is restarted.`,
    measure: 'free memory',
    unit: 'MB',
    shape: computed({ bytes: metric }, { expression: 'bytes / 1048576', label: 'free memory in MB' }, '<', mb, minutes),
  };
}

function inGigabytes(metric: Metric, gb: number, minutes: number): Shape {
  return computed(
    { bytes: metric },
    { expression: 'bytes / 1073741824', label: 'free storage in GB' },
    '<',
    gb,
    minutes,
  );
}

function manyConnections(metric: Metric, { count, minutes = 5 }: { count: number; minutes?: number }): Check {
  return {
    what: 'connections-high',
    words: `there are ${count} connections or more ${forMinutes(minutes)}. At its most it refuses new ones.`,
    measure: 'connections',
    shape: each(metric, '>=', count, minutes),
  };
}
