import { dependencyOf } from '../../subject';
import {
  type AlarmAlert,
  type Alert,
  type CrashLoop,
  type Deployment,
  isAlarm,
  type ServiceProblem,
  type Steady,
  type TaskStopped,
  type Tasks,
  type TasksAlert,
  type TestAlert,
} from '../alert';
import { quote, words } from './blocks';

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
      return overLimit(alert);
    case 'log-pattern':
      return logged(alert);
    case 'dependency':
      return `${whose(alert)}${overLimit(alert)}`;
    case 'saturated':
      return `at its limit${alert.maxTasks === undefined ? '' : ` of ${alert.maxTasks} tasks`}, ${overLimit(alert)}`;
    case 'stopped':
      return `no running task${overTime(alert)}${unread(alert)}`;
    case 'scaled-up':
    case 'scaled-down':
      return `${stepped(alert)}${unread(alert)}`;
    case 'scaling':
      return alert.atMax
        ? `scaled to its maximum ${alert.from} → ${alert.to}`
        : `scaled ${alert.to > alert.from ? 'up' : 'down'} ${alert.from} → ${alert.to}`;
    case 'at-max':
      return `at its maximum of ${alert.max} tasks`;
    case 'tasks':
      return lacking(alert);
    case 'task-stopped':
      return stopped(alert);
    case 'crash-loop':
      return looping(alert);
    case 'service-problem':
      return `${problem(alert)}${alert.reason === undefined ? '' : `: ${quote(alert.reason)}`}`;
    case 'steady':
    case 'observation':
    case 'due':
      return 'steady';
    case 'reminder':
      return wrong(alert.worst);
    case 'deployment':
      return deployed(alert);
    case 'test':
      return tested(alert);
    case 'unknown':
      return alert.title === undefined ? 'a message that is no event' : `unknown event: ${quote(alert.title)}`;
  }
}

/** What happened: a reply's form, without its dot and its capital. */
export function happened(alert: Alert): string {
  switch (alert.kind) {
    case 'cpu-high':
    case 'memory-high':
    case 'saturated':
    case 'alarm':
    case 'log-pattern':
    case 'dependency':
      return alert.state === 'OK' ? back(alert) : (noData(alert) ?? wrong(alert));
    case 'stopped':
      return alert.state === 'OK' ? 'tasks are running again' : wrong(alert);
    case 'tasks':
      return alert.state === 'OK' ? again(alert) : wrong(alert);
    case 'crash-loop':
      return alert.state === 'OK' ? `no stop for ${duration(10 * 60_000)}` : wrong(alert);
    case 'steady':
      return settled(alert);
    case 'deployment':
      return wentOn(alert);
    case 'reminder':
      return `still critical after ${duration(alert.atMs - alert.sinceMs)}: ${wrong(alert.worst)}`;
    case 'scaled-up':
    case 'scaled-down':
    case 'scaling':
    case 'at-max':
    case 'task-stopped':
    case 'service-problem':
    case 'observation':
    case 'due':
    case 'test':
    case 'unknown':
      return wrong(alert);
  }
}

/** What it was called: short, for counting and for looking back. `CPU high`, `failed deployment of api:42` */
export function called(alert: Alert): string {
  if (isAlarm(alert) && alert.state === 'OK')
    return alert.kind === 'stopped' ? 'running again' : `${whose(alert)}${words(alert.measure)} back`;
  switch (alert.kind) {
    case 'cpu-high':
    case 'memory-high':
    case 'alarm':
    case 'dependency':
      return `${whose(alert)}${words(alert.measure)} ${alert.below ? 'low' : 'high'}`;
    case 'log-pattern':
      return `log lines with ${quote(alert.measure)}`;
    case 'saturated':
      return 'at its limit';
    case 'stopped':
      return 'no running task';
    case 'scaled-up':
      return 'scaled up';
    case 'scaled-down':
      return 'scaled down';
    case 'scaling':
      return alert.to > alert.from ? 'scaled up' : 'scaled down';
    case 'at-max':
      return 'at its maximum';
    case 'tasks':
      return TASKS_CALLED[alert.what][alert.state];
    case 'task-stopped':
      return 'task stopped';
    case 'crash-loop':
      return alert.state === 'OK' ? 'no more stops' : 'crash loop';
    case 'service-problem':
      return problem(alert);
    case 'steady':
    case 'observation':
    case 'due':
      return 'steady';
    case 'reminder':
      return 'reminder';
    case 'deployment':
      return CALLED[alert.phase](of(alert));
    case 'test':
      return 'test alert';
    case 'unknown':
      return 'unknown event';
  }
}

const TASKS_CALLED: Readonly<Record<TasksAlert['what'], Readonly<Record<TasksAlert['state'], string>>>> = {
  stopped: { ALARM: 'no running task', OK: 'running again' },
  'under-desired': { ALARM: 'too few tasks', OK: 'enough tasks' },
  'scaled-to-zero': { ALARM: 'scaled to zero', OK: 'scaled to zero' },
  deleted: { ALARM: 'deleted', OK: 'deleted' },
};

const CALLED: Readonly<Record<Deployment['phase'], (of: string) => string>> = {
  'in-progress': (of) => `deployment${of} started`,
  completed: (of) => `deployment${of} finished`,
  failed: (of) => `failed deployment${of}`,
  overdue: (of) => `slow deployment${of}`,
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

/** ` in 12 min`; nothing for what came at once. */
export function within(ms: number): string {
  return ms < 1000 ? '' : ` in ${duration(ms)}`;
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

/** `93 %`, `0.25 s`: three digits at most, and none that say nothing. */
export function amount(value: number, unit: string): string {
  return withUnit(Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100, unit);
}

/** A number stays beside its unit when the line breaks: no-break space. */
function withUnit(value: number, unit: string): string {
  return unit === '' ? `${value}` : `${value}\u00a0${unit}`;
}

function overLimit(alert: AlarmAlert): string {
  return `${measured(alert)}${limit(alert)}${alert.vanished ? ' (no data any more)' : ''}`;
}

/** In a thread of a service, whose alarm it is; in the dependency's own thread the headline has the name. */
function whose({ dependency, subject }: AlarmAlert): string {
  const isOwn = dependency === undefined || dependencyOf(subject) !== undefined;
  return isOwn ? '' : `*${words(dependency.name)}*: `;
}

/** `12 log lines with ERROR in 5 min, limit 5` */
function logged({ measure, value, threshold, datapoints }: AlarmAlert): string {
  const span = datapoints === undefined ? '' : ` in ${duration(datapoints.periodSeconds * 1000)}`;
  const most = threshold === undefined ? '' : `, limit ${amount(threshold, '')}`;
  return `${value === undefined ? '' : `${amount(value, '')} `}log lines with ${quote(measure)}${span}${most}`;
}

function unread({ unread }: AlarmAlert): string {
  return unread ? ' (ECS could not be read)' : '';
}

/** `3 of 4 tasks` */
function ofTasks({ running, desired }: Tasks): string {
  return `${running} of ${desired} ${desired === 1 ? 'task' : 'tasks'}`;
}

function again({ what, tasks }: TasksAlert): string {
  if (tasks.desired === 0) return 'no task is wanted any more';
  return `${ofTasks(tasks)} running${what === 'stopped' ? ' again' : ''}`;
}

function lacking({ what, tasks, minutes }: TasksAlert): string {
  switch (what) {
    case 'stopped':
      return `${ofTasks(tasks)} running`;
    case 'under-desired':
      return `only ${ofTasks(tasks)} running${minutes === undefined ? '' : ` for ${duration(minutes * 60_000)}`}`;
    case 'scaled-to-zero':
      return 'scaled to zero';
    case 'deleted':
      return 'the service was deleted';
  }
}

/** `crash loop: 7 stops in 12 min, all api:42, exit 1` */
function looping({ stops }: CrashLoop): string {
  if (stops === undefined) return 'crash loop: ECS cannot start its tasks';
  const { count, sinceMs, last } = stops;
  const span = within(last.atMs - sinceMs);
  return `crash loop: ${count} stops${span}, ${stops.mixed ? 'last' : 'all'} ${quote(last.revision)}, ${cause(last)}`;
}

/** ECS's names in words; what is new is shown by its name. */
const PROBLEMS: Readonly<Record<string, string>> = {
  SERVICE_TASK_PLACEMENT_FAILURE: 'no room for a task',
  SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED: 'a daemon task breaks a placement constraint',
  SERVICE_TASK_CONFIGURATION_FAILURE: 'ECS cannot configure a task',
  SERVICE_HEALTH_UNKNOWN: 'ECS cannot tell the health of the tasks',
  SERVICE_DISCOVERY_INSTANCE_UNHEALTHY: 'a task is unhealthy in service discovery',
  VPC_LATTICE_TARGET_UNHEALTHY: 'a task is unhealthy in VPC Lattice',
  ECS_OPERATION_THROTTLED: 'AWS throttles what ECS does for the service',
  SERVICE_DISCOVERY_OPERATION_THROTTLED: 'AWS throttles service discovery',
};

function problem({ name }: ServiceProblem): string {
  return PROBLEMS[name] ?? quote(name);
}

function settled({ tasks, revision }: Steady): string {
  if (tasks === undefined) return 'the service is steady';
  return `${ofTasks(tasks)} running${revision === undefined ? '' : ` on ${quote(revision)}`}`;
}

function measured({ measure, value, unit }: AlarmAlert): string {
  return value === undefined ? words(measure) : `${words(measure)} ${amount(value, unit)}`;
}

function limit(alert: AlarmAlert): string {
  const { threshold, unit } = alert;
  return threshold === undefined ? '' : `, limit ${amount(threshold, unit)}${overTime(alert)}`;
}

/** ` for 5 min`, ` for 3 of 5 min` */
function overTime({ datapoints }: AlarmAlert): string {
  if (datapoints === undefined) return '';
  const { needed, of, periodSeconds } = datapoints;
  const minutes = (count: number) => (count * periodSeconds) / 60;
  return needed === of
    ? ` for ${duration(of * periodSeconds * 1000)}`
    : ` for ${minutes(needed)} of ${withUnit(minutes(of), 'min')}`;
}

function back(alert: AlarmAlert): string {
  if (alert.kind === 'log-pattern') return `no more log lines with ${quote(alert.measure)}`;
  const { measure, value, unit, vanished } = alert;
  if (vanished) return `no data for ${words(measure)} any more: this is no recovery`;
  const what = `${whose(alert)}${words(measure)}`;
  return value === undefined ? `${what} is back to normal` : `${what} back at ${amount(value, unit)}`;
}

function noData({ state, measure }: AlarmAlert): string | undefined {
  return state === 'INSUFFICIENT_DATA' ? `no data for ${words(measure)}` : undefined;
}

/** The alarm watches the difference to the minute before: its datapoint is the step. */
function stepped({ kind, value }: AlarmAlert): string {
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
      return `deployment${of(alert)} finished${took(alert)}${counts(alert)}`;
    case 'failed':
      return `deployment${of(alert)} failed`;
    case 'overdue':
      return `deployment${of(alert)} still running${took(alert)}${failedTasks(alert)}`;
    case 'rolling-back':
      return `deployment${of(alert)} failed, rolling back`;
    case 'rolled-back':
      return `deployment${of(alert)} failed, rolled back`;
  }
}

/** The deployment as a step: a rollback's own revision is the one that it goes back to. */
function wentOn(alert: Deployment): string {
  const target = alert.revision === undefined ? '' : ` to ${quote(alert.revision)}`;
  switch (alert.phase) {
    case 'in-progress':
    case 'completed':
    case 'overdue':
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

function counts({ tasks }: Deployment): string {
  return tasks === undefined ? '' : `, ${ofTasks(tasks)} running`;
}

function failedTasks({ failedTasks = 0 }: Deployment): string {
  return failedTasks === 0 ? '' : `, ${failedTasks} task${failedTasks === 1 ? '' : 's'} failed`;
}

/** Which way it took, and whom to ask: nobody else knows of it. */
function tested({ alarm, sentBy }: TestAlert): string {
  const way = alarm === undefined ? 'put onto the queue' : `alarm ${quote(alarm)} set off`;
  return `test alert: ${way}, sent by ${quote(sentBy)}`;
}

/** ECS's own words, without the part that says it is ECS that speaks. */
function because(reason: string): string {
  return reason === '' ? '' : `: ${quote(reason.replace(/^ECS deployment /, '').replace(/\.$/, ''))}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
