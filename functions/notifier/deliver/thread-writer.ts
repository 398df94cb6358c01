import type { Log } from '../../log';
import type { Alert } from '../alert';
import type { Message } from '../render/blocks';
import { type Place, renderParent } from '../render/parent';
import { renderReply } from '../render/reply';
import type { Incident, Posted } from '../thread/incident';
import { type Folded, fold, type Rules } from '../thread/thread';
import { ParentGoneError, RefusedBlocksError, RefusedMessageError, RetryableError } from './errors';
import type { Method, Pace } from './pace';
import { type LeansOn, relatedThreads } from './related';
import { CALL_ENDS_MS, type Slack } from './slack';
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
/** So long after it was written down nobody waits for Slack's answer any more: what Slack has done by then is to be seen. */
export const VISIBLE_MS = CALL_ENDS_MS + 1500;
/** Of more alerts that Slack refuses it is not kept that they were counted. */
const REFUSED_KEPT = 500;

/** What is left to tell. */
interface Left {
  /** Alerts that belong into a later incident. */
  readonly rest: readonly Alert[];
  /** Messages that are written down and not sent. */
  readonly waiting: boolean;
}

/** Writes one thread, in Slack and in the table, while its lock is held. */
export class ThreadWriter {
  /** What is surely in the table. */
  private saved: Held;
  /** What Slack says of a message that it refuses in any form. */
  refusal: RefusedMessageError | undefined;
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
    const { incident } = this.held.thread;
    if (incident?.parent !== undefined && incident.parent.channel !== this.settings.rules.channel) {
      this.leaveParent('the channel is another one now', this.held.outbox.length > 0);
    }
    await this.flush();
    // Only an old message was wrong: its alerts come again by themselves.
    this.refusal = undefined;
  }

  private async found(pending: Pending): Promise<string | undefined> {
    if (pending.ts !== undefined) return pending.ts;
    const told = await this.deps.store.told(this.held.key, pending.tells);
    const [ts] = told.values();
    if (ts !== undefined) return ts;
    this.waitFor(pending.writtenAtMs, 'a message may still come to be seen');
    const to = pending.to ?? this.placeOf(pending);
    return this.deps.slack.find({ id: pending.id, ...to }, pending.writtenAtMs - SEARCH_MARGIN_MS);
  }

  /** What was begun then and had no answer is done by now, or never. */
  private waitFor(begunAtMs: number, why: string): void {
    const waitMs = begunAtMs + VISIBLE_MS - this.deps.now().getTime();
    if (waitMs > 0) throw new RetryableError(why, { retryAfterMs: waitMs });
  }

  async untold(alerts: readonly Alert[]): Promise<readonly Alert[]> {
    const byIdentity = new Map(alerts.map((alert) => [alert.identity, alert]));
    const told = await this.deps.store.told(this.held.key, [...byIdentity.keys()]);
    for (const identity of told.keys()) this.told.add(identity);
    const left = [...byIdentity.values()].filter(({ identity }) => !told.has(identity) && !this.told.has(identity));
    const again = left.filter(({ identity }) => this.held.refused.includes(identity));
    await this.tellAgain(again);
    // What is due is looked at again: whether it still is says the thread, and its identity may come back.
    const due = alerts.filter(({ kind, identity }) => kind === 'due' && told.has(identity));
    return [...left.filter((alert) => !again.includes(alert)), ...due];
  }

  /** What Slack refused comes back from the dead-letter queue: the thread has counted it, only the message is missing. */
  private async tellAgain(alerts: readonly Alert[]): Promise<void> {
    if (alerts.length === 0) return;
    const { thread, refused } = this.held;
    const told = alerts.map((alert) => ({ alert }));
    const message = renderReply(told, { subject: thread.subject, broadcast: false });
    const reply = this.pending(alerts, { message, broadcast: false });
    const parent = thread.incident?.parent === undefined ? [this.pending([])] : [];
    const tells = new Set(reply.tells);
    const others = refused.filter((identity) => !tells.has(identity));
    this.held = { ...this.held, refused: others, outbox: [...this.held.outbox, ...parent, reply] };
    await this.flush();
  }

  /** Folds the alerts into the thread and sends what they say. */
  async tell(alerts: readonly Alert[], { parentFirst }: { readonly parentFirst: boolean }): Promise<Left> {
    const folded = fold(this.held.thread, alerts, this.settings.rules);
    // A new incident takes the place of the old one, whose parent nobody would edit any more.
    if (folded.opens !== undefined) await this.bringUpToDate();
    for (const { alert, rule } of folded.untold) {
      this.deps.log('info', 'not told', { rule, kind: alert.kind, identity: alert.identity, thread: this.held.key });
    }
    // Drawn before it is kept: what cannot be drawn must not get into the thread and hold up what comes after it.
    if (folded.thread.incident !== undefined) this.parent(folded.thread.incident);
    const messages = this.messagesOf(folded);
    const stale = this.held.stale || folded.replies.length > 0 || folded.changed;
    this.held = { ...this.held, thread: folded.thread, outbox: [...this.held.outbox, ...messages], stale };
    if (messages.length === 0) return { rest: folded.rest, waiting: false };
    await this.linkPrevious();
    await this.linkDependencies();
    // First the parent: if it is gone, the replies go under a new one. They do not wait for an edit that has to wait.
    const later = folded.opens === undefined ? await this.editParent().catch(onlyThisEdit) : undefined;
    if (folded.opens !== undefined && parentFirst) {
      await this.flush(({ reply }) => reply === undefined);
      return { rest: folded.rest, waiting: this.held.outbox.length > 0 };
    }
    await this.flush();
    if (later !== undefined) throw later;
    return { rest: this.refusal === undefined ? folded.rest : [], waiting: false };
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
    const isThere = await this.edit(incident.parent, this.parent(incident), { plain: false });
    this.held = { ...this.held, stale: false, editLostAtMs: 0 };
    if (isThere) return;
    this.leaveParent('it is not there any more, or not ours', true);
  }

  private async edit(parent: Posted, message: Message, form: { readonly plain: boolean }): Promise<boolean> {
    this.waitFor(this.held.editLostAtMs, 'an edit may still be done');
    await this.turn(parent.channel, 'edit');
    const begunAtMs = this.deps.now().getTime();
    try {
      return await this.deps.slack.edit(parent, message, form);
    } catch (error) {
      if (error instanceof RefusedBlocksError) return this.edit(parent, message, { plain: true });
      if (error instanceof RefusedMessageError) {
        // The replies tell it all the same.
        this.deps.log('error', 'Slack refuses an edit', { thread: this.held.key, error: error.message });
        return true;
      }
      if (!(error instanceof RetryableError)) throw error;
      const { message: why, maybeDone, retryAfterMs } = error;
      // What Slack does later than the next edit would undo it.
      if (maybeDone) this.held = { ...this.held, editLostAtMs: begunAtMs };
      await this.hold(error, parent.channel, 'edit');
      // Whether messages can be posted is another matter.
      throw new RetryableError(why, {
        maybeDone,
        cause: error,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
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
    const parent = opens === undefined ? [] : [{ ...this.pending([opens.alert]), before: this.held.thread }];
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
  private async flush(isMeant: (pending: Pending) => boolean = () => true): Promise<void> {
    for (;;) {
      const next = this.held.outbox.find(isMeant);
      if (next === undefined) return;
      const to = this.placeOf(next);
      await this.turn(to.channel, 'post');
      const attempt = { ...next, to, attempted: true, writtenAtMs: this.deps.now().getTime() };
      this.replace(next, attempt);
      await this.deps.store.save(this.held);
      this.saved = this.held;
      const ts = await this.send(attempt);
      if (ts !== undefined) await this.sent(attempt, ts);
    }
  }

  private turn(channel: string, method: Method): Promise<void> {
    hurry(this.deps);
    return this.deps.pace.turn(channel, method);
  }

  /** What Slack asks of one of us all of us do. */
  private async hold({ retryAfterMs }: RetryableError, channel: string, method: Method): Promise<void> {
    if (retryAfterMs !== undefined) await this.deps.pace.hold(channel, method, retryAfterMs);
  }

  /** The `ts` in Slack; undefined when something else has to be sent first, or instead. */
  private async send(pending: Pending & Required<Pick<Pending, 'to'>>): Promise<string | undefined> {
    const { id, to, plain = false, reply } = pending;
    const incident = this.held.thread.incident;
    const message = reply?.message ?? (incident === undefined ? undefined : this.parent(incident));
    if (message === undefined) throw new Error(`${this.held.key}: a parent without an incident is in the outbox`);
    try {
      const broadcast = reply?.broadcast ?? false;
      return await this.deps.slack.post({ id, ...to, broadcast, message, alerts: pending.tells.length, plain });
    } catch (error) {
      if (error instanceof RefusedBlocksError) {
        this.deps.log('warn', 'Slack refused the blocks, sending plain text', { error: error.message });
        this.replace(pending, { ...pending, attempted: false, plain: true });
        return undefined;
      }
      if (error instanceof ParentGoneError && !this.moved) {
        this.replace(pending, { ...pending, attempted: false });
        this.leaveParent(error.message, true);
        return undefined;
      }
      if (error instanceof RefusedMessageError) {
        this.refuse(pending, error);
        return undefined;
      }
      const isMaybeDone = error instanceof RetryableError && error.maybeDone;
      if (!isMaybeDone) this.replace(pending, { ...pending, attempted: false });
      if (error instanceof RetryableError) await this.hold(error, to.channel, 'post');
      throw error;
    }
  }

  private placeOf({ reply }: Pending): Required<Pending>['to'] {
    const parent = this.held.thread.incident?.parent;
    if (reply === undefined || parent === undefined) return { channel: this.settings.rules.channel };
    return { channel: parent.channel, threadTs: parent.ts };
  }

  /** Slack has it: from here on nothing may send it again, also when our own bookkeeping fails. */
  private async sent(pending: Pending, ts: string): Promise<void> {
    this.replace(pending, { ...pending, attempted: true, ts });
    const { thread } = this.held;
    if (pending.reply === undefined && thread.incident !== undefined) {
      const parent = { channel: pending.to?.channel ?? this.settings.rules.channel, ts };
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

  /** Its alerts go to the dead-letter queue. When they come back they must not be counted a second time. */
  private refuse(pending: Pending, error: RefusedMessageError): void {
    this.deps.log('error', 'Slack refuses a message', { thread: this.held.key, error: error.message });
    this.refusal = error;
    const others = this.held.outbox.filter(({ id }) => id !== pending.id);
    if (pending.before !== undefined) {
      // Without a parent there is nothing to reply to: it is as if its alerts had not come yet.
      this.held = { ...this.held, thread: pending.before, outbox: [] };
      return;
    }
    // A parent that was to take the place of another: without it what replies to it has to wait as well.
    const waiting = pending.reply === undefined ? others : [];
    const tells = [pending, ...waiting].flatMap((one) => one.tells);
    const refused = [...this.held.refused, ...tells].slice(-REFUSED_KEPT);
    this.held = { ...this.held, refused, outbox: others.filter((one) => !waiting.includes(one)) };
  }

  private replace(pending: Pick<Pending, 'id'>, by: Pending): void {
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

/** Hands on what keeps nothing but this edit from being done now; everything else is thrown. */
function onlyThisEdit(error: unknown): RetryableError {
  if (error instanceof RetryableError && !error.wholeChannel) return error;
  throw error;
}
