import { type Settings, watchingOf } from '../../read-settings';
import type { AlarmSettings, ExplainPart } from '../../settings';
import { dependencyOf, type Subject } from '../../subject';
import {
  type AlarmAlert,
  type Alert,
  type Deployment,
  isAlarm,
  type ServiceProblem,
  severityOf,
  type TaskStopped,
} from '../alert';
import { type Incident, MINUTE, rank } from '../thread/incident';

/** What is to be found out about an incident: all that is asked of AWS follows from it. */
export interface About {
  readonly subject: Subject;
  /** What the names of its cluster's alarms begin with. */
  readonly namePrefix?: string | undefined;
  readonly atMs: number;
  /** Those parts that are switched on. */
  readonly parts: readonly ExplainPart[];
  /** The last stop that nobody asked for. */
  readonly stop?: TaskStopped;
  /** The deployment that failed, or takes too long. */
  readonly deployment?: Deployment;
  readonly problem?: ServiceProblem;
  /** The alarm to be drawn: the worst, then the newest. */
  readonly alarm?: AlarmAlert & { readonly settings?: AlarmSettings };
  /** CPU that is too high now, by an alarm that stands. */
  readonly cpu?: { readonly percent: number; readonly limit?: number };
  /** As many tasks as there may be. */
  readonly atMax?: { readonly max: number };
  /** Tasks are missing: ECS may say why. */
  readonly lacksTasks: boolean;
  /** More tasks were wanted. */
  readonly scales: boolean;
  /** It scales up or suffers: what it leans on may be why. */
  readonly leansOn: readonly { readonly name: string; readonly alarms: Readonly<Record<string, AlarmSettings>> }[];
}

export function aboutOf(incident: Incident, subject: Subject, settings: Settings, now: Date): About {
  const { explain: parts, dependsOn = [], maxTasks } = watchingOf(settings, subject.service);
  const { note, stops, was } = incident;
  const standing = Object.values(incident.conditions);
  // What is over is still what it was about.
  const alerts = [...standing, ...(note === undefined ? [] : [note]), ...[...was].reverse()];
  const deployment = alerts
    .filter((alert) => alert.kind === 'deployment')
    .find(({ phase }) => phase !== 'completed' && phase !== 'in-progress');
  const problem = alerts.find((alert) => alert.kind === 'service-problem');
  const alarm = alarmToDraw(alerts);
  const own = alarm === undefined ? undefined : settings.alarms.get(alarm.alarmName);
  const max = maxOf(alerts, maxTasks);
  const isDependency = dependencyOf(subject) !== undefined;
  const last = stops?.last ?? alerts.find((alert) => alert.kind === 'crash-loop')?.stops?.last;
  const stop = last === undefined || last.spot || isOld(last, standing, deployment) ? undefined : last;
  const hot = standing.filter(isAlarm).find(({ kind }) => kind === 'cpu-high' || kind === 'saturated');
  return {
    subject,
    namePrefix: settings.cluster.namePrefix,
    atMs: now.getTime(),
    parts,
    ...(stop === undefined ? {} : { stop }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(problem?.kind !== 'service-problem' ? {} : { problem }),
    ...(alarm === undefined ? {} : { alarm: { ...alarm, ...(own === undefined ? {} : { settings: own }) } }),
    ...(hot?.value === undefined ? {} : { cpu: { percent: hot.value, ...limitOf(hot) } }),
    ...(max === undefined ? {} : { atMax: { max } }),
    lacksTasks: alerts.some(({ kind }) => kind === 'tasks' || kind === 'stopped' || kind === 'crash-loop'),
    scales: alerts.some((alert) => (alert.kind === 'scaling' && alert.to > alert.from) || alert.kind === 'scaled-up'),
    leansOn:
      isDependency || !parts.includes('dependencies')
        ? []
        : dependsOn.map((name) => ({ name, alarms: settings.dependencies.get(name)?.alarms ?? {} })),
  };
}

function limitOf({ threshold }: AlarmAlert): { readonly limit?: number } {
  return threshold === undefined ? {} : { limit: threshold };
}

/** So long before something else began a stop was about something else. */
const OLD_MS = 30 * MINUTE;

/** Whether the stop is no part of what is wrong now: of another revision than the one that fails, or long before it. */
function isOld(stop: TaskStopped, standing: readonly Alert[], deployment: Deployment | undefined): boolean {
  if (deployment?.revision !== undefined && deployment.revision !== stop.revision && stop.atMs < deployment.atMs)
    return true;
  const others = standing.filter(({ kind }) => kind !== 'crash-loop').map(({ atMs }) => atMs);
  return others.length > 0 && stop.atMs < Math.max(...others) - OLD_MS;
}

function alarmToDraw(alerts: readonly Alert[]): AlarmAlert | undefined {
  const drawn = alerts.filter(isAlarm).filter(({ kind }) => DRAWN.has(kind));
  return drawn.sort((a, b) => rank(severityOf(b)) - rank(severityOf(a)) || b.atMs - a.atMs)[0];
}

/** The others are about the number of tasks, which a message says better. */
const DRAWN: ReadonlySet<AlarmAlert['kind']> = new Set([
  'cpu-high',
  'memory-high',
  'saturated',
  'log-pattern',
  'dependency',
]);

function maxOf(alerts: readonly Alert[], maxTasks: number | undefined): number | undefined {
  for (const alert of alerts) {
    if (alert.kind === 'at-max') return alert.max;
    if (alert.kind === 'scaling' && alert.atMax) return alert.to;
    if (alert.kind === 'saturated') return alert.maxTasks ?? maxTasks;
  }
  return undefined;
}
