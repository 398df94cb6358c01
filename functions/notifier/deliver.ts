import type { ClusterSettings } from '../settings';
import type { Alert, Subject } from './alert';
import { RefusedMessageError, RetryableError } from './errors';
import type { Log } from './log';
import type { Pace } from './pace';
import { renderParent, renderReply } from './render';
import type { Outgoing, Slack } from './slack';
import { type Folded, fold, type Incident } from './thread';
import type { Held, Pending, ThreadStore } from './thread-store';

export interface DeliverDeps {
  readonly store: ThreadStore;
  readonly slack: Slack;
  readonly pace: Pace;
  readonly log: Log;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  readonly newId: () => string;
  /** Time left for this invocation. */
  readonly remainingMs: () => number;
}

/** The alerts of one subject that arrived together. */
export interface Group {
  readonly key: string;
  readonly subject: Subject;
  readonly alerts: readonly Alert[];
}

/** With less time left nothing new is started: what is begun has to be written down. */
const LAST_START_MS = 10_000;
const LOCK_WAIT_MS = 2500;
const LOCK_POLL_MS = 250;
const LOCK_BUSY_RETRY_MS = 5000;
/** The search for a message whose answer was lost starts so long before it was written down: clocks differ. */
const SEARCH_MARGIN_MS = 60_000;

/**
 * Tells the alerts of one subject in its thread. When it returns, Slack said ok to all of it. When it throws, what was
 * told is marked as told and the rest is not: the same alerts may come again, in any company.
 *
 * One holder at a time: the lock makes exactly one parent, and edits in order. Before a message is sent it is written
 * down together with the thread that it belongs to; after a lost answer the next holder finds it there and looks for
 * it in Slack first.
 */
export async function deliver(group: Group, settings: ClusterSettings, deps: DeliverDeps): Promise<void> {
  const work = new Work(await lock(group, deps), settings, deps);
  try {
    await work.resume();
    let left = await work.untold(group.alerts);
    while (left.length > 0) left = await work.tell(left);
    await work.bringUpToDate();
  } finally {
    await work.release();
  }
}

function hurry({ remainingMs }: DeliverDeps): void {
  if (remainingMs() >= LAST_START_MS) return;
  throw new RetryableError('no time left', { retryAfterMs: 1000, wholeChannel: true });
}

async function lock({ key, subject }: Group, deps: DeliverDeps): Promise<Held> {
  const { store, now, sleep, remainingMs } = deps;
  hurry(deps);
  const giveUpAt = now().getTime() + LOCK_WAIT_MS;
  for (;;) {
    // Nobody can be at work any more when the time of the invocation that took the lock is up.
    const held = await store.lock(key, subject, now().getTime() + remainingMs());
    if (held !== undefined) return held;
    if (now().getTime() >= giveUpAt) {
      throw new RetryableError('another invocation is at this thread', { retryAfterMs: LOCK_BUSY_RETRY_MS });
    }
    await sleep(LOCK_POLL_MS);
  }
}

class Work {
  constructor(
    private held: Held,
    private readonly settings: ClusterSettings,
    private readonly deps: DeliverDeps,
  ) {}

  /** Sends what an earlier holder wrote down, unless Slack has it. */
  async resume(): Promise<void> {
    for (const pending of this.held.outbox.filter(({ attempted }) => attempted)) {
      const ts = await this.found(pending);
      if (ts === undefined) this.replace(pending, { ...pending, attempted: false });
      else await this.sent(pending, ts);
    }
    await this.flush().catch((error) => {
      // Only that old message is wrong: its alerts come again by themselves, these here need not wait for it.
      if (!(error instanceof RefusedMessageError)) throw error;
      this.deps.log('error', 'dropped a message that Slack refuses', { thread: this.held.key, error: error.message });
    });
  }

  private async found(pending: Pending): Promise<string | undefined> {
    const told = await this.deps.store.told(this.held.key, pending.tells);
    const [ts] = told.values();
    return ts ?? this.deps.slack.find(this.outgoing(pending), pending.writtenAtMs - SEARCH_MARGIN_MS);
  }

  async untold(alerts: readonly Alert[]): Promise<readonly Alert[]> {
    const byIdentity = new Map(alerts.map((alert) => [alert.identity, alert]));
    const told = await this.deps.store.told(this.held.key, [...byIdentity.keys()]);
    return [...byIdentity.values()].filter(({ identity }) => !told.has(identity));
  }

  /** Folds the alerts into the thread and sends what they say. Returns those that belong into a later incident. */
  async tell(alerts: readonly Alert[]): Promise<readonly Alert[]> {
    const folded = fold(this.held.thread, alerts, this.settings);
    for (const { alert, rule } of folded.untold) {
      this.deps.log('info', 'not told', { rule, kind: alert.kind, identity: alert.identity, thread: this.held.key });
    }
    const messages = this.messagesOf(folded);
    this.held = {
      ...this.held,
      thread: folded.thread,
      outbox: messages,
      stale: this.held.stale || folded.replies.length > 0,
    };
    if (messages.length > 0) await this.flush();
    return folded.rest;
  }

  /** The parent shows the present state. If it is not there any more, the thread goes on under a new one. */
  async bringUpToDate(): Promise<void> {
    const incident = this.held.thread.incident;
    if (!this.held.stale || incident?.parent === undefined) return;
    await this.turn(incident.parent.channel, 'edit');
    if (await this.deps.slack.edit(incident.parent, await this.parent(incident))) {
      this.held = { ...this.held, stale: false };
      return;
    }
    this.deps.log('warn', 'the parent cannot be edited any more: a new one is posted', { thread: this.held.key });
    const { parent: _gone, ...orphaned } = incident;
    this.held = {
      ...this.held,
      thread: { ...this.held.thread, incident: orphaned },
      outbox: [this.pending([])],
    };
    await this.flush();
  }

  release(): Promise<void> {
    return this.deps.store.release(this.held);
  }

  private messagesOf({ opens, replies, thread, worsening, closed }: Folded): readonly Pending[] {
    const parent = opens === undefined ? [] : [this.pending([opens.alert])];
    if (replies.length === 0) return parent;
    const broadcast = worsening !== undefined && this.settings.broadcast.includes(worsening);
    const { endedAtMs = 0, sinceMs = 0 } = thread.incident ?? {};
    const recovered = closed ? { recoveredAfterMs: endedAtMs - sinceMs } : {};
    const message = renderReply(replies, { subject: thread.subject, broadcast, ...recovered });
    return [
      ...parent,
      this.pending(
        replies.map(({ alert }) => alert),
        { message, broadcast },
      ),
    ];
  }

  private pending(alerts: readonly Alert[], reply?: Pending['reply']): Pending {
    return {
      id: this.deps.newId(),
      tells: alerts.map(({ identity }) => identity),
      writtenAtMs: this.deps.now().getTime(),
      attempted: false,
      ...(reply === undefined ? {} : { reply }),
    };
  }

  /** Sends the outbox in order: the parent before what replies to it. */
  private async flush(): Promise<void> {
    while (this.held.outbox[0] !== undefined) {
      const [next] = this.held.outbox;
      await this.turn(this.settings.channel, 'post');
      const attempt = { ...next, attempted: true, writtenAtMs: this.deps.now().getTime() };
      this.replace(next, attempt);
      await this.deps.store.save(this.held);
      await this.sent(attempt, await this.send(attempt));
    }
  }

  private turn(channel: string, method: Parameters<Pace>[1]): Promise<void> {
    hurry(this.deps);
    return this.deps.pace(channel, method);
  }

  private async send(pending: Pending): Promise<string> {
    const outgoing = this.outgoing(pending);
    const incident = this.held.thread.incident;
    const message = pending.reply?.message ?? (incident === undefined ? undefined : await this.parent(incident));
    if (message === undefined) throw new Error(`${this.held.key}: a parent without an incident is in the outbox`);
    try {
      return await this.deps.slack.post({ ...outgoing, message, alerts: pending.tells.length });
    } catch (error) {
      if (error instanceof RefusedMessageError) this.refused(pending);
      else if (!(error instanceof RetryableError && error.maybeDone))
        this.replace(pending, { ...pending, attempted: false });
      throw error;
    }
  }

  private outgoing({ id, reply }: Pending): Omit<Outgoing, 'message' | 'alerts'> {
    const parent = this.held.thread.incident?.parent;
    if (reply === undefined || parent === undefined) return { id, channel: this.settings.channel };
    return { id, channel: parent.channel, threadTs: parent.ts, broadcast: reply.broadcast };
  }

  /** Slack has it: from here on nothing may send it again. */
  private async sent(pending: Pending, ts: string): Promise<void> {
    const { thread } = this.held;
    if (pending.reply === undefined && thread.incident !== undefined) {
      const parent = { channel: this.settings.channel, ts };
      this.held = { ...this.held, thread: { ...thread, incident: { ...thread.incident, parent } }, stale: false };
    }
    await this.deps.store.markTold(this.held.key, pending.tells, ts);
    this.drop(pending);
  }

  /** Without a parent there is nothing to reply to. */
  private refused(pending: Pending): void {
    if (pending.reply === undefined) this.held = { ...this.held, outbox: [] };
    else this.drop(pending);
  }

  private replace(pending: Pending, by: Pending): void {
    this.held = { ...this.held, outbox: this.held.outbox.map((one) => (one.id === pending.id ? by : one)) };
  }

  private drop(pending: Pending): void {
    this.held = { ...this.held, outbox: this.held.outbox.filter(({ id }) => id !== pending.id) };
  }

  private async parent(incident: Incident) {
    const previous = incident.previous === undefined ? undefined : await this.deps.slack.permalink(incident.previous);
    return renderParent(incident, {
      subject: this.held.thread.subject,
      accountName: this.settings.accountName,
      ...(previous === undefined ? {} : { previousUrl: previous }),
    });
  }
}
