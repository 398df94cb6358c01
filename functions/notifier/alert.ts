import type { AlarmKind, Severity } from '../settings';

/** What an alert happened to. Without a service it is the cluster itself. */
export interface Subject {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly service?: string;
}

interface Common {
  readonly subject: Subject;
  /** Tells this alert from every other one of its subject; the same when AWS delivers it twice. */
  readonly identity: string;
  /** When it happened, by the event's own clock. */
  readonly atMs: number;
}

/** A CloudWatch alarm changed its state. `alarm`: one that is not ours, or that watches something else. */
export interface AlarmAlert extends Common {
  readonly kind: AlarmKind | 'alarm';
  readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
  /** The alarm, and the contributor of a multi-series one: its ALARM and its OK share it. */
  readonly condition: string;
  readonly alarmName: string;
  /** What is measured, in words: `CPU`, `memory`, a metric's name. */
  readonly measure: string;
  readonly unit: '%' | '';
  /** The newest datapoint, from the reason text. */
  readonly value?: number;
  readonly threshold?: number;
  readonly below: boolean;
  readonly datapoints?: { readonly needed: number; readonly of: number; readonly periodSeconds: number };
  /** An OK that only says that the series is gone: no recovery. */
  readonly vanished: boolean;
}

/** A task stopped. */
export interface TaskStopped extends Common {
  readonly kind: 'task-stopped';
  /** Somebody or a scaling asked for it, or it simply finished: not told. */
  readonly askedFor: boolean;
  readonly family: string;
  /** `api:42` */
  readonly revision: string;
  readonly deploymentId?: string;
  /** The container's own reason if it has one, else the task's. */
  readonly reason: string;
  readonly exitCode?: number;
}

/** A deployment of a service went a step further. */
export interface Deployment extends Common {
  readonly kind: 'deployment';
  readonly phase: 'in-progress' | 'completed' | 'failed' | 'rolling-back' | 'rolled-back';
  readonly deploymentId: string;
  readonly reason: string;
  /** Known when a task of this deployment was seen, or when its start was. */
  readonly revision?: string;
  readonly startedAtMs?: number;
}

/** What no decoder knows: shown as it is, silence would hide an outage. */
export interface Unknown extends Common {
  readonly kind: 'unknown';
  /** `ECS Service Action`, or what else names it; what is no event has none. */
  readonly title?: string;
  readonly body: string;
}

export type Alert = AlarmAlert | TaskStopped | Deployment | Unknown;

/** Whether an alert may start a thread, or only joins one that is open. */
export type Policy = 'open' | 'join';

export function policyOf(alert: Alert): Policy {
  if (alert.kind !== 'deployment') return 'open';
  return alert.phase === 'failed' || alert.phase === 'rolled-back' ? 'open' : 'join';
}

export function severityOf(alert: Alert): Severity {
  switch (alert.kind) {
    case 'stopped':
      return alert.state === 'ALARM' ? 'critical' : 'info';
    case 'cpu-high':
    case 'memory-high':
    case 'alarm':
      return alert.state === 'ALARM' ? 'warning' : 'info';
    case 'scaled-up':
    case 'scaled-down':
      return 'info';
    case 'task-stopped':
    case 'unknown':
      return 'warning';
    case 'deployment':
      return alert.phase === 'in-progress' || alert.phase === 'completed' ? 'info' : 'critical';
  }
}

/** The key of a subject's thread: account / region / cluster / service. */
export function threadKey({ account, region, cluster, service }: Subject): string {
  return [account, region, cluster, service ?? ''].join('/');
}

export function isAlarm(alert: Alert): alert is AlarmAlert {
  return 'alarmName' in alert;
}
