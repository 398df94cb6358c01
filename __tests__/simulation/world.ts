import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { pace } from '../../functions/notifier/deliver/pace';
import { threadStore } from '../../functions/notifier/deliver/thread-store';
import { type Deps, handle } from '../../functions/notifier/handler';
import { settingsReader } from '../../functions/read-settings';
import { sentWakes } from '../../functions/watcher/sent-wakes';
import { type WatchDeps, watch } from '../../functions/watcher/watch';
import { watchedReader } from '../../functions/watcher/watched';
import { lookingUp } from '../support/look-up';

import { SimulatedAlarms } from './alarms';
import { Clock } from './clock';
import { Datapoints } from './datapoints';
import type { Deployed } from './deployed';
import { SimulatedEcs } from './ecs';
import { eventBus } from './event-bus';
import { inProcessTable } from './in-process-table';
import { MINUTE } from './place';
import { SimulatedQueue } from './queue';
import { Random } from './random';
import { remembering } from './remembering';
import { TimedSlack } from './timed-slack';

/** The watcher's time limit. */
const WATCHER_MS = MINUTE;
/** A call of ECS takes so long. */
const CALL_MS = 80;
/** All that an explanation asks takes at most so long. */
const LOOK_UP_MS = 1500;

export interface Logged {
  readonly atMs: number;
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
}

/** A cluster, CloudWatch, EventBridge, SQS and Slack on a virtual clock, around the real watcher and notifier. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly ecs: SimulatedEcs;
  readonly alarms: SimulatedAlarms;
  readonly queue: SimulatedQueue;
  readonly slack: TimedSlack;
  /** What the functions wrote to their logs above `info`, and what they did not tell. */
  readonly logged: readonly Logged[];
  readonly counts: () => string;
  readonly close: () => void;
}

export async function startWorld(options: {
  readonly seed: number;
  readonly startMs: number;
  readonly deployed: Deployed;
  readonly build: (ecs: SimulatedEcs, random: Random) => void;
}): Promise<World> {
  const clock = new Clock(options.startMs);
  const random = new Random(options.seed);
  const table = await inProcessTable(clock);
  const db = remembering(table.db);
  for (const Item of options.deployed.items) {
    await table.db.send(new PutCommand({ TableName: table.table, Item }));
  }

  const logged: Logged[] = [];
  const log: Deps['log'] = (level, message, fields) => void logged.push({ atMs: clock.ms(), level, message, fields });
  const slack = new TimedSlack(clock, random);
  const shared = { log, count: () => {}, now: clock.now, sleep: clock.sleep };
  const started = { passes: 0 };

  const queue = new SimulatedQueue(clock, random, options.deployed.mapping, (records, endsAtMs) =>
    handle(records, { ...notifier, remainingMs: () => endsAtMs - clock.ms() }),
  );
  const bus = eventBus(clock, random, queue.send);
  const ecs = new SimulatedEcs({ clock, random, emit: bus });
  options.build(ecs, random);
  const datapoints = new Datapoints(ecs, clock, random);
  const alarms = new SimulatedAlarms(options.deployed.alarms, { clock, random, datapoints, publish: queue.send });

  const notifier: Omit<Deps, 'remainingMs'> = {
    ...shared,
    slack,
    settings: settingsReader(db, table.table, clock.now),
    store: threadStore(db, table.table, { now: clock.now, newId: random.uuid }),
    pace: pace(db, table.table, clock),
    readServices: ecs.readServices,
    rolledBack: async (_cluster, service) => ecs.service(service).rolledBack,
    deadLetter: queue.deadLetter,
    comeAgain: queue.comeAgain,
    ask: async (request, seconds) => queue.send(JSON.stringify(request), seconds),
    lookUp: lookingUp(() => clock.sleep(random.between(CALL_MS, LOOK_UP_MS))),
    newId: random.uuid,
    random: random.next,
  };
  const watcher: Omit<WatchDeps, 'remainingMs'> = {
    ...shared,
    settings: settingsReader(db, table.table, clock.now),
    listServices: async () => [...(await ecs.listServices())],
    readServices: async (cluster, names) => {
      await clock.sleep(CALL_MS);
      return ecs.readServices(cluster, names);
    },
    watched: watchedReader(db, table.table),
    wake: async (wakes) => {
      for (const wake of wakes) queue.send(JSON.stringify(wake));
    },
    sent: sentWakes(clock.now),
    probe: () => Promise.reject(new Error('nothing is probed')),
    writeProbe: () => {},
  };
  clock.every(MINUTE, clock.ms() + random.between(0, MINUTE), () => {
    started.passes += 1;
    const untilMs = clock.ms() + WATCHER_MS;
    return watch({ ...watcher, remainingMs: () => untilMs - clock.ms() });
  });

  const counts = () => {
    const messages = slack.messages();
    const threads = messages.filter(({ threadTs }) => threadTs === undefined).length;
    const broadcasts = messages.filter(({ broadcast }) => broadcast).length;
    const of = (count: number, what: string) => `${count.toLocaleString('en')} ${what}`;
    return [
      of(threads, 'threads'),
      of(messages.length, 'messages'),
      of(slack.edits, 'edits'),
      of(broadcasts, 'broadcasts'),
      of(queue.batches, 'notifier runs'),
      of(queue.givenBack, 'records given back'),
      of(started.passes, 'watcher passes'),
    ].join(', ');
  };
  return { clock, random, ecs, alarms, queue, slack, logged, counts, close: table.close };
}
