import { type AlarmAlert, type Alert, type Deployment, isAlarm, type TaskStopped } from '../alert';
import { escaped, quote } from './blocks';

/**
 * One alert in words, in the three forms that messages need. Each is a whole switch without a default, so that a new
 * kind does not compile until it has its words.
 */

/** What is wrong: the headline's and the list's form. `CPU 93 %, limit 85 % for 5 min` */
export function wrong(alert: Alert): string {
  switch (alert.kind) {
    case 'cpu-high':
    case 'memory-high':
    case 'alarm':
      return `${measured(alert)}${limit(alert)}${alert.vanished ? ' (no data any more)' : ''}`;
    case 'stopped':
      return `no running task${overTime(alert)}`;
    case 'scaled-up':
    case 'scaled-down':
      return scaled(alert);
    case 'task-stopped':
      return stopped(alert);
    case 'deployment':
      return deployed(alert);
    case 'unknown':
      return alert.title === undefined ? 'a message that is no event' : `unknown event: ${quote(alert.title)}`;
  }
}

/** What happened: a reply's form, without its dot and its capital. */
export function happened(alert: Alert): string {
  switch (alert.kind) {
    case 'cpu-high':
    case 'memory-high':
    case 'alarm':
      return alert.state === 'OK' ? back(alert) : (noData(alert) ?? wrong(alert));
    case 'stopped':
      return alert.state === 'OK' ? 'tasks are running again' : wrong(alert);
    case 'scaled-up':
    case 'scaled-down':
    case 'task-stopped':
      return wrong(alert);
    case 'deployment':
      return stepped(alert);
    case 'unknown':
      return wrong(alert);
  }
}

/** What it was called: short, for counting and for looking back. `CPU high`, `failed deployment of api:42` */
export function called(alert: Alert): string {
  if (isAlarm(alert) && alert.state === 'OK')
    return alert.kind === 'stopped' ? 'running again' : `${escaped(alert.measure)} back`;
  switch (alert.kind) {
    case 'cpu-high':
    case 'memory-high':
    case 'alarm':
      return `${escaped(alert.measure)} ${alert.below ? 'low' : 'high'}`;
    case 'stopped':
      return 'no running task';
    case 'scaled-up':
      return 'scaled up';
    case 'scaled-down':
      return 'scaled down';
    case 'task-stopped':
      return 'task stopped';
    case 'deployment':
      return CALLED[alert.phase](of(alert));
    case 'unknown':
      return 'unknown event';
  }
}

const CALLED: Readonly<Record<Deployment['phase'], (of: string) => string>> = {
  'in-progress': (of) => `deployment${of} started`,
  completed: (of) => `deployment${of} finished`,
  failed: (of) => `failed deployment${of}`,
  'rolling-back': () => 'rolling back',
  'rolled-back': () => 'rolled back',
};

/** ECS's reason for every task whose container ended by itself: the exit code says more. */
const EXITED = 'Essential container in task exited';

/** `exit 1`, `exit 137: OutOfMemoryError: …`, `CannotPullContainerError: …` */
export function cause({ exitCode, reason }: TaskStopped): string {
  if (exitCode === undefined) return quote(reason);
  return reason === EXITED ? `exit ${exitCode}` : `exit ${exitCode}: ${quote(reason)}`;
}

export function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** `40 s`, `12 min`, `3 h`, `2 days`: rounded, nobody needs more at three in the morning. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return withUnit(seconds, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return withUnit(minutes, 'min');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? withUnit(hours, 'h') : withUnit(Math.round(hours / 24), 'days');
}

/** A number stays beside its unit when the line breaks: no-break space. */
function withUnit(value: number, unit: string): string {
  return unit === '' ? `${value}` : `${value}\u00a0${unit}`;
}

function measured({ measure, value, unit }: AlarmAlert): string {
  return value === undefined ? escaped(measure) : `${escaped(measure)} ${amount(value, unit)}`;
}

function limit(alert: AlarmAlert): string {
  const { threshold, unit } = alert;
  return threshold === undefined ? '' : `, limit ${amount(threshold, unit)}${overTime(alert)}`;
}

function amount(value: number, unit: string): string {
  const rounded = Math.abs(value) >= 10 || Number.isInteger(value) ? Math.round(value) : Math.round(value * 100) / 100;
  return withUnit(rounded, unit);
}

/** ` for 5 min`, ` for 3 of 5 min` */
function overTime({ datapoints }: AlarmAlert): string {
  if (datapoints === undefined) return '';
  const { needed, of, periodSeconds } = datapoints;
  const minutes = (count: number) => (count * periodSeconds) / 60;
  return needed === of
    ? ` for ${duration(of * periodSeconds * 1000)}`
    : ` for ${minutes(needed)} of ${minutes(of)} min`;
}

function back({ measure, value, unit, vanished }: AlarmAlert): string {
  if (vanished) return `no data for ${escaped(measure)} any more: this is no recovery`;
  return value === undefined
    ? `${escaped(measure)} is back to normal`
    : `${escaped(measure)} back at ${amount(value, unit)}`;
}

function noData({ state, measure }: AlarmAlert): string | undefined {
  return state === 'INSUFFICIENT_DATA' ? `no data for ${escaped(measure)}` : undefined;
}

/** The alarm watches the difference to the minute before: its datapoint is the step. */
function scaled({ kind, value }: AlarmAlert): string {
  const direction = kind === 'scaled-up' ? 'up' : 'down';
  const step = Math.abs(value ?? 0);
  return step === 0 ? `scaled ${direction}` : `scaled ${direction} by ${step} task${step === 1 ? '' : 's'}`;
}

function stopped(alert: TaskStopped): string {
  const what = alert.subject.service === undefined ? `task of family ${quote(alert.family)}` : 'task';
  return `${what} stopped: ${quote(alert.revision)}, ${cause(alert)}`;
}

function of({ revision }: Deployment): string {
  return revision === undefined ? '' : ` of ${quote(revision)}`;
}

/** The deployment as a condition: a rollback does not end it. */
function deployed(alert: Deployment): string {
  switch (alert.phase) {
    case 'in-progress':
      return `deployment${of(alert)} started`;
    case 'completed':
      return `deployment${of(alert)} finished${took(alert)}`;
    case 'failed':
      return `deployment${of(alert)} failed`;
    case 'rolling-back':
      return `deployment${of(alert)} failed, rolling back`;
    case 'rolled-back':
      return `deployment${of(alert)} failed, rolled back`;
  }
}

/** The deployment as a step: a rollback's own revision is the one that it goes back to. */
function stepped(alert: Deployment): string {
  const target = alert.revision === undefined ? '' : ` to ${quote(alert.revision)}`;
  switch (alert.phase) {
    case 'in-progress':
    case 'completed':
      return deployed(alert);
    case 'failed':
      return `${deployed(alert)}${took(alert)}${because(alert.reason)}`;
    case 'rolling-back':
      return `rolling back${target}`;
    case 'rolled-back':
      return `rolled back${target}${took(alert)}`;
  }
}

function took({ atMs, startedAtMs }: Deployment): string {
  return startedAtMs === undefined ? '' : ` after ${duration(atMs - startedAtMs)}`;
}

/** ECS's own words, without the part that says it is ECS that speaks. */
function because(reason: string): string {
  return reason === '' ? '' : `: ${quote(reason.replace(/^ECS deployment /, '').replace(/\.$/, ''))}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
