import type { Reading } from '../level/reading';
import { ALARM_SEVERITIES, type AlarmKind, type Kind, type Policy, type Severity, type Telling } from '../settings';
import type { Subject } from '../subject';
import type { Due } from '../wake';

interface Common {
  readonly subject: Subject;
  /** Tells this alert from every other one of its subject; the same when AWS delivers it twice. */
  readonly identity: string;
  /** When it happened, by the event's own clock. */
  readonly atMs: number;
  /** How it is told, where the settings say other than the default. */
  readonly telling?: Telling;
}

/** A CloudWatch alarm changed its state. `alarm`: one that is not ours, or that watches something else. */
export interface AlarmAlert extends Common {
  readonly kind: AlarmKind | 'alarm';
  readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
  /** The alarm, and the contributor of a multi-series one: its ALARM and its OK share it. */
  readonly condition: string;
  readonly alarmName: string;
  /** One that Terraform made for us: the settings know it as long as it exists. */
  readonly ours?: true;
  /** What is measured, in words: `CPU`, `memory`, a metric's name. */
  readonly measure: string;
  /** `%`, `GB`; shown after the value. */
  readonly unit: string;
  /** The newest datapoint, from the reason text. */
  readonly value?: number;
  readonly threshold?: number;
  readonly below: boolean;
  readonly datapoints?: { readonly needed: number; readonly of: number; readonly periodSeconds: number };
  /** An OK that only says that the series is gone: no recovery. */
  readonly vanished: boolean;
  /** Of `saturated`: the most tasks. */
  readonly maxTasks?: number;
  /** Of `dependency`: whose alarm it is, and who leans on it. */
  readonly dependency?: { readonly name: string; readonly usedBy: readonly string[] };
  /** ECS could not be asked what the level is: told as the alarm has it. */
  readonly unread?: true;
}

/** A task stopped. */
export interface TaskStopped extends Common {
  readonly kind: 'task-stopped';
  /** Somebody or a scaling asked for it, or it simply finished: not told. */
  readonly askedFor: boolean;
  /** The application or its image failed, not the machine under it: three of them are a crash loop. */
  readonly crashed: boolean;
  /** A Spot task that AWS took back: nobody can do anything about it. */
  readonly spot?: true;
  readonly task: string;
  readonly family: string;
  /** `api:42` */
  readonly revision: string;
  readonly deploymentId?: string;
  /** The container's own reason if it has one, else the task's. */
  readonly reason: string;
  readonly exitCode?: number;
  /** `EssentialContainerExited`, `TaskFailedToStart`, … */
  readonly stopCode?: string;
  /** The task's reason, where the container has one of its own. */
  readonly taskReason?: string;
  /** The container that explains the stop. */
  readonly container?: string;
}

/** Tasks of one revision stop again and again; or ECS says that it cannot start any. */
export interface CrashLoop extends Common {
  readonly kind: 'crash-loop';
  /** OK: no stop for a while. */
  readonly state: 'ALARM' | 'OK';
  /** Not known when only ECS says so. */
  readonly stops?: {
    readonly count: number;
    readonly sinceMs: number;
    readonly last: TaskStopped;
    /** Of more than one revision. */
    readonly mixed?: true;
  };
  /** One more stop of a loop that was told. */
  readonly goesOn?: true;
}

/** A deployment of a service went a step further. */
export interface Deployment extends Common {
  readonly kind: 'deployment';
  readonly phase: 'in-progress' | 'completed' | 'failed' | 'overdue' | 'rolling-back' | 'rolled-back';
  readonly deploymentId: string;
  readonly reason: string;
  /** Known when ECS was read, a task of this deployment was seen, or its start was. */
  readonly revision?: string;
  readonly startedAtMs?: number;
  /** Tasks in a row that did not get to run. */
  readonly failedTasks?: number;
  readonly tasks?: Tasks;
}

/** Running tasks of those that should run. */
export interface Tasks {
  readonly running: number;
  readonly desired: number;
}

/** ECS says that something is wrong with a service: `ECS Service Action` of type WARN or ERROR. */
export interface ServiceProblem extends Common {
  readonly kind: 'service-problem';
  /** `SERVICE_TASK_PLACEMENT_FAILURE` */
  readonly name: string;
  readonly isError: boolean;
  readonly reason?: string;
}

/** ECS says that all is as it should be: what ends a problem, and is told only then. */
export interface Steady extends Common {
  readonly kind: 'steady';
  /** By an event of ECS; else it looks so when ECS is asked. */
  readonly said: boolean;
  readonly tasks?: Tasks;
  readonly revision?: string;
  /** What ECS says when it is asked: nothing under way or failed, and all tasks run. */
  readonly settled?: boolean;
}

/** The desired count is another one than was last told. */
export interface Scaling extends Common {
  readonly kind: 'scaling';
  readonly from: number;
  readonly to: number;
  /** It is the most that the autoscaling starts. */
  readonly atMax: boolean;
}

/** The service is at the most tasks that its autoscaling starts. */
export interface AtMax extends Common {
  readonly kind: 'at-max';
  readonly max: number;
}

/** What the number of running tasks says. */
export interface TasksAlert extends Common {
  readonly kind: 'tasks';
  readonly what: 'stopped' | 'under-desired' | 'scaled-to-zero' | 'deleted';
  readonly state: 'ALARM' | 'OK';
  readonly tasks: Tasks;
  readonly minutes?: number;
}

/** ECS was read: what differs from what was last told becomes alerts of its own. Never told itself. */
export interface Observation extends Common {
  readonly kind: 'observation';
  readonly reading: Reading;
  /** An alarm says that no task has run for minutes. */
  readonly insists: boolean;
  /** The newest deployment ended as a rollback, where that was asked. */
  readonly rolledBack?: boolean;
}

/** Something of the incident is due because time went by. Told as what it brings about. */
export interface DueAlert extends Common {
  readonly kind: 'due';
  readonly due: Due;
  /** When the watcher said so: later than it was due if the queue was long. */
  readonly saidAtMs: number;
}

/** The incident is still critical. */
export interface Reminder extends Common {
  readonly kind: 'reminder';
  readonly worst: Alert;
  readonly sinceMs: number;
}

/** Somebody tries out whether alerts arrive. It says nothing about the service. */
export interface TestAlert extends Common {
  readonly kind: 'test';
  readonly sentBy: string;
  /** The alarm that was set to ALARM for it; else it came straight onto the queue. Not `alarmName`: it is no alarm's alert. */
  readonly alarm?: string;
}

/** What no decoder knows: shown as it is, silence would hide an outage. */
export interface Unknown extends Common {
  readonly kind: 'unknown';
  /** `ECS Container Instance State Change`, or what else names it; what is no event has none. */
  readonly title?: string;
  readonly body: string;
}

export type Alert =
  | AlarmAlert
  | TaskStopped
  | CrashLoop
  | Deployment
  | ServiceProblem
  | Steady
  | Scaling
  | AtMax
  | TasksAlert
  | Observation
  | DueAlert
  | Reminder
  | TestAlert
  | Unknown;

/** The kind that the configuration knows it as. */
export function kindOf(alert: Alert): Kind | undefined {
  switch (alert.kind) {
    case 'deployment':
      return isProgress(alert) ? 'deployment' : 'deployment-failed';
    case 'tasks':
      return alert.what === 'under-desired' ? 'under-desired' : 'stopped';
    case 'scaling':
      if (alert.atMax) return 'scaled-to-max';
      return alert.to > alert.from ? 'scaled-up' : 'scaled-down';
    case 'at-max':
      return 'scaled-to-max';
    case 'alarm':
    case 'steady':
    case 'observation':
    case 'due':
    case 'reminder':
    case 'test':
    case 'unknown':
      return undefined;
    default:
      return alert.kind;
  }
}

export function isProgress({ phase }: Deployment): boolean {
  return phase === 'in-progress' || phase === 'completed';
}

export function policyOf(alert: Alert): Policy {
  const own = alert.telling?.policy;
  if (own !== undefined) return own;
  // Somebody deleted it on purpose: worth a word only where there is a thread.
  if (alert.kind === 'tasks') return alert.what === 'deleted' ? 'join' : 'open';
  return alert.kind === 'deployment' && (isProgress(alert) || alert.phase === 'rolling-back') ? 'join' : 'open';
}

export function severityOf(alert: Alert): Severity {
  const severity = usualSeverity(alert);
  // What is good news stays so, whatever the problem counts for.
  return isGoodNews(alert) ? severity : (alert.telling?.severity ?? severity);
}

function usualSeverity(alert: Alert): Severity {
  switch (alert.kind) {
    case 'stopped':
    case 'saturated':
    case 'cpu-high':
    case 'memory-high':
    case 'log-pattern':
    case 'dependency':
    case 'scaled-up':
    case 'scaled-down':
      return alert.state === 'ALARM' ? ALARM_SEVERITIES[alert.kind] : 'info';
    case 'alarm':
      return alert.state === 'ALARM' ? 'warning' : 'info';
    case 'crash-loop':
      return alert.state === 'ALARM' ? 'critical' : 'info';
    case 'tasks':
      if (alert.state === 'OK' || alert.what === 'scaled-to-zero' || alert.what === 'deleted') return 'info';
      return alert.what === 'stopped' ? 'critical' : 'warning';
    case 'steady':
    case 'observation':
    case 'due':
    case 'test':
      return 'info';
    case 'task-stopped':
      return alert.spot ? 'info' : 'warning';
    case 'scaling':
      return alert.atMax ? 'warning' : 'info';
    case 'at-max':
    case 'unknown':
      return 'warning';
    case 'service-problem':
      return alert.isError && !alert.name.endsWith('_THROTTLED') ? 'critical' : 'warning';
    case 'deployment':
      return isProgress(alert) ? 'info' : 'critical';
    case 'reminder':
      return severityOf(alert.worst);
  }
}

/** The end of something, or a step that went well. */
export function isGoodNews(alert: Alert): boolean {
  switch (alert.kind) {
    case 'crash-loop':
      return alert.state === 'OK';
    case 'tasks':
      return alert.state === 'OK' || alert.what === 'scaled-to-zero' || alert.what === 'deleted';
    case 'deployment':
      return isProgress(alert);
    case 'steady':
      return true;
    default:
      return isAlarm(alert) && alert.state !== 'ALARM';
  }
}

export function isAlarm(alert: Alert): alert is AlarmAlert {
  return 'alarmName' in alert;
}

/** Alarms on the number of tasks: what ECS says decides whether it is told. */
export function isEdge(alert: Alert): alert is AlarmAlert {
  return isAlarm(alert) && (alert.kind === 'stopped' || alert.kind === 'scaled-up' || alert.kind === 'scaled-down');
}
