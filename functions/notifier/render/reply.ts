import type { Subject } from '../../subject';
import { type Alert, isAlarm, isGoodNews, severityOf, type TaskStopped } from '../alert';
import { groupedBy } from '../grouped-by';
import type { Told } from '../thread/thread';
import { type Message, notification, quote, section } from './blocks';
import { bodyOf, boldName, bySeverity, DOTS, nameOf, OVER, stopCount } from './look';
import { called, capital, cause, duration, happened, ordinal, wrong } from './words';

/** How many alerts a digest tells one by one; more are counted. */
const LISTED_ALERTS = 12;

/** One reply for all that is told at once: one thought a line. */
export function renderReply(
  told: readonly Told[],
  options: { readonly subject: Subject; readonly broadcast: boolean; readonly recoveredAfterMs?: number },
): Message {
  const { subject, broadcast, recoveredAfterMs } = options;
  const recovered = recoveredAfterMs === undefined ? undefined : `Recovered after ${duration(recoveredAfterMs)}`;
  const dot = recovered === undefined ? dotOf(told) : OVER;
  const [first, ...more] = told;
  const lines =
    first === undefined || more.length > 0
      ? digest(told, recovered)
      : [recovered === undefined ? capital(sentence(first)) : `${recovered}: ${sentence(first)}`];
  const head = lines[0] ?? '';
  return {
    text: notification(`${dot}${nameOf(subject)}: ${head}`),
    // A broadcast is read outside of the thread: it names the service.
    blocks: [
      section([`${dot}${broadcast ? `${boldName(subject)} · ` : ''}${head}`, ...lines.slice(1)]),
      ...(first !== undefined && more.length === 0 ? bodyOf(first.alert) : []),
    ],
  };
}

function sentence({ alert, stop }: Told): string {
  if (alert.kind !== 'task-stopped' || stop === undefined || stop.nth < 2) return happened(alert);
  const since = duration(alert.atMs - stop.sinceMs);
  return `${ordinal(stop.nth)} stop in ${since}: ${quote(alert.revision)}, ${cause(alert)}`;
}

/** `14 alerts in 40 s: 9 stops, 3× CPU high`, then a line each; stops of one revision and cause share theirs. */
function digest(told: readonly Told[], recovered: string | undefined): string[] {
  const atMs = told.map(({ alert }) => alert.atMs);
  const span = duration(Math.max(...atMs) - Math.min(...atMs));
  const counts = [...groupedBy(told, ({ alert }) => called(alert))].map(([what, { length }]) =>
    what === 'task stopped' ? stopCount(length) : length === 1 ? what : `${length}× ${what}`,
  );
  const lines = [...groupedBy(told, sameLine).values()].map(
    (group) => `${dotOf(group)}${capital(group.length === 1 && group[0] ? digestLine(group[0]) : stopsOf(group))}`,
  );
  const hidden = lines.length - LISTED_ALERTS;
  return [
    `${recovered ?? `${told.length} alerts in ${span}`}: ${counts.join(', ')}`,
    ...lines.slice(0, LISTED_ALERTS),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
  ];
}

function digestLine(told: Told): string {
  return told.alert.kind === 'unknown' ? `${sentence(told)}: ${quote(told.alert.body)}` : sentence(told);
}

function sameLine({ alert }: Told): string {
  const stop = stopIn(alert);
  return stop === undefined ? alert.identity : `${stop.revision} ${cause(stop)}`;
}

/** The stop that the alert tells, be it as a part of a crash loop. */
function stopIn(alert: Alert): TaskStopped | undefined {
  if (alert.kind === 'crash-loop') return alert.stops?.last;
  return alert.kind === 'task-stopped' ? alert : undefined;
}

/** `9 stops (3rd to 11th): api:42, exit 1` */
function stopsOf(group: readonly Told[]): string {
  const alert = group.at(-1)?.alert;
  if (alert?.kind === 'crash-loop') return wrong(alert);
  const [first, last] = [group[0], group.at(-1)].map((told) => ordinal(told?.stop?.nth ?? 1));
  const why = alert?.kind === 'task-stopped' ? `: ${quote(alert.revision)}, ${cause(alert)}` : '';
  return `${stopCount(group.length)} (${first} to ${last})${why}`;
}

function isRecovery(alert: Alert): boolean {
  if (isAlarm(alert)) return alert.state === 'OK' && !alert.vanished;
  return isGoodNews(alert) && (alert.kind === 'steady' || ('state' in alert && alert.state === 'OK'));
}

/** The dot of the worst alert; green when all of them are good news. */
function dotOf(told: readonly Told[]): string {
  const bad = told.map(({ alert }) => alert).filter((alert) => !isRecovery(alert));
  const [worst] = [...bad].sort(bySeverity);
  return worst === undefined ? OVER : DOTS[severityOf(worst)];
}
