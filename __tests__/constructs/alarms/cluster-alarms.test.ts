import fc from 'fast-check';
import type { EcsClusterAlertsProps, ServiceOptions } from '../../../constructs';
import { clusterAlarms } from '../../../constructs/alarms/cluster-alarms';
import { alarm, alarmNames, TOPIC_ARN } from '../../support/alarms';
import { alerts, SHOP } from '../../support/synth';

test.each([
  ['cpu-high', 'CPU', 'tasks become slow.'],
  ['memory-high', 'Memory', 'tasks become slow or are killed.'],
])('tells %s of every service of the cluster, listed or not, with one alarm', (kind, what, meaning) => {
  expect(alarm(alerts({ services: { api: {} } }), `cluster-alarms_${kind}`)).toEqual({
    alarm_name: `ecs/shop/${kind}`,
    alarm_description: `${what} of a service of cluster shop is above 85 % for 5 minutes. It has next to nothing left of what it reserves: ${meaning}`,
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

test('takes another limit and another time for each measure', () => {
  const synth = alerts({ cpu: { percent: 150, minutes: 3 }, memory: { percent: 95 } });

  expect(alarm(synth, 'cpu-high')).toMatchObject({
    alarm_description: expect.stringContaining('is above 150 % for 3 minutes.'),
    threshold: 150,
    evaluation_periods: 3,
    datapoints_to_alarm: 3,
  });
  expect(alarm(synth, 'memory-high')).toMatchObject({ threshold: 95, evaluation_periods: 5, datapoints_to_alarm: 5 });
});

test.each<[string, Partial<EcsClusterAlertsProps>]>([
  ['cpu-high', { cpu: false }],
  ['memory-high', { memory: false }],
])('leaves only %s out with %j', (off, more) => {
  expect(alarmNames(more)).toEqual(
    ['cpu-high', 'memory-high'].filter((kind) => kind !== off).map((kind) => `ecs/shop/${kind}`),
  );
});

test('is there, and not told, where only the telling is off', () => {
  expect(alarmNames({ cpu: { policy: 'off' } })).toEqual(['ecs/shop/cpu-high', 'ecs/shop/memory-high']);
});

describe('leaves out services', () => {
  const query = (kind: 'cpu-high' | 'memory-high', more: Partial<EcsClusterAlertsProps>) => {
    const [first] = alarm(alerts(more), `cluster-alarms_${kind}`)['metric_query'] as { expression: string }[];
    return /WHERE (.*) GROUP BY/.exec(first?.expression ?? '')?.[1];
  };

  test('that have another limit, or none', () => {
    const services = {
      web: { cpu: false },
      api: { cpu: { percent: 95 } },
      worker: { cpu: { minutes: 10 } },
      same: { cpu: { percent: 90 } },
      quiet: { cpu: { policy: 'off' } },
      plain: {},
    } as const;

    expect(query('cpu-high', { cpu: { percent: 90 }, services })).toBe(
      "ClusterName = 'shop' AND ServiceName != 'api' AND ServiceName != 'web' AND ServiceName != 'worker'",
    );
    expect(query('memory-high', { cpu: { percent: 90 }, services })).toBe("ClusterName = 'shop'");
  });

  test('in order of their names, as far as there is room in the expression', () => {
    const names = Array.from({ length: 40 }, (_, index) => `service-${String(index).padStart(2, '0')}`);
    const services = Object.fromEntries([...names].reverse().map((name) => [name, { cpu: false as const }]));

    const left = [...(query('cpu-high', { services }) ?? '').matchAll(/!= '([^']+)'/g)].map(([, name]) => name);

    expect(left).toEqual(names.slice(0, left.length));
    expect(left).toHaveLength(27);
  });

  test('and never makes an expression longer than CloudWatch takes', () => {
    const name = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 255 });
    const own = fc.constantFrom<ServiceOptions>({}, { cpu: false }, { cpu: { percent: 50 } });
    fc.assert(
      fc.property(name, fc.dictionary(name, own, { maxKeys: 60 }), (clusterName, services) => {
        const [cpu] = clusterAlarms({ clusterName }, SHOP, new Map(Object.entries(services)));
        const expression = JSON.parse(JSON.stringify(cpu?.shape.metricQuery))[0].expression as string;
        const out = Object.keys(services).filter((one) => expression.includes(`!= '${one}'`));

        expect(expression.length).toBeLessThanOrEqual(1024);
        expect(out.filter((one) => Object.keys(services[one] ?? {}).length === 0)).toEqual([]);
      }),
    );
  });
});

test('says what to do, by kind, by cluster', () => {
  const synth = alerts({
    runbook: 'https://example.com/shop',
    runbooks: { 'cpu-high': 'https://example.com/cpu' },
  });

  expect(alarm(synth, 'cpu-high')['alarm_description']).toMatch(/ Runbook: https:\/\/example\.com\/cpu$/);
  expect(alarm(synth, 'memory-high')['alarm_description']).toMatch(/ Runbook: https:\/\/example\.com\/shop$/);
});
