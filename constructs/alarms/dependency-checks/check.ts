import { lasting, PERIOD, type Shape } from '../alarm';

/** What the limits of all kinds of dependencies are made of. */

/** One thing that can be wrong with a dependency. */
export interface Check {
  /** End of the alarm's name. */
  readonly what: string;
  /** What is wrong, and what that means. */
  readonly words: string;
  /** What is measured, in words, and in which unit. */
  readonly measure: string;
  readonly unit?: string;
  readonly shape: Shape;
}

/** What is set of a limit, then its defaults; nothing when it is off. */
export function limit<Defaults extends object>(
  setting: boolean | Partial<Defaults> | undefined,
  defaults: Defaults,
  check: (limits: Defaults) => Check,
): readonly Check[] {
  if (setting === false) return [];
  const said = Object.entries(setting === true ? {} : (setting ?? {})).filter(([, value]) => value !== undefined);
  return [check({ ...defaults, ...Object.fromEntries(said) })];
}

/** A limit that has no default: nobody here knows what is too much. */
export function given<Limits extends object>(
  setting: false | Limits | undefined,
  check: (limits: Limits) => Check,
): readonly Check[] {
  return setting === false || setting === undefined ? [] : [check(setting)];
}

export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, string>;
  readonly statistic: string;
}

/** One metric, each minute of so many. */
export function each(metric: Metric, comparison: Comparison, threshold: number, minutes: number): Shape {
  return {
    ...metric,
    period: PERIOD,
    comparisonOperator: OPERATORS[comparison],
    threshold,
    ...lasting(minutes),
    // What is not there, or is not used, reports nothing; that is not what these limits are about.
    treatMissingData: 'notBreaching',
  };
}

/** Several metrics, or one in another unit, so that the datapoints are what a reader understands. */
export function computed(
  metrics: Readonly<Record<string, Metric>>,
  { expression, label }: { readonly expression: string; readonly label: string },
  comparison: Comparison,
  threshold: number,
  minutes: number,
): Shape {
  const queries = Object.entries(metrics).map(([id, { statistic, ...metric }]) => ({
    id,
    metric: { ...metric, stat: statistic, period: PERIOD },
    returnData: false,
  }));
  return {
    metricQuery: [...queries, { id: 'result', expression, label, returnData: true }],
    comparisonOperator: OPERATORS[comparison],
    threshold,
    ...lasting(minutes),
    // As for a single metric.
    treatMissingData: 'notBreaching',
  };
}

const OPERATORS = {
  '>': 'GreaterThanThreshold',
  '>=': 'GreaterThanOrEqualToThreshold',
  '<': 'LessThanThreshold',
  '<=': 'LessThanOrEqualToThreshold',
} as const;
type Comparison = keyof typeof OPERATORS;

/** CloudWatch has percentiles in a field of their own. */
export function withPercentile({ statistic, ...shape }: Shape): Shape {
  return { ...shape, extendedStatistic: statistic };
}
