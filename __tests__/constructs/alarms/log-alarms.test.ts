import { CloudwatchLogMetricFilter } from '@cdktf/provider-aws/lib/cloudwatch-log-metric-filter';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import { alarm, alarmNames, TOPIC_ARN } from '../../support/alarms';
import { alerts, type Synth } from '../../support/synth';

const ERRORS = { logGroup: '/ecs/shop/api', pattern: '?ERROR ?FATAL', name: 'errors', count: 10, minutes: 5 };
const PANICS = { logGroup: '/ecs/shop/api', pattern: '{ $.level = "panic" }' };
const QUIET = { cpu: false, memory: false, stopped: false, scaledUp: false, scaledDown: false } as const;

const shop = alerts({ services: { api: { logs: [ERRORS, PANICS] } } });

test('counts the lines that match', () => {
  expect(shop.one(CloudwatchLogMetricFilter, 'api_logs_errors_filter')).toEqual({
    name: 'ecs/shop/api/log-pattern/errors',
    log_group_name: '/ecs/shop/api',
    pattern: '?ERROR ?FATAL',
    metric_transformation: {
      name: 'ecs/shop/api/log-pattern/errors',
      namespace: 'EcsAlerts/Logs',
      value: '1',
      unit: 'Count',
    },
  });
  expect(shop.one(CloudwatchLogMetricFilter, 'api_logs_2_filter')).toMatchObject({
    name: 'ecs/shop/api/log-pattern/2',
    pattern: PANICS.pattern,
  });
});

test('hands on what Terraform would take for an expression as it is', () => {
  const logs = [{ logGroup: '/ecs/shop/api', pattern: `"$\{user}" "%{if}" $.a` }];
  const synth = alerts({ services: { api: { logs } } });

  expect(synth.one(CloudwatchLogMetricFilter)['pattern']).toBe('"$${user}" "%%{if}" $.a');
  expect(alarm(synth, 'api_logs_1_alarm')['alarm_description']).toMatch(/: `"\$\$\{user\}" "%%\{if\}" \$\.a`\.$/);
  expect(measureOf(synth)).toBe('"$${user}" "%%{if}" $.a');
});

test('tells them when there are as many as that', () => {
  expect(alarm(shop, 'api_logs_errors_alarm')).toEqual({
    alarm_name: 'ecs/shop/api/log-pattern:errors',
    alarm_description: '10 lines of the log of service api matched errors within 5 minutes: `?ERROR ?FATAL`.',
    namespace: 'EcsAlerts/Logs',
    metric_name: 'ecs/shop/api/log-pattern/errors',
    statistic: 'Sum',
    period: 300,
    comparison_operator: 'GreaterThanOrEqualToThreshold',
    threshold: 10,
    evaluation_periods: 1,
    datapoints_to_alarm: 1,
    treat_missing_data: 'notBreaching',
    alarm_actions: [TOPIC_ARN],
    ok_actions: [TOPIC_ARN],
  });
});

test('tells one line in a minute where nothing else is said', () => {
  expect(alarm(shop, 'api_logs_2_alarm')).toMatchObject({
    alarm_name: 'ecs/shop/api/log-pattern:2',
    alarm_description: 'A line of the log of service api matched within a minute: `{ $.level = "panic" }`.',
    period: 60,
    threshold: 1,
  });
});

test('shortens what it says rather than the link to what to do', () => {
  const runbook = `https://example.com/${'r'.repeat(480)}`;
  const synth = alerts({ runbook, services: { api: { logs: [{ ...ERRORS, pattern: 'p'.repeat(1024) }] } } });
  const description = String(alarm(synth, 'api_logs_errors_alarm')['alarm_description']);

  expect(description).toHaveLength(1024);
  expect(description).toMatch(/^10 lines .*ppp… Runbook: https:\/\/example\.com\/r{480}$/);
});

test('keeps a name within what CloudWatch takes for a metric', () => {
  const services = { ['s'.repeat(255)]: { logs: [{ ...ERRORS, name: 'n'.repeat(64) }] } };
  const filter = alerts({ clusterName: 'c'.repeat(255), services }).one(CloudwatchLogMetricFilter);
  const { name } = filter['metric_transformation'] as { name: string };

  expect(name.length).toBeLessThanOrEqual(255);
  expect(name).not.toMatch(/[:*$]/);
});

test.each([
  [{ ...QUIET, logPattern: false, services: { api: { logs: [ERRORS] } } }, []],
  [{ ...QUIET, services: { api: { logPattern: false, logs: [ERRORS] } } }, []],
  [
    { ...QUIET, logPattern: false, services: { api: { logPattern: true, logs: [ERRORS] } } },
    ['ecs/shop/api/log-pattern:errors'],
  ],
] as const)('makes with %j the alarms %j, each with its filter', (more, names) => {
  expect(alarmNames(more)).toEqual(names);
  expect(alerts(more).all(CloudwatchLogMetricFilter)).toHaveLength(names.length);
});

/** What the notifier gets to know of the first log of `api`. */
function measureOf(synth: Synth): unknown {
  const { settings } = JSON.parse(String(synth.one(DynamodbTableItem, 'services_api')['item']));
  return JSON.parse(settings.S).alarms['ecs/shop/api/log-pattern:1'].measure;
}
