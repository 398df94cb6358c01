import type { ProbeResult } from '../../functions/watcher/probe';
import { writeProbe } from '../../functions/watcher/probe-metrics';

const NOW = new Date('2026-11-18T14:02:00Z');

function written(result: ProbeResult): unknown {
  const lines: string[] = [];
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  writeProbe(() => NOW)('shop', 'orders-api', result);
  stdout.mockRestore();
  expect(lines).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  return JSON.parse(lines.join('')) as unknown;
}

function line(metrics: readonly { readonly Name: string; readonly Unit: string }[], values: object) {
  const one = { Namespace: 'EcsAlerts', Dimensions: [['ClusterName', 'Endpoint']], Metrics: metrics };
  const _aws = { Timestamp: NOW.getTime(), CloudWatchMetrics: [one] };
  return { _aws, ClusterName: 'shop', Endpoint: 'orders-api', ...values };
}

const HEALTHY = { Name: 'EndpointHealthy', Unit: 'None' };
const LATENCY = { Name: 'EndpointLatency', Unit: 'Milliseconds' };
const DAYS = { Name: 'EndpointCertificateDaysLeft', Unit: 'None' };

test('a probe is one line with all that is known', () => {
  expect(written({ healthy: true, latencyMs: 41, certificateDays: 30 })).toEqual(
    line([HEALTHY, LATENCY, DAYS], { EndpointHealthy: 1, EndpointLatency: 41, EndpointCertificateDaysLeft: 30 }),
  );
});

test('a latency of nothing and a certificate that ends today are values', () => {
  expect(written({ healthy: true, latencyMs: 0, certificateDays: 0 })).toMatchObject({
    EndpointLatency: 0,
    EndpointCertificateDaysLeft: 0,
  });
});

test('what is not known is no metric', () => {
  expect(written({ healthy: false, cause: 'ECONNREFUSED' })).toEqual(line([HEALTHY], { EndpointHealthy: 0 }));
  expect(written({ healthy: false, certificateDays: -3, cause: 'certificate: CERT_HAS_EXPIRED' })).toEqual(
    line([HEALTHY, DAYS], { EndpointHealthy: 0, EndpointCertificateDaysLeft: -3 }),
  );
});
