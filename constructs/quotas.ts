import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { Annotations } from 'cdktf';
import type { Construct } from 'constructs';
import { ALARMS_SHOWN } from './dashboard';
import type { EcsClusterAlertsProps } from './options';

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

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html */
const SERIES_OF_A_QUERY = 500;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: cannot be raised. */
const METRIC_FILTERS_OF_A_LOG_GROUP = 100;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html: cannot be raised. */
const WIDGETS_OF_A_DASHBOARD = 500;

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

/** Looks at one cluster. `widgets`: how many its dashboard has, `alarms`: how many could be shown there. */
export function tellClusterQuotas(
  scope: Construct,
  { services = {} }: Pick<EcsClusterAlertsProps, 'services'>,
  dashboard: { readonly widgets: number; readonly alarms: number } | undefined,
): void {
  const annotations = Annotations.of(scope);
  const count = Object.keys(services).length;
  if (count > SERIES_OF_A_QUERY) {
    annotations.addWarning(
      `${count} services are listed, and the alarms on CPU and memory of the whole cluster see the ${SERIES_OF_A_QUERY} that use the most`,
    );
  }
  for (const [logGroup, filters] of filtersByLogGroup(services)) {
    if (filters > METRIC_FILTERS_OF_A_LOG_GROUP) {
      annotations.addError(
        `log group ${logGroup} would have ${filters} metric filters, and cannot have more than ${METRIC_FILTERS_OF_A_LOG_GROUP}`,
      );
    }
  }
  if (dashboard === undefined) return;
  if (dashboard.widgets > WIDGETS_OF_A_DASHBOARD) {
    annotations.addError(
      `the dashboard would have ${dashboard.widgets} widgets, and cannot have more than ${WIDGETS_OF_A_DASHBOARD}: set dashboard to false`,
    );
  }
  if (dashboard.alarms > ALARMS_SHOWN) {
    annotations.addWarning(`the dashboard shows ${ALARMS_SHOWN} of ${dashboard.alarms} alarms`);
  }
}

function filtersByLogGroup(services: NonNullable<EcsClusterAlertsProps['services']>): ReadonlyMap<string, number> {
  const filters = new Map<string, number>();
  for (const { logs = [], logPattern } of Object.values(services)) {
    if (logPattern === false) continue;
    for (const { logGroup } of logs) filters.set(logGroup, (filters.get(logGroup) ?? 0) + 1);
  }
  return filters;
}

function isOnQuery(one: object): boolean {
  return one instanceof CloudwatchMetricAlarm && JSON.stringify(one.metricQueryInput ?? '').includes('"SELECT ');
}
