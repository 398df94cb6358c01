import { CloudwatchLogMetricFilter } from '@cdktf/provider-aws/lib/cloudwatch-log-metric-filter';
import type { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { Construct } from 'constructs';
import { alarmName } from '../names';
import type { LogPattern } from '../options';
import { type AlarmsContext, makeAlarms, type Plan } from './alarm';
import { type Listed, marks } from './service-alarms';

const NAMESPACE = 'EcsAlerts/Logs';

/** A metric filter, and the alarm on what it counts. */
export interface LogPlan extends Plan {
  readonly logGroup: string;
  readonly pattern: string;
  readonly metricName: string;
}

/** What is told of the logs of one listed service. */
export function logAlarms(listed: Listed): readonly LogPlan[] {
  const { logs = [], logPattern } = listed.options;
  if (logPattern === false) return [];
  return logs.map((log, index) => logAlarm(listed, log, index));
}

function logAlarm(listed: Listed, options: LogPattern, index: number): LogPlan {
  const { logGroup, pattern, count = 1, minutes = 1 } = options;
  const log = options.name ?? String(index + 1);
  const { service } = listed;
  const kind = 'log-pattern';
  const name = alarmName(listed, service, `${kind}:${log}`);
  // No colon in the name of a metric: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
  const metricName = name.replace(':', '/');
  const lines = count === 1 ? 'A line' : `${count} lines`;
  const matched = options.name === undefined ? 'matched' : `matched ${options.name}`;
  const within = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return {
    id: log,
    name,
    settings: { kind, measure: options.name ?? literal(pattern), log: { group: logGroup, pattern: literal(pattern) } },
    description: `${lines} of the log of service ${service} ${matched} within ${within}: \`${literal(pattern)}\`.`,
    ...marks(listed, kind),
    logGroup,
    pattern: literal(pattern),
    metricName,
    shape: {
      namespace: NAMESPACE,
      metricName,
      statistic: 'Sum',
      period: minutes * 60,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: count,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      // Where no line matched there is no datapoint.
      treatMissingData: 'notBreaching',
    },
  };
}

/** What would be an expression for Terraform is none here. https://developer.hashicorp.com/terraform/language/expressions/strings */
function literal(pattern: string): string {
  return pattern.replace(/[$%](?=\{)/g, '$&$&');
}

/** The filters and alarms of one service's logs. */
export class LogAlarms extends Construct {
  readonly alarms: ReadonlyMap<string, CloudwatchMetricAlarm>;

  constructor(scope: Construct, id: string, context: AlarmsContext, plans: readonly LogPlan[]) {
    super(scope, id);
    const alarms = plans.flatMap((plan) => {
      const own = new Construct(this, plan.id);
      new CloudwatchLogMetricFilter(own, 'filter', {
        name: plan.name.replace(':', '/'),
        logGroupName: plan.logGroup,
        pattern: plan.pattern,
        metricTransformation: { name: plan.metricName, namespace: NAMESPACE, value: '1', unit: 'Count' },
      });
      return [...makeAlarms(own, context, [{ ...plan, id: 'alarm' }])];
    });
    this.alarms = new Map(alarms);
  }
}
