import type { LoadBalancerDependency, ShareLimit, TargetGroupDependency } from '../../dependency-options';
import { forMinutes, inMinutes, lastingFilled } from '../alarm';
import { type Check, computed, each, given, limit, type Metric, withPercentile } from './check';

const ALB = 'AWS/ApplicationELB';
const SHARE: Required<ShareLimit> = { percent: 5, minimumRequests: 20, minutes: 3 };

export function loadBalancer(of: LoadBalancerDependency): readonly Check[] {
  const metric = (metricName: string): Metric => ({
    namespace: ALB,
    metricName,
    dimensions: { LoadBalancer: of.loadBalancer },
    statistic: 'Sum',
  });
  return [
    ...limit(of.errors, SHARE, (limits) => ({
      what: 'errors-high',
      words: `${shareWords(limits, inMinutes)} by the load balancer itself: it has no target, or none that answers.`,
      measure: '5xx of the load balancer',
      unit: '%',
      shape: {
        ...computed(
          { errors: metric('HTTPCode_ELB_5XX_Count'), requests: metric('RequestCount') },
          // RequestCount has only the requests for which there was a target.
          share('(FILL(requests, 0) + FILL(errors, 0))', limits.minimumRequests),
          '>',
          limits.percent,
          limits.minutes,
        ),
        ...lastingFilled(limits.minutes),
      },
    })),
    ...limit(of.rejectedConnections, { count: 1, minutes: 1 }, ({ count, minutes }) => ({
      what: 'connections-rejected',
      words: `${count} or more connections a minute are refused ${forMinutes(minutes)}. The load balancer has as many as it can have.`,
      measure: 'refused connections',
      shape: each(metric('RejectedConnectionCount'), '>=', count, minutes),
    })),
  ];
}

export function targetGroup(of: TargetGroupDependency): readonly Check[] {
  const metric = (metricName: string, statistic: string): Metric => ({
    namespace: ALB,
    metricName,
    dimensions: { TargetGroup: of.targetGroup, LoadBalancer: of.loadBalancer },
    statistic,
  });
  return [
    ...limit(of.healthyHosts, { count: 1, minutes: 3 }, ({ count, minutes }) => ({
      what: 'healthy-hosts-low',
      words: `${count === 1 ? 'no target passes' : `fewer than ${count} targets pass`} the health check ${forMinutes(minutes)}. ${count === 1 ? 'Nothing answers' : 'The others have to do their work'}.`,
      measure: 'healthy targets',
      shape: each(metric('HealthyHostCount', 'Minimum'), '<', count, minutes),
    })),
    ...limit(of.unhealthyHosts, { count: 1, minutes: 5 }, ({ count, minutes }) => ({
      what: 'unhealthy-hosts',
      words: `${count} or more targets fail their health check ${forMinutes(minutes)}. The others have to do their work.`,
      measure: 'unhealthy targets',
      shape: each(metric('UnHealthyHostCount', 'Maximum'), '>=', count, minutes),
    })),
    ...limit(of.errors, SHARE, (limits) => ({
      what: 'errors-high',
      words: `${shareWords(limits, forMinutes)} by its targets.`,
      measure: '5xx of the targets',
      unit: '%',
      shape: computed(
        { errors: metric('HTTPCode_Target_5XX_Count', 'Sum'), requests: metric('RequestCount', 'Sum') },
        share('requests', limits.minimumRequests),
        '>',
        limits.percent,
        limits.minutes,
      ),
    })),
    ...given(of.responseTime, ({ seconds, minutes = 5 }) => ({
      what: 'response-time-high',
      words: `one of ten requests takes more than ${seconds} s ${forMinutes(minutes)}.`,
      measure: 'response time (p90)',
      unit: 's',
      shape: withPercentile(each(metric('TargetResponseTime', 'p90'), '>', seconds, minutes)),
    })),
  ];
}

function shareWords(
  { percent, minimumRequests, minutes }: Required<ShareLimit>,
  lasting: (minutes: number) => string,
): string {
  return `more than ${percent} % of at least ${minimumRequests} requests a minute are answered with 5xx ${lasting(minutes)}`;
}

/** Where nothing failed there is no datapoint of failures. Without FILL of `requests` a late minute is none at all. */
function share(requests: string, minimumRequests: number) {
  return {
    expression: `IF(${requests} >= ${minimumRequests}, 100 * FILL(errors, 0) / ${requests}, 0)`,
    label: 'share of requests',
  };
}
