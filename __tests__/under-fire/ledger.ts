import type { Happened } from './cluster';
import type { Fire } from './fire';

/** A message as the channel has it. */
export interface Message {
  readonly ts: string;
  readonly thread_ts?: string;
  readonly text: string;
  readonly blocks?: readonly unknown[];
  readonly metadata?: { readonly event_payload?: { readonly id?: string; readonly alerts?: number } };
}

export interface ChannelThread {
  readonly channel: string;
  readonly parent: Message;
  readonly replies: readonly Message[];
  readonly isDeleted: boolean;
}

/** Parents that a person deleted, as they were: what they told is told. */
export type Deleted = ReadonlyMap<string, { readonly channel: string; readonly message: Message }>;

/** All that is in the channels. Read from Slack, never from our own table. */
export async function readThreads({ emulator }: Fire, deleted: Deleted = new Map()): Promise<readonly ChannelThread[]> {
  const threads: ChannelThread[] = [];
  for (const channel of emulator.channels) {
    const gone = [...deleted.values()].filter((one) => one.channel === channel).map(({ message }) => message);
    const parents = [...(await parentsIn(emulator, channel)), ...gone];
    for (const parent of parents) {
      const { messages } = await emulator.ask<{ messages: Message[] }>('conversations.replies', {
        channel,
        ts: parent.ts,
        limit: '100000',
      });
      const replies = messages.filter(({ ts }) => ts !== parent.ts);
      threads.push({ channel, parent, replies, isDeleted: deleted.has(parent.ts) });
    }
  }
  return threads.sort((a, b) => Number(a.parent.ts) - Number(b.parent.ts));
}

async function parentsIn(emulator: Fire['emulator'], channel: string): Promise<readonly Message[]> {
  const all: Message[] = [];
  let cursor = '';
  do {
    const page: { messages: Message[]; response_metadata?: { next_cursor?: string } } = await emulator.ask(
      'conversations.history',
      { channel, limit: '1000', ...(cursor === '' ? {} : { cursor }) },
    );
    all.push(...page.messages);
    cursor = page.response_metadata?.next_cursor ?? '';
  } while (cursor !== '');
  return all;
}

/** Rules that are no reason for an alert to be in no message. */
const NO_REASON: ReadonlySet<string | undefined> = new Set([undefined, 'told before', 'the level decides']);

export interface Account {
  readonly alerts: number;
  readonly told: number;
  readonly untold: Readonly<Record<string, number>>;
  /** Neither in a message nor with a rule. */
  readonly lost: readonly string[];
  /** Told by more than one message. */
  readonly doubled: readonly string[];
  /** How often those are told that are told by a message that stands in the channel more than once. */
  readonly twiceOrMore: ReadonlyMap<string, number>;
  /** Messages whose number of alerts is not that of what they were meant to tell. */
  readonly miscounted: readonly string[];
  /** The same message more than once. */
  readonly postedTwice: readonly string[];
  readonly parents: number;
  readonly replies: number;
}

/** Accounts for each distinct alert: in which messages of the channel it is told, or by which rule it is not. */
export function account(fire: Fire, happened: readonly Happened[], threads: readonly ChannelThread[]): Account {
  const messages = threads.flatMap(({ parent, replies }) => [parent, ...replies]);
  const tellings = new Map<string, number>();
  const byId = new Map<string, number>();
  const miscounted: string[] = [];
  for (const { metadata, ts } of messages) {
    const { id = `no id ${ts}`, alerts = Number.NaN } = metadata?.event_payload ?? {};
    byId.set(id, (byId.get(id) ?? 0) + 1);
    const tells = fire.intents.get(id) ?? [];
    if (alerts !== tells.length) miscounted.push(`${id}: ${alerts} alerts, meant to tell ${tells.length}`);
    for (const identity of tells) tellings.set(identity, (tellings.get(identity) ?? 0) + 1);
  }
  const rules = new Map(fire.notifiers.flatMap(({ untold }) => [...untold]));
  const identities = [...new Set(happened.map(({ identity }) => identity))];
  const untold: Record<string, number> = {};
  for (const identity of identities) {
    const rule = rules.get(identity);
    if (!tellings.has(identity) && rule !== undefined) untold[rule] = (untold[rule] ?? 0) + 1;
  }
  const postedTwice = [...byId].filter(([, count]) => count > 1).map(([id]) => id);
  const inTwo = new Set(postedTwice.flatMap((id) => fire.intents.get(id) ?? []));
  return {
    alerts: identities.length,
    told: identities.filter((identity) => tellings.has(identity)).length,
    untold,
    // What is untold because it was told must be told.
    lost: identities.filter((identity) => !tellings.has(identity) && NO_REASON.has(rules.get(identity))),
    doubled: identities.filter((identity) => (tellings.get(identity) ?? 0) > 1),
    miscounted,
    twiceOrMore: new Map([...inTwo].map((identity) => [identity, tellings.get(identity) ?? 0])),
    postedTwice,
    parents: threads.filter(({ isDeleted }) => !isDeleted).length,
    replies: messages.length - threads.length,
  };
}
