import type { Alert } from '../alert';
import { type ExplainRequest, REQUEST_SOURCE } from '../explain/request';
import type { Message } from '../render/blocks';
import { withoutChart } from '../render/chart';
import { renderReply } from '../render/reply';
import { crashLoopIn, lastLineOf } from '../thread/conditions';
import type { Explained, Posted } from '../thread/incident';
import { fold } from '../thread/thread';
import { newTopics } from '../thread/topics';
import { NotYetError, RefusedBlocksError, RefusedMessageError, RetryableError } from './errors';
import { messagesOf } from './messages';
import { hurry, Outbox, shownIn } from './outbox';
import { linkOfPrevious, relatedThreads } from './related';
import { CALL_ENDS_MS } from './slack';
import type { Held, Pending } from './thread-store';
import { LAST_START_MS, type ThreadSettings, type WriterDeps } from './writer-deps';

/** The search for a message whose answer was lost starts so long before it was written down: clocks differ. */
const SEARCH_MARGIN_MS = 60_000;
/** So long after it was written down nobody waits for Slack's answer any more: what Slack has done by then is to be seen. */
export const VISIBLE_MS = CALL_ENDS_MS + 1500;
/** The first explanation of an incident follows the alert; what is new later waits until there may be more of it. */
const ASK_AFTER_SECONDS = { first: 3, again: 60 } as const;

/** What is left to tell. */
interface Left {
  /** Alerts that belong into a later incident. */
  readonly rest: readonly Alert[];
  /** Messages that are written down and not sent. */
  readonly waiting: boolean;
}

/** What was found out about an incident. */
export interface Answer extends Pick<Explained, 'cause' | 'lastLine' | 'log'> {
  readonly message: Message;
  /** Nothing more is to come. */
  readonly isWhole: boolean;
  /** Nothing was left out that may be had another time: it takes the place of what was known. */
  readonly isComplete: boolean;
  /** What it explains. */
  readonly topics: readonly string[];
}

const NOT_EXPLAINED: Explained = { asked: [], askedAtMs: 0, told: [] };
const TOPICS_KEPT = 50;

/** Writes one thread, in Slack and in the table, while its lock is held. */
export class ThreadWriter {
  private readonly outbox: Outbox;

  constructor(
    held: Held,
    private readonly settings: ThreadSettings,
    private readonly deps: WriterDeps,
  ) {
    this.outbox = new Outbox(held, settings, deps);
  }

  /** Identities of the alerts that the thread has told. */
  get told(): Set<string> {
    return this.outbox.told;
  }

  get refusal(): RefusedMessageError | undefined {
    return this.outbox.refusal;
  }

  release(): Promise<void> {
    return this.outbox.release();
  }

  giveUp(): Promise<void> {
    return this.outbox.giveUp();
  }

  private get held(): Held {
    return this.outbox.held;
  }

  private change(change: Partial<Held>): void {
    this.outbox.held = { ...this.held, ...change };
  }

  /** Sends what an earlier holder wrote down, unless Slack has it. */
  async resume(): Promise<void> {
    for (const pending of this.held.outbox.filter(({ attempted }) => attempted)) {
      const ts = await this.found(pending).catch((error) => this.outbox.postpone(pending, error));
      if (this.outbox.isPostponed(pending)) continue;
      if (ts !== undefined) {
        await this.outbox.sent(pending, ts);
        continue;
      }
      // It comes again with its own record, not before the next alert, nor in another incident.
      if (pending.is === 'explanation') {
        this.outbox.drop(pending);
        continue;
      }
      const { key: thread } = this.held;
      this.deps.log('warn', 'sending again what Slack does not seem to have', { thread, id: pending.id });
      this.outbox.replace(pending, { ...pending, attempted: false });
    }
    const { incident } = this.held.thread;
    if (incident?.parent !== undefined && incident.parent.channel !== this.settings.rules.channel) {
      const isNeeded = !this.outbox.isEmpty;
      this.outbox.leaveParent('the channel is another one now', isNeeded ? this.outbox.pending([]) : undefined);
    }
    await this.outbox.flush();
    // Only an old message was wrong: its alerts come again by themselves.
    this.outbox.refusal = undefined;
  }

  private async found(pending: Pending): Promise<string | undefined> {
    if (pending.ts !== undefined) return pending.ts;
    const told = await this.deps.store.told(this.held.key, pending.tells);
    const [ts] = told.values();
    if (ts !== undefined) return ts;
    this.waitFor(pending.writtenAtMs, 'a message may still come to be seen');
    const to = pending.to ?? this.outbox.placeOf(pending);
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
    const { thread, refused, outbox } = this.held;
    const told = alerts.map((alert) => ({ alert }));
    const message = renderReply(told, { subject: thread.subject, broadcast: false });
    const reply = this.outbox.pending(alerts, { reply: { message, broadcast: false } });
    const parent = thread.incident?.parent === undefined ? [this.outbox.pending([])] : [];
    const tells = new Set(reply.tells);
    const others = refused.filter((identity) => !tells.has(identity));
    this.change({ refused: others, outbox: [...outbox, ...parent, reply] });
    await this.outbox.flush();
  }

  /** Folds the alerts into the thread and sends what they say. */
  async tell(alerts: readonly Alert[], { parentFirst }: { readonly parentFirst: boolean }): Promise<Left> {
    const folded = fold(this.held.thread, alerts, this.settings.rules);
    // A new incident takes the place of the old one, whose parent nobody would edit any more.
    if (folded.opens !== undefined) await this.closeParent();
    for (const { alert, rule } of folded.untold) {
      this.deps.log('info', 'not told', { rule, kind: alert.kind, identity: alert.identity, thread: this.held.key });
    }
    // Drawn before it is kept: what cannot be drawn must not get into the thread and hold up what comes after it.
    if (folded.thread.incident !== undefined) this.outbox.parent(folded.thread.incident);
    const messages = messagesOf(folded, this.outbox, this.settings.rules);
    const stale = this.held.stale || folded.replies.length > 0 || folded.changed;
    this.change({ thread: folded.thread, outbox: [...this.held.outbox, ...messages], stale });
    if (messages.length === 0) return { rest: folded.rest, waiting: false };
    await this.addLinks();
    // First the parent: if it is gone, the replies go under a new one. They do not wait for an edit that has to wait.
    const later = folded.opens === undefined ? await this.editParent().catch(onlyThisEdit) : undefined;
    if (folded.opens !== undefined && parentFirst) {
      await this.outbox.flush({ isMeant: ({ reply }) => reply === undefined });
      return { rest: folded.rest, waiting: !this.outbox.isEmpty };
    }
    await this.outbox.flush();
    if (later !== undefined) throw later;
    return { rest: this.refusal === undefined ? folded.rest : [], waiting: false };
  }

  /** What is edited shows the present state, be it in a new parent. */
  async bringUpToDate(): Promise<void> {
    await this.editParent();
    await this.editLoop();
    await this.outbox.flush();
  }

  /** What only tells how it went does not hold up a new incident. */
  private async closeParent(): Promise<void> {
    await this.editParent();
    await this.outbox.flush();
  }

  /** If the parent is not there any more, a new one stands in the outbox. */
  private async editParent(): Promise<undefined> {
    const incident = this.held.thread.incident;
    if (!this.held.stale || incident?.parent === undefined) return;
    const isThere = await this.edit(incident.parent, this.outbox.parent(incident));
    this.change({ stale: false, editLostAtMs: 0 });
    if (isThere) return;
    this.outbox.leaveParent('it is not there any more, or not ours', this.outbox.pending([]));
  }

  /** One reply tells the whole crash loop. Somebody who deletes it does not want to see it. */
  private async editLoop(): Promise<void> {
    const { thread } = this.held;
    const { incident } = thread;
    const alert = incident === undefined ? undefined : crashLoopIn(incident);
    if (incident?.loop === undefined || alert === undefined) return;
    const { loop, ...others } = incident;
    const lastLine = lastLineOf(incident, alert);
    const message = renderReply([{ alert }], { subject: thread.subject, broadcast: loop.broadcast, lastLine });
    const shown = shownIn(message);
    if (shown === loop.shown) return;
    const isThere = await this.edit(loop, message);
    const next = isThere ? { ...incident, loop: { ...loop, shown } } : others;
    this.change({ thread: { ...thread, incident: next }, editLostAtMs: 0 });
  }

  /** False when it is not there any more. */
  private async edit(
    posted: Posted,
    message: Message,
    { plain = false, givesWay = false }: { readonly plain?: boolean; readonly givesWay?: boolean } = {},
  ): Promise<boolean> {
    this.waitFor(this.held.editLostAtMs, 'an edit may still be done');
    await this.outbox.turn(posted.channel, 'edit', { givesWay });
    const begunAtMs = this.deps.now().getTime();
    try {
      return await this.deps.slack.edit(posted, message, { plain });
    } catch (error) {
      if (error instanceof RefusedBlocksError) {
        const chartless = withoutChart(message);
        if (chartless !== undefined) this.rememberNoCharts();
        return this.edit(posted, chartless ?? message, { plain: chartless === undefined, givesWay });
      }
      if (error instanceof RefusedMessageError) {
        // The replies tell it all the same.
        this.deps.log('error', 'Slack refuses an edit', { thread: this.held.key, error: error.message });
        return true;
      }
      if (!(error instanceof RetryableError)) throw error;
      const { message: why, maybeDone, retryAfterMs } = error;
      // What Slack does later than the next edit would undo it.
      if (maybeDone) this.change({ editLostAtMs: begunAtMs });
      await this.outbox.hold(error, posted.channel, 'edit');
      // Whether messages can be posted is another matter.
      throw new RetryableError(why, {
        maybeDone,
        cause: error,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
  }

  private rememberNoCharts(): void {
    const { thread } = this.held;
    const { incident } = thread;
    if (incident?.explained === undefined) return;
    const explained = { ...incident.explained, chartless: true as const };
    this.change({ thread: { ...thread, incident: { ...incident, explained } } });
  }

  /** What is new about the incident is to be explained: by a message of its own, when this is told. */
  async askToExplain(): Promise<void> {
    const { subject, incident } = this.held.thread;
    const { explain } = this.settings.rules;
    if (explain.length === 0 || incident?.parent === undefined || this.deps.remainingMs() < LAST_START_MS) return;
    // Nobody asks any more.
    if (incident.endedAtMs !== undefined) return;
    const leansOn = this.settings.leansOn.length > 0 && explain.includes('dependencies');
    const topics = newTopics(incident, { leansOn });
    if (topics.length === 0) return;
    const nowMs = this.deps.now().getTime();
    const { openedAtMs, explained = NOT_EXPLAINED } = incident;
    const request: ExplainRequest = { source: REQUEST_SOURCE, kind: 'explain', subject, openedAtMs, topics };
    const { first, again } = ASK_AFTER_SECONDS;
    try {
      await this.deps.ask(request, nowMs - explained.askedAtMs > again * 1000 ? first : again);
    } catch (error) {
      // With the next alert.
      this.deps.log('warn', 'an explanation could not be asked for', { thread: this.held.key, error: String(error) });
      return;
    }
    const asked = { ...explained, asked: [...explained.asked, ...topics], askedAtMs: nowMs };
    this.change({ thread: { ...this.held.thread, incident: { ...incident, explained: asked } } });
  }

  /** Says why, in the one reply that explains, and the cause in the parent. What is whole takes the place of what was known. */
  async explain({ openedAtMs }: Pick<ExplainRequest, 'openedAtMs'>, answer: Answer, givesWay: boolean): Promise<void> {
    const { incident } = this.held.thread;
    if (incident?.parent === undefined || incident.openedAtMs !== openedAtMs) return;
    const { explained = NOT_EXPLAINED } = incident;
    const { isWhole, isComplete, topics, message: drawn, ...found } = answer;
    const isAll = isWhole && isComplete;
    // A part of it is no news where the whole was told.
    if (!isWhole && explained.reply !== undefined) return;
    // Slack may have it already.
    if (this.held.outbox.some((pending) => this.outbox.isPostponed(pending))) {
      throw new NotYetError('an explanation may still come to be seen', { retryAfterMs: VISIBLE_MS });
    }
    const { cause: _cause, lastLine: _line, log: _log, ...told } = explained;
    const next = { ...incident, explained: isAll ? { ...told, ...found } : { ...explained, ...found } };
    const message = explained.chartless ? (withoutChart(drawn) ?? drawn) : drawn;
    const isNews = JSON.stringify(this.outbox.parent(next)) !== JSON.stringify(this.outbox.parent(incident));
    const { stale } = this.held;
    const isOver = incident.endedAtMs !== undefined;
    this.change({ thread: { ...this.held.thread, incident: next }, stale: stale || (isNews && !isOver) });
    if (explained.reply === undefined) await this.postExplanation(message, givesWay);
    // One that somebody deleted is not posted anew.
    else if (isAll) await this.edit(explained.reply, message, { givesWay });
    if (isWhole) this.explainedAre(topics);
    if (isNews && isOver) await this.editOver(stale);
    // What cannot be edited now is when the record comes again: without anything being looked up again.
    await this.bringUpToDate();
  }

  /** What is over gets its cause if that can be had now: nothing new waits for it. */
  private async editOver(stale: boolean): Promise<void> {
    this.change({ stale: true });
    await this.editParent().catch((error) => {
      if (!(error instanceof RetryableError)) throw error;
      this.change({ stale });
    });
  }

  /** Of what was asked only: nobody else's list of topics is kept. */
  private explainedAre(topics: readonly string[]): void {
    const { thread } = this.held;
    const { incident } = thread;
    if (incident?.explained === undefined) return;
    const told = [...new Set([...incident.explained.told, ...topics])].slice(-TOPICS_KEPT);
    this.change({ thread: { ...thread, incident: { ...incident, explained: { ...incident.explained, told } } } });
  }

  private async postExplanation(message: Message, givesWay: boolean): Promise<void> {
    const pending = this.outbox.pending([], { is: 'explanation', reply: { message, broadcast: false } });
    this.change({ outbox: [...this.held.outbox, pending] });
    try {
      await this.outbox.flush({ givesWay });
    } catch (error) {
      // It comes again with its own record, not before the next alert.
      const isAttempted = this.held.outbox.some(({ id, attempted }) => id === pending.id && attempted);
      if (!isAttempted) this.outbox.drop(pending);
      throw error;
    }
  }

  /** When a new incident opens: the one before, and the threads of what the service leans on that fire. */
  private async addLinks(): Promise<void> {
    const { incident } = this.held.thread;
    if (incident === undefined || incident.parent !== undefined) return;
    const previous = await linkOfPrevious(incident, this.deps);
    const { leansOn } = this.settings;
    const isAsked = leansOn.length === 0 || incident.related !== undefined;
    if (!isAsked) hurry(this.deps);
    const related = isAsked ? {} : { related: await relatedThreads(leansOn, this.deps) };
    this.change({ thread: { ...this.held.thread, incident: { ...incident, ...previous, ...related } } });
  }
}

/** Hands on what keeps nothing but this edit from being done now; everything else is thrown. */
function onlyThisEdit(error: unknown): RetryableError {
  if (error instanceof RetryableError && !error.wholeChannel) return error;
  throw error;
}
