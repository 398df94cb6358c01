import { observe } from '../../level/observe';
import type { Severity, Watching } from '../../settings';
import { type Alert, type DueAlert, isAlarm, isEdge, type Observation, severityOf } from '../alert';
import { apply, repeated, without } from './apply';
import { CRASH_LOOP } from './conditions';
import { dueOf, latestReminder } from './due';
import { asTold, enriched, hindsightOf } from './enrich';
import { alertOf } from './found';
import { gone, type Incident, placeFor, rank, worstOf } from './incident';
import { remember, type Thread } from './memory';
import { finished } from './standing';
import { type UntoldRule, whyUntold } from './untold';

/** How the subject is watched, as far as its thread is concerned. */
export type Rules = Watching & {
  readonly maxTasks?: number;
  /** Whether one of our alarms still exists. */
  readonly hasAlarm?: (name: string) => boolean;
};

/** An alert that is told, with what its words need from the thread. */
export interface Told {
  readonly alert: Alert;
  readonly stop?: { readonly nth: number; readonly sinceMs: number };
}

export interface Folded {
  readonly thread: Thread;
  /** The alert that a new parent tells. */
  readonly opens?: Told;
  /** What replies tell, in the order it happened. */
  readonly replies: readonly Told[];
  readonly untold: readonly { readonly alert: Alert; readonly rule: UntoldRule }[];
  /** The severity to which the incident rose or with which it reopened. */
  readonly worsening?: Severity;
  /** The last condition ended with these alerts. */
  readonly closed: boolean;
  /** The parent shows another state, without a word in the thread. */
  readonly changed: boolean;
  /** What belongs into another incident than the alerts before it: to be folded when those are told. */
  readonly rest: readonly Alert[];
}

/** What the alerts make of the thread, and what has to be told. Pure; the alerts are those not told before. */
export function fold(thread: Thread, alerts: readonly Alert[], rules: Rules): Folded {
  const ordered = [...alerts].sort((a, b) => order(a) - order(b));
  const observation = alerts.find((alert) => alert.kind === 'observation');
  let folded: Folded = { ...withoutGone(thread, rules), replies: [], untold: [], closed: false, rest: [] };
  for (const [index, alert] of ordered.entries()) {
    const next = step(folded, alert, rules, observation);
    const told = folded.opens !== undefined || folded.replies.length > 0;
    if (told && next.thread.incident?.openedAtMs !== folded.thread.incident?.openedAtMs) {
      return { ...folded, thread: finished(folded.thread, rules), rest: ordered.slice(index) };
    }
    folded = next;
  }
  const last = finished(folded.thread, rules);
  return { ...folded, thread: last, changed: folded.changed || shown(last) !== shown(thread) };
}

/** What the parent lists: it is drawn again when that is another. */
function shown({ incident }: Thread): string {
  const conditions = Object.entries(incident?.conditions ?? {}).map(([key, held]) =>
    held.kind === 'tasks' ? `${key} ${held.tasks.running}/${held.tasks.desired}` : key,
  );
  return conditions.sort().join();
}

/** An alarm that was deleted while it was in ALARM never sends its OK. */
function withoutGone(thread: Thread, { hasAlarm = () => true }: Rules): Pick<Folded, 'thread' | 'changed'> {
  const { incident } = thread;
  const isGone = (held: Alert) => isAlarm(held) && held.ours === true && !hasAlarm(held.alarmName);
  const keys = Object.entries(incident?.conditions ?? {}).flatMap(([key, held]) => (isGone(held) ? [key] : []));
  if (incident === undefined || keys.length === 0) return { thread, changed: false };
  return { thread: { ...thread, incident: without(incident, keys, incident.lastAtMs) }, changed: true };
}

/** As it happened; what ECS says now comes last. */
function order(alert: Alert): number {
  return alert.kind === 'observation' ? Number.POSITIVE_INFINITY : alert.atMs;
}

function step(folded: Folded, alert: Alert, rules: Rules, observation: Observation | undefined): Folded {
  if (alert.kind === 'observation') return observed(folded, alert, rules);
  if (alert.kind === 'due') return timeUp(folded, alert, rules);
  const { thread } = folded;
  if (alert.kind === 'at-max' && isNextFound(thread, observation)) {
    return {
      ...folded,
      thread: remember(thread, alert),
      untold: [...folded.untold, { alert, rule: 'the level decides' }],
    };
  }
  return one(folded, enriched(alert, thread, observation), rules);
}

/** The reading at the end of the batch tells the scaling that the event is about. */
function isNextFound({ level }: Thread, observation: Observation | undefined): boolean {
  return level !== undefined && observation !== undefined && observation.reading.desired !== level.desired;
}

/** Each thing that ECS says and that was not told yet. */
function observed(folded: Folded, observation: Observation, rules: Rules): Folded {
  const { reading, insists } = observation;
  const { level, findings } = observe(folded.thread.level, reading, rules, insists);
  const seen: Folded = { ...folded, thread: { ...folded.thread, level } };
  return findings.reduce((all, finding) => one(all, alertOf(finding, observation), rules), seen);
}

function timeUp(folded: Folded, alert: DueAlert, rules: Rules): Folded {
  const { incident } = folded.thread;
  const due = dueOf(folded.thread, rules);
  const { what, atMs, openedAtMs } = alert.due;
  const isDue = due?.what === what && due.atMs === atMs && due.openedAtMs === openedAtMs;
  const untold = (rule: UntoldRule) => ({ ...folded, untold: [...folded.untold, { alert, rule }] });
  if (!isDue || incident === undefined) return untold('not due any more');
  const { subject, identity } = alert;
  switch (what) {
    case 'quiet':
      return { ...untold('gone quiet'), thread: { ...folded.thread, incident: gone(incident, atMs) }, changed: true };
    case 'crash-loop-over':
      return one(folded, { kind: 'crash-loop', state: 'OK', subject, identity, atMs }, rules);
    case 'reminder': {
      const worst = worstCondition(incident);
      const { criticalSinceMs: sinceMs = atMs } = incident;
      if (worst === undefined) return untold('not due any more');
      const latest = latestReminder(alert.due, alert.saidAtMs, rules);
      return one(folded, { kind: 'reminder', subject, identity, atMs: latest, worst, sinceMs }, rules);
    }
  }
}

function worstCondition({ conditions }: Incident): Alert | undefined {
  return Object.values(conditions).sort((a, b) => rank(severityOf(b)) - rank(severityOf(a)) || b.atMs - a.atMs)[0];
}

function one(folded: Folded, raw: Alert, rules: Rules): Folded {
  const { thread } = folded;
  const alert = asTold(raw, thread, rules);
  const remembered = remember(thread, alert);
  const hindsight = hindsightOf(alert, thread);
  const rule = whyUntold(alert, thread, rules, hindsight.late);
  if (rule !== undefined) {
    return { ...folded, thread: noted(remembered, alert, rule), untold: [...folded.untold, { alert, rule }] };
  }

  const before = placeFor(alert, thread.incident, rules);
  const incident = apply(before, alert, hindsight);
  const told: Told = { alert, ...(alert.kind === 'task-stopped' ? { stop: stopOf(incident) } : {}) };
  const isNew = incident.parent === undefined && folded.opens === undefined;
  const worsening = worseningOf(thread.incident, before, incident, folded);
  const closed = incident.endedAtMs !== undefined && (folded.closed || before.endedAtMs === undefined);
  const next = {
    ...folded,
    thread: noted(withLoopEnd({ ...remembered, incident }, before, alert), alert, undefined),
    closed,
  };
  const silent = isNew || closed || worsening !== undefined ? undefined : whySilent(alert, folded);
  if (silent !== undefined) {
    const untold = [...folded.untold, { alert, rule: silent }];
    return { ...next, replies: next.replies.map((one) => upToDate(one, alert)), changed: true, untold };
  }
  return {
    ...next,
    ...(isNew ? { opens: told } : { replies: [...folded.replies, told] }),
    ...(worsening === undefined ? {} : { worsening }),
  };
}

/** A crash loop that is told with these alerts is told with all its stops. */
function upToDate(told: Told, stop: Alert): Told {
  if (told.alert.kind !== 'crash-loop' || stop.kind !== 'crash-loop' || stop.stops === undefined) return told;
  return { ...told, alert: { ...told.alert, stops: stop.stops } };
}

/** What the parent shows, and what would only fill the thread. */
function whySilent(alert: Alert, { opens, thread }: Folded): UntoldRule | undefined {
  if (alert.kind === 'crash-loop' && alert.goesOn) return 'part of a crash loop';
  if (alert.kind !== 'tasks') return undefined;
  // A new parent is posted with it; a loop has its tasks come and go.
  const isLoop = thread.incident?.conditions[CRASH_LOOP] !== undefined;
  return opens !== undefined || isLoop ? 'shown in the parent' : undefined;
}

function withLoopEnd(thread: Thread, before: Incident, { atMs }: Alert): Thread {
  const ended = before.conditions[CRASH_LOOP] !== undefined && thread.incident?.conditions[CRASH_LOOP] === undefined;
  return ended ? { ...thread, loopEndedAtMs: Math.max(atMs, thread.loopEndedAtMs ?? 0) } : thread;
}

/** What was told, or was not to be, is no news when ECS is read next. */
function noted(thread: Thread, alert: Alert, rule: UntoldRule | undefined): Thread {
  const { incident, level } = thread;
  if (alert.kind === 'service-problem' && rule === 'told before' && incident !== undefined) {
    return { ...thread, incident: repeated(incident, alert) };
  }
  if (level === undefined) return thread;
  if (alert.kind === 'at-max' && rule === undefined) return { ...thread, level: { ...level, atMax: true } };
  if (!isEdge(alert) || !alert.unread || alert.kind === 'stopped' || alert.state !== 'ALARM') return thread;
  if (rule === 'told before') return thread;
  const direction = alert.kind === 'scaled-up' ? 'up' : 'down';
  return { ...thread, level: { ...level, toldByEdge: { direction, atMs: alert.atMs } } };
}

function stopOf({ stops, sinceMs }: Incident): NonNullable<Told['stop']> {
  return { nth: stops?.count ?? 1, sinceMs: stops?.firstAtMs ?? sinceMs };
}

/** Only what rises in a thread that people already have: a new parent is seen by itself. */
function worseningOf(
  known: Incident | undefined,
  before: Incident,
  after: Incident,
  folded: Folded,
): Severity | undefined {
  if (known === undefined || known.parent === undefined || after.parent === undefined || folded.opens) return undefined;
  const reopened = before !== known && after.severity !== 'info';
  const rose = before === known && rank(after.severity) > rank(known.severity);
  return reopened || rose ? worstOf(after.severity, folded.worsening ?? 'info') : undefined;
}
