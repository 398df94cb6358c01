import type { DynamoDbTableDependency, ElastiCacheDependency, SqsQueueDependency } from '../../dependency-options';
import { forMinutes, inMinutes, lastingFilled } from '../alarm';
import { type Check, computed, each, limit, type Metric } from './check';

export function elastiCache(of: ElastiCacheDependency): readonly Check[] {
  const metric = (metricName: string): Metric => ({
    namespace: 'AWS/ElastiCache',
    metricName,
    dimensions: { CacheClusterId: of.elastiCacheCluster },
    statistic: 'Average',
  });
  return [
    ...limit(of.engineCpu, { percent: 90, minutes: 5 }, ({ percent, minutes }) => ({
      what: 'engine-cpu-high',
      words: `CPU of the engine is above ${percent} % ${forMinutes(minutes)}. All commands wait for this one thread.`,
      measure: 'CPU of the engine',
      unit: '%',
      shape: each(metric('EngineCPUUtilization'), '>', percent, minutes),
    })),
    ...limit(of.memory, { percent: 90, minutes: 5 }, ({ percent, minutes }) => ({
      what: 'memory-high',
      words: `memory is above ${percent} % ${forMinutes(minutes)}. Full, it evicts keys or refuses writes.`,
      measure: 'memory',
      unit: '%',
      shape: each(metric('DatabaseMemoryUsagePercentage'), '>', percent, minutes),
    })),
  ];
}

export function sqsQueue(of: SqsQueueDependency): readonly Check[] {
  const age: Metric = {
    namespace: 'AWS/SQS',
    metricName: 'ApproximateAgeOfOldestMessage',
    dimensions: { QueueName: of.sqsQueue },
    statistic: 'Maximum',
  };
  return limit(of.oldestMessage, { ageMinutes: 15, minutes: 5 }, ({ ageMinutes, minutes }) => ({
    what: 'oldest-message-old',
    words: `a message has waited for more than ${ageMinutes} minutes, ${forMinutes(minutes)}. It is not read, or not fast enough.`,
    measure: 'age of the oldest message',
    unit: 's',
    shape: each(age, '>', ageMinutes * 60, minutes),
  }));
}

export function dynamoDbTable(of: DynamoDbTableDependency): readonly Check[] {
  const metric = (metricName: string): Metric => ({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensions: { TableName: of.dynamoDbTable },
    statistic: 'Sum',
  });
  return limit(of.throttledRequests, { count: 10, minutes: 3 }, ({ count, minutes }) => ({
    what: 'throttled',
    words: `${count} or more reads and writes a minute are throttled ${inMinutes(minutes)}. They are slow, or fail.`,
    measure: 'throttled requests',
    shape: {
      ...computed(
        { reads: metric('ReadThrottleEvents'), writes: metric('WriteThrottleEvents') },
        // Each has datapoints only while it throttles.
        { expression: 'FILL(reads, 0) + FILL(writes, 0)', label: 'throttled requests' },
        '>=',
        count,
        minutes,
      ),
      ...lastingFilled(minutes),
    },
  }));
}
