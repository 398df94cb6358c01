import type { Log } from '../../log';
import type { Alert } from '../alert';
import type { Message } from '../render/blocks';
import { type Place, renderParent } from '../render/parent';
import { renderReply } from '../render/reply';
import type { Incident } from '../thread/incident';
import { type Folded, fold, type Rules } from '../thread/thread';
import { ParentGoneError, RefusedMessageError, RetryableError } from './errors';
import type { Pace } from './pace';
import { type LeansOn, relatedThreads } from './related';
import type { Outgoing, Slack } from './slack';
import type { Held, Pending, ThreadStore } from './thread-store';

export interface WriterDeps {
  readonly store: ThreadStore;
  readonly slack: Slack;
  readonly pace: Pace;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Time left for this invocation. */
  readonly remainingMs: () => number;
}

/** How a thread is told, and where. */
export interface ThreadSettings {
  readonly rules: Rules;
  readonly place: Omit<Place, 'subject'>;
  readonly leansOn: readonly LeansOn[];
}

/** With less time left nothing new is started: what is begun has to be written down. */
const LAST_START_MS = 10_000;
/** The search for a message whose answer was lost starts so long before it was written down: clocks differ. */
const SEARCH_MARGIN_MS = 60_000;

/** Writes one thread, in Slack and in the table, while its lock is held. */
export class ThreadWriter {
  /** What is surely in the table. */
  private saved: Held;
  /** A thread moves once at a time: a Slack that takes no reply at all would get parent after parent. */
  private moved = false;
  /** Identities of the alerts that the thread has told. */
  readonly told = new Set<string>();

  constructor(
    private held: Held,
    private readonly settings: ThreadSettings,
    private readonly deps: WriterDeps,
  ) {
    this.saved = held;
  }

  /** Sends what an earlier holder wrote down, unless Slack has it. */
  async resume(): Promise<void> {
    const { incident } = this.held.thread;
    if (incident?.parent !== undefined && incident.parent.channel !== this.settings.rules.channel) {
      this.leaveParent('the channel is another one now', this.held.outbox.length > 0);
    }
    for (const pending of this.held.outbox.filter(({ attempted }) => attempted)) {
      const ts = await this.found(pending);
      if (ts !== undefined) {
        await this.sent(pending, ts);
        continue;
      }
      this.deps.log('warn', 'sending again what Slack does not seem to have', {
        thread: this.held.key,
        id: pending.id,
      });
      this.replace(pending, { ...pending, attempted: false });
    }
    await this.flush().catch((error) => {
      // Only that old message is wrong: its alerts come again by themselves, these here need not wait for it.
      if (!(error instanceof RefusedMessageError)) throw error;
      this.deps.log('error', 'dropped a message that Slack refuses', { thread: this.held.key, error: error.message });
    });
  }

  private async found(pending: Pending): Promise<string | undefined> {
    if (pending.ts !== undefined) return pending.ts;
    const told = await this.deps.store.told(this.held.key, pending.tells);
    const [ts] = told.values();
    return ts ?? this.deps.slack.find(this.outgoing(pending), pending.writtenAtMs - SEARCH_MARGIN_MS);
  }

  async untold(alerts: readonly Alert[]): Promise<readonly Alert[]> {
    const byIdentity = new Map(alerts.map((alert) => [alert.identity, alert]));
    const told = await this.deps.store.told(this.held.key, [...byIdentity.keys()]);
    for (const identity of told.keys()) this.told.add(identity);
    // What is due is looked at again: whether it still is says the thread, and its identity may come back.
    return [...byIdentity.values()].filter(({ kind, identity }) => kind === 'due' || !told.has(identity));
  }

  /** Folds the alerts into the thread and sends what they say. Returns those that belong into a later incident. */
  async tell(alerts: readonly Alert[]): Promise<readonly Alert[]> {
    const folded = fold(this.held.thread, alerts, this.settings.rules);
    // A new incident takes the place of the old one, whose parent nobody would edit any more.
    if (folded.opens !== undefined) await this.bringUpToDate();
    for (const { alert, rule } of folded.untold) {
      this.deps.log('info', 'not told', { rule, kind: alert.kind, identity: alert.identity, thread: this.held.key });
    }
    // Drawn before it is kept: what cannot be drawn must not get into the thread and hold up what comes after it.
    if (folded.thread.incident !== undefined) this.parent(folded.thread.incident);
    const outbox = this.messagesOf(folded);
    const stale = this.held.stale || folded.replies.length > 0 || folded.changed;
    this.held = { ...this.held, thread: folded.thread, outbox, stale };
    if (this.held.outbox.length === 0) return folded.rest;
    await this.linkPrevious();
    await this.linkDependencies();
    // First the parent: if it is gone, the replies go under a new one. They do not wait for an edit that has to wait.
    const later = folded.opens === undefined ? await this.editParent().catch(onlyRetryable) : undefined;
    await this.flush();
    if (later !== undefined) throw later;
    return folded.rest;
  }

  /** The parent shows the present state, be it a new one. */
  async bringUpToDate(): Promise<void> {
    await this.editParent();
    await this.flush();
  }

  /** If the parent is not there any more, a new one stands in the outbox. */
  private async editParent(): Promise<undefined> {
    const incident = this.held.thread.incident;
    if (!this.held.stale || incident?.parent === undefined) return;
    await this.turn(incident.parent.channel, 'edit');
    const edited = await this.deps.slack.edit(incident.parent, this.parent(incident)).catch((error) => {
      // The replies tell it all the same.
      if (!(error instanceof RefusedMessageError)) throw error;
      this.deps.log('error', 'Slack refuses an edit', { thread: this.held.key, error: error.message });
      return true;
    });
    this.held = { ...this.held, stale: false };
    if (edited) return;
    this.leaveParent('it is not there any more, or not ours', true);
  }

  async release(): Promise<void> {
    await this.deps.store.release(this.held);
  }

  /** Frees the thread as it is, or as it was if that cannot be stored. The error that led here is the one that counts. */
  async giveUp(): Promise<void> {
    await this.release()
      .catch(() => this.deps.store.release(this.saved))
      .catch((failed) =>
        this.deps.log('warn', 'a thread stays locked', { thread: this.held.key, error: String(failed) }),
      );
  }

  private messagesOf({ opens, replies, thread, worsening, closed }: Folded): readonly Pending[] {
    const parent = opens === undefined ? [] : [this.pending([opens.alert])];
    if (replies.length === 0) return parent;
    const broadcast = worsening !== undefined && this.settings.rules.broadcast.includes(worsening);
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
      await this.turn(this.settings.rules.channel, 'post');
      const attempt = { ...next, attempted: true, writtenAtMs: this.deps.now().getTime() };
      this.replace(next, attempt);
      await this.deps.store.save(this.held);
      this.saved = this.held;
      const ts = await this.send(attempt);
      if (ts !== undefined) await this.sent(attempt, ts);
    }
  }

  private turn(channel: string, method: Parameters<Pace>[1]): Promise<void> {
    hurry(this.deps);
    return this.deps.pace(channel, method);
  }

  /** The `ts` in Slack; undefined when a new parent has to go first. */
  private async send(pending: Pending): Promise<string | undefined> {
    const outgoing = this.outgoing(pending);
    const incident = this.held.thread.incident;
    const message = pending.reply?.message ?? (incident === undefined ? undefined : this.parent(incident));
    if (message === undefined) throw new Error(`${this.held.key}: a parent without an incident is in the outbox`);
    try {
      return await this.deps.slack.post({ ...outgoing, message, alerts: pending.tells.length });
    } catch (error) {
      if (error instanceof ParentGoneError && !this.moved) {
        this.replace(pending, { ...pending, attempted: false });
        this.leaveParent(error.message, true);
        return undefined;
      }
      if (error instanceof RefusedMessageError) this.refused(pending);
      else if (!(error instanceof RetryableError && error.maybeDone)) {
        this.replace(pending, { ...pending, attempted: false });
      }
      throw error;
    }
  }

  private outgoing({ id, reply }: Pending): Omit<Outgoing, 'message' | 'alerts'> {
    const parent = this.held.thread.incident?.parent;
    if (reply === undefined || parent === undefined) return { id, channel: this.settings.rules.channel };
    return { id, channel: parent.channel, threadTs: parent.ts, broadcast: reply.broadcast };
  }

  /** Slack has it: from here on nothing may send it again, also when our own bookkeeping fails. */
  private async sent(pending: Pending, ts: string): Promise<void> {
    this.replace(pending, { ...pending, attempted: true, ts });
    const { thread } = this.held;
    if (pending.reply === undefined && thread.incident !== undefined) {
      const parent = { channel: this.settings.rules.channel, ts };
      this.held = { ...this.held, thread: { ...thread, incident: { ...thread.incident, parent } }, stale: false };
    }
    await this.deps.store.markTold(this.held.key, pending.tells, ts).catch((cause) => {
      throw new RetryableError('what was told could not be written down', { cause });
    });
    for (const identity of pending.tells) this.told.add(identity);
    this.held = { ...this.held, outbox: this.held.outbox.filter(({ id }) => id !== pending.id) };
  }

  /** The thread goes on under a new parent, which is posted before anything else. */
  private leaveParent(why: string, isNeeded: boolean): void {
    const { thread, outbox } = this.held;
    if (thread.incident === undefined) return;
    this.deps.log('warn', 'the thread gets a new parent', { thread: this.held.key, why });
    this.moved = true;
    const { parent: _left, ...incident } = thread.incident;
    const first = isNeeded ? [this.pending([])] : [];
    this.held = { ...this.held, thread: { ...thread, incident }, outbox: [...first, ...outbox], stale: false };
  }

  /** Without a parent there is nothing to reply to. */
  private refused(pending: Pending): void {
    const left = pending.reply === undefined ? [] : this.held.outbox.filter(({ id }) => id !== pending.id);
    this.held = { ...this.held, outbox: left };
  }

  private replace(pending: Pending, by: Pending): void {
    this.held = { ...this.held, outbox: this.held.outbox.map((one) => (one.id === pending.id ? by : one)) };
  }

  /** Asks once for the link to the incident before, when a new one opens. */
  private async linkPrevious(): Promise<void> {
    const { thread } = this.held;
    const previous = thread.incident?.previous;
    if (thread.incident?.parent !== undefined || previous === undefined || previous.permalink !== undefined) return;
    const permalink = await this.deps.slack.permalink(previous);
    if (permalink === undefined) return;
    const incident = { ...thread.incident, previous: { ...previous, permalink } } as Incident;
    this.held = { ...this.held, thread: { ...thread, incident } };
  }

  /** Points to the threads of what the service leans on, when a new incident opens while they fire. */
  private async linkDependencies(): Promise<void> {
    const { thread } = this.held;
    const { leansOn } = this.settings;
    if (thread.incident === undefined || thread.incident.parent !== undefined || leansOn.length === 0) return;
    if (thread.incident.related !== undefined) return;
    hurry(this.deps);
    const related = await relatedThreads(leansOn, this.deps);
    this.held = { ...this.held, thread: { ...thread, incident: { ...thread.incident, related } } };
  }

  private parent(incident: Incident): Message {
    return renderParent(incident, { subject: this.held.thread.subject, ...this.settings.place });
  }
}

/** Throws when there is no time left to begin something. */
export function hurry({ remainingMs }: Pick<WriterDeps, 'remainingMs'>): void {
  if (remainingMs() >= LAST_START_MS) return;
  throw new RetryableError('no time left', { retryAfterMs: 1000, wholeChannel: true });
}

/** Hands on what may work later; everything else is thrown. */
function onlyRetryable(error: unknown): RetryableError {
  if (error instanceof RetryableError) return error;
  throw error;
}
