import type { Settings } from '../read-settings';
import { threadKey } from '../subject';
import { bringUpToDate, tellWhy } from './deliver/deliver';
import { NotYetError, PermanentError, RetryableError } from './deliver/errors';
import type { Answer } from './deliver/thread-writer';
import type { ThreadSettings, WriterDeps } from './deliver/writer-deps';
import { type About, aboutOf } from './explain/about';
import type { LogLines, LookedUp } from './explain/explanation';
import type { ExplainRequest } from './explain/request';
import type { GiveBack } from './give-back';
import type { Incoming } from './handler';
import { renderExplanation } from './render/explanation';
import { topicsOf } from './thread/topics';

export interface ExplainDeps extends WriterDeps {
  /** Asks AWS what there is to know: what is there early, then the whole. Parts that cannot be had are left out. */
  readonly lookUp: (about: About, cancelled: AbortSignal) => AsyncIterable<LookedUp>;
}

interface Asked {
  readonly record: Incoming;
  readonly request: ExplainRequest;
}

interface How {
  readonly settings: Settings;
  readonly settingsOf: (request: ExplainRequest) => ThreadSettings;
}

/** So long an invocation explains: alerts that come meanwhile wait for it. */
const SHIFT_MS = 5_000;
/** So many are looked up while others are told. */
const AHEAD = 2;
/** What was asked for so long ago takes its turn like an alert. */
const PATIENT_MS = 5 * 60_000;
/** Looking things up is not begun with less: nine seconds of it, two calls of Slack, and what each of them leaves. */
const TIME_NEEDED_MS = 32_000;
/** After so long nobody waits for it any more. */
const TOO_LATE_MS = 6 * 3600_000;
/** Faults of our own or of the table are not tried for as long. */
const FAULTS_MS = 10 * 60_000;

/**
 * Answers requests for explanations in one channel, one after the other, as long as no alert has to be told there. Never
 * at the cost of an alert: what does not work out is left, with a line in the log.
 */
export async function explainInChannel(
  all: readonly Asked[],
  how: How,
  batch: GiveBack,
  deps: ExplainDeps,
): Promise<void> {
  const shiftEndsAtMs = deps.now().getTime() + SHIFT_MS;
  const begun = new Map<Asked, Promise<Begun | NothingNew>>();
  const shift = new AbortController();
  for (const [index, asked] of all.entries()) {
    const { record, request } = asked;
    const askedMs = deps.now().getTime() - record.sentAtMs;
    try {
      const isOver = index > 0 && deps.now().getTime() >= shiftEndsAtMs;
      if (isOver || deps.remainingMs() < TIME_NEEDED_MS) throw othersHaveTheirTurn();
      for (const next of [asked, ...firstOfTheirThreads(all, index).slice(0, AHEAD)]) {
        if (!begun.has(next)) begun.set(next, ahead(begin(next, how, deps, shift.signal)));
      }
      await explain(
        request,
        (await begun.get(asked)) ?? { is: 'gone' },
        how.settingsOf(request),
        givesWay(asked, deps),
        deps,
      );
    } catch (error) {
      const patienceMs = error instanceof RetryableError ? TOO_LATE_MS : isPermanent(error) ? 0 : FAULTS_MS;
      if (askedMs < patienceMs) await batch.later([record], noAlert(error));
      else deps.log('warn', 'not explained', { thread: threadKey(request.subject), error: String(error) });
      if (!(error instanceof RetryableError) && !isPermanent(error)) {
        deps.log('error', 'an explanation failed', { error: error instanceof Error ? error.stack : String(error) });
      }
    }
  }
  // What was begun ahead and not told is of no use any more.
  shift.abort();
}

function othersHaveTheirTurn(): NotYetError {
  return new NotYetError('others have their turn', { retryAfterMs: 0 });
}

/** Those after this one, one a thread: what the first of a thread explains need not be looked up again. */
function firstOfTheirThreads(all: readonly Asked[], index: number): readonly Asked[] {
  const keyOf = ({ request }: Asked) => threadKey(request.subject);
  return all.filter((one, at) => at > index && all.findIndex((other) => keyOf(other) === keyOf(one)) === at);
}

/** Nothing that has to be told fails with it: it is not counted. */
function noAlert(error: unknown): unknown {
  if (error instanceof NotYetError) return error;
  const { message = String(error), retryAfterMs } = error instanceof RetryableError ? error : {};
  return new NotYetError(message, { cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function isPermanent(error: unknown): boolean {
  return error instanceof PermanentError;
}

function givesWay({ record }: Asked, { now }: Pick<ExplainDeps, 'now'>): boolean {
  return now().getTime() - record.sentAtMs < PATIENT_MS;
}

/** Nobody may come to wait for it: then its failure is no news. */
function ahead<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function whereIs({ group, stream }: LogLines): NonNullable<Answer['log']> {
  return { group, ...(stream === undefined ? {} : { stream }) };
}

/** What is being looked up. */
interface Begun {
  readonly is: 'new';
  readonly topics: readonly string[];
  readonly found: AsyncIterator<LookedUp>;
  readonly first: Promise<IteratorResult<LookedUp>>;
}

/** The incident is another one by now, or it is explained and only the parent may not say so yet. */
interface NothingNew {
  readonly is: 'gone' | 'told';
}

async function begin(
  asked: Asked,
  { settings, settingsOf }: How,
  deps: ExplainDeps,
  cancelled: AbortSignal,
): Promise<Begun | NothingNew> {
  const { subject, openedAtMs, topics } = asked.request;
  const [thread] = await deps.store.read([threadKey(subject)]);
  const incident = thread?.incident;
  if (incident?.parent === undefined || incident.openedAtMs !== openedAtMs) return { is: 'gone' };
  const { told = [], reply } = incident.explained ?? {};
  if (topics.every((topic) => told.includes(topic))) return { is: 'told' };
  // Before anything is looked up in vain.
  const { channel } = settingsOf(asked.request).rules;
  if (givesWay(asked, deps)) await deps.pace.free(channel, reply === undefined ? 'post' : 'edit');
  const about = aboutOf(incident, subject, settings, deps.now());
  const present = topicsOf(incident, { leansOn: about.leansOn.length > 0 });
  const found = deps.lookUp(about, cancelled)[Symbol.asyncIterator]();
  return { is: 'new', topics: [...new Set([...topics, ...present])], found, first: ahead(found.next()) };
}

async function explain(
  { subject, openedAtMs }: ExplainRequest,
  begun: Begun | NothingNew,
  threadSettings: ThreadSettings,
  isPatient: boolean,
  deps: ExplainDeps,
): Promise<void> {
  const thread = { key: threadKey(subject), subject, openedAtMs };
  if (begun.is !== 'new') return begun.is === 'told' ? bringUpToDate(thread, threadSettings, deps) : undefined;
  for (let next = await begun.first; next.done !== true; next = await begun.found.next()) {
    const { isWhole, isComplete, explanation, cause, lastLine } = next.value;
    // Nothing was found out: there is nothing to say.
    if (Object.keys(explanation).length === 0) continue;
    const answer = {
      message: renderExplanation(explanation, { subject }),
      isWhole,
      isComplete,
      topics: begun.topics,
      ...(cause === undefined ? {} : { cause }),
      ...(lastLine === undefined ? {} : { lastLine }),
      ...(explanation.lines === undefined ? {} : { log: whereIs(explanation.lines) }),
    };
    await tellWhy(thread, answer, threadSettings, deps, { givesWay: isPatient });
  }
}
