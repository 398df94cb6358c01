import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { dependable, type ITerraformDependable, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { ALARM_SEVERITIES, type AlarmKind, type AlarmSettings, type Alarms } from '../../functions/settings';
import type { ClusterOptions } from '../options';
import type { KindOptions } from '../watch-options';
import { detailsOf, optionOf } from '../watching';

/** One minute: the resolution of what ECS and we measure. The number of tasks is only right at exactly this period. */
export const PERIOD = 60;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const DESCRIPTION_MAX = 1024;

/** So many minutes may be late; it takes as much longer until the alarm is over. */
const LATE_MINUTES = 2;

/** What every alarm of a cluster shares. */
export interface AlarmsContext {
  readonly topicArn: string;
  /** What must stand before the first alarm fires, or it fires into the void. */
  readonly dependsOn: ITerraformDependable[];
}

/** What an alarm looks at, and what is too much. Missing data is always decided on, and so is how many datapoints. */
export type Shape = Omit<
  CloudwatchMetricAlarmConfig,
  'alarmName' | 'alarmDescription' | 'tags' | 'alarmActions' | 'okActions'
> & {
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore';
  readonly datapointsToAlarm: number;
};

/** An alarm before it is made: the functions have to know it first. */
export interface Plan {
  /** Construct ID. */
  readonly id: string;
  readonly name: string;
  readonly settings: AlarmSettings;
  /** What it says, in sentences, and what that means. */
  readonly description: string;
  readonly runbook: string | undefined;
  /** ARNs of what else it tells. */
  readonly actions: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly shape: Shape;
}

/** What else is told when it goes to ALARM, by how bad that is. */
export function actionsOf(
  kind: AlarmKind,
  options: ClusterOptions,
  telling?: Pick<KindOptions, 'severity'>,
): readonly string[] {
  const severity = telling?.severity ?? detailsOf(options[optionOf(kind)]).severity ?? ALARM_SEVERITIES[kind];
  return options.alarmActions?.[severity] ?? [];
}

/** How the functions know what an alarm says. */
export function alarmsOf(plans: readonly Plan[]): Alarms {
  return Object.fromEntries(plans.map(({ name, settings }) => [name, settings]));
}

/** @returns them by their names */
export function makeAlarms(
  scope: Construct,
  { topicArn, dependsOn }: AlarmsContext,
  plans: readonly Plan[],
): ReadonlyMap<string, CloudwatchMetricAlarm> {
  // Once for all: each takes a stack trace, which is most of what a synth does.
  const after = dependsOn.map((one) => dependable(one));
  const make = ({ id, name, settings, description, runbook, actions, tags, shape }: Plan) => {
    // A scaling is over when it is told: its OK would only say that nothing scaled in the last minutes.
    const isOver = settings.kind === 'scaled-up' || settings.kind === 'scaled-down';
    const alarm = new CloudwatchMetricAlarm(scope, id, {
      alarmName: name,
      alarmDescription: described(description, runbook),
      alarmActions: [topicArn, ...actions],
      ...(isOver ? {} : { okActions: [topicArn, ...actions.filter(isTopic)] }),
      tags: { ...tags },
      ...shape,
    });
    alarm.dependsOn = after;
    return alarm;
  };
  return new Map(plans.map((plan) => [plan.name, make(plan)]));
}

/** Who is told hears of the end too; what else is done is done once. */
function isTopic(action: string): boolean {
  return Token.isUnresolved(action) || action.split(':')[2] === 'sns';
}

/** The link is whole, whatever has to be left out for it. */
export function described(description: string, runbook?: string): string {
  const link = runbook === undefined ? '' : ` Runbook: ${runbook}`;
  const room = DESCRIPTION_MAX - link.length;
  return `${description.length <= room ? description : `${description.slice(0, room - 1)}…`}${link}`;
}

export function forMinutes(minutes: number): string {
  return minutes === 1 ? 'for a minute' : `for ${minutes} minutes`;
}

/** Of an alarm that lets a few minutes be late. */
export function inMinutes(minutes: number): string {
  return `in ${minutes} of ${minutes + LATE_MINUTES} minutes`;
}

/**
 * For what is computed with FILL: a newest minute that is late is 0 there, and would keep an alarm that wants every
 * minute from ever firing.
 */
export function lastingFilled(minutes: number): Pick<Shape, 'evaluationPeriods' | 'datapointsToAlarm'> {
  return { evaluationPeriods: minutes + LATE_MINUTES, datapointsToAlarm: minutes };
}

/** Every datapoint of so many minutes has to be wrong. */
export function lasting(minutes: number): Pick<Shape, 'evaluationPeriods' | 'datapointsToAlarm'> {
  return { evaluationPeriods: minutes, datapointsToAlarm: minutes };
}
