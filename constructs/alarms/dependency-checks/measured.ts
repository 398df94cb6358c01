import { METRICS } from '../../../functions/settings';
import type { EndpointDependency, MetricDependency } from '../../dependency-options';
import { forMinutes, lasting, PERIOD } from '../alarm';
import { type Check, each, type Metric, withPercentile } from './check';

/** What holds of an endpoint that says nothing else. */
export const ENDPOINT = {
  timeoutSeconds: 5,
  status: { from: 200, to: 399 },
  minutes: 3,
  latencyMs: 2000,
  certificateDays: 14,
} as const;

/** The watcher measures it: where nothing was measured nobody knows, and the alarm stays as it is. */
export function endpoint(clusterName: string, name: string, of: EndpointDependency): readonly Check[] {
  const { minutes = ENDPOINT.minutes, certificateDays = ENDPOINT.certificateDays } = of;
  const latencyMs = of.latencyMs ?? defaultLatency(of);
  const metric = (metricName: string, statistic: string): Metric => ({
    namespace: METRICS.namespace,
    metricName,
    dimensions: { ClusterName: clusterName, Endpoint: name },
    statistic,
  });
  const healthy: Check = {
    what: 'unhealthy',
    words: `the endpoint has not answered as it should ${forMinutes(minutes)}.`,
    measure: 'healthy answers',
    shape: { ...each(metric(METRICS.endpointHealthy, 'Maximum'), '<', 1, minutes), treatMissingData: 'ignore' },
  };
  const slow = (ms: number): Check => ({
    what: 'latency-high',
    words: `answers take longer than ${ms} ms ${forMinutes(minutes)}.`,
    measure: 'response time',
    unit: 'ms',
    // An endpoint that does not answer at all is told as such.
    shape: each(metric(METRICS.endpointLatency, 'Average'), '>', ms, minutes),
  });
  const ending = (days: number): Check => ({
    what: 'certificate-ending',
    words: `the certificate ends in less than ${days} days. From then on nobody connects.`,
    measure: 'days left of the certificate',
    shape: {
      ...each(metric(METRICS.certificateDays, 'Minimum'), '<', days, 1),
      // Days do not come by the minute.
      period: 3600,
      treatMissingData: 'ignore',
    },
  });
  return [
    healthy,
    ...(latencyMs === false ? [] : [slow(latencyMs)]),
    ...(certificateDays === false || !/^https:/i.test(of.endpoint) ? [] : [ending(certificateDays)]),
  ];
}

/** With a shorter timeout, what takes so long has not answered at all: that is told already. */
function defaultLatency({ timeoutSeconds = ENDPOINT.timeoutSeconds }: EndpointDependency): number | false {
  return ENDPOINT.latencyMs < timeoutSeconds * 1000 && ENDPOINT.latencyMs;
}

export function metric({ metric: of }: MetricDependency): readonly Check[] {
  const { namespace, metricName, dimensions = {}, statistic, comparison, threshold, minutes, period = PERIOD } = of;
  const { measure = metricName, unit, missing = 'notBreaching' } = of;
  const shape = each({ namespace, metricName, dimensions: { ...dimensions }, statistic }, comparison, threshold, 1);
  return [
    {
      what: 'metric',
      words: `${measure} is ${comparison} ${threshold}${unit === undefined ? '' : ` ${unit}`} ${forMinutes(minutes)}.`,
      measure,
      ...(unit === undefined ? {} : { unit }),
      shape: {
        ...(statistic.startsWith('p') ? withPercentile(shape) : shape),
        period,
        ...lasting((minutes * 60) / period),
        treatMissingData: missing,
      },
    },
  ];
}
