import type { Level } from '../../level/observe';
import type { Kind } from '../../settings';
import { type Alert, isAlarm, severityOf, type TasksAlert } from '../alert';
import { STOPPED, settlesFrom } from './conditions';
import { dueOf } from './due';
import type { Incident } from './incident';
import type { Thread } from './memory';
import type { Rules } from './thread';

/** What the next reading, the next reminder and the next wake depend on. */
export function finished(thread: Thread, rules: Rules): Thread {
  const { incident, level, due: _due, ...rest } = thread;
  const current = incident === undefined ? undefined : withLevel(withCritical(incident), level);
  const standing = level === undefined ? undefined : withStanding(level, current, rules);
  const next: Thread = {
    ...rest,
    ...(current === undefined ? {} : { incident: current }),
    ...(standing === undefined ? {} : { level: standing }),
  };
  const due = dueOf(next, rules);
  return due === undefined ? next : { ...next, due };
}

function withCritical(incident: Incident): Incident {
  const { criticalSinceMs, ...rest } = incident;
  const critical = Object.values(incident.conditions).filter(
    (alert) => severityOf(alert) === 'critical' && !(isAlarm(alert) && alert.vanished),
  );
  if (critical.length === 0) return rest;
  return { ...rest, criticalSinceMs: criticalSinceMs ?? Math.min(...critical.map(({ atMs }) => atMs)) };
}

/** The parent shows how many tasks run now, not how many did when it began, nor what an alarm knew of it. */
function withLevel(incident: Incident, level: Thread['level']): Incident {
  if (level === undefined) return incident;
  const { running, desired, stopped } = level;
  const tasks = { running, desired };
  const conditions = Object.entries(incident.conditions).map(([key, held]): readonly [string, Alert] => {
    if (held.kind === 'tasks') return [key, { ...held, tasks }];
    const isRead = held.kind === 'stopped' && stopped && level.zeroSinceMs !== undefined && level.atMs > held.atMs;
    if (!isRead) return [key, held];
    const { subject, identity, atMs } = held;
    return [STOPPED, { kind: 'tasks', what: 'stopped', state: 'ALARM', subject, identity, atMs, tasks }];
  });
  return { ...incident, conditions: Object.fromEntries(conditions) };
}

/** What ECS has to say before these conditions are over. */
function withStanding(level: Level, incident: Incident | undefined, { tell }: Rules): Level {
  const { awaitsSettledFromMs: _awaits, stopped, underDesired, ...rest } = level;
  const held = Object.values(incident?.conditions ?? {});
  const stands = (what: TasksAlert['what']) => held.some((alert) => alert.kind === 'tasks' && alert.what === what);
  // What was not to be told, and is to be now, is found once more.
  const isTold = (kind: Kind) => (tell[kind]?.policy ?? 'open') === 'open';
  const isStopped = held.some(({ kind }) => kind === 'stopped') || stands('stopped');
  const isKnown = isStopped || (stopped && !isTold('stopped'));
  const isFewer = underDesired && (stands('under-desired') || !isTold('under-desired'));
  const fromMs = Math.min(...held.map(settlesFrom));
  return {
    ...rest,
    ...(isKnown ? { stopped: true as const } : {}),
    ...(isFewer ? { underDesired: true as const } : {}),
    ...(Number.isFinite(fromMs) ? { awaitsSettledFromMs: fromMs } : {}),
  };
}
