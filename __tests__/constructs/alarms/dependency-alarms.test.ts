import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { Dependency, EcsClusterAlertsProps } from '../../../constructs';
import { alarm, alarmNames, shapes, TOPIC_ARN } from '../../support/alarms';
import { alerts } from '../../support/synth';

/** What each alarm of the dependency `it` watches, by the end of its name. */
function watched(it: Dependency, more: Partial<EcsClusterAlertsProps> = {}) {
  const all = shapes(alerts({ dependencies: { it }, ...more }), 'dependency:it');
  return Object.fromEntries(Object.entries(all).map(([name, shape]) => [name.split('/').at(-1), shape]));
}

/** An alarm on one metric. */
function single(namespace: string, dimensions: object) {
  return (metric_name: string, statistic: string, comparison: string, threshold: number, minutes: number) => ({
    namespace,
    metric_name,
    dimensions,
    statistic,
    period: 60,
    comparison_operator: comparison,
    threshold,
    evaluation_periods: minutes,
    datapoints_to_alarm: minutes,
    treat_missing_data: 'notBreaching',
  });
}

/** An alarm on what is computed from metrics of one namespace. */
function math(namespace: string, dimensions: object, expression: string, label: string, metrics: object) {
  const queries = Object.entries(metrics).map(([id, [metric_name, stat]]) => ({
    id,
    metric: { namespace, metric_name, stat, period: 60, dimensions },
    return_data: false,
  }));
  return (comparison: string, threshold: number, minutes: number) => ({
    metric_query: [...queries, { id: 'result', expression, label, return_data: true }],
    comparison_operator: comparison,
    threshold,
    evaluation_periods: minutes,
    datapoints_to_alarm: minutes,
    treat_missing_data: 'notBreaching',
  });
}

const ABOVE = 'GreaterThanThreshold';
const FROM = 'GreaterThanOrEqualToThreshold';
const BELOW = 'LessThanThreshold';

describe('an RDS instance', () => {
  const of = { DBInstanceIdentifier: 'orders' };
  const rds = single('AWS/RDS', of);
  const memory = math('AWS/RDS', of, 'bytes / 1048576', 'free memory in MB', { bytes: ['FreeableMemory', 'Minimum'] });
  const storage = math('AWS/RDS', of, 'bytes / 1073741824', 'free storage in GB', {
    bytes: ['FreeStorageSpace', 'Minimum'],
  });

  test('is watched by its CPU, storage and memory', () => {
    expect(watched({ rdsInstance: 'orders' })).toEqual({
      'cpu-high': rds('CPUUtilization', 'Average', ABOVE, 80, 5),
      'free-storage-low': storage(BELOW, 5, 5),
      'free-memory-low': memory(BELOW, 64, 10),
    });
  });

  test('takes other limits, one by one', () => {
    const other = { cpu: { percent: 90 }, freeStorage: { gb: 50, minutes: 1 }, freeMemory: false } as const;

    expect(watched({ rdsInstance: 'orders', ...other, connections: { count: 400 } })).toEqual({
      'cpu-high': rds('CPUUtilization', 'Average', ABOVE, 90, 5),
      'free-storage-low': storage(BELOW, 50, 1),
      'connections-high': rds('DatabaseConnections', 'Maximum', FROM, 400, 5),
    });
  });
});

test('an Aurora cluster is watched by its CPU, and by the memory and local storage of its worst instance', () => {
  const of = { DBClusterIdentifier: 'catalogue' };
  const aurora = single('AWS/RDS', of);

  expect(watched({ auroraCluster: 'catalogue', connections: { count: 800, minutes: 2 } })).toEqual({
    'cpu-high': aurora('CPUUtilization', 'Maximum', ABOVE, 80, 5),
    'free-memory-low': math('AWS/RDS', of, 'bytes / 1048576', 'free memory in MB', {
      bytes: ['FreeableMemory', 'Minimum'],
    })(BELOW, 128, 10),
    'free-local-storage-low': math('AWS/RDS', of, 'bytes / 1073741824', 'free storage in GB', {
      bytes: ['FreeLocalStorage', 'Minimum'],
    })(BELOW, 2, 5),
    'connections-high': aurora('DatabaseConnections', 'Maximum', FROM, 800, 2),
  });
});

test('a load balancer is watched by the share of its own errors, and by refused connections', () => {
  const of = { LoadBalancer: 'app/shop/50dc6c495c0c9188' };
  const all = '(FILL(requests, 0) + FILL(errors, 0))';

  expect(watched({ loadBalancer: 'app/shop/50dc6c495c0c9188' })).toEqual({
    'errors-high': {
      ...math('AWS/ApplicationELB', of, `IF(${all} >= 20, 100 * FILL(errors, 0) / ${all}, 0)`, 'share of requests', {
        errors: ['HTTPCode_ELB_5XX_Count', 'Sum'],
        requests: ['RequestCount', 'Sum'],
      })(ABOVE, 5, 3),
      evaluation_periods: 5,
    },
    'connections-rejected': single('AWS/ApplicationELB', of)('RejectedConnectionCount', 'Sum', FROM, 1, 1),
  });
});

test('a target group is watched by its hosts and the share of their errors, and by its time if one is set', () => {
  const of = { TargetGroup: 'targetgroup/orders/73e2d6bc24d8a067', LoadBalancer: 'app/shop/50dc6c495c0c9188' };
  const it = { targetGroup: of.TargetGroup, loadBalancer: of.LoadBalancer };
  const errors = (expression: string) =>
    math('AWS/ApplicationELB', of, expression, 'share of requests', {
      errors: ['HTTPCode_Target_5XX_Count', 'Sum'],
      requests: ['RequestCount', 'Sum'],
    });
  const { statistic: _none, ...time } = single('AWS/ApplicationELB', of)('TargetResponseTime', '', ABOVE, 1.5, 5);

  expect(watched(it)).toEqual({
    'healthy-hosts-low': single('AWS/ApplicationELB', of)('HealthyHostCount', 'Minimum', BELOW, 1, 3),
    'unhealthy-hosts': single('AWS/ApplicationELB', of)('UnHealthyHostCount', 'Maximum', FROM, 1, 5),
    'errors-high': errors('IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)')(ABOVE, 5, 3),
  });
  expect(
    watched({
      ...it,
      healthyHosts: false,
      unhealthyHosts: false,
      errors: { minimumRequests: 100, percent: 1 },
      responseTime: { seconds: 1.5 },
    }),
  ).toEqual({
    'errors-high': errors('IF(requests >= 100, 100 * FILL(errors, 0) / requests, 0)')(ABOVE, 1, 3),
    'response-time-high': { ...time, extended_statistic: 'p90' },
  });
});

test('a cache is watched by the CPU of its engine and by its memory', () => {
  const cache = single('AWS/ElastiCache', { CacheClusterId: 'sessions-001' });

  expect(watched({ elastiCacheCluster: 'sessions-001' })).toEqual({
    'engine-cpu-high': cache('EngineCPUUtilization', 'Average', ABOVE, 90, 5),
    'memory-high': cache('DatabaseMemoryUsagePercentage', 'Average', ABOVE, 90, 5),
  });
});

test('a queue is watched by the age of its oldest message', () => {
  const queue = single('AWS/SQS', { QueueName: 'jobs' });

  expect(watched({ sqsQueue: 'jobs' })).toEqual({
    'oldest-message-old': queue('ApproximateAgeOfOldestMessage', 'Maximum', ABOVE, 900, 5),
  });
  expect(watched({ sqsQueue: 'jobs', oldestMessage: { ageMinutes: 60, minutes: 1 } })).toEqual({
    'oldest-message-old': queue('ApproximateAgeOfOldestMessage', 'Maximum', ABOVE, 3600, 1),
  });
});

test('a table is watched by its throttled reads and writes', () => {
  expect(watched({ dynamoDbTable: 'carts' })).toEqual({
    throttled: {
      ...math('AWS/DynamoDB', { TableName: 'carts' }, 'FILL(reads, 0) + FILL(writes, 0)', 'throttled requests', {
        reads: ['ReadThrottleEvents', 'Sum'],
        writes: ['WriteThrottleEvents', 'Sum'],
      })(FROM, 10, 3),
      evaluation_periods: 5,
    },
  });
});

describe('a limit on what may come late', () => {
  const words = (it: Dependency, end: string) =>
    String(alarm(alerts({ dependencies: { it } }), `it_${end}`)['alarm_description']);

  test('says of how many minutes', () => {
    expect(words({ loadBalancer: 'app/shop/0' }, 'errors-high')).toContain(
      'more than 5 % of at least 20 requests a minute are answered with 5xx in 3 of 5 minutes by the load balancer itself',
    );
    expect(words({ dynamoDbTable: 'carts', throttledRequests: { minutes: 1 } }, 'throttled')).toContain(
      '10 or more reads and writes a minute are throttled in 1 of 3 minutes.',
    );
  });

  test.each<[Dependency, string]>([
    [{ loadBalancer: 'app/shop/0' }, 'errors-high'],
    [{ targetGroup: 'targetgroup/shop/0', loadBalancer: 'app/shop/0' }, 'errors-high'],
    [{ dynamoDbTable: 'carts' }, 'throttled'],
  ])('never takes all minutes of what is 0 where nothing came: %j', (it, end) => {
    const { [end]: shape } = watched(it);
    const { metric_query: queries } = shape as { metric_query: { id: string; expression?: string }[] };
    const expression = queries.find(({ id }) => id === 'result')?.expression ?? '';
    const metrics = queries.filter(({ id }) => id !== 'result').map(({ id }) => id);
    const isAlwaysThere = metrics.every((id) => !new RegExp(`(?<!FILL\\()\\b${id}\\b`).test(expression));

    expect(Number(shape?.['evaluation_periods']) - Number(shape?.['datapoints_to_alarm'])).toBe(isAlwaysThere ? 2 : 0);
  });
});

test.each([
  [{}, 'no target passes the health check for 3 minutes. Nothing answers.'],
  [
    { count: 2, minutes: 1 },
    'fewer than 2 targets pass the health check for a minute. The others have to do their work.',
  ],
])('says of healthy targets %j: %s', (healthyHosts, words) => {
  const it = { targetGroup: 'targetgroup/shop/0', loadBalancer: 'app/shop/0', healthyHosts };

  expect(alarm(alerts({ dependencies: { it } }), 'it_healthy-hosts-low')['alarm_description']).toContain(words);
});

test('says that it is the CPU of one instance of an Aurora cluster', () => {
  const synth = alerts({ dependencies: { it: { auroraCluster: 'orders' } } });

  expect(alarm(synth, 'it_cpu-high')['alarm_description']).toContain(
    ': CPU of an instance is above 80 % for 5 minutes.',
  );
});

describe('an endpoint', () => {
  const of = single('EcsAlerts', { ClusterName: 'shop', Endpoint: 'it' });
  const unhealthy = (minutes: number) => ({
    ...of('EndpointHealthy', 'Maximum', BELOW, 1, minutes),
    treat_missing_data: 'ignore',
  });

  test('is watched by what the watcher measures', () => {
    expect(watched({ endpoint: 'https://example.com/health' })).toEqual({
      unhealthy: unhealthy(3),
      'latency-high': of('EndpointLatency', 'Average', ABOVE, 2000, 3),
      'certificate-ending': {
        ...of('EndpointCertificateDaysLeft', 'Minimum', BELOW, 14, 1),
        period: 3600,
        treat_missing_data: 'ignore',
      },
    });
  });

  test.each([
    [1, []],
    [2, []],
    [3, ['latency-high']],
  ])('that has to answer within %i s has by itself the alarms %j on its latency', (timeoutSeconds, names) => {
    const all = Object.keys(watched({ endpoint: 'http://example.com', timeoutSeconds }));

    expect(all.filter((name) => name === 'latency-high')).toEqual(names);
    expect(watched({ endpoint: 'http://example.com', timeoutSeconds, latencyMs: 500 })['latency-high']).toMatchObject({
      threshold: 500,
    });
  });

  test.each<[string, Dependency]>([
    ['http has none', { endpoint: 'http://example.com/health', latencyMs: false, minutes: 1 }],
    ['it is off', { endpoint: 'HTTPS://example.com/', latencyMs: false, certificateDays: false, minutes: 1 }],
  ])('has no alarm on a certificate where %s', (_, it) => {
    expect(watched(it)).toEqual({ unhealthy: unhealthy(1) });
  });
});

describe('any metric', () => {
  const metric = {
    namespace: 'AWS/Kafka',
    metricName: 'SumOffsetLag',
    dimensions: { Topic: 'orders' },
    statistic: 'Maximum',
    threshold: 100,
    minutes: 10,
  } as const;

  test.each([
    ['>', 'GreaterThanThreshold'],
    ['>=', 'GreaterThanOrEqualToThreshold'],
    ['<', 'LessThanThreshold'],
    ['<=', 'LessThanOrEqualToThreshold'],
  ] as const)('is compared by %s', (comparison, operator) => {
    expect(watched({ metric: { ...metric, comparison } })).toEqual({
      metric: single('AWS/Kafka', { Topic: 'orders' })('SumOffsetLag', 'Maximum', operator, 100, 10),
    });
  });

  test.each(['breaching', 'notBreaching', 'ignore'] as const)('takes a minute without a datapoint as %s', (missing) => {
    const shape = watched({ metric: { ...metric, comparison: '<', missing } })['metric'];

    expect(shape?.['treat_missing_data']).toBe(missing);
  });

  test('is taken by its percentile, and by its period', () => {
    expect(
      watched({ metric: { ...metric, comparison: '>', statistic: 'p99.9', period: 300 } })['metric'],
    ).toMatchObject({
      extended_statistic: 'p99.9',
      period: 300,
      evaluation_periods: 2,
      datapoints_to_alarm: 2,
    });
  });
});

const ORDERS = { 'orders-db': { rdsInstance: 'orders', runbook: 'https://example.com/orders' } };

test('an alarm says what leans on what, and what to do', () => {
  const synth = alerts({ dependencies: ORDERS });

  expect(alarm(synth, 'orders-db_cpu-high')).toMatchObject({
    alarm_name: 'ecs/shop/dependency:orders-db/cpu-high',
    alarm_description:
      'orders-db, which services of cluster shop lean on: CPU is above 80 % for 5 minutes. Queries wait for each other. Runbook: https://example.com/orders',
    alarm_actions: [TOPIC_ARN],
    ok_actions: [TOPIC_ARN],
  });
  expect(synth.one(CloudwatchMetricAlarm, 'orders-db_cpu-high')['tags']).toEqual({
    EcsCluster: 'shop',
    Dependency: 'orders-db',
    Kind: 'dependency',
  });
});

test('there are none where they are off, and all where only the telling is', () => {
  const quiet = { cpu: false, memory: false, dependencies: { jobs: { sqsQueue: 'jobs' } } } as const;

  expect(alarmNames({ ...quiet, dependency: false })).toEqual([]);
  expect(alarmNames({ ...quiet, dependency: { policy: 'off' } })).toEqual([
    'ecs/shop/dependency:jobs/oldest-message-old',
  ]);
});
