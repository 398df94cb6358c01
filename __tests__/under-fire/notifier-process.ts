import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { FetchFunction } from '@slack/web-api';
import type { ReadServices } from '../../functions/level/read-services';
import { pace } from '../../functions/notifier/deliver/pace';
import { slack } from '../../functions/notifier/deliver/slack';
import { threadStore } from '../../functions/notifier/deliver/thread-store';
import { type Deps, handle, type Incoming } from '../../functions/notifier/handler';
import { tokenReader } from '../../functions/notifier/token';
import { settingsReader } from '../../functions/read-settings';
import type { Clock } from '../simulation/clock';
import type { SimulatedQueue } from '../simulation/queue';
import type { Random } from '../simulation/random';
import { lookingUp } from '../support/look-up';

/** All that an explanation asks takes at most so long. */
const LOOK_UP_MS = 1500;

/** What a process finds around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
  readonly slackUrl: string;
  readonly fetch: FetchFunction;
  readonly token: () => string;
  /** How many of its calls fail, from 0 to 1. */
  readonly queueFails: () => number;
  readonly queue: () => SimulatedQueue;
  readonly readServices: ReadServices;
  readonly log: Deps['log'];
  readonly count: Deps['count'];
  /** Sees each intent before it is written down. */
  readonly intends: (id: string, identities: readonly string[]) => void;
}

/** Where it is killed: at its n-th step, before that is done or before it hears that it was. */
export interface Kill {
  readonly step: number;
  readonly when: 'before' | 'after';
}

/** A process of the notifier, with the code that runs in Lambda: each step to the outside is one at which it may die. */
export class NotifierProcess {
  private steps = 0;
  private kill: Kill | undefined;
  private killed: ((why: Error) => void) | undefined;
  private isDead = false;
  private readonly deps: Omit<Deps, 'remainingMs'>;

  constructor(private readonly around: Surroundings) {
    const { clock, random, table } = around;
    const send = ((command: never) => this.step(() => around.db.send(command))) as DynamoDBDocumentClient['send'];
    const db = { send } as DynamoDBDocumentClient;
    const store = threadStore(db, table, { now: clock.now, newId: random.uuid });
    const settings = settingsReader(db, table, clock.now);
    const parameter = async () => this.step(async () => around.token());
    this.deps = {
      settings,
      store: {
        ...store,
        save: (held) => {
          for (const { id, tells } of held.outbox) around.intends(id, tells);
          return store.save(held);
        },
      },
      readServices: around.readServices,
      rolledBack: async () => false,
      pace: pace(db, table, clock),
      slack: slack({
        url: around.slackUrl,
        fetch: (input, init) => this.step(() => around.fetch(input, init)),
        token: tokenReader({ source: async () => (await settings()).cluster.token, parameter, secret: parameter }),
        log: around.log,
      }),
      ask: (request, seconds) => this.asked(async () => around.queue().send(JSON.stringify(request), seconds)),
      lookUp: lookingUp(() => this.step(() => clock.sleep(random.between(200, LOOK_UP_MS)))),
      deadLetter: (record, cause) => this.asked(() => around.queue().deadLetter(record, cause)),
      comeAgain: (returns) => this.asked(() => around.queue().comeAgain(returns)),
      count: around.count,
      log: around.log,
      now: clock.now,
      sleep: clock.sleep,
      newId: random.uuid,
      random: random.next,
    };
  }

  /** Ends with an error when the process is killed, at the latest when its time is up. */
  async run(records: readonly Incoming[], endsAtMs: number, kill: Kill | undefined): Promise<readonly string[]> {
    const { clock } = this.around;
    this.steps = 0;
    this.kill = kill;
    let isDone = false;
    const died = new Promise<never>((_resolve, reject) => {
      this.killed = reject;
      clock.at(endsAtMs, () => {
        if (!isDone) void this.die('its time was up');
      });
    });
    const handled = handle(records, { ...this.deps, remainingMs: () => endsAtMs - clock.ms() });
    return Promise.race([handled, died]).finally(() => {
      isDone = true;
    });
  }

  /** SQS does it, does it without a word of it, or does not. */
  private async asked<T>(work: () => Promise<T>): Promise<T> {
    const { random, queueFails } = this.around;
    const fails = () => {
      if (random.chance(queueFails() / 2)) throw new Error('ServiceUnavailable');
    };
    return this.step(async () => {
      fails();
      const done = await work();
      fails();
      return done;
    });
  }

  private async step<T>(work: () => Promise<T>): Promise<T> {
    this.steps += 1;
    const { kill } = this;
    const isLast = kill?.step === this.steps;
    if (this.isDead || (isLast && kill.when === 'before')) return this.die('killed');
    const done = await work();
    if (this.isDead || isLast) return this.die('killed');
    return done;
  }

  /** Nothing of it goes on. */
  private die(why: string): Promise<never> {
    this.isDead = true;
    this.killed?.(new Error(why));
    return new Promise(() => {});
  }
}
