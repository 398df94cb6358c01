import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { TIME_SCALE, type World } from './world';

/** One listed service as CloudWatch sees it: what each of its tasks reports every minute. */
export interface Service {
  readonly account: string;
  readonly cluster: string;
  readonly name: string;
  tasks: number;
  cpu: number;
  memory: number;
}

const MINUTE_MS = 60_000 / TIME_SCALE;

/** Reports for all services once a minute of CloudWatch, each minute in one request, until it is stopped. */
export function report(world: World, services: readonly Service[]): { readonly stop: () => Promise<void> } {
  const accounts = [...new Set(services.map(({ account }) => account))];
  const clients = accounts.map((account) => [account, new CloudWatchClient(world.as(account))] as const);
  let running = true;

  async function loop(): Promise<void> {
    while (running) {
      const minute = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
      await Promise.all(
        clients.map(([account, client]) => {
          const data = services
            .filter((service) => service.account === account)
            .flatMap((one) => datapoints(one, minute));
          return client.send(new PutMetricDataCommand({ Namespace: 'AWS/ECS', MetricData: data }));
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
      for (const [, client] of clients) client.destroy();
    },
  };
}

function datapoints({ cluster, name, tasks, cpu, memory }: Service, Timestamp: Date) {
  const Dimensions = [
    { Name: 'ClusterName', Value: cluster },
    { Name: 'ServiceName', Value: name },
  ];
  const of = (MetricName: string, value: number) => ({
    MetricName,
    Dimensions,
    Timestamp,
    Values: [value],
    Counts: [tasks],
  });
  return [of('CPUUtilization', cpu), of('MemoryUtilization', memory)];
}
