import { type Alert, isAlarm, type Subject, severityOf } from '../alert';
import type { Incident, Stops } from '../thread/incident';
import { context, escaped, link, type Message, notification, quote, section } from './blocks';
import { alarmUrl, serviceUrl } from './links';
import { bodyOf, boldName, bySeverity, DOTS, nameOf, OVER, stopCount } from './look';
import { called, capital, cause, duration, wrong } from './words';

/** How much is wrong now that a parent lists; more is counted. */
const LISTED_CONDITIONS = 5;

/** Three of them fit into a context block. */
const URL_MAX = 900;

/** What the parent needs besides its incident. */
export interface Place {
  readonly subject: Subject;
  readonly accountName: string;
}

/** The first message of the thread: always the present state. */
export function renderParent(incident: Incident, place: Place): Message {
  const { dot, headline, list } = stateOf(incident);
  const { subject, accountName } = place;
  const linked = links(incident, place);
  return {
    text: notification(`${dot}${nameOf(subject)}: ${headline} (${escaped(accountName)}, ${escaped(subject.cluster)})`),
    blocks: [
      section([`${dot}${boldName(subject)} · ${headline}`, ...list]),
      ...(incident.note === undefined || isFiring(incident) ? [] : bodyOf(incident.note)),
      context(`${times(incident)} · ${[accountName, subject.region, subject.cluster].map(escaped).join(' · ')}`),
      ...(linked === '' ? [] : [context(linked)]),
    ],
  };
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

function stopsLine(stops: Stops): string {
  const span = stops.count === 1 ? '' : ` in ${duration(stops.last.atMs - stops.firstAtMs)}, last`;
  return `${stopCount(stops.count)}${span}: ${quote(stops.last.revision)}, ${cause(stops.last)}`;
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
  const urls = [
    { url: serviceUrl(subject), label: subject.service === undefined ? 'Cluster' : 'Service' },
    ...(alarm === undefined ? [] : [{ url: alarmUrl(subject, alarm.alarmName), label: 'Alarm' }]),
    ...(earlier === undefined ? [] : [{ url: earlier, label: 'Earlier thread' }]),
  ];
  // A link is whole or not there.
  return urls
    .filter(({ url }) => url.length <= URL_MAX)
    .map(({ url, label }) => link(url, label))
    .join(' · ');
}
