import { METRICS } from './settings';

/** One line of JSON a call. Never given a token or a message's full body. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Counts something in CloudWatch. */
export type Count = (metric: string, value: number) => void;

export const log: Log = (level, message, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};

/** Counts what a function does. */
export function embeddedMetrics(functionName: string, now: () => Date): Count {
  return (metric, value) => writeMetrics(now(), { FunctionName: functionName }, [{ metric, unit: 'Count', value }]);
}

/**
 * A line that CloudWatch Logs takes for metrics, so that no call is needed.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function writeMetrics(
  at: Date,
  dimensions: Readonly<Record<string, string>>,
  measured: readonly {
    readonly metric: string;
    readonly unit: 'Count' | 'Milliseconds' | 'None';
    readonly value: number;
  }[],
): void {
  const Metrics = measured.map(({ metric, unit }) => ({ Name: metric, Unit: unit }));
  const CloudWatchMetrics = [{ Namespace: METRICS.namespace, Dimensions: [Object.keys(dimensions)], Metrics }];
  const values = Object.fromEntries(measured.map(({ metric, value }) => [metric, value]));
  const line = { _aws: { Timestamp: at.getTime(), CloudWatchMetrics }, ...dimensions, ...values };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
