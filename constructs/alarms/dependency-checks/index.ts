import type { Dependency } from '../../dependency-options';
import type { Check } from './check';
import { loadBalancer, targetGroup } from './load-balancing';
import { endpoint, metric } from './measured';
import { auroraCluster, rdsInstance } from './rds';
import { dynamoDbTable, elastiCache, sqsQueue } from './stores';

/** The limits of each kind of dependency, and their defaults. Why these, is said at the options. */
export function checksOf(clusterName: string, name: string, dependency: Dependency): readonly Check[] {
  if ('rdsInstance' in dependency) return rdsInstance(dependency);
  if ('auroraCluster' in dependency) return auroraCluster(dependency);
  if ('targetGroup' in dependency) return targetGroup(dependency);
  if ('loadBalancer' in dependency) return loadBalancer(dependency);
  if ('elastiCacheCluster' in dependency) return elastiCache(dependency);
  if ('sqsQueue' in dependency) return sqsQueue(dependency);
  if ('dynamoDbTable' in dependency) return dynamoDbTable(dependency);
  if ('endpoint' in dependency) return endpoint(clusterName, name, dependency);
  return metric(dependency);
}
