import type { Message } from '../render/blocks';
import { withoutChart } from '../render/chart';
import { renderParent } from '../render/parent';
import type { Explained, Incident, Posted } from '../thread/incident';
import { ParentGoneError, RefusedBlocksError, RefusedMessageError, RetryableError } from './errors';
import type { Method } from './pace';
import type { Held, Pending } from './thread-store';
import { LAST_START_MS, type ThreadSettings, type WriterDeps } from './writer-deps';

/** Of more alerts that Slack refuses it is not kept that they were counted. */
const REFUSED_KEPT = 500;

interface Flushing {
  readonly isMeant?: (pending: Pending) => boolean;
  /** Alerts have their turn first. */
  readonly givesWay?: boolean;
}

/**
 * Sends what is written down for one thread, in order and each once: before it goes to Slack it is in the table, and from
 * when Slack has it on nothing sends it again.
 */
export class Outbox {
  /** What Slack says of a message that it refuses in any form. */
  refusal: RefusedMessageError | undefined;
  /** Identities of the alerts that the thread has told. */
  readonly told = new Set<string>();
  /** What is surely in the table. */
  private saved: Held;
  /** IDs of what is not sent now. */
  private readonly postponed = new Set<string>();
  /** A thread moves once at a time: a Slack that takes no reply at all would get parent after parent. */
  private moved = false;

  constructor(
    public held: Held,
    private readonly settings: ThreadSettings,
    private readonly deps: WriterDeps,
  ) {
    this.saved = held;
  }

  /** Sends the outbox in order: the parent before what replies to it. */
  async flush({ isMeant = () => true, givesWay = false }: Flushing = {}): Promise<void> {
    for (;;) {
      const next = this.held.outbox.find((pending) => isMeant(pending) && !this.isPostponed(pending));
      if (next === undefined) return;
      const to = this.placeOf(next);
      await this.turn(to.channel, 'post', { givesWay });
      const attempt = { ...next, to, attempted: true, writtenAtMs: this.deps.now().getTime() };
      this.replace(next, attempt);
      await this.deps.store.save(this.held);
      this.saved = this.held;
      const ts = await this.send(attempt);
      if (ts !== undefined) await this.sent(attempt, ts);
    }
  }

  /** Slack has it: from here on nothing may send it again, also when our own bookkeeping fails. */
  async sent(pending: Pending, ts: string): Promise<void> {
    this.replace(pending, { ...pending, attempted: true, ts });
    const { thread } = this.held;
    if (thread.incident !== undefined) {
      const posted = { channel: pending.to?.channel ?? this.settings.rules.channel, ts };
      const incident = known(thread.incident, pending, posted);
      const isParent = pending.reply === undefined;
      this.held = { ...this.held, thread: { ...thread, incident }, stale: isParent ? false : this.held.stale };
    }
    await this.deps.store.markTold(this.held.key, pending.tells, ts).catch((cause) => {
      throw new RetryableError('what was told could not be written down', { cause });
    });
    for (const identity of pending.tells) this.told.add(identity);
    this.drop(pending);
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

  turn(channel: string, method: Method, options?: { readonly givesWay: boolean }): Promise<void> {
    hurry(this.deps);
    return this.deps.pace.turn(channel, method, options);
  }

  /** What Slack asks of one of us all of us do. */
  async hold({ retryAfterMs }: RetryableError, channel: string, method: Method): Promise<void> {
    if (retryAfterMs !== undefined) await this.deps.pace.hold(channel, method, retryAfterMs);
  }

  /** The thread goes on under a new parent, which is posted before anything else. */
  leaveParent(why: string, parent: Pending | undefined): void {
    const { thread, outbox } = this.held;
    if (thread.incident === undefined) return;
    this.deps.log('warn', 'the thread gets a new parent', { thread: this.held.key, why });
    this.moved = true;
    // What was edited there is not seen any more.
    const { parent: _left, loop: _loop, explained, ...rest } = thread.incident;
    const incident = { ...rest, ...(explained === undefined ? {} : { explained: unsaid(explained) }) };
    const first = parent === undefined ? [] : [parent];
    this.held = { ...this.held, thread: { ...thread, incident }, outbox: [...first, ...outbox], stale: false };
  }

  replace(pending: Pick<Pending, 'id'>, by: Pending): void {
    this.held = { ...this.held, outbox: this.held.outbox.map((one) => (one.id === pending.id ? by : one)) };
  }

  placeOf({ reply }: Pending): Required<Pending>['to'] {
    const parent = this.held.thread.incident?.parent;
    if (reply === undefined || parent === undefined) return { channel: this.settings.rules.channel };
    return { channel: parent.channel, threadTs: parent.ts };
  }

  pending(alerts: readonly { readonly identity: string }[], more: Partial<Pending> = {}): Pending {
    return {
      id: this.deps.newId(),
      tells: alerts.map(({ identity }) => identity),
      writtenAtMs: this.deps.now().getTime(),
      attempted: false,
      ...more,
    };
  }

  parent(incident: Incident): Message {
    return renderParent(incident, { subject: this.held.thread.subject, ...this.settings.place });
  }

  /** Alerts do not wait for an explanation whose answer was lost: it is looked for when it comes again. */
  postpone(pending: Pending, error: unknown): undefined {
    if (pending.is !== 'explanation' || !(error instanceof RetryableError)) throw error;
    this.postponed.add(pending.id);
  }

  isPostponed({ id }: Pick<Pending, 'id'>): boolean {
    return this.postponed.has(id);
  }

  /** Whether anything is left to be sent. */
  get isEmpty(): boolean {
    return this.held.outbox.every((pending) => this.isPostponed(pending));
  }

  drop({ id }: Pick<Pending, 'id'>): void {
    this.held = { ...this.held, outbox: this.held.outbox.filter((one) => one.id !== id) };
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
        this.replace(pending, this.simpler({ ...pending, attempted: false }, error));
        return undefined;
      }
      if (error instanceof ParentGoneError && !this.moved) {
        this.replace(pending, { ...pending, attempted: false });
        this.leaveParent(error.message, this.pending([]));
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

  /** Without its chart, which not every workspace knows; else as plain text. */
  private simpler(pending: Pending, { message: error }: RefusedBlocksError): Pending {
    const { reply } = pending;
    const message = reply === undefined ? undefined : withoutChart(reply.message);
    this.deps.log('warn', `Slack refused the blocks, sending ${message === undefined ? 'plain text' : 'no chart'}`, {
      error,
    });
    return reply === undefined || message === undefined
      ? { ...pending, plain: true }
      : { ...pending, reply: { ...reply, message }, chartless: true };
  }

  /** Its alerts go to the dead-letter queue. When they come back they must not be counted a second time. */
  private refuse(pending: Pending, error: RefusedMessageError): void {
    this.deps.log('error', 'Slack refuses a message', { thread: this.held.key, error: error.message });
    this.drop(pending);
    // Nothing is lost with what tells no alert.
    if (pending.is === 'explanation') return;
    this.refusal = error;
    const others = this.held.outbox;
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
}

/** What the incident knows of its messages once Slack has one of them. */
function known(incident: Incident, { reply, is, to, chartless }: Pending, posted: Posted): Incident {
  if (reply === undefined) return { ...incident, parent: posted };
  if (is === 'loop') {
    return { ...incident, loop: { ...posted, broadcast: reply.broadcast, shown: shownIn(reply.message) } };
  }
  // One that was sent into another thread is that one's.
  const isHere = to?.threadTs === incident.parent?.ts;
  if (is !== 'explanation' || incident.explained === undefined || !isHere) return incident;
  const explained = { ...incident.explained, reply: posted, ...(chartless ? { chartless } : {}) };
  return { ...incident, explained };
}

/** What is known of why, before any of it is said in the thread. */
function unsaid({ reply: _reply, ...known }: Explained): Explained {
  return { ...known, asked: [], told: [] };
}

/** What a message says, to be compared. */
export function shownIn({ text, blocks }: Message): string {
  const [first] = blocks;
  return first?.type === 'section' ? (first.text?.text ?? text) : text;
}

/** Throws when there is no time left to begin something. */
export function hurry({ remainingMs }: Pick<WriterDeps, 'remainingMs'>): void {
  if (remainingMs() >= LAST_START_MS) return;
  throw new RetryableError('no time left', { retryAfterMs: 1000, wholeChannel: true });
}
