import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { embeddedMetrics } from '../../functions/log';
import { METRICS } from '../../functions/settings';
import { writeProbe } from '../../functions/watcher/probe-metrics';
import { alerts } from '../support/synth';

const AT = new Date('2026-11-18T14:02:00Z');

const shop = alerts({
  opsTopicArn: 'arn:aws:sns:eu-west-1:111122223333:ops',
  dependencies: { payments: { endpoint: 'https://payments.example.com/health' } },
});

/** Metrics with their dimensions, as one line each. */
const series = (namespace: unknown, metric: unknown, dimensions: object) =>
  `${namespace} ${metric} ${JSON.stringify(Object.entries(dimensions).sort())}`;

/** What CloudWatch makes of the lines that are written meanwhile. */
function metricsOf(write: () => void): readonly string[] {
  const lines: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  write();
  spy.mockRestore();
  return lines.flatMap((line) => {
    const { _aws, ...values } = JSON.parse(line) as {
      _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
      [name: string]: unknown;
    };
    return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.filter(({ Name }) => typeof values[Name] === 'number').map(({ Name }) => {
        const dimensions = Object.fromEntries((Dimensions[0] ?? []).map((name) => [name, values[name]]));
        return series(Namespace, Name, dimensions);
      }),
    );
  });
}

/** A reference to the name of one of our functions, as the name that it will be. */
function named(value: unknown): unknown {
  const names = shop.all(LambdaFunction).map((body) => String(body['function_name']));
  const role = /\.alerts_(notifier|watcher)_function_\w+\.function_name/.exec(String(value))?.[1];
  return role === undefined ? value : names.find((name) => name.endsWith(role));
}

test('alarms on exactly the metrics that the functions write, with their dimensions', () => {
  const watched = shop
    .all(CloudwatchMetricAlarm)
    .filter((alarm) => alarm['namespace'] === METRICS.namespace)
    .map((alarm) => {
      const dimensions = Object.entries(alarm['dimensions'] as object).map(([name, value]) => [name, named(value)]);
      return series(alarm['namespace'], alarm['metric_name'], Object.fromEntries(dimensions) as object);
    });

  const written = metricsOf(() => {
    embeddedMetrics('ecs-alerts-shop-notifier', () => AT)(METRICS.deliveryFailed, 1);
    embeddedMetrics('ecs-alerts-shop-watcher', () => AT)(METRICS.readFailed, 3);
    writeProbe(() => AT)('shop', 'payments', { healthy: true, latencyMs: 120, certificateDays: 80 });
  });

  expect(new Set(watched)).toEqual(new Set(written));
  expect(written).toHaveLength(5);
});
