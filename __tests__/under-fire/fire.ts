import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Log } from '../../functions/log';
import { httpsFetch } from '../../functions/notifier/deliver/https-fetch';
import { settingsReader } from '../../functions/read-settings';
import { sentWakes } from '../../functions/watcher/sent-wakes';
import { watch } from '../../functions/watcher/watch';
import { watchedReader } from '../../functions/watcher/watched';
import { Clock } from '../simulation/clock';
import type { Deployed } from '../simulation/deployed';
import { inProcessTable } from '../simulation/in-process-table';
import { MINUTE } from '../simulation/place';
import { SimulatedQueue } from '../simulation/queue';
import { Random } from '../simulation/random';
import { remembering } from '../simulation/remembering';
import { startFaultProxy } from './fault-proxy';
import { flakyTable } from './flaky-table';
import { healthy } from './healthy';
import { type Kill, NotifierProcess, type Surroundings } from './notifier-process';
import { RealClock } from './real-clock';
import { type SlackEmulator, startSlackEmulator } from './slack-emulator';
import { UnwellSlack } from './unwell-slack';
import { virtualFetch } from './virtual-fetch';

const TOKEN = 'xoxb-first';

/** One deployment: its queue, its table, its notifiers. */
export interface Notifier {
  readonly queue: SimulatedQueue;
  /** Rules by identity of the alerts that were not told. */
  readonly untold: ReadonlyMap<string, string>;
  /** Distinct subjects of the batches received, summed up. */
  readonly subjectsReceived: () => number;
  readonly lastDoneAtMs: () => number;
  readonly batchWindowMs: number;
}

/** Clusters, their queues and notifiers, and a Slack and a table that fail, on a virtual clock. */
export interface Fire {
  readonly clock: Clock;
  readonly random: Random;
  readonly slack: UnwellSlack;
  readonly emulator: SlackEmulator;
  readonly notifiers: readonly Notifier[];
  /** How many calls of the table and of the queue fail, from 0 to 1. */
  readonly table: { of: number };
  /** The notifiers' calls of it, by command. */
  readonly tableCalls: ReadonlyMap<string, number>;
  /** How many invocations are killed, from 0 to 1; how many were. */
  readonly kills: { of: number; done: number };
  /** The token is another one from now on. */
  readonly rotate: (token: string) => void;
  /** Identities that a message was meant to tell, by its ID. */
  readonly intents: ReadonlyMap<string, readonly string[]>;
  /** IDs of messages that were sent a second time. */
  readonly sentAgain: ReadonlySet<string>;
  readonly logged: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
}

export interface ClusterSetup {
  readonly deployed: Deployed;
  readonly services: readonly string[];
  /** For counting: whose alert a body is, if it is one. */
  readonly subjectOf: (body: string) => string | undefined;
}

/** An invocation that tells one alert has some twenty. */
const STEPS = 20;

export async function startFire(options: {
  readonly seed: number;
  /** When the virtual time begins; without it all happens in real time, Slack behind HTTP. */
  readonly startMs?: number;
  readonly clusters: (channels: readonly string[]) => readonly ClusterSetup[];
}): Promise<Fire> {
  const clock = options.startMs === undefined ? new RealClock() : new Clock(options.startMs);
  const random = new Random(options.seed);
  const emulator = await startSlackEmulator(clock.ms);
  const proxy = clock instanceof RealClock ? await startFaultProxy(emulator.call) : undefined;
  const slack = proxy?.slack ?? new UnwellSlack(clock, (call) => clock.during(emulator.call(call)));
  const table = { of: 0 };
  const tableCalls = new Map<string, number>();
  const kills = { of: 0, done: 0 };
  let token = TOKEN;
  const intents = new Map<string, readonly string[]>();
  const sentAgain = new Set<string>();
  const logged = new Map<string, number>();
  const closing: (() => void)[] = [];

  async function startNotifier({ deployed, services, subjectOf }: ClusterSetup): Promise<Notifier> {
    const { db: raw, table: name, close } = await inProcessTable(clock);
    const db = remembering(raw);
    closing.push(close);
    for (const Item of deployed.items) await raw.send(new PutCommand({ TableName: name, Item }));
    const untold = new Map<string, string>();
    const log: Log = (_level, message, fields = {}) => {
      logged.set(message, (logged.get(message) ?? 0) + 1);
      if (message.startsWith('sending again')) sentAgain.add(String(fields['id']));
      if (message === 'not told') untold.set(String(fields['identity']), String(fields['rule']));
    };
    const surroundings: Surroundings = {
      clock,
      random,
      db: counting(flakyTable(db, { clock, random }, table), tableCalls),
      table: name,
      slackUrl: proxy?.url ?? 'http://slack.test/api/',
      fetch: proxy === undefined ? virtualFetch(slack, clock, random) : httpsFetch,
      token: () => token,
      queueFails: () => table.of,
      queue: () => queue,
      readServices: healthy(clock),
      log,
      count: () => {},
      intends: (id, identities) => intents.set(id, identities),
    };
    const idle: NotifierProcess[] = [];
    let subjectsReceived = 0;
    let lastDoneAtMs = clock.ms();
    const queue = new SimulatedQueue(clock, random, deployed.mapping, async (records, endsAtMs) => {
      const subjects = records.map(({ body }) => subjectOf(body)).filter((subject) => subject !== undefined);
      subjectsReceived += new Set(subjects).size;
      const process = idle.pop() ?? new NotifierProcess(surroundings);
      const kill: Kill | undefined = random.chance(kills.of)
        ? { step: random.whole(1, STEPS), when: random.chance(0.5) ? 'before' : 'after' }
        : undefined;
      const stays = await process.run(records, endsAtMs, kill).catch((error) => {
        kills.done += 1;
        throw error;
      });
      idle.push(process);
      lastDoneAtMs = clock.ms();
      return stays;
    });
    const watched = watchedReader(db, name);
    const settings = settingsReader(db, name, clock.now);
    const sent = sentWakes(clock.now);
    clock.every(MINUTE, clock.ms() + random.between(0, MINUTE), () =>
      watch({
        log,
        count: () => {},
        now: clock.now,
        sleep: clock.sleep,
        settings,
        watched,
        sent,
        listServices: async () => services,
        readServices: surroundings.readServices,
        wake: async (wakes) => {
          for (const wake of wakes) queue.send(JSON.stringify(wake));
        },
        probe: () => Promise.reject(new Error('nothing is probed')),
        writeProbe: () => {},
        remainingMs: () => 55_000,
      }),
    );
    return {
      queue,
      untold,
      subjectsReceived: () => subjectsReceived,
      lastDoneAtMs: () => lastDoneAtMs,
      batchWindowMs: deployed.mapping.batchWindowMs,
    };
  }

  const close = async () => {
    if (clock instanceof RealClock) clock.end();
    for (const end of closing) end();
    await proxy?.close();
    await emulator.close();
  };
  const notifiers: Notifier[] = [];
  try {
    for (const cluster of options.clusters(emulator.channels)) notifiers.push(await startNotifier(cluster));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    clock,
    random,
    slack,
    emulator,
    notifiers,
    table,
    tableCalls,
    kills,
    rotate: (next) => {
      slack.revoked.add(token);
      token = next;
    },
    intents,
    sentAgain,
    logged,
    close,
  };
}

function counting(db: DynamoDBDocumentClient, calls: Map<string, number>): DynamoDBDocumentClient {
  const send = (command: object) => {
    const { name } = command.constructor;
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return db.send(command as never);
  };
  return { send } as unknown as DynamoDBDocumentClient;
}
