import type { Service } from '@aws-sdk/client-ecs';
import { revisionIn } from '../../arns';
import { type ExplainAction, explainStatement } from '../../explain-permissions';
import type { Log } from '../../log';
import { groupedBy } from '../grouped-by';
import { MINUTE } from '../thread/incident';
import type { About } from './about';
import type { LookedUp } from './explanation';
import { type Deployed, lastDeployed, presumedGood } from './good-revision';
import { type Found, inWords } from './in-words';
import { readable, streamOf } from './log-lines';
import { masked } from './mask';
import {
  alarmToDraw,
  chartOf,
  dependencyStates,
  inOneQuestion,
  type Measured,
  ofDependencies,
  toDraw,
} from './measured';
import type { Point, Sources } from './sources';

export interface LookUpDeps {
  readonly sources: Sources;
  readonly log: Log;
  readonly now: () => Date;
  /** Rejects when the signal says so. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** What is known after so long is told; the rest follows. */
const EARLY_MS = 2500;
/** What is not there by then is left out. */
const LATEST_MS = 9000;

/** What is looked up, and until when. */
interface Job {
  readonly about: About;
  readonly found: Found;
  readonly deps: LookUpDeps;
  readonly endsAtMs: number;
  readonly cancelled: AbortSignal;
  /** Something was throttled, or had no answer. */
  isComplete: boolean;
}

/** Finds out what the person would look up next, all parts side by side: what is there early first, then the whole. */
export async function* lookUp(about: About, deps: LookUpDeps, cancelled: AbortSignal): AsyncGenerator<LookedUp> {
  const job: Job = { about, found: {}, deps, endsAtMs: deps.now().getTime() + LATEST_MS, cancelled, isComplete: true };
  const whole = Promise.all([revisions(job), matches(job), drawing(job), dependencies(job)]);
  const stop = new AbortController();
  const early = deps.sleep(EARLY_MS, stop.signal).then(
    () => false,
    () => true,
  );
  const isWhole = await Promise.race([whole.then(() => true), early]);
  if (!isWhole) yield { ...inWords(about, job.found), isWhole, isComplete: false };
  await whole;
  stop.abort();
  yield { ...inWords(about, job.found), isWhole: true, isComplete: job.isComplete };
}

/** What cannot be had is left out, and the log says why, and which permission is missing. */
async function ask<T>(action: ExplainAction, job: Job, run: () => Promise<T>, group?: string): Promise<T | undefined> {
  const { deps, endsAtMs, cancelled } = job;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, cancelled]);
  const late = deps.sleep(Math.max(0, endsAtMs - deps.now().getTime()), signal).then(() => {
    throw new Error(`no answer within ${LATEST_MS / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    if (!cancelled.aborted) leftOut(action, job, error, group);
    return undefined;
  } finally {
    stop.abort();
  }
}

/** What may be had another time, and not what is forbidden or not there. */
const PASSING = /throttl|toomany|rate exceeded|timeout|no answer|unavailable|internal|econn|socket|limitexceeded/i;

function leftOut(action: ExplainAction, job: Job, error: unknown, group: string | undefined): void {
  const { account: accountId, region, cluster, service = cluster } = job.about.subject;
  const groups = group === undefined ? [] : [group];
  const { namePrefix } = job.about;
  const place = { accountId, region, cluster, namePrefix, logGroups: groups, matchedGroups: groups };
  const allow = isDenied(error) ? { allow: explainStatement(action, place) } : {};
  job.deps.log('warn', 'a part of an explanation is left out', { action, service, error: String(error), ...allow });
  if (PASSING.test(String(error))) job.isComplete = false;
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && /AccessDenied|NotAuthorized|UnauthorizedOperation/i.test(error.name);
}

/** What runs, what ran, and what the last task wrote. */
async function revisions(job: Job): Promise<void> {
  const { about, found, deps } = job;
  const { subject, parts, stop, deployment, problem, lacksTasks } = about;
  const { cluster, service } = subject;
  const isService = service !== undefined && !service.includes(':');
  if (stop === undefined && deployment === undefined && problem === undefined && !lacksTasks) return;
  const isAsked = isService && (parts.includes('why') || parts.includes('changes'));
  const present = isAsked
    ? ask('ecs:DescribeServices', job, () => deps.sources.service(cluster, service)).then((answer) => {
        found.service = answer;
        return answer;
      })
    : undefined;
  const said = stop?.revision ?? deployment?.revision;
  const failing = said ?? failingRevision(about, await present);
  if (failing === undefined || !(parts.includes('changes') || parts.includes('lastLines'))) {
    await present;
    return;
  }
  const memory = {
    deployments: () =>
      isService && parts.includes('changes')
        ? ask('ecs:ListServiceDeployments', job, () => deps.sources.deployments(cluster, service))
        : Promise.resolve(undefined),
    revisions: (arns: readonly string[]) =>
      ask('ecs:DescribeServiceRevisions', job, () => deps.sources.revisions(arns)),
  };
  const deployed = lastDeployed(failing, memory);
  found.failing = await ask('ecs:DescribeTaskDefinition', job, () => deps.sources.taskDefinition(failing));
  await Promise.all([present, lastWords(job), comparison(job, failing, deployed, present)]);
}

function failingRevision({ deployment, problem, parts }: About, service: Service | undefined): string | undefined {
  if (!parts.includes('changes')) return undefined;
  const [newest] = service?.deployments ?? [];
  const fails = newest?.rolloutState === 'FAILED' || (newest?.failedTasks ?? 0) > 0;
  return fails || deployment !== undefined || problem !== undefined ? revisionIn(newest?.taskDefinition) : undefined;
}

async function comparison(
  job: Job,
  failing: string,
  deployed: Promise<Deployed>,
  present: Promise<Service | undefined> | undefined,
): Promise<void> {
  const { about, found, deps } = job;
  if (!about.parts.includes('changes')) return;
  const { good: remembered, digests } = await deployed;
  const by = remembered ?? presumedGood(failing, await present);
  if (by === undefined) return;
  const definition =
    by.revision === failing
      ? found.failing
      : await ask('ecs:DescribeTaskDefinition', job, () => deps.sources.taskDefinition(by.revision));
  if (definition === undefined) return;
  found.good = { by, definition };
  found.digests = digests;
}

async function lastWords(job: Job): Promise<void> {
  const { about, found, deps } = job;
  const { stop, parts } = about;
  if (stop === undefined || found.failing === undefined || !parts.includes('lastLines')) return;
  // What never ran has written nothing.
  if (stop.stopCode === 'TaskFailedToStart' && stop.exitCode === undefined) return;
  const stream = streamOf(stop, found.failing);
  if (stream === undefined) return;
  const { group } = stream;
  const raw = await ask('logs:GetLogEvents', job, () => deps.sources.lastLines(group, stream.stream), group);
  if (raw === undefined) return;
  const lines = readable(raw);
  found.lines = { stream, raw: lines, masked: masked(lines) };
}

async function matches(job: Job): Promise<void> {
  const { about, found, deps } = job;
  const { alarm, parts } = about;
  const { log } = alarm?.settings ?? {};
  if (alarm === undefined || log === undefined || !parts.includes('lastLines')) return;
  const { group } = log;
  const { of = 1, periodSeconds = 60 } = alarm.datapoints ?? {};
  // CloudWatch needs a moment to see what was written.
  const fromMs = alarm.atMs - of * periodSeconds * 1000 - 2 * MINUTE;
  const read = () => deps.sources.matchingLines(group, log.pattern, fromMs, alarm.atMs + MINUTE);
  const events = (await ask('logs:FilterLogEvents', job, read, group)) ?? [];
  const stream = events.at(-1)?.stream;
  const lines = masked(readable(events.map(({ line }) => line)));
  found.matched = { group, masked: lines, ...(stream === undefined ? {} : { stream }) };
}

/** The metric that is drawn. */
async function drawing(job: Job): Promise<void> {
  const { about, found } = job;
  const name = alarmToDraw(about);
  const alarms = name === undefined ? [] : await alarmsOf(job, [name]);
  const drawn = toDraw(about, alarms);
  if (drawn !== undefined) found.chart = chartOf(drawn, await series(job, [drawn], CHART_POINTS));
}

/** The state of what it leans on. */
async function dependencies(job: Job): Promise<void> {
  const { about, found } = job;
  const names = about.leansOn.flatMap(({ alarms }) => Object.keys(alarms));
  if (names.length === 0) return;
  const alarms = await alarmsOf(job, names);
  const measured = ofDependencies(about, alarms);
  const periods = [...groupedBy(measured, ({ periodSeconds }) => `${periodSeconds}`).values()];
  const parts = await Promise.all(periods.map((some) => series(job, some, LAST_POINTS)));
  const all = new Map(parts.flatMap((part) => [...part]));
  if (measured.length > 0) found.leansOn = dependencyStates(about, measured, all);
}

async function alarmsOf(job: Job, names: readonly string[]) {
  return (await ask('cloudwatch:DescribeAlarms', job, () => job.deps.sources.alarms(names))) ?? [];
}

/** So many points a line has, and among so many a metric that is late has one. */
const CHART_POINTS = 20;
const LAST_POINTS = 5;

async function series(job: Job, measured: readonly Measured[], points: number) {
  const { about, deps } = job;
  const periodMs = Math.max(...measured.map(({ periodSeconds }) => periodSeconds)) * 1000;
  const queries = inOneQuestion(measured).flatMap((one) => one.queries);
  const fromMs = about.atMs - points * periodMs;
  const run = () => deps.sources.metrics(queries, fromMs, about.atMs);
  return (await ask('cloudwatch:GetMetricData', job, run)) ?? new Map<string, readonly Point[]>();
}
