import { deployed } from './deployed';
import type { Moment } from './ecs-service';
import { RUNS } from './ecs-task';
import { DAY, HOUR, MINUTE } from './place';
import { SEED } from './random';
import { subjectOf, type Thread } from './timed-slack';
import { writeTranscript } from './transcript';
import { startWorld, type World } from './world';

const START_MS = Date.parse('2026-11-18T00:00:00Z');
const SECRET =
  'ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can’t find the specified secret.';

/** `14:02` of that day. */
function at(clock: string): number {
  return Date.parse(`2026-11-18T${clock}:00Z`);
}

/** Something that goes wrong, what is to be read of it, and when it is over. */
interface Incident {
  readonly what: string;
  /** Whose thread it is, as the parent names it. */
  readonly subject: string;
  readonly happens: (world: World) => void;
  /** When the level of its row is reached. */
  readonly reached: (world: World) => number | undefined;
  /** Told as, dot included. */
  readonly told: RegExp;
  readonly over: (world: World) => number | undefined;
  /** Sent to the channel at most so often: when it becomes worse in a thread that is there already. */
  readonly broadcasts: number;
}

function first(world: World, service: string, is: (moment: Moment) => boolean, afterMs = 0): number | undefined {
  return world.ecs.service(service).history.find((moment) => moment.atMs >= afterMs && is(moment))?.atMs;
}

/** The third of them, from then on. */
function third(world: World, service: string, what: Moment['what'], afterMs: number): number | undefined {
  return world.ecs.service(service).history.filter((moment) => moment.atMs >= afterMs && moment.what === what)[2]?.atMs;
}

function last(world: World, service: string, what: Moment['what']): number {
  return (
    world.ecs
      .service(service)
      .history.filter((moment) => moment.what === what)
      .at(-1)?.atMs ?? Number.NaN
  );
}

function alarmed(world: World, key: RegExp, state: 'ALARM' | 'OK'): number | undefined {
  return world.alarms.history.find((change) => key.test(change.key) && change.state === state)?.atMs;
}

const INCIDENTS: readonly Incident[] = [
  {
    what: 'CPU is high for twenty minutes',
    subject: 'web',
    happens: ({ clock, ecs }) => {
      clock.at(at('08:00'), () => (ecs.service('web').cpu = 95));
      clock.at(at('08:20'), () => (ecs.service('web').cpu = 35));
    },
    reached: (world) => alarmed(world, /cpu-high#web/, 'ALARM'),
    told: /🟠 web: CPU 9\d.* %, limit 85 %/,
    over: (world) => alarmed(world, /cpu-high#web/, 'OK'),
    broadcasts: 0,
  },
  {
    what: 'memory is high for an hour',
    subject: 'search',
    happens: ({ clock, ecs }) => {
      clock.at(at('08:05'), () => (ecs.service('search').memory = 96));
      clock.at(at('09:05'), () => (ecs.service('search').memory = 50));
    },
    reached: (world) => alarmed(world, /memory-high#search/, 'ALARM'),
    told: /🟠 search: memory (9\d|100) %, limit 85 %/,
    over: (world) => alarmed(world, /memory-high#search/, 'OK'),
    broadcasts: 0,
  },
  {
    what: 'all tasks crash, and come back by themselves',
    subject: 'api',
    happens: ({ clock, ecs }) => clock.at(at('09:00'), () => ecs.service('api').crash(137)),
    reached: (world) => first(world, 'api', ({ running, desired }) => desired > 0 && running === 0),
    told: /🔴 api: 0 of 2 tasks running/,
    over: (world) => first(world, 'api', ({ running }) => running > 0, at('09:00') + 15_000),
    broadcasts: 0,
  },
  {
    what: 'a deployment crashes until the circuit breaker rolls it back',
    subject: 'orders',
    happens: ({ clock, ecs }) => {
      clock.at(at('09:30'), () => void ecs.service('orders').deploy({ kind: 'exits', afterMs: 15_000, exitCode: 1 }));
    },
    reached: (world) => third(world, 'orders', 'crashed', at('09:30')),
    told: /🔴 orders: .*crash loop/i,
    over: (world) => last(world, 'orders', 'COMPLETED'),
    broadcasts: 1,
  },
  {
    what: 'a deployment hangs, and no circuit breaker is on',
    subject: 'worker',
    happens: ({ clock, ecs }) => {
      clock.at(at('10:00'), () => void ecs.service('worker').deploy({ kind: 'hangs' }));
      clock.at(at('10:50'), () => void ecs.service('worker').deploy());
    },
    reached: () => at('10:30'),
    told: /🔴 worker: .*deployment of worker:42 still running after 3[01] min/,
    over: (world) => last(world, 'worker', 'COMPLETED'),
    broadcasts: 0,
  },
  {
    what: 'Spot takes a task, and no other one gets to run',
    subject: 'cart',
    happens: ({ clock, ecs }) => {
      const cart = ecs.service('cart');
      clock.at(at('11:00'), () => {
        cart.fateOf = () => ({ kind: 'hangs' });
        cart.interrupt();
      });
      clock.at(at('11:20'), () => cart.unhang());
    },
    reached: (world) => {
      const since = first(world, 'cart', ({ running, desired }) => running < desired);
      return since === undefined ? undefined : since + 5 * MINUTE;
    },
    told: /🟠 cart: only 2 of 3 tasks running for [56] min/,
    over: (world) => first(world, 'cart', ({ running, desired }) => running === desired, at('11:20')),
    broadcasts: 1,
  },
  {
    what: 'there is no capacity for a task',
    subject: 'batch',
    happens: ({ clock, ecs }) => {
      const batch = ecs.service('batch');
      clock.at(at('12:00'), () => {
        batch.unplaceable = true;
        batch.scale(4);
      });
      clock.at(at('12:12'), () => (batch.unplaceable = false));
    },
    reached: (world) => first(world, 'batch', ({ what }) => what === 'unplaced'),
    told: /🔴 batch: no room for a task: RESOURCE:FARGATE/,
    over: (world) => first(world, 'batch', ({ what }) => what === 'steady', at('12:12')),
    broadcasts: 1,
  },
  {
    what: 'ECS says that it cannot start tasks',
    subject: 'mailer',
    happens: ({ clock, ecs }) => clock.at(at('12:30'), () => ecs.service('mailer').sayAction('impaired')),
    reached: (world) => first(world, 'mailer', ({ what }) => what === 'impaired'),
    told: /🔴 mailer: .*(start|loop)/i,
    over: (world) => last(world, 'mailer', 'impaired') + 10 * MINUTE,
    broadcasts: 0,
  },
  {
    what: 'all tasks there may be run, and the CPU is high',
    subject: 'checkout',
    happens: ({ clock, ecs }) => {
      const checkout = ecs.service('checkout');
      clock.at(at('13:00'), () => (checkout.cpu = 96));
      clock.at(at('13:02'), () => checkout.scale(6));
      clock.at(at('13:30'), () => (checkout.cpu = 40));
      clock.at(at('13:45'), () => checkout.scale(3));
    },
    reached: (world) => alarmed(world, /checkout\/saturated/, 'ALARM'),
    told: /🔴 checkout: at its limit of 6 tasks/,
    over: (world) =>
      Math.max(
        alarmed(world, /checkout\/saturated/, 'OK') ?? Number.NaN,
        alarmed(world, /cpu-high#checkout/, 'OK') ?? Number.NaN,
      ),
    broadcasts: 1,
  },
  {
    what: 'the autoscaling is at its maximum',
    subject: 'feed',
    happens: ({ clock, ecs }) => {
      clock.at(at('14:00'), () => ecs.service('feed').scale(8));
      clock.at(at('14:40'), () => ecs.service('feed').scale(3));
    },
    reached: (world) => first(world, 'feed', ({ desired }) => desired === 8),
    told: /🟠 feed: .*maximum/,
    over: (world) => (first(world, 'feed', ({ desired }) => desired === 3, at('14:40')) ?? Number.NaN) + HOUR,
    broadcasts: 0,
  },
  {
    what: 'a line in the log matches',
    subject: 'auth',
    happens: ({ clock, alarms }) => {
      const name = alarms.names.find((one) => one.includes('/auth/log-pattern')) ?? '';
      clock.at(at('15:00'), () => alarms.set(name, 'ALARM', 3));
      clock.at(at('15:03'), () => alarms.set(name, 'OK', 0));
    },
    reached: (world) => alarmed(world, /auth\/log-pattern/, 'ALARM'),
    told: /🟠 auth: .*log lines/,
    over: (world) => alarmed(world, /auth\/log-pattern/, 'OK'),
    broadcasts: 0,
  },
  {
    what: 'a database that services lean on has a high CPU',
    subject: 'orders-db',
    happens: ({ clock, alarms }) => {
      const name = alarms.names.find((one) => one.endsWith('orders-db/cpu-high')) ?? '';
      clock.at(at('16:00'), () => alarms.set(name, 'ALARM', 96.3));
      clock.at(at('16:25'), () => alarms.set(name, 'OK', 31));
    },
    reached: (world) => alarmed(world, /orders-db/, 'ALARM'),
    told: /🟠 orders-db: CPU 96.* %, limit 80 %/,
    over: (world) => alarmed(world, /orders-db/, 'OK'),
    broadcasts: 0,
  },
  {
    what: 'a secret is missing after a deployment',
    subject: 'payments',
    happens: ({ clock, ecs }) => {
      clock.at(at('17:00'), () => void ecs.service('payments').deploy({ kind: 'never-starts', reason: SECRET }));
      clock.at(at('18:15'), () => void ecs.service('payments').deploy());
    },
    reached: (world) => third(world, 'payments', 'crashed', at('17:00')),
    told: /🔴 payments: .*crash loop/i,
    over: (world) => last(world, 'payments', 'COMPLETED'),
    broadcasts: 1,
  },
  {
    what: 'all tasks exit again and again, without a deployment',
    subject: 'report',
    happens: ({ clock, ecs }) => {
      const report = ecs.service('report');
      clock.at(at('20:00'), () => {
        report.fateOf = () => ({ kind: 'exits', afterMs: 90_000, exitCode: 1 });
        report.crash(1);
      });
      clock.at(at('20:30'), () => (report.fateOf = () => RUNS));
    },
    reached: (world) => third(world, 'report', 'crashed', at('20:00')),
    told: /🔴 report: crash loop/,
    over: (world) => last(world, 'report', 'crashed') + 10 * MINUTE,
    broadcasts: 1,
  },
  {
    what: 'a scheduled job fails',
    subject: 'shop (cluster)',
    happens: ({ clock, ecs }) => clock.at(at('19:00'), () => ecs.runJob('nightly', 5 * MINUTE, 3)),
    reached: ({ ecs }) => ecs.jobsEndedAtMs[0],
    told: /🟠 shop \(cluster\): task of family nightly stopped: .*exit 3/,
    over: ({ ecs }) => (ecs.jobsEndedAtMs[0] ?? Number.NaN) + HOUR,
    broadcasts: 0,
  },
];

const TOLD_WITHIN_MS = 2 * MINUTE;
/** Nobody reads more of one incident. */
const REPLIES_MAX = 12;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: SEED,
    startMs: START_MS,
    deployed: deployed({
      services: {
        web: {},
        checkout: { maxTasks: 6 },
        feed: { maxTasks: 8 },
        auth: { logs: [{ logGroup: '/shop/auth', pattern: 'ERROR', name: 'errors' }] },
        payments: { dependsOn: ['orders-db'] },
        orders: { dependsOn: ['orders-db'] },
      },
      dependencies: { 'orders-db': { rdsInstance: 'orders' } },
    }),
    build: (ecs) => {
      for (const name of ['web', 'search', 'worker', 'cart', 'batch', 'mailer', 'auth', 'report'])
        ecs.add(name, { desired: 3 });
      ecs.add('api', { desired: 2 });
      ecs.add('orders', { desired: 4, circuitBreaker: true });
      ecs.add('payments', { desired: 3 });
      ecs.add('checkout', { desired: 3, maxTasks: 6 });
      ecs.add('feed', { desired: 3, maxTasks: 8 });
    },
  });
  world.ecs.throttled = 0;
  for (const { happens } of INCIDENTS) happens(world);
  await world.clock.run(START_MS + DAY);
  writeTranscript(world);
  process.stdout.write(`A bad day, seed ${SEED}: ${world.counts()}\n`);
}, 300_000);

afterAll(() => world.close());

describe.each(INCIDENTS)('$subject: $what', ({ subject, reached, told, over, broadcasts }) => {
  const reachedAtMs = () => reached(world) ?? Number.NaN;
  const overAtMs = () => over(world) ?? Number.NaN;
  const thread = () => world.slack.threadsOf(subject)[0] as Thread;
  const text = (one: { readonly text: string }) => one.text.replaceAll('\u00a0', ' ');

  test('has one thread of its own', () => {
    expect(world.slack.threadsOf(subject)).toHaveLength(1);
  });

  test('is told within two minutes, as bad as it is', () => {
    const after = thread().versions.filter(({ atMs }) => atMs >= reachedAtMs());
    const found = after.find((version) => told.test(text(version)));
    expect({ told: found && text(found), all: thread().versions.map(text) }).toEqual({
      told: expect.stringMatching(told),
      all: expect.anything(),
    });
    expect((found?.atMs ?? Number.NaN) - reachedAtMs()).toBeLessThanOrEqual(TOLD_WITHIN_MS);
  });

  test('is closed when it is over, and not before', () => {
    const { versions } = thread();
    const isGreen = ({ text: words }: { readonly text: string }) => words.startsWith('🟢');
    const early = versions.filter(({ atMs }) => atMs >= reachedAtMs() && atMs < overAtMs()).filter(isGreen);
    const closed = versions.find((version) => version.atMs >= overAtMs() && isGreen(version));
    expect(early.map(text)).toEqual([]);
    expect((closed?.atMs ?? Number.NaN) - overAtMs()).toBeLessThanOrEqual(TOLD_WITHIN_MS);
    expect(text(versions.at(-1) ?? { text: '' })).toMatch(/^🟢/);
  });

  test('is told in few words', () => {
    expect(thread().replies.length).toBeLessThanOrEqual(REPLIES_MAX);
  });

  test('is sent to the channel only when it becomes worse', () => {
    const sent = thread().replies.filter(({ broadcast }) => broadcast);
    expect(sent.map(text).slice(broadcasts)).toEqual([]);
  });
});

test('nothing else has a thread', () => {
  const known = INCIDENTS.map(({ subject }) => subject);
  const subjects = world.slack.threads().map(({ versions }) => subjectOf(versions[0]?.text ?? ''));
  expect(subjects.filter((subject) => !known.includes(subject))).toEqual([]);
});
