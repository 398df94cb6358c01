import { setTimeout as sleep } from 'node:timers/promises';
import type { Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { explainStatements } from '../../explain-permissions';
import type { Log } from '../../log';
import type { ExplainPart } from '../../settings';
import type { About } from './about';
import { differencesOf, registeredBy } from './changes';
import type { Cause, Changes, Explanation, LookedUp, Why } from './explanation';
import { type Deployed, type Good, lastDeployed, presumedGood, revisionIn } from './good-revision';
import { type LogStream, lastOf, mostTelling, readable, streamOf } from './log-lines';
import { masked } from './mask';
import { alarmsToAsk, chartOf, dependencyStates, ofDependencies, toDraw, windowOf } from './measured';
import { missingVariables } from './missing-variables';
import type { Sources } from './sources';
import { whyProblem, whyStopped } from './why';

export interface LookUpDeps {
  readonly sources: Sources;
  readonly log: Log;
}

/** What is known after so long is told; the rest follows. */
const EARLY_MS = 2500;
/** What is not there by then is left out. */
const LATEST_MS = 9000;
/** ECS keeps saying what it does; older words are about something else. */
const EVENTS_MS = 30 * 60_000;
const EVENTS = 3;

/** What the parts have found, each when it has. */
interface Found {
  service?: Service | undefined;
  failing?: TaskDefinition | undefined;
  good?: { readonly by: Good; readonly definition: TaskDefinition } | undefined;
  digests?: Deployed['digests'];
  lines?:
    | { readonly stream: LogStream; readonly raw: readonly string[]; readonly masked: readonly string[] }
    | undefined;
  matched?: { readonly group: string; readonly stream?: string; readonly masked: readonly string[] } | undefined;
  chart?: Explanation['chart'];
  leansOn?: Explanation['leansOn'];
}

/** Finds out what the person would look up next, all parts side by side: what is there early first, then the whole. */
export async function* lookUp(about: About, deps: LookUpDeps): AsyncGenerator<LookedUp> {
  const found: Found = {};
  const whole = Promise.all([revisions(about, found, deps), matches(about, found, deps), metrics(about, found, deps)]);
  const stop = new AbortController();
  const early = sleep(EARLY_MS, false, { signal: stop.signal }).catch(() => true);
  const isWhole = await Promise.race([whole.then(() => true), early]);
  if (!isWhole) yield { ...put(about, found), isWhole };
  await whole;
  stop.abort();
  yield { ...put(about, found), isWhole: true };
}

/** One part: what it cannot find is left out, and the log says why, and which permission is missing. */
async function part<T>(
  name: ExplainPart,
  { subject }: About,
  deps: LookUpDeps,
  run: () => Promise<T>,
  group?: string,
): Promise<T | undefined> {
  const stop = new AbortController();
  const late = sleep(LATEST_MS, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`no answer within ${LATEST_MS / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    const groups = group === undefined ? [] : [group];
    const place = {
      accountId: subject.account,
      region: subject.region,
      cluster: subject.cluster,
      logGroups: groups,
      matchedGroups: groups,
    };
    const add = isDenied(error) ? { allow: explainStatements(name, place) } : {};
    const { service = subject.cluster } = subject;
    deps.log('warn', 'a part of an explanation is left out', { part: name, service, error: String(error), ...add });
    return undefined;
  } finally {
    stop.abort();
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && /AccessDenied|NotAuthorized|UnauthorizedOperation/i.test(error.name);
}

/** What runs, what ran, and what the last task wrote. */
async function revisions(about: About, found: Found, deps: LookUpDeps): Promise<void> {
  const { sources } = deps;
  const { subject, parts, stop, deployment, problem, lacksTasks } = about;
  const { cluster, service } = subject;
  const isService = service !== undefined && !service.includes(':');
  const wantsRevisions = parts.includes('changes') || parts.includes('lastLines');
  if (stop === undefined && deployment === undefined && problem === undefined && !lacksTasks) return;
  if (isService && (parts.includes('why') || parts.includes('changes'))) {
    found.service = await part('why', about, deps, () => sources.service(cluster, service));
  }
  const failing = failingRevision(about, found.service);
  if (failing === undefined || !wantsRevisions) return;
  const deployed =
    isService && parts.includes('changes')
      ? part('changes', about, deps, () => lastDeployed({ cluster, service }, failing, sources))
      : undefined;
  found.failing = await part('changes', about, deps, () => sources.taskDefinition(failing));
  await Promise.all([lastWords(about, found, deps), changes(about, failing, deployed, found, deps)]);
}

function failingRevision(
  { stop, deployment, problem, parts }: About,
  service: Service | undefined,
): string | undefined {
  const said = stop?.revision ?? deployment?.revision;
  if (said !== undefined || !parts.includes('changes')) return said;
  const [newest] = service?.deployments ?? [];
  const fails = newest?.rolloutState === 'FAILED' || (newest?.failedTasks ?? 0) > 0;
  return fails || deployment !== undefined || problem !== undefined ? revisionIn(newest?.taskDefinition) : undefined;
}

async function changes(
  about: About,
  failing: string,
  asked: Promise<Deployed | undefined> | undefined,
  found: Found,
  deps: LookUpDeps,
): Promise<void> {
  if (!about.parts.includes('changes')) return;
  const deployed = await asked;
  const by = deployed?.good ?? presumedGood(failing, found.service);
  if (by === undefined) return;
  const definition = await part('changes', about, deps, () => deps.sources.taskDefinition(by.revision));
  if (definition === undefined) return;
  found.good = { by, definition };
  found.digests = deployed?.digests ?? {};
}

async function lastWords(about: About, found: Found, deps: LookUpDeps): Promise<void> {
  const { stop, parts } = about;
  if (stop === undefined || found.failing === undefined || !parts.includes('lastLines')) return;
  const stream = streamOf(stop, found.failing);
  if (stream === undefined) return;
  const raw = await part(
    'lastLines',
    about,
    deps,
    () => deps.sources.lastLines(stream.group, stream.stream),
    stream.group,
  );
  const lines = readable(raw ?? []);
  found.lines = { stream, raw: lines, masked: masked(lines) };
}

async function matches(about: About, found: Found, deps: LookUpDeps): Promise<void> {
  const { alarm, parts } = about;
  const { log } = alarm?.settings ?? {};
  if (alarm === undefined || log === undefined || !parts.includes('lastLines')) return;
  const { of = 1, periodSeconds = 60 } = alarm.datapoints ?? {};
  // CloudWatch needs a moment to see what was written.
  const fromMs = alarm.atMs - of * periodSeconds * 1000 - 2 * 60_000;
  const read = () => deps.sources.matchingLines(log.group, log.pattern, fromMs, alarm.atMs + 60_000);
  const events = (await part('lastLines', about, deps, read, log.group)) ?? [];
  const stream = events.at(-1)?.stream;
  const lines = masked(readable(events.map(({ line }) => line)));
  found.matched = { group: log.group, masked: lines, ...(stream === undefined ? {} : { stream }) };
}

/** The state of what it leans on, and the metric that is drawn: in one question each. */
async function metrics(about: About, found: Found, deps: LookUpDeps): Promise<void> {
  const { sources } = deps;
  const name: ExplainPart = about.leansOn.length > 0 ? 'dependencies' : 'chart';
  const names = alarmsToAsk(about);
  const alarms = (names.length === 0 ? [] : await part(name, about, deps, () => sources.alarms(names))) ?? [];
  const dependencies = ofDependencies(about, alarms);
  const drawn = toDraw(about, alarms);
  const measured = [...(drawn === undefined ? [] : [drawn]), ...dependencies];
  if (measured.length === 0) return;
  const ask = () =>
    sources.metrics(
      measured.flatMap(({ queries }) => queries),
      windowOf(measured, about.atMs),
      about.atMs,
    );
  const series = (await part(name, about, deps, ask)) ?? new Map();
  if (drawn !== undefined) found.chart = chartOf(drawn, series);
  if (dependencies.length > 0) found.leansOn = dependencyStates(about, dependencies, series);
}

/** What was found, as what is said. */
function put(about: About, found: Found): Omit<LookedUp, 'isWhole'> {
  const { chart, leansOn, lines, matched } = found;
  const changed = changesIn(about, found);
  const why = about.parts.includes('why') ? whyOf(about, found, changed) : undefined;
  const events = about.parts.includes('why') && about.stop === undefined ? eventsIn(about, found) : [];
  const cause = causeOf(changed, why, leansOn);
  const lastLine = lines === undefined ? undefined : mostTelling(lines.masked);
  const shown = shownLines(lines, matched);
  return {
    explanation: {
      ...(why === undefined ? {} : { why }),
      ...(changed === undefined ? {} : { changes: changed }),
      ...(shown === undefined ? {} : { lines: shown }),
      ...(leansOn === undefined ? {} : { leansOn }),
      ...(chart === undefined ? {} : { chart }),
      ...(events.length === 0 ? {} : { events }),
    },
    ...(cause === undefined ? {} : { cause }),
    ...(lastLine === undefined ? {} : { lastLine }),
  };
}

function shownLines(lines: Found['lines'], matched: Found['matched']): Explanation['lines'] {
  if (matched !== undefined && matched.masked.length > 0) {
    const { masked: all, ...where } = matched;
    return { of: 'matched', lines: lastOf(all), ...where };
  }
  return lines === undefined ? undefined : { of: 'last', lines: lastOf(lines.masked), ...lines.stream };
}

function changesIn(about: About, { failing, good, digests, lines }: Found): Changes | undefined {
  const revision = revisionIn(failing?.taskDefinitionArn);
  if (failing === undefined || revision === undefined || !about.parts.includes('changes')) return undefined;
  const missing = missingVariables(lines?.raw ?? [], failing, good?.definition, about.stop?.container);
  if (good === undefined && missing.length === 0) return undefined;
  return {
    failing: revision,
    ...(good === undefined ? {} : { good: good.by.revision, goodBy: good.by.by }),
    ...(failing.registeredAt === undefined ? {} : { registeredAtMs: failing.registeredAt.getTime() }),
    ...(failing.registeredBy === undefined ? {} : { registeredBy: registeredBy(failing.registeredBy) }),
    differences: good === undefined ? [] : differencesOf(good.definition, failing, digests),
    missing,
  };
}

function whyOf(
  { stop, problem, atMax, alarm }: About,
  { chart }: Found,
  changed: Changes | undefined,
): Why | undefined {
  if (stop !== undefined) return withCure(whyStopped(stop), changed);
  if (problem !== undefined) return whyProblem(problem);
  if (atMax === undefined) return undefined;
  const isCpu = chart?.measure === 'CPU';
  const cpu = (isCpu ? chart.points.at(-1)?.value : undefined) ?? alarm?.value;
  return atTheLimit(atMax.max, cpu, alarm?.threshold);
}

/** A variable that is missing says better what to do than the exit code that came of it. */
function withCure(why: Why, changed: Changes | undefined): Why {
  const names = (changed?.missing ?? []).flatMap(({ name }, index) => [
    ...(index === 0 ? [] : [', ']),
    { quote: name },
  ]);
  if (changed === undefined || names.length === 0) return why;
  const { good } = changed;
  const back = good === undefined ? [] : [', or roll back to ', { quote: good }];
  return { ...why, next: ['set ', ...names, ' in the task definition', ...back] };
}

/** Above this a service has too little CPU where no alarm of its own says what is too much. */
const HIGH_PERCENT = 85;

function atTheLimit(max: number, cpu: number | undefined, limit = HIGH_PERCENT): Why {
  const all = max === 1 ? 'the one task runs that there may be' : `all ${max} tasks run that there may be`;
  if (cpu === undefined) return { what: [all] };
  const percent = `CPU ${Math.round(cpu)}\u00a0%`;
  if (cpu < limit) return { what: [`${all}, ${percent}: there is room left`] };
  return {
    what: [`${all}, ${percent}: scaling cannot help any more`],
    next: ['raise the most tasks of its autoscaling, or find what takes the CPU'],
    cause: [`${percent} at the limit of ${max} ${max === 1 ? 'task' : 'tasks'}`],
  };
}

/** What ECS keeps saying while all is well. */
const ALL_IS_WELL =
  /steady state|has started \d+ tasks|has stopped \d+ (running )?tasks|registered \d+ targets|begun draining/;

function eventsIn({ atMs, deployment }: About, { service }: Found): readonly string[] {
  const said = (service?.events ?? [])
    .filter(({ createdAt, message = '' }) => atMs - Number(createdAt ?? 0) < EVENTS_MS && !ALL_IS_WELL.test(message))
    .map(({ message = '' }) => message.replace(/^\(service [^)]*\) /, ''));
  const rollout = deployment === undefined ? undefined : service?.deployments?.[0];
  const reason = rollout?.rolloutState === 'FAILED' ? rollout.rolloutStateReason : undefined;
  return [...new Set([...(reason === undefined ? [] : [reason]), ...said])].slice(0, EVENTS);
}

/** The one that explains most: what is missing, what ECS says, what it leans on. */
function causeOf(
  changed: Changes | undefined,
  why: Why | undefined,
  leansOn: Explanation['leansOn'],
): Cause | undefined {
  const [missing] = changed?.missing ?? [];
  if (missing !== undefined && changed !== undefined) {
    const gone = missing.wasIn === undefined ? ' is read but not set in ' : ' is read but no longer set in ';
    return { words: [{ quote: missing.name }, gone, { quote: changed.failing }] };
  }
  if (why?.cause !== undefined) return { words: why.cause };
  const ill = leansOn?.find(({ state }) => state === 'unhealthy');
  return ill === undefined
    ? undefined
    : { bottleneck: { name: ill.name, values: ill.values.filter(({ bad }) => bad) } };
}
