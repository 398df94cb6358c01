import { dependencyOf, type Subject } from '../../subject';
import { type Alert, isAlarm, severityOf } from '../alert';
import type { Cause } from '../explain/explanation';
import { CRASH_LOOP, lastLineOf } from '../thread/conditions';
import type { Incident, Stops } from '../thread/incident';
import { context, link, type Message, notification, phrase, quote, section, words } from './blocks';
import { quantity } from './chart';
import { alarmUrl, dashboardUrl, logUrl, serviceUrl } from './links';
import { bodyOf, boldName, bySeverity, DOTS, OVER, shortName, stopCount } from './look';
import { called, capital, cause, duration, within, wrong } from './words';

/** How much is wrong now that a parent lists; more is counted. */
const LISTED_CONDITIONS = 5;
const LISTED_DEPENDENTS = 5;

/** In the text for the phone. */
const SHORT_PLACE_MAX = 20;
/** Three of them fit into a context block. */
const URL_MAX = 900;

/** What the parent needs besides its incident. */
export interface Place {
  readonly subject: Subject;
  readonly accountName: string;
  /** Name of the cluster's dashboard. */
  readonly dashboard?: string;
  /** What to do about anything that has no runbook of its own. */
  readonly runbook?: string;
}

/** The first message of the thread: always the present state. */
export function renderParent(incident: Incident, place: Place): Message {
  const { dot, headline, list } = stateOf(incident);
  const { subject, accountName } = place;
  const where = [accountName, subject.cluster].map((name) => words(name, SHORT_PLACE_MAX)).join(', ');
  const linked = links(incident, place);
  return {
    text: notification(`${dot}${shortName(subject)}: ${headline} (${where})`),
    blocks: [
      section([
        `${dot}${boldName(subject)} · ${headline}`,
        ...list,
        ...lastWords(incident),
        ...likely(incident),
        ...usedBy(incident, subject),
        ...related(incident),
      ]),
      ...(incident.note === undefined || isFiring(incident) ? [] : bodyOf(incident.note)),
      context([times(incident), ...[accountName, subject.region, subject.cluster].map((name) => words(name))]),
      ...(linked.length === 0 ? [] : [context(linked)]),
    ],
  };
}

function isFiring({ conditions, endedAtMs }: Incident): boolean {
  return endedAtMs !== undefined || Object.keys(conditions).length > 0;
}

function stateOf(incident: Incident): { dot: string; headline: string; list: string[] } {
  const { endedAtMs, note, quiet, sinceMs, stops, was } = incident;
  if (endedAtMs !== undefined && quiet) {
    const [before] = [...was].sort(bySeverity);
    return {
      dot: OVER,
      headline: note === undefined && before !== undefined ? called(before) : noted(incident),
      list: [],
    };
  }
  if (endedAtMs !== undefined) {
    const conditions = was.map(asCondition).sort(bySeverity).map(called);
    const before = [...new Set(conditions), ...(stops === undefined ? [] : [stopCount(stops.count)])].join(', ');
    const { cause } = incident.explained ?? {};
    const why = cause === undefined ? '' : ` · cause: ${causeIn(cause)}`;
    return { dot: OVER, headline: `recovered after ${duration(endedAtMs - sinceMs)}`, list: [`Was: ${before}${why}`] };
  }
  const [worst, ...others] = standing(incident);
  if (worst !== undefined) {
    const isLoop = Object.values(incident.conditions).some(({ kind }) => kind === 'crash-loop');
    const list = [...others.map(wrong), ...(stops === undefined || isLoop ? [] : [stopsLine(stops)])];
    const hidden = list.length - LISTED_CONDITIONS;
    const more = hidden > 0 ? [`… and ${hidden} more`] : [];
    const bullets = [...list.slice(0, LISTED_CONDITIONS).map((line) => `• ${capital(line)}`), ...more];
    return { dot: DOTS[severityOf(worst)], headline: wrong(worst), list: bullets };
  }
  return { dot: DOTS[note === undefined ? incident.severity : severityOf(note)], headline: noted(incident), list: [] };
}

/** What happened, when nothing is wrong now. */
function noted({ note, stops }: Incident): string {
  if (note === undefined) return 'alerts';
  return note.kind === 'task-stopped' && stops !== undefined && stops.count > 1 ? stopsLine(stops) : wrong(note);
}

/** What is wrong now, the worst first. Without any task there are too few as well. */
function standing({ conditions }: Incident): readonly Alert[] {
  const all = Object.values(conditions).sort(bySeverity);
  const isStopped = all.some((alert) => alert.kind === 'tasks' && alert.what === 'stopped');
  return all.filter((alert) => !(isStopped && alert.kind === 'tasks' && alert.what === 'under-desired'));
}

/** Of a crash loop that has no reply of its own. */
function lastWords(incident: Incident): readonly string[] {
  const loop = incident.conditions[CRASH_LOOP];
  const line = loop?.kind !== 'crash-loop' || incident.loop !== undefined ? undefined : lastLineOf(incident, loop);
  return line === undefined ? [] : [`Last line: ${quote(line)}`];
}

/** What was found out, as long as it matters. */
function likely({ endedAtMs, explained, quiet }: Incident): readonly string[] {
  const { cause } = explained ?? {};
  if (cause === undefined || (endedAtMs !== undefined && !quiet)) return [];
  return [`*Likely ${'bottleneck' in cause ? 'bottleneck' : 'cause'}*: ${causeIn(cause)}`];
}

function causeIn(cause: Cause): string {
  if ('words' in cause) return phrase(cause.words);
  const { name, values } = cause.bottleneck;
  const [worst] = values;
  if (worst?.value === undefined) return words(name);
  const most = worst.threshold === undefined ? '' : `, limit ${quantity(worst.threshold, worst.unit)}`;
  return `${words(name)} · ${words(worst.measure)} ${quantity(worst.value, worst.unit)}${most}`;
}

/** In the thread of a dependency: whom it concerns. */
function usedBy({ conditions, was, note }: Incident, subject: Subject): readonly string[] {
  if (dependencyOf(subject) === undefined) return [];
  const alert = [...Object.values(conditions), ...was, note].find((one) => one !== undefined && 'dependency' in one);
  const names = alert !== undefined && 'dependency' in alert ? (alert.dependency?.usedBy ?? []) : [];
  const more = names.length > LISTED_DEPENDENTS ? ` and ${names.length - LISTED_DEPENDENTS} more` : '';
  const listed = names
    .slice(0, LISTED_DEPENDENTS)
    .map((name) => words(name))
    .join(', ');
  return names.length === 0 ? [] : [`Used by ${listed}${more}`];
}

/** What it leans on had trouble already. */
function related({ endedAtMs, related: threads = [] }: Incident): readonly string[] {
  return endedAtMs !== undefined
    ? []
    : threads.map(({ name, permalink }) => `Leans on ${link(permalink, name)}, which has a thread of its own`);
}

/** A deployment that failed is called so, however far its rollback got. */
function asCondition(alert: Alert): Alert {
  return alert.kind === 'deployment' && alert.phase !== 'overdue' ? { ...alert, phase: 'failed' } : alert;
}

function stopsLine(stops: Stops): string {
  const span = stops.count === 1 ? '' : `${within(stops.last.atMs - stops.firstAtMs)}, last`;
  return `${stopCount(stops.count)}${span}: ${quote(stops.last.revision)}, ${cause(stops.last)}`;
}

function times({ openedAtMs, sinceMs, lastAtMs, endedAtMs, quiet, alertCount }: Incident): string {
  const alerts = alertCount === 1 ? '1 alert' : `${alertCount} alerts`;
  if (quiet) return `${clock(openedAtMs)} · quiet since ${clock(lastAtMs)} · ${alerts}`;
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

function links(incident: Incident, { subject, dashboard, runbook }: Place): readonly string[] {
  const earlier = incident.previous?.permalink;
  const { log } = incident.explained ?? {};
  const shown = [
    ...Object.values(incident.conditions).sort(bySeverity),
    ...incident.was.slice().reverse(),
    incident.note,
  ];
  const alarm = shown.find((alert) => alert !== undefined && isAlarm(alert));
  const advice = shown.find((alert) => alert?.telling?.runbook !== undefined)?.telling?.runbook ?? runbook;
  const page = { url: serviceUrl(subject), label: subject.service === undefined ? 'Cluster' : 'Service' };
  const urls = [
    ...(dependencyOf(subject) === undefined ? [page] : []),
    ...(alarm === undefined ? [] : [{ url: alarmUrl(subject, alarm.alarmName), label: 'Alarm' }]),
    ...(log === undefined ? [] : [{ url: logUrl(subject, log), label: 'Logs' }]),
    ...(dashboard === undefined ? [] : [{ url: dashboardUrl(subject, dashboard), label: 'Dashboard' }]),
    ...(advice === undefined ? [] : [{ url: advice, label: 'Runbook' }]),
    ...(earlier === undefined ? [] : [{ url: earlier, label: 'Earlier thread' }]),
  ];
  // A link is whole or not there.
  return urls.filter(({ url }) => url.length <= URL_MAX).map(({ url, label }) => link(url, label));
}
