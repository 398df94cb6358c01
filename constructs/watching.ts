import { isDeepStrictEqual } from 'node:util';
import { EXPLAIN_PARTS, type ExplainPart, type Kind, type Telling, type Watching } from '../functions/settings';
import type { ClusterOptions, SlackOptions } from './options';
import type { KindOptions, Switch, WatchOptions } from './watch-options';

/** From what a user writes to what the functions read: every default is here. */

/** The kinds of alerts by the options that switch them. */
export const KIND_OF = {
  cpu: 'cpu-high',
  memory: 'memory-high',
  saturated: 'saturated',
  stopped: 'stopped',
  underDesired: 'under-desired',
  taskStopped: 'task-stopped',
  crashLoop: 'crash-loop',
  deployment: 'deployment',
  deploymentFailed: 'deployment-failed',
  serviceProblem: 'service-problem',
  scaledUp: 'scaled-up',
  scaledDown: 'scaled-down',
  scaledToMax: 'scaled-to-max',
  logPattern: 'log-pattern',
  dependency: 'dependency',
} as const satisfies Readonly<Record<string, Kind>>;
export type KindOption = keyof typeof KIND_OF;
const KIND_OPTIONS = Object.keys(KIND_OF) as KindOption[];

/** The option that switches a kind. */
export function optionOf(kind: Kind): KindOption {
  const option = KIND_OPTIONS.find((one) => KIND_OF[one] === kind);
  if (option === undefined) throw new Error(`no option switches ${kind}`);
  return option;
}

const BROADCAST = ['warning', 'critical'] as const;
const QUIET_MINUTES = 60;
const REOPEN_MINUTES = 60;
const REMIND_MINUTES = 60;
const DEPLOYMENT_MINUTES = 30;
const UNDER_DESIRED_MINUTES = 5;
const CRASH_LOOP = { stops: 3, minutes: 30 } as const;

/** What a switch says besides on and off. */
export function detailsOf<Options extends KindOptions>(setting: Switch<Options> | undefined): Partial<Options> {
  return typeof setting === 'object' ? setting : {};
}

/** Whether anything of this kind is told. */
export function isTold(setting: Switch | undefined): boolean {
  return setting !== false && detailsOf(setting).policy !== 'off';
}

/** How a cluster, or one of its services, is watched. */
export function watchingOf(options: WatchOptions, slack: Pick<SlackOptions, 'channel' | 'broadcast'>): Watching {
  const { stops, minutes } = detailsOf(options.crashLoop);
  return {
    channel: slack.channel,
    broadcast: slack.broadcast ?? BROADCAST,
    quietMinutes: options.quietMinutes ?? QUIET_MINUTES,
    reopenMinutes: options.reopenMinutes ?? REOPEN_MINUTES,
    remindMinutes: options.remindMinutes ?? REMIND_MINUTES,
    deploymentMinutes: options.deploymentMinutes ?? DEPLOYMENT_MINUTES,
    underDesiredMinutes: detailsOf(options.underDesired).minutes ?? UNDER_DESIRED_MINUTES,
    crashLoop: { stops: stops ?? CRASH_LOOP.stops, minutes: minutes ?? CRASH_LOOP.minutes },
    tell: tellOf(options),
    explain: explainOf(options),
    ...(options.runbook === undefined ? {} : { runbook: options.runbook }),
  };
}

/** The parts that are not switched off. */
export function explainOf({ explain }: Pick<WatchOptions, 'explain'>): readonly ExplainPart[] {
  if (explain === false) return [];
  const own = typeof explain === 'object' ? explain : {};
  return EXPLAIN_PARTS.filter((part) => own[part] !== false);
}

/** How each kind is told, as far as it is not as by default. */
function tellOf(options: WatchOptions & Pick<ClusterOptions, 'dependency'>): Watching['tell'] {
  const tellings = KIND_OPTIONS.map((option) => {
    const kind = KIND_OF[option];
    return [kind, tellingOf(options[option], options.runbooks?.[kind])] as const;
  });
  return Object.fromEntries(tellings.filter(([, telling]) => Object.keys(telling).length > 0));
}

export function tellingOf(setting: Switch | undefined, runbook: string | undefined): Telling {
  const { policy, severity }: KindOptions = setting === false ? { policy: 'off' } : detailsOf(setting);
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(severity === undefined ? {} : { severity }),
    ...(runbook === undefined ? {} : { runbook }),
  };
}

/** What of a service's is other than of its cluster. A kind that is told as by default again says so: `{}`. */
export function differenceOf(cluster: Watching, service: Watching): Partial<Watching> {
  const keys = Object.keys(service) as (keyof Watching)[];
  const differing = keys.filter((key) => key !== 'tell' && !isDeepStrictEqual(cluster[key], service[key]));
  const kinds = [...new Set([...Object.keys(cluster.tell), ...Object.keys(service.tell)])] as Kind[];
  const tellings = kinds.map((kind) => [kind, service.tell[kind] ?? {}] as const);
  const tell = tellings.filter(([kind, telling]) => !isDeepStrictEqual(cluster.tell[kind] ?? {}, telling));
  return {
    ...Object.fromEntries(differing.map((key) => [key, service[key]])),
    ...(tell.length === 0 ? {} : { tell: Object.fromEntries(tell) }),
  };
}
