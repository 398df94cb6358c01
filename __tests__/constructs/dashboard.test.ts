import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import type { EcsClusterAlertsProps } from '../../constructs';
import { alerts } from '../support/synth';

const ARN = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:';

interface Widget {
  readonly type: string;
  readonly width: number;
  readonly properties: { readonly title: string; readonly alarms?: readonly string[] };
}

function widgets(more: Partial<EcsClusterAlertsProps>): readonly Widget[] {
  const { dashboard_body: body } = alerts({ dashboard: true, ...more }).one(CloudwatchDashboard);
  return (JSON.parse(String(body)) as { widgets: Widget[] }).widgets;
}

test('is made only when it is asked for', () => {
  expect(alerts().all(CloudwatchDashboard)).toEqual([]);
  expect(alerts({ dashboard: true }).one(CloudwatchDashboard)['dashboard_name']).toBe('ecs-alerts-shop-eu-west-1');
});

test('shows what is wrong, and what the services use', () => {
  const graph = (title: string, width: number, id: string, expression: string, label: string) => ({
    type: 'metric',
    width,
    height: 6,
    properties: {
      title,
      region: 'eu-west-1',
      view: 'timeSeries',
      metrics: [[{ id, expression, period: 60 }]],
      yAxis: { left: { min: 0, label, showUnits: false } },
    },
  });
  const most = (metric: string) =>
    `SELECT AVG(${metric}) FROM SCHEMA("AWS/ECS", ClusterName, ServiceName) WHERE ClusterName = 'shop' GROUP BY ServiceName ORDER BY AVG() DESC LIMIT 20`;
  const tasks =
    'SEARCH(\'{AWS/ECS,ClusterName,ServiceName} MetricName="MemoryUtilization" ClusterName="shop"\', \'SampleCount\', 60)';

  expect(widgets({ services: { api: {} } })).toEqual([
    {
      type: 'alarm',
      width: 24,
      height: 4,
      properties: {
        title: 'Alarms',
        alarms: ['cpu-high', 'memory-high', 'api/stopped'].map((name) => `${ARN}ecs/shop/${name}`),
      },
    },
    graph('CPU', 12, 'services', most('CPUUtilization'), '%'),
    graph('Memory', 12, 'services', most('MemoryUtilization'), '%'),
    graph('Running tasks', 24, 'tasks', tasks, 'tasks'),
  ]);
});

test('shows what the services lean on, each with its limit', () => {
  const alarm = `${ARN}ecs/shop/dependency:jobs/oldest-message-old`;
  const made = widgets({ dependencies: { jobs: { sqsQueue: 'jobs' } } });

  expect(made[0]?.properties.alarms).toContain(alarm);
  expect(made.at(-1)).toEqual({
    type: 'metric',
    width: 8,
    height: 6,
    properties: {
      title: 'jobs: age of the oldest message',
      region: 'eu-west-1',
      view: 'timeSeries',
      annotations: { alarms: [alarm] },
    },
  });
});

test('has no more alarms in a widget than CloudWatch shows, and no more than anybody looks at', () => {
  const services = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`service-${index}`, {}]));
  const alarms = widgets({ services }).filter(({ type }) => type === 'alarm');

  expect(alarms.map(({ properties }) => properties.alarms?.length)).toEqual([100, 100, 100, 100, 100]);
});

test('has no widget of alarms where there are none', () => {
  expect(widgets({ cpu: false, memory: false }).map(({ type }) => type)).toEqual(['metric', 'metric', 'metric']);
});
