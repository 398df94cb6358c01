import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { EcsClusterAlertsProps, ServiceOptions } from '../../../constructs';
import { alarm, alarmNames, TOPIC_ARN } from '../../support/alarms';
import { alerts } from '../../support/synth';

const DIMENSIONS = { ClusterName: 'shop', ServiceName: 'api' };
const shop = alerts({ services: { api: {} } });

test('tells a service that nothing reports for as stopped', () => {
  expect(alarm(shop, 'api_stopped')).toEqual({
    alarm_name: 'ecs/shop/api/stopped',
    alarm_description: 'No task of service api has reported for 3 minutes: none runs, or none for long enough.',
    namespace: 'AWS/ECS',
    metric_name: 'MemoryUtilization',
    dimensions: DIMENSIONS,
    statistic: 'SampleCount',
    period: 60,
    comparison_operator: 'LessThanThreshold',
    threshold: 1,
    evaluation_periods: 3,
    datapoints_to_alarm: 3,
    treat_missing_data: 'breaching',
    alarm_actions: [TOPIC_ARN],
    ok_actions: [TOPIC_ARN],
  });
});

test('waits as long as it is told to before a service is stopped', () => {
  const synth = alerts({ stopped: { minutes: 10 }, services: { api: {}, worker: { stopped: { minutes: 1 } } } });

  expect(alarm(synth, 'api_stopped')).toMatchObject({ evaluation_periods: 10, datapoints_to_alarm: 10 });
  expect(alarm(synth, 'worker_stopped')).toMatchObject({ evaluation_periods: 1, datapoints_to_alarm: 1 });
});

describe.each([
  [false, 'running', { namespace: 'AWS/ECS', metric_name: 'MemoryUtilization', stat: 'SampleCount' }],
  [true, 'desired', { namespace: 'ECS/ContainerInsights', metric_name: 'DesiredTaskCount', stat: 'Maximum' }],
])('with containerInsights %s', (containerInsights, count, metric) => {
  const synth = alerts({ services: { api: {} }, containerInsights });

  test.each([
    ['scaled-up', 'GreaterThanThreshold', 'more'],
    ['scaled-down', 'LessThanThreshold', 'fewer'],
  ])('tells %s from the difference to the minute before, and not its end', (kind, comparison, amount) => {
    expect(alarm(synth, `api_${kind}`)).toEqual({
      alarm_name: `ecs/shop/api/${kind}`,
      alarm_description: `Service api has ${amount} tasks than the minute before.`,
      metric_query: [
        { id: 'tasks', metric: { ...metric, period: 60, dimensions: DIMENSIONS }, return_data: false },
        { id: 'step', expression: 'DIFF(tasks)', label: `change of ${count} tasks`, return_data: true },
      ],
      comparison_operator: comparison,
      threshold: 0,
      evaluation_periods: 3,
      datapoints_to_alarm: 1,
      treat_missing_data: 'notBreaching',
      alarm_actions: [TOPIC_ARN],
    });
  });

  test('tells a stop from the tasks that run', () => {
    expect(alarm(synth, 'api_stopped')).toEqual(alarm(shop, 'api_stopped'));
  });
});

describe.each([
  [false, { namespace: 'AWS/ECS', metric_name: 'MemoryUtilization', stat: 'SampleCount' }],
  [true, { namespace: 'ECS/ContainerInsights', metric_name: 'RunningTaskCount', stat: 'Maximum' }],
])('a service that cannot scale any further, with containerInsights %s', (containerInsights, running) => {
  test('is told by its CPU while all its tasks run', () => {
    const synth = alerts({ services: { api: { maxTasks: 20 } }, containerInsights });

    expect(alarm(synth, 'api_saturated')).toEqual({
      alarm_name: 'ecs/shop/api/saturated',
      alarm_description:
        'CPU of service api is above 85 % for 5 minutes while all 20 tasks run that there may be: scaling cannot help any more.',
      metric_query: [
        {
          id: 'cpu',
          metric: {
            namespace: 'AWS/ECS',
            metric_name: 'CPUUtilization',
            stat: 'Average',
            period: 60,
            dimensions: DIMENSIONS,
          },
          return_data: false,
        },
        { id: 'tasks', metric: { ...running, period: 60, dimensions: DIMENSIONS }, return_data: false },
        { id: 'full', expression: 'IF(tasks >= 20, cpu, 0)', label: 'CPU at the most tasks', return_data: true },
      ],
      comparison_operator: 'GreaterThanThreshold',
      threshold: 85,
      evaluation_periods: 5,
      datapoints_to_alarm: 5,
      treat_missing_data: 'notBreaching',
      alarm_actions: [TOPIC_ARN],
      ok_actions: [TOPIC_ARN],
    });
  });
});

test.each<[Partial<EcsClusterAlertsProps>, ServiceOptions, number, number]>([
  [{}, {}, 85, 5],
  [{}, { cpu: { percent: 98, minutes: 15 } }, 98, 15],
  [{}, { cpu: { percent: 98 }, saturated: { minutes: 2 } }, 98, 2],
  [{}, { cpu: { percent: 98, minutes: 15 }, saturated: { percent: 90, minutes: undefined } }, 90, 15],
  [{ cpu: { percent: 95 } }, {}, 95, 5],
  [{ cpu: { percent: 95 } }, { cpu: false }, 85, 5],
  [{ saturated: { percent: 70 } }, { cpu: { percent: 98 } }, 70, 5],
])(
  'with %j and %j a service that cannot scale any further is told above %i % for %i minutes',
  (more, own, percent, minutes) => {
    const synth = alerts({ ...more, services: { api: { maxTasks: 5, ...own } } });

    expect(alarm(synth, 'api_saturated')).toMatchObject({ threshold: percent, evaluation_periods: minutes });
  },
);

test.each([
  ['cpu', 'cpu-high', 'CPU'],
  ['memory', 'memory-high', 'Memory'],
] as const)('gives a service with another limit of %s an alarm of its own', (option, kind, what) => {
  const synth = alerts({ services: { api: { [option]: { percent: 95, minutes: 1 } } } });

  expect(alarm(synth, `api_${kind}`)).toEqual({
    alarm_name: `ecs/shop/api/${kind}`,
    alarm_description: `${what} of service api is above 95 % for a minute, a limit of its own.`,
    namespace: 'AWS/ECS',
    metric_name: `${what}Utilization`,
    dimensions: DIMENSIONS,
    statistic: 'Average',
    period: 60,
    comparison_operator: 'GreaterThanThreshold',
    threshold: 95,
    evaluation_periods: 1,
    datapoints_to_alarm: 1,
    treat_missing_data: 'notBreaching',
    alarm_actions: [TOPIC_ARN],
    ok_actions: [TOPIC_ARN],
  });
});

const ALL = ['stopped', 'scaled-up', 'scaled-down', 'saturated'];
const COUNTED = { cpu: false, memory: false } as const;

test.each<[string, Partial<EcsClusterAlertsProps>]>([
  ['stopped', { stopped: false }],
  ['scaled-up', { scaledUp: false }],
  ['scaled-down', { scaledDown: false }],
  ['saturated', { saturated: false }],
  ['stopped', { services: { api: { maxTasks: 5, stopped: false } } }],
  ['scaled-up', { services: { api: { maxTasks: 5, scaledUp: false } } }],
  ['scaled-down', { services: { api: { maxTasks: 5, scaledDown: false } } }],
  ['saturated', { services: { api: { maxTasks: 5, saturated: false } } }],
  ['saturated', { services: { api: {} } }],
])('leaves only %s out with %j', (off, more) => {
  const left = ALL.filter((kind) => kind !== off).map((kind) => `ecs/shop/api/${kind}`);

  expect(alarmNames({ ...COUNTED, services: { api: { maxTasks: 5 } }, ...more })).toEqual(left);
});

test('lets a service overrule its cluster', () => {
  const off = { ...COUNTED, stopped: false, scaledUp: false, scaledDown: false };
  const services = { api: {}, worker: { stopped: true, cpu: { percent: 50 } } };

  expect(alarmNames({ ...off, services })).toEqual(['ecs/shop/worker/stopped', 'ecs/shop/worker/cpu-high']);
});

test('gives a service that is the only one with a limit its default', () => {
  const synth = alerts({ cpu: false, services: { api: { cpu: true } } });

  expect(alarm(synth, 'api_cpu-high')).toMatchObject({ threshold: 85, evaluation_periods: 5 });
});

test('makes no alarm of a service when none is listed', () => {
  expect(alarmNames({})).toEqual(['ecs/shop/cpu-high', 'ecs/shop/memory-high']);
});

test('says whose alarm it is, and of what kind', () => {
  const synth = alerts({ services: { api: {} }, tags: { Team: 'shop' } });
  const tags = synth.all(CloudwatchMetricAlarm).map((body) => body['tags']);

  expect(tags).toEqual([
    { Team: 'shop', EcsCluster: 'shop', Kind: 'cpu-high' },
    { Team: 'shop', EcsCluster: 'shop', Kind: 'memory-high' },
    { Team: 'shop', EcsCluster: 'shop', EcsService: 'api', Kind: 'stopped' },
    { Team: 'shop', EcsCluster: 'shop', EcsService: 'api', Kind: 'scaled-up' },
    { Team: 'shop', EcsCluster: 'shop', EcsService: 'api', Kind: 'scaled-down' },
  ]);
});

test('says what to do: by kind, else of the service, else of the cluster', () => {
  const synth = alerts({
    runbook: 'https://example.com/shop',
    runbooks: { 'scaled-up': 'https://example.com/up' },
    services: {
      api: { runbook: 'https://example.com/api', runbooks: { stopped: 'https://example.com/stopped' } },
      worker: {},
    },
  });
  const links = ['api_stopped', 'api_scaled-up', 'api_scaled-down', 'worker_stopped'].map(
    (address) => /Runbook: (.*)$/.exec(String(alarm(synth, address)['alarm_description']))?.[1],
  );

  expect(links).toEqual([
    'https://example.com/stopped',
    'https://example.com/up',
    'https://example.com/api',
    'https://example.com/shop',
  ]);
});
