import { isOver, plain, type Stage, texts, wrongNow } from '../stage';
import type { Group } from './group';

const CLUSTER = 'everything';
const at = (name: string) => ['prod', CLUSTER, name] as const;
const GB = 2 ** 30;
const MB = 2 ** 20;

/** What a dependency measures when it is in trouble and when it is well, and what its thread says then. */
interface Trouble {
  readonly name: string;
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metrics: readonly (readonly [name: string, bad: number, good: number])[];
  readonly wrong: readonly string[];
  readonly dot?: string;
}

const LOAD_BALANCER = { LoadBalancer: 'app/shop/50dc6c495c0c9188' };

/** Every alarm that each kind has. */
const TROUBLES: readonly Trouble[] = [
  {
    name: 'catalogue',
    namespace: 'AWS/RDS',
    dimensions: { DBClusterIdentifier: 'catalogue' },
    metrics: [
      ['CPUUtilization', 90, 10],
      ['FreeableMemory', 100 * MB, 900 * MB],
      ['FreeLocalStorage', GB, 9 * GB],
      ['DatabaseConnections', 120, 20],
    ],
    wrong: [
      'CPU of an instance 90 %, limit 80 % for 5 min',
      'free memory 100 MB, limit 128 MB for 10 min',
      'free local storage 1 GB, limit 2 GB for 5 min',
      'connections 120, limit 100 for 5 min',
    ],
  },
  {
    name: 'edge',
    namespace: 'AWS/ApplicationELB',
    dimensions: LOAD_BALANCER,
    metrics: [
      ['RequestCount', 90, 100],
      ['HTTPCode_ELB_5XX_Count', 10, 0],
      ['RejectedConnectionCount', 3, 0],
    ],
    wrong: ['5xx of the load balancer 10 %, limit 5 % for 3 of 5 min', 'refused connections 3, limit 1 for 1 min'],
  },
  {
    name: 'orders-api',
    namespace: 'AWS/ApplicationELB',
    dimensions: { TargetGroup: 'targetgroup/orders/73e2d6bc24d8a067', ...LOAD_BALANCER },
    metrics: [
      ['RequestCount', 50, 50],
      ['HTTPCode_Target_5XX_Count', 10, 0],
      ['UnHealthyHostCount', 2, 0],
      ['HealthyHostCount', 0, 2],
      ['TargetResponseTime', 3.5, 0.1],
    ],
    wrong: [
      'unhealthy targets 2, limit 1 for 5 min',
      'healthy targets 0, limit 1 for 3 min',
      '5xx of the targets 20 %, limit 5 % for 3 min',
      'response time (p90) 3.5 s, limit 1 s for 5 min',
    ],
  },
  {
    name: 'sessions',
    namespace: 'AWS/ElastiCache',
    dimensions: { CacheClusterId: 'sessions-001' },
    metrics: [
      ['EngineCPUUtilization', 95, 5],
      ['DatabaseMemoryUsagePercentage', 93, 50],
    ],
    wrong: ['CPU of the engine 95 %, limit 90 % for 5 min', 'memory 93 %, limit 90 % for 5 min'],
  },
  {
    name: 'jobs',
    namespace: 'AWS/SQS',
    dimensions: { QueueName: 'jobs' },
    metrics: [['ApproximateAgeOfOldestMessage', 1200, 3]],
    wrong: ['age of the oldest message 1200 s, limit 900 s for 5 min'],
    dot: '🔴',
  },
  {
    name: 'carts',
    namespace: 'AWS/DynamoDB',
    dimensions: { TableName: 'carts' },
    metrics: [['WriteThrottleEvents', 25, 0]],
    wrong: ['throttled requests 25, limit 10 for 3 of 5 min'],
  },
  {
    name: 'lag',
    namespace: 'AWS/Kafka',
    dimensions: { 'Consumer Group': 'shop', 'Cluster Name': 'events', Topic: 'orders' },
    metrics: [['SumOffsetLag', 15_000, 10]],
    wrong: ['lag of the consumer 15000 messages, limit 10000 messages for 3 min'],
  },
];

const ORDERS_DB: Trouble = {
  name: 'orders-db',
  namespace: 'AWS/RDS',
  dimensions: { DBInstanceIdentifier: 'orders' },
  metrics: [
    ['CPUUtilization', 91, 10],
    ['FreeStorageSpace', GB, 90 * GB],
    ['FreeableMemory', 30 * MB, 900 * MB],
    ['DatabaseConnections', 130, 20],
  ],
  wrong: [
    '*orders-db*: CPU 91 %, limit 80 % for 5 min',
    '*orders-db*: free storage 1 GB, limit 5 GB for 5 min',
    '*orders-db*: free memory 30 MB, limit 64 MB for 10 min',
    '*orders-db*: connections 130, limit 100 for 5 min',
  ],
};

/** The list of what is wrong, in any order: the headline begins small, the others with a capital. */
const listed = (lines: readonly string[]) => lines.map((line) => line.replace(/^• /, '').toLowerCase()).sort();

/** A line of a function's log that CloudWatch would take for metrics. */
interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

/** The alarms on what services lean on. */
export function theDependencies(stage: Stage): Group {
  const leaning = stage.service('prod', CLUSTER, 'leaning');
  const checkout = stage.service('prod', CLUSTER, 'checkout');

  const before = async () => {
    for (const { name, tasks } of [leaning, checkout]) await stage.ecs('prod').createService(CLUSTER, name, tasks);
  };

  function measure({ namespace, dimensions, metrics }: Trouble, is: 'bad' | 'good'): void {
    for (const [name, bad, good] of metrics) {
      stage.measure({ namespace, name, dimensions, value: is === 'bad' ? bad : good });
    }
  }

  /** A pass of the watcher, whose embedded metrics the test puts: the emulator makes none of them. */
  async function probe(): Promise<void> {
    const lines = (await stage.watch('prod', CLUSTER)).split('\n').filter((line) => line.includes('"_aws"'));
    const embedded = lines.map((line) => JSON.parse(line.slice(line.indexOf('{'))) as EmbeddedMetrics);
    for (const { _aws, ...fields } of embedded) {
      for (const {
        Namespace: namespace,
        Dimensions: [keys = []],
        Metrics,
      } of _aws.CloudWatchMetrics) {
        const dimensions = Object.fromEntries(keys.map((key) => [key, String(fields[key])]));
        for (const { Name: name } of Metrics) {
          stage.measure({ namespace, name, dimensions, value: Number(fields[name]) });
        }
      }
    }
  }

  const run = () => {
    test('are in trouble, all at once', async () => {
      leaning.cpu = 99;
      stage.endpoint.answer = { status: 503, afterMs: 600 };
      for (const trouble of TROUBLES) measure(trouble, 'bad');
      await probe();
      await stage.thread('listed', at('leaning'));
      measure(ORDERS_DB, 'bad');
    });

    test.each(TROUBLES)(
      '$name gets a thread of its own that names who leans on it',
      async ({ name, wrong, dot = '🟠' }) => {
        const thread = await stage.thread('everything', at(name), (now) => wrongNow(now).length > wrong.length);
        const [usedBy, ...lines] = wrongNow(thread).reverse();

        expect(thread.parent.text.startsWith(dot)).toBe(true);
        expect(usedBy).toBe('Used by checkout');
        expect(listed(lines)).toEqual(listed(wrong));
      },
    );

    test('payments, an endpoint, is told by what the watcher found when it asked', async () => {
      const thread = await stage.thread('everything', at('payments'), (now) => wrongNow(now).length > 2);
      const [usedBy, ...lines] = wrongNow(thread).reverse();

      expect(usedBy).toBe('Used by checkout');
      expect(listed(lines)).toEqual([
        'healthy answers 0, limit 1 for 3 min',
        expect.stringMatching(/^response time \d{3} ms, limit 500 ms for 3 min$/),
      ]);
    });

    test('partner, an endpoint whose certificate ended, is told as both', async () => {
      const thread = await stage.thread('everything', at('partner'), (now) => wrongNow(now).length > 2);
      const [, ...lines] = wrongNow(thread).reverse();

      expect(listed(lines)).toEqual([
        expect.stringMatching(/^days left of the certificate -\d+, limit 14 for 60 min$/),
        'healthy answers 0, limit 1 for 3 min',
      ]);
    });

    test('orders-db joins the open thread of the service that leans on it, and opens none', async () => {
      const thread = await stage.thread('listed', at('leaning'), (now) => wrongNow(now).length >= 5);

      expect(listed(wrongNow(thread))).toEqual(listed(['CPU 99 %, limit 85 % for 5 min', ...ORDERS_DB.wrong]));
      expect(await stage.threads('everything', ...at('orders-db'))).toEqual([]);
    });

    test('an incident that opens later links to the threads of what it leans on', async () => {
      checkout.cpu = 97;
      const { parent } = await stage.thread('listed', at('checkout'));

      expect(JSON.stringify(parent.blocks)).toMatch(/Leans on <[^|]+\|catalogue>, which has a thread of its own/);
    });

    test('all recover', async () => {
      leaning.cpu = 30;
      checkout.cpu = 30;
      stage.endpoint.answer = { status: 200, afterMs: 0 };
      for (const trouble of [...TROUBLES, ORDERS_DB]) measure(trouble, 'good');
      await probe();
      for (const { name } of TROUBLES) await stage.thread('everything', at(name), isOver);
      const payments = await stage.thread('everything', at('payments'), isOver);
      for (const name of ['leaning', 'checkout']) await stage.thread('listed', at(name), isOver);

      expect(plain(payments.parent.text)).toMatch(/^🟢 payments: recovered after \d+ s \(prod, everything\)$/);
      expect(texts(payments).at(-1)).toMatch(/^🟢 payments: Recovered after /);
    });
  };
  return { name: 'dependencies', before, run };
}
