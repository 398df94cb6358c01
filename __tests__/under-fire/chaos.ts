import { groupedBy } from '../../functions/notifier/grouped-by';
import type { Policy } from '../../functions/settings';
import { HOUR, MINUTE } from '../simulation/place';
import type { Random } from '../simulation/random';
import { ClusterOnFire, type Happened, standing } from './cluster';
import { type Fire, startFire } from './fire';
import { type Account, account, type ChannelThread, type Message, readThreads } from './ledger';
import { atRandom } from './unwell-slack';

const START_MS = Date.parse('2026-11-18T08:00:00Z');
/** Three bad times of so long, with calm between, so that incidents end and others begin. */
const BAD_MS = 40 * MINUTE;
const BAD_TIMES_MS = [0, 3 * HOUR, 6 * HOUR];
const FAULTS_MS = 7.5 * HOUR;
const STORMS = 5;
const SERVICES = 24;

export interface ChaosResult {
  readonly account: Account;
  readonly threads: readonly ChannelThread[];
  /** Messages that Slack had although it did not show them when they were looked for. */
  readonly sentAgain: ReadonlySet<string>;
  /** What is wrong with the state of a thread, in words. */
  readonly wrongStates: readonly string[];
  /** What the queue and the dead-letter queue still have when all should be told. */
  readonly left: number;
  readonly deadLettered: number;
  readonly deletedParents: number;
  readonly kills: number;
  readonly slackCalls: Readonly<Record<string, number>>;
  readonly logged: Readonly<Record<string, number>>;
}

/** Alerts in random order, more than once, while all that can fail does; then a redrive, and what came of it. */
export async function runChaos(
  seed: number,
  options: { readonly alerts: number; readonly late: boolean },
): Promise<ChaosResult> {
  const clusters: ClusterOnFire[] = [];
  const fire = await startFire({
    seed,
    startMs: START_MS,
    clusters: (channels) => {
      // Two notifiers: each tells into two channels, of which one is both's. One of them explains.
      const [one = '', two = '', three = ''] = channels;
      const of = (prefix: string, own: readonly string[], explain: boolean) =>
        new ClusterOnFire(
          Array.from({ length: SERVICES / 2 }, (_, index) => ({
            name: `${prefix}-${index}`,
            channel: own[index % own.length] ?? '',
            ...(index % 4 === 0 ? { policies: { memory: 'off', cpu: 'join' } as const } : {}),
          })),
          { explain },
        );
      clusters.push(of('api', [one, two], true), of('job', [two, three], false));
      return clusters.map((cluster) => cluster.onFire());
    },
  });
  try {
    return await play(fire, clusters, options);
  } finally {
    await fire.close();
  }
}

async function play(
  fire: Fire,
  clusters: readonly ClusterOnFire[],
  { alerts, late }: { readonly alerts: number; readonly late: boolean },
): Promise<ChaosResult> {
  const { clock, random, slack, notifiers } = fire;
  const happened = clusters.flatMap((cluster, index) => {
    const own = history(cluster, alerts / clusters.length, random);
    for (const one of own) deliver(one, (body) => notifiers[index]?.queue.send(body), fire);
    return own;
  });

  slack.mood = atRandom(random, { of: 0.08, late });
  fire.table.of = 0.01;
  fire.kills.of = 0.04;
  for (const { queue } of notifiers) queue.handsOutTwice = 0.02;
  clock.at(START_MS + 20 * MINUTE, () => fire.rotate('xoxb-second'));
  const deleted = new Map<string, { channel: string; message: Message }>();
  for (let at = START_MS + 10 * MINUTE; at < START_MS + FAULTS_MS; at += 15 * MINUTE) {
    clock.at(at + random.between(0, 10 * MINUTE), () => deleteAParent(fire, deleted));
  }

  await clock.run(START_MS + FAULTS_MS);
  slack.mood = () => undefined;
  fire.table.of = 0;
  fire.kills.of = 0;
  for (const { queue } of notifiers) queue.handsOutTwice = 0;
  await clock.run(START_MS + FAULTS_MS + 3 * HOUR);
  const deadLettered = notifiers.reduce((sum, { queue }) => sum + queue.deadLetters.length, 0);
  for (const { queue } of notifiers) queue.redrive();
  await clock.run(START_MS + FAULTS_MS + 6 * HOUR);

  const threads = await readThreads(fire, deleted);
  return {
    account: account(fire, happened, threads),
    threads,
    sentAgain: fire.sentAgain,
    wrongStates: wrongStates(threads, standing(happened)),
    left: notifiers.reduce((sum, { queue }) => sum + queue.length + queue.deadLetters.length, 0),
    deadLettered,
    deletedParents: deleted.size,
    kills: fire.kills.done,
    slackCalls: counted(slack.calls.map(({ method, came }) => `${method} ${came}`)),
    logged: Object.fromEntries(fire.logged),
  };
}

/**
 * What happens to the services: most of it in storms, each alarm in turns ALARM and OK. After a bad time all is well again;
 * after the last one every second alarm stands.
 */
function history(cluster: ClusterOnFire, count: number, random: Random): readonly Happened[] {
  const alarms = cluster.services.flatMap(({ name }) => cluster.alarmsOf(name).map((alarm) => ({ name, alarm })));
  const inEach = count / BAD_TIMES_MS.length;
  return BAD_TIMES_MS.flatMap((fromMs, nth) => {
    const isLast = nth === BAD_TIMES_MS.length - 1;
    const badTime = () => START_MS + fromMs + random.between(0, BAD_MS);
    const storms = Array.from({ length: STORMS }, badTime);
    const time = () => {
      const storm = storms[random.whole(0, storms.length - 1)] ?? 0;
      return random.chance(0.95) ? storm + random.between(0, 20_000) : badTime();
    };
    const happened: Happened[] = [];
    const turns = Math.floor((inEach * 0.3) / alarms.length);
    for (const [index, { name, alarm }] of alarms.entries()) {
      const changes = 2 * turns + (isLast && index % 2 === 0 ? 1 : 0);
      for (const [turn, atMs] of distinct(changes, time).entries()) {
        happened.push(cluster.changed(name, alarm, turn % 2 === 0 ? 'ALARM' : 'OK', atMs, random));
      }
    }
    while (happened.length < inEach) happened.push(event(cluster, Math.floor(time()), random));
    return happened;
  });
}

/** What has no end: tasks that stop, and what nobody knows. */
function event(cluster: ClusterOnFire, atMs: number, random: Random): Happened {
  const { name } = cluster.services[random.whole(0, cluster.services.length - 1)] ?? { name: '' };
  const kind = random.next();
  if (kind < 0.05) return cluster.odd(name, atMs, random);
  return cluster.stopped(name, atMs, random, kind < 0.15);
}

/** So many times, in order, each another millisecond. */
function distinct(count: number, time: () => number): readonly number[] {
  const times = new Set<number>();
  while (times.size < count) times.add(Math.floor(time()));
  return [...times].sort((a, b) => a - b);
}

/** At least once, late at times, so that what happened first may come last. */
function deliver({ body, atMs }: Happened, send: (body: string) => void, { clock, random }: Fire): void {
  const times = random.chance(0.1) ? 2 : 1;
  for (let nth = 0; nth < times; nth++) {
    const delayMs = random.between(200, 3000) + (random.chance(0.1) ? random.between(0, 5 * MINUTE) : 0);
    clock.at(atMs + delayMs, () => send(body));
  }
}

/** Somebody tidies up. What the message told is told. */
async function deleteAParent(fire: Fire, deleted: Map<string, { channel: string; message: Message }>): Promise<void> {
  const { clock, emulator, random } = fire;
  const channel = emulator.channels[random.whole(0, emulator.channels.length - 1)] ?? '';
  await clock.during(
    (async () => {
      const { messages } = await emulator.ask<{ messages: Message[] }>('conversations.history', {
        channel,
        limit: '20',
      });
      const message = messages[random.whole(0, messages.length - 1)];
      if (message === undefined) return;
      await emulator.ask('chat.delete', { channel, ts: message.ts });
      deleted.set(message.ts, { channel, message });
    })(),
  );
}

/** The newest thread of a service shows the alarms that stand, all others are over. */
function wrongStates(
  threads: readonly ChannelThread[],
  stands: ReadonlyMap<string, ReadonlySet<Policy>>,
): readonly string[] {
  const serviceOf = ({ parent: { text } }: ChannelThread) => /^\S+\s\*?([\w-]+)/u.exec(text)?.[1] ?? text;
  return [...groupedBy(threads, serviceOf)].flatMap(([service, all]) => {
    const policies = stands.get(service) ?? new Set();
    // Of a parent that was posted twice one is known.
    const known = [...groupedBy(all, ({ parent }) => parent.metadata?.event_payload?.id ?? '').values()];
    return known.flatMap((same, index) => {
      // What somebody deleted is posted again with the next alert.
      if (same.every(({ isDeleted }) => isDeleted)) return [];
      const isNewest = index === known.length - 1;
      // What may only join stands in a thread that was open when it came.
      if (isNewest && policies.has('join')) return [];
      const mustStand = isNewest && policies.has('open');
      const isRight = same.some(({ parent }) => parent.text.startsWith('🟢') !== mustStand);
      return isRight ? [] : same.map(({ parent }) => `${service}: ${parent.text}`);
    });
  });
}

function counted(all: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of [...all].sort()) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}
