import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchLogMetricFilter } from '@cdktf/provider-aws/lib/cloudwatch-log-metric-filter';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { Annotations, TerraformStack, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { leftOutOf } from './alarms/cluster-alarms';
import type { ClusterPlan } from './cluster-plan';
import { ALARMS_SHOWN } from './dashboard';
import { ASKED_AT_ONCE, notAskedInTime } from './time-to-ask';
import { WATCHER_TIMEOUT_SECONDS } from './watcher';

/**
 * What AWS takes no more of, told before Terraform finds out half way: an error where the number is fixed, a warning
 * where it can be raised, or where less is seen than there is.
 */

/** Quotas of an account and region, as they are when nobody asked for more. */
const QUOTAS = [
  {
    what: 'alarms on Metrics Insights queries',
    max: 200,
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html',
    count: (all: readonly object[]) => all.filter(isOnQuery).length,
  },
  {
    // The page has not always named a number; some accounts are still held to this one.
    what: 'alarms',
    max: 5000,
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html',
    count: (all: readonly object[]) => all.filter((one) => one instanceof CloudwatchMetricAlarm).length,
  },
  {
    // 100 in a few regions.
    what: 'rules on the default event bus',
    max: 300,
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
    count: (all: readonly object[]) => all.filter((one) => one instanceof CloudwatchEventRule).length,
  },
  {
    // Those of all regions count together: this is only what this stack makes.
    what: 'IAM roles',
    max: 1000,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
    count: (all: readonly object[]) => all.filter((one) => one instanceof IamRole).length,
  },
] as const;

/** What cannot be raised. */
const SERIES_OF_A_QUERY = {
  max: 500,
  source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html',
} as const;
const METRIC_FILTERS_OF_A_LOG_GROUP = {
  max: 100,
  source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html',
} as const;
const WIDGETS_OF_A_DASHBOARD = {
  max: 500,
  source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html',
} as const;

/** Looks at all that a stack makes. */
export function tellStackQuotas(stack: Construct): void {
  const all = stack.node.findAll();
  for (const { what, max, source, count } of QUOTAS) {
    const made = count(all);
    if (made > max) {
      Annotations.of(stack).addWarning(
        `${made} ${what} are made here, and an account has ${max} in a region unless more were asked for: ${source}`,
      );
    }
  }
}

/** Looks at one cluster, and at what shares a log group with it. `widgets`: how many its dashboard has. */
export function tellClusterQuotas(scope: Construct, plan: ClusterPlan, widgets: number | undefined): void {
  tellSeries(scope, plan);
  tellFilters(scope, plan);
  tellEndpoints(scope, plan);
  if (widgets !== undefined) tellDashboard(scope, widgets, plan.dashboard?.alarms.length ?? 0);
}

/** Of services that are not listed nobody here knows. */
function tellSeries(scope: Construct, { alarms, services }: ClusterPlan): void {
  const { max, source } = SERIES_OF_A_QUERY;
  for (const { name, shape } of alarms) {
    const seen = services.length - leftOutOf(JSON.stringify(shape.metricQuery ?? ''));
    if (seen > max) {
      Annotations.of(scope).addWarning(
        `alarm ${name} sees the ${max} that use the most of ${seen} services: ${source}`,
      );
    }
  }
}

/** A log group may be written by services of several clusters. */
function tellFilters(scope: Construct, { services }: ClusterPlan): void {
  const { max, source } = METRIC_FILTERS_OF_A_LOG_GROUP;
  const own = new Set(services.flatMap(({ logs }) => logs.map(({ logGroup }) => logGroup)));
  if (own.size === 0) return;
  const all = TerraformStack.of(scope).node.findAll();
  const groups = all.flatMap((one) => (one instanceof CloudwatchLogMetricFilter ? [one.logGroupNameInput] : []));
  for (const logGroup of own) {
    const filters = groups.filter((one) => one === logGroup).length;
    if (filters > max) {
      const name = Token.isUnresolved(logGroup) ? 'a log group' : `log group ${logGroup}`;
      Annotations.of(scope).addError(
        `${name} would have ${filters} metric filters of this stack, and cannot have more than ${max}: ${source}`,
      );
    }
  }
}

function tellEndpoints(scope: Construct, { dependencies }: ClusterPlan): void {
  const late = notAskedInTime(dependencies.map(({ settings }) => settings));
  const [first] = late;
  if (first === undefined) return;
  Annotations.of(scope).addWarning(
    `there is no time to ask ${late.length} endpoints in a minute in which none answers, ${first} is the first of them: ${ASKED_AT_ONCE} are asked at once, within ${WATCHER_TIMEOUT_SECONDS} s, set shorter timeoutSeconds`,
  );
}

function tellDashboard(scope: Construct, widgets: number, alarms: number): void {
  const { max, source } = WIDGETS_OF_A_DASHBOARD;
  if (widgets > max) {
    Annotations.of(scope).addError(
      `the dashboard would have ${widgets} widgets, and cannot have more than ${max}, set dashboard to false: ${source}`,
    );
  }
  if (alarms > ALARMS_SHOWN) {
    Annotations.of(scope).addWarning(`the dashboard shows ${ALARMS_SHOWN} of ${alarms} alarms`);
  }
}

function isOnQuery(one: object): boolean {
  return one instanceof CloudwatchMetricAlarm && JSON.stringify(one.metricQueryInput ?? '').includes('"SELECT ');
}
