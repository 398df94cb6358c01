import type { Severity } from '../settings';
import { type Alert, isAlarm, type Subject, severityOf } from './alert';
import {
  type Block,
  codeBlock,
  context,
  details,
  escaped,
  link,
  type Message,
  notification,
  quote,
  section,
} from './blocks';
import { type Incident, rank, type Stops } from './incident';
import { alarmUrl, serviceUrl } from './links';
import type { Told } from './thread';
import { called, capital, cause, duration, happened, ordinal, wrong } from './words';

/** With a no-break space: a dot is never left alone at the end of a line. */
const DOTS: Readonly<Record<Severity, string>> = { info: '🔵\u00a0', warning: '🟠\u00a0', critical: '🔴\u00a0' };
const OVER = '🟢\u00a0';
/** How much is wrong now that a parent lists; more is counted. */
const LISTED_CONDITIONS = 5;
/** How many alerts a digest tells one by one; more are counted. */
const LISTED_ALERTS = 12;

/** What the parent needs besides its incident. */
export interface Place {
  readonly subject: Subject;
  readonly accountName: string;
}

/** The first message of the thread: always the present state. */
export function renderParent(incident: Incident, place: Place): Message {
  const { dot, headline, list } = stateOf(incident);
  const { subject, accountName } = place;
  return {
    text: notification(`${dot}${nameOf(subject)}: ${headline} (${escaped(accountName)}, ${escaped(subject.cluster)})`),
    blocks: [
      section([`${dot}${boldName(subject)} · ${headline}`, ...list]),
      ...(incident.note === undefined || isFiring(incident) ? [] : bodyOf(incident.note)),
      context(`${times(incident)} · ${[accountName, subject.region, subject.cluster].map(escaped).join(' · ')}`),
      context(links(incident, place)),
    ],
  };
}

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

/** What is sent when Slack refuses the blocks: the same as plain text. */
export function plainText({ text, blocks }: Message): string {
  const texts = blocks.flatMap((block) => textsOf(block));
  return texts.length === 0 ? text : texts.join('\n');
}

function textsOf(block: Block): string[] {
  if (block.type === 'section') return block.text === undefined ? [] : [block.text.text];
  if (block.type !== 'context') return [];
  return block.elements.flatMap((element) => ('text' in element ? [element.text] : []));
}

/** What nobody knows is shown as it is. */
function bodyOf(alert: Alert): readonly Block[] {
  return alert.kind === 'unknown' ? [details(codeBlock(alert.body))] : [];
}

function isFiring({ conditions, endedAtMs }: Incident): boolean {
  return endedAtMs !== undefined || Object.keys(conditions).length > 0;
}

function stateOf(incident: Incident): { dot: string; headline: string; list: string[] } {
  const { endedAtMs, note, sinceMs, stops, was } = incident;
  if (endedAtMs !== undefined) {
    const conditions = was.map(asCondition).sort(bySeverity).map(called);
    const before = [...new Set(conditions), ...(stops === undefined ? [] : [stopCount(stops.count)])].join(', ');
    return { dot: OVER, headline: `recovered after ${duration(endedAtMs - sinceMs)}`, list: [`Was: ${before}`] };
  }
  const [worst, ...others] = Object.values(incident.conditions).sort(bySeverity);
  if (worst !== undefined) {
    const list = [...others.map(wrong), ...(stops === undefined ? [] : [stopsLine(stops)])];
    const hidden = list.length - LISTED_CONDITIONS;
    const more = hidden > 0 ? [`… and ${hidden} more`] : [];
    const bullets = [...list.slice(0, LISTED_CONDITIONS).map((line) => `• ${capital(line)}`), ...more];
    return { dot: DOTS[severityOf(worst)], headline: wrong(worst), list: bullets };
  }
  if (note === undefined) return { dot: DOTS[incident.severity], headline: 'alerts', list: [] };
  const again = note.kind === 'task-stopped' && stops !== undefined && stops.count > 1;
  return { dot: DOTS[severityOf(note)], headline: again ? stopsLine(stops) : wrong(note), list: [] };
}

/** A deployment that failed is called so, however far its rollback got. */
function asCondition(alert: Alert): Alert {
  return alert.kind === 'deployment' ? { ...alert, phase: 'failed' } : alert;
}

/** Worst first; of equals the newest. */
function bySeverity(a: Alert, b: Alert): number {
  return rank(severityOf(b)) - rank(severityOf(a)) || b.atMs - a.atMs;
}

function stopsLine(stops: Stops): string {
  const span = stops.count === 1 ? '' : ` in ${duration(stops.last.atMs - stops.firstAtMs)}, last`;
  return `${stopCount(stops.count)}${span}: ${quote(stops.last.revision)}, ${cause(stops.last)}`;
}

function stopCount(count: number): string {
  return count === 1 ? '1 stop' : `${count} stops`;
}

function times({ openedAtMs, sinceMs, lastAtMs, endedAtMs, alertCount }: Incident): string {
  const alerts = alertCount === 1 ? '1 alert' : `${alertCount} alerts`;
  if (endedAtMs !== undefined) return `${clock(openedAtMs)} – ${clock(endedAtMs)} · ${alerts}`;
  if (alertCount === 1) return `since ${clock(openedAtMs)}`;
  const again = sinceMs === openedAtMs ? '' : `, again since ${clock(sinceMs)}`;
  return `since ${clock(openedAtMs)}${again} · last ${clock(lastAtMs)} · ${alerts}`;
}

/** Slack's own date token: everybody reads local time. https://docs.slack.dev/messaging/formatting-message-text */
function clock(atMs: number): string {
  const fallback = `${new Date(atMs).toISOString().slice(11, 16)} UTC`;
  return `<!date^${Math.floor(atMs / 1000)}^{time}|${fallback}>`;
}

function links(incident: Incident, { subject }: Place): string {
  const earlier = incident.previous?.permalink;
  const shown = [
    ...Object.values(incident.conditions).sort(bySeverity),
    ...incident.was.slice().reverse(),
    incident.note,
  ];
  const alarm = shown.find((alert) => alert !== undefined && isAlarm(alert));
  return [
    link(serviceUrl(subject), subject.service === undefined ? 'Cluster' : 'Service'),
    ...(alarm !== undefined && isAlarm(alarm) ? [link(alarmUrl(subject, alarm.alarmName), 'Alarm')] : []),
    ...(earlier === undefined ? [] : [link(earlier, 'Earlier thread')]),
  ].join(' · ');
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
  return alert.kind === 'task-stopped' ? `${alert.revision} ${cause(alert)}` : alert.identity;
}

/** `9 stops (3rd to 11th): api:42, exit 1` */
function stopsOf(group: readonly Told[]): string {
  const [first, last] = [group[0], group.at(-1)].map((told) => ordinal(told?.stop?.nth ?? 1));
  const alert = group.at(-1)?.alert;
  const why = alert?.kind === 'task-stopped' ? `: ${quote(alert.revision)}, ${cause(alert)}` : '';
  return `${stopCount(group.length)} (${first} to ${last})${why}`;
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The dot of the worst alert; green when all of them are good news. */
function dotOf(told: readonly Told[]): string {
  const bad = told
    .map(({ alert }) => alert)
    .filter((alert) => !(isAlarm(alert) && alert.state === 'OK' && !alert.vanished));
  const [worst] = [...bad].sort(bySeverity);
  return worst === undefined ? OVER : DOTS[severityOf(worst)];
}

function nameOf({ cluster, service }: Subject): string {
  return escaped(service ?? `${cluster} (cluster)`);
}

function boldName({ cluster, service }: Subject): string {
  return service === undefined ? `*${escaped(cluster)}* (cluster)` : `*${escaped(service)}*`;
}
