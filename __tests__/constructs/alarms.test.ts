import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { EcsClusterAlertsProps } from '../../constructs';
import { alerts, type Body, ref } from '../support/synth';

const TOPIC_ARN = ref('aws_sns_topic.alerts_queue_topic_DB58EBD6', 'arn');
const DIMENSIONS = { ClusterName: 'shop', ServiceName: 'api' };

const shop = alerts({ services: { api: {} } });

/** The alarm without its order of creation, which a test of its own looks at. */
function alarm(address: string, synth = shop): Body {
  const { depends_on: _later, ...body } = synth.one(CloudwatchMetricAlarm, address);
  return body;
}

function names(more: Partial<EcsClusterAlertsProps>): readonly unknown[] {
  return alerts(more)
    .all(CloudwatchMetricAlarm)
    .map((body) => body['alarm_name']);
}

test.each([
  ['cpu-high', 'CPU'],
  ['memory-high', 'Memory'],
])('tells %s of every service of the cluster, listed or not, with one alarm', (kind, what) => {
  expect(alarm(`cluster-alarms_${kind}`)).toEqual({
    alarm_name: `ecs/shop/${kind}`,
    alarm_description: `${what} of a service of cluster shop is above 85 % for 5 minutes.`,
    metric_query: [
      {
        id: 'services',
        expression: `SELECT AVG(${what}Utilization) FROM SCHEMA("AWS/ECS", ClusterName, ServiceName) WHERE ClusterName = 'shop' GROUP BY ServiceName ORDER BY AVG() DESC`,
        period: 60,
        return_data: true,
      },
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

test('tells a service that nothing reports for as stopped', () => {
  expect(alarm('api_stopped')).toEqual({
    alarm_name: 'ecs/shop/api/stopped',
    alarm_description: 'No task of service api has reported for 3 minutes.',
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

describe.each([
  [false, { namespace: 'AWS/ECS', metric_name: 'MemoryUtilization', stat: 'SampleCount' }],
  [true, { namespace: 'ECS/ContainerInsights', metric_name: 'DesiredTaskCount', stat: 'Maximum' }],
])('with containerInsights %s', (containerInsights, metric) => {
  const synth = alerts({ services: { api: {} }, containerInsights });

  test.each([
    ['scaled-up', 'GreaterThanThreshold', 'more'],
    ['scaled-down', 'LessThanThreshold', 'fewer'],
  ])('tells %s from the difference to the minute before, and not its end', (kind, comparison, amount) => {
    expect(alarm(`api_${kind}`, synth)).toEqual({
      alarm_name: `ecs/shop/api/${kind}`,
      alarm_description: `Service api has ${amount} tasks than the minute before.`,
      metric_query: [
        { id: 'tasks', metric: { ...metric, period: 60, dimensions: DIMENSIONS }, return_data: false },
        { id: 'step', expression: 'DIFF(tasks)', label: 'change of running tasks', return_data: true },
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
    expect(alarm('api_stopped', synth)).toEqual(alarm('api_stopped'));
  });
});

test('takes another limit and another time for each measure', () => {
  const synth = alerts({ cpu: { percent: 150, minutes: 3 }, memory: { percent: 95 } });

  expect(alarm('cpu-high', synth)).toMatchObject({
    alarm_description: 'CPU of a service of cluster shop is above 150 % for 3 minutes.',
    threshold: 150,
    evaluation_periods: 3,
    datapoints_to_alarm: 3,
  });
  expect(alarm('memory-high', synth)).toMatchObject({ threshold: 95, evaluation_periods: 5, datapoints_to_alarm: 5 });
});

const ALL = ['cpu-high', 'memory-high', 'api/stopped', 'api/scaled-up', 'api/scaled-down'];

test.each<[string, Partial<EcsClusterAlertsProps>]>([
  ['cpu-high', { cpu: false }],
  ['memory-high', { memory: false }],
  ['api/stopped', { stopped: false }],
  ['api/scaled-up', { scaledUp: false }],
  ['api/scaled-down', { scaledDown: false }],
  ['api/stopped', { services: { api: { stopped: false } } }],
  ['api/scaled-up', { services: { api: { scaledUp: false } } }],
  ['api/scaled-down', { services: { api: { scaledDown: false } } }],
])('leaves only %s out with %j', (off, more) => {
  const left = ALL.filter((name) => name !== off).map((name) => `ecs/shop/${name}`);

  expect(names({ services: { api: {} }, ...more })).toEqual(left);
});

test('lets a service overrule its cluster', () => {
  const services = { api: {}, worker: { stopped: true } };

  expect(names({ cpu: false, memory: false, stopped: false, scaledUp: false, scaledDown: false, services })).toEqual([
    'ecs/shop/worker/stopped',
  ]);
});

test('makes no alarm of a service when none is listed', () => {
  expect(names({})).toEqual(['ecs/shop/cpu-high', 'ecs/shop/memory-high']);
});
