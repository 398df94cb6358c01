import { writeMetrics } from '../log';
import { METRICS } from '../settings';
import type { ProbeResult } from './probe';

/** Writes down how an endpoint is, as metrics. */
export type WriteProbe = (cluster: string, endpoint: string, result: ProbeResult) => void;

/** One line an endpoint, with what there is: no latency where nobody answered. */
export function writeProbe(now: () => Date): WriteProbe {
  return (cluster, endpoint, { healthy, latencyMs, certificateDays }) => {
    const metric = (name: string, unit: 'Milliseconds' | 'None', value: number | undefined) =>
      value === undefined ? [] : [{ metric: name, unit, value }];
    writeMetrics(now(), { ClusterName: cluster, Endpoint: endpoint }, [
      ...metric(METRICS.endpointHealthy, 'None', healthy ? 1 : 0),
      ...metric(METRICS.endpointLatency, 'Milliseconds', latencyMs),
      ...metric(METRICS.certificateDays, 'None', certificateDays),
    ]);
  };
}
