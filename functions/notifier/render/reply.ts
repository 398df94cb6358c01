import type { Subject } from '../../subject';
import { type Alert, isAlarm, isGoodNews, severityOf, type TaskStopped } from '../alert';
import { groupedBy } from '../grouped-by';
import type { Told } from '../thread/thread';
import { type Message, notification, quote, section } from './blocks';
import { bodyOf, boldName, bySeverity, DOTS, OVER, shortName, stopCount } from './look';
import { called, capital, cause, duration, happened, ordinal, within, wrong } from './words';

/** How many lines a digest has; more are counted. */
const LISTED_LINES = 12;
/** How many kinds its first line counts. */
const COUNTED_KINDS = 6;
/** So few need no line that counts them. */
const FEW_LINES = 3;

/** One reply for all that is told at once: one thought a line. */
export function renderReply(
  told: readonly Told[],
  options: {
    readonly subject: Subject;
    readonly broadcast: boolean;
    readonly recoveredAfterMs?: number;
    /** Of a crash loop: the last that its tasks wrote. */
    readonly lastLine?: string | undefined;
  },
): Message {
  const { subject, broadcast, recoveredAfterMs, lastLine } = options;
  const recovered = recoveredAfterMs === undefined ? undefined : `Recovered after ${duration(recoveredAfterMs)}`;
  const dot = recovered === undefined ? dotOf(told) : OVER;
  const { head, lines, short } = told.length > 1 ? digest(told, recovered) : alone(told[0], recovered);
  const [first, ...more] = told;
  return {
    text: notification(`${dot}${shortName(subject)}: ${short}${saying(lastLine)}`),
    // A broadcast is read outside of the thread: it names the service.
    blocks: [
      section([`${dot}${broadcast ? `${boldName(subject)} · ` : ''}${head}${saying(lastLine)}`, ...lines]),
      ...(first !== undefined && more.length === 0 ? bodyOf(first.alert) : []),
    ],
  };
}

function saying(line: string | undefined): string {
  return line === undefined ? '' : `, last line ${quote(line)}`;
}

interface Lines {
  readonly head: string;
  readonly lines: readonly string[];
  /** What the phone shows. */
  readonly short: string;
}

function alone(told: Told | undefined, recovered: string | undefined): Lines {
  const head = led(told === undefined ? '' : sentence(told), recovered);
  return { head, lines: [], short: head };
}

function led(line: string, recovered: string | undefined): string {
  return recovered === undefined ? capital(line) : `${recovered}: ${line}`;
}

function sentence({ alert, stop }: Told): string {
  if (alert.kind !== 'task-stopped' || stop === undefined || stop.nth < 2) return happened(alert);
  return `${ordinal(stop.nth)} stop${within(alert.atMs - stop.sinceMs)}: ${quote(alert.revision)}, ${cause(alert)}`;
}

/**
 * The worst first, or what it has recovered by, then a line for each other; `14 alerts in 40 s: 9 stops, 3× CPU high` before
 * many. Stops of one revision and cause share a line.
 */
function digest(told: readonly Told[], recovered: string | undefined): Lines {
  const groups = [...groupedBy(told, sameLine).values()];
  const worst = [...groups].sort((a, b) => bySeverity(worstOf(a), worstOf(b)))[0] ?? told;
  const good = groups.filter((group) => group.every(({ alert }) => isRecovery(alert))).at(-1);
  const lead = recovered === undefined ? worst : (good ?? worst);
  const others = groups.filter((group) => group !== lead);
  const more = told.length - lead.length;
  const short = `${led(lineOf(lead), recovered)}${more === 0 ? '' : `, and ${more} more`}`;
  const dotted = (group: readonly Told[]) => `${dotOf(group, recovered !== undefined)}${capital(lineOf(group))}`;
  if (groups.length <= FEW_LINES) return { head: led(lineOf(lead), recovered), lines: others.map(dotted), short };
  const hidden = groups.length - LISTED_LINES;
  const lines = [...groups.slice(0, LISTED_LINES).map(dotted), ...(hidden > 0 ? [`… and ${hidden} more`] : [])];
  return { head: `${recovered ?? counted(told)}: ${counts(told)}`, lines, short };
}

function counted(told: readonly Told[]): string {
  const atMs = told.map(({ alert }) => alert.atMs);
  return `${told.length} alerts${within(Math.max(...atMs) - Math.min(...atMs))}`;
}

function counts(told: readonly Told[]): string {
  const all = [...groupedBy(told, ({ alert }) => called(alert))].map(([what, { length }]) =>
    what === 'task stopped' ? stopCount(length) : length === 1 ? what : `${length}× ${what}`,
  );
  const hidden = all.length - COUNTED_KINDS;
  return [...all.slice(0, COUNTED_KINDS), ...(hidden > 0 ? [`${hidden} other kinds`] : [])].join(', ');
}

function worstOf(group: readonly Told[]): Alert {
  const [worst] = group.map(({ alert }) => alert).sort(bySeverity);
  if (worst === undefined) throw new Error('a group of alerts is empty');
  return worst;
}

function lineOf(group: readonly Told[]): string {
  const [only, ...more] = group;
  return only !== undefined && more.length === 0 ? digestLine(only) : stopsOf(group);
}

function digestLine(told: Told): string {
  return told.alert.kind === 'unknown' ? `${sentence(told)}: ${quote(told.alert.body)}` : sentence(told);
}

function sameLine({ alert }: Told): string {
  const stop = stopIn(alert);
  return stop === undefined ? alert.identity : lineOfStop(stop);
}

function lineOfStop(stop: TaskStopped): string {
  return `${stop.revision} ${cause(stop)}`;
}

/** They would be told in the same words. */
export function isSameStop(one: TaskStopped, other: TaskStopped): boolean {
  return lineOfStop(one) === lineOfStop(other);
}

/** The stop that the alert tells, be it as a part of a crash loop. */
function stopIn(alert: Alert): TaskStopped | undefined {
  if (alert.kind === 'crash-loop') return alert.stops?.last;
  return alert.kind === 'task-stopped' ? alert : undefined;
}

/** `9 stops (3rd to 11th): api:42, exit 1`; without the numbers when others were between. */
function stopsOf(group: readonly Told[]): string {
  const alert = group.at(-1)?.alert;
  if (alert?.kind === 'crash-loop') return wrong(alert);
  const [first = 1, last = 1] = [group[0], group.at(-1)].map((told) => told?.stop?.nth ?? 1);
  const which = last - first + 1 === group.length ? ` (${ordinal(first)} to ${ordinal(last)})` : '';
  const why = alert?.kind === 'task-stopped' ? `: ${quote(alert.revision)}, ${cause(alert)}` : '';
  return `${stopCount(group.length)}${which}${why}`;
}

function isRecovery(alert: Alert): boolean {
  if (isAlarm(alert)) return alert.state === 'OK' && !alert.vanished;
  if (alert.kind === 'tasks' && alert.tasks.running < alert.tasks.desired) return false;
  return isGoodNews(alert) && (alert.kind === 'steady' || ('state' in alert && alert.state === 'OK'));
}

/** The dot of the worst alert; green when all of them are good news. When it is over, a rollback was the cure. */
function dotOf(told: readonly Told[], isOver = false): string {
  const isCure = (alert: Alert) => isOver && alert.kind === 'deployment' && alert.phase === 'rolled-back';
  const bad = told.map(({ alert }) => alert).filter((alert) => !isRecovery(alert) && !isCure(alert));
  const [worst] = [...bad].sort(bySeverity);
  return worst === undefined ? OVER : DOTS[severityOf(worst)];
}
