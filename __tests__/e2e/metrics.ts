import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { groupedBy } from '../../functions/notifier/grouped-by';
import { TIME_SCALE } from './emulators';
import type { World } from './world';

/** A service as CloudWatch sees it: what each of its tasks reports every minute. Without tasks it reports nothing. */
export interface Service {
  readonly account: string;
  readonly cluster: string;
  readonly name: string;
  tasks: number;
  cpu: number;
  memory: number;
}

/** Any other metric: the value that it has in each minute. */
export interface Metric {
  readonly account: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  value: number;
}

const MINUTE_MS = 60_000 / TIME_SCALE;

/** Reports everything once a minute of CloudWatch, until it is stopped. What is added meanwhile is reported from then on. */
export function report(
  world: World,
  services: readonly Service[],
  metrics: readonly Metric[],
): { readonly stop: () => Promise<void> } {
  const clients = new Map<string, CloudWatchClient>();
  const clientOf = (account: string) => {
    const client = clients.get(account) ?? new CloudWatchClient(world.as(account));
    clients.set(account, client);
    return client;
  };
  let running = true;

  async function loop(): Promise<void> {
    while (running) {
      const minute = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
      const data = [...services.flatMap(utilization), ...metrics.map((metric) => ({ ...metric, count: 1 }))];
      const requests = groupedBy(data, ({ account, namespace }) => `${account}/${namespace}`);
      await Promise.all(
        [...requests.values()].map(async (all) => {
          const { account = '', namespace: Namespace = '' } = all[0] ?? {};
          const MetricData = all.map((one) => datapoint(one, minute));
          await clientOf(account).send(new PutMetricDataCommand({ Namespace, MetricData }));
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, minute.getTime() + MINUTE_MS - Date.now() + 5));
    }
  }

  const done = loop();
  return {
    stop: async () => {
      running = false;
      await done;
      for (const client of clients.values()) client.destroy();
    },
  };
}

/** The past of a metric as a chart shows it: a value for each of the minutes before this one, by the clock of the wall. */
export async function putPast(
  world: World,
  { account, namespace, name, dimensions }: Omit<Metric, 'value'>,
  values: readonly number[],
): Promise<void> {
  const thisMinute = Math.floor(Date.now() / 60_000) * 60_000;
  const MetricData = values.map((value, index) => {
    const minute = new Date(thisMinute - (values.length - index) * 60_000);
    return datapoint({ account, namespace, name, dimensions, value, count: 1 }, minute);
  });
  const client = new CloudWatchClient(world.as(account));
  await client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
  client.destroy();
}

/** So many samples a minute, all of this value. */
type Counted = Metric & { readonly count: number };

function utilization({ account, cluster, name, tasks, cpu, memory }: Service): Counted[] {
  const dimensions = { ClusterName: cluster, ServiceName: name };
  const of = (metric: string, value: number) => ({
    ...{ account, namespace: 'AWS/ECS', name: metric, dimensions },
    ...{ value, count: tasks },
  });
  return tasks === 0 ? [] : [of('CPUUtilization', cpu), of('MemoryUtilization', memory)];
}

function datapoint({ name, dimensions, value, count }: Counted, Timestamp: Date) {
  return {
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Timestamp,
    Values: [value],
    Counts: [count],
  };
}
