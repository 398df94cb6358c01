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

/**
 * A line that CloudWatch Logs takes for a metric, so that no call is needed.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(namespace: string, functionName: string, now: () => Date): Count {
  return (metric, value) => {
    const Metrics = [{ Name: metric, Unit: 'Count' }];
    const _aws = {
      Timestamp: now().getTime(),
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [['FunctionName']], Metrics }],
    };
    process.stdout.write(`${JSON.stringify({ _aws, FunctionName: functionName, [metric]: value })}\n`);
  };
}
