import type { Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { revisionIn } from '../../arns';
import { MINUTE } from '../thread/incident';
import type { About } from './about';
import { differencesOf, registeredBy } from './changes';
import type { Cause, Changes, Explanation, LookedUp, Phrase, Why } from './explanation';
import type { Deployed, Good } from './good-revision';
import { type LogStream, lastOf, mostTelling } from './log-lines';
import { maskedText } from './mask';
import { missingVariables } from './missing-variables';
import { whyProblem, whyStopped } from './why';

/** ECS keeps saying what it does; older words are about something else. */
const EVENTS_MS = 30 * MINUTE;

/** What the parts have found, each when it has. */
export interface Found {
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

/** What was found, as what is said. Pure. */
export function inWords(about: About, found: Found): Omit<LookedUp, 'isWhole' | 'isComplete'> {
  const { chart, leansOn, lines, matched } = found;
  const changed = changesIn(about, found);
  const why = about.parts.includes('why') ? whyOf(about, found, changed) : undefined;
  const events = about.parts.includes('why') && about.stop === undefined ? eventsIn(about, found) : [];
  const cause = causeOf(changed, why, leansOn);
  const text = lines === undefined ? undefined : mostTelling(lines.masked);
  const shown = shownLines(lines, matched);
  return {
    explanation: {
      ...(why === undefined ? {} : { why: shown === undefined ? withoutLines(why) : why }),
      ...(changed === undefined ? {} : { changes: changed }),
      ...(shown === undefined ? {} : { lines: shown }),
      ...(leansOn === undefined ? {} : { leansOn }),
      ...(chart === undefined ? {} : { chart }),
      ...(events.length === 0 ? {} : { events }),
    },
    ...(cause === undefined ? {} : { cause }),
    ...(text === undefined || about.stop === undefined ? {} : { lastLine: { revision: about.stop.revision, text } }),
  };
}

/** Where no lines are shown there are none below. */
function withoutLines(why: Why): Why {
  const { next } = why;
  if (next === undefined) return why;
  const elsewhere = (part: Phrase[number]) =>
    typeof part === 'string' ? part.replace('the last lines below', 'its log') : part;
  return { ...why, next: next.map(elsewhere) };
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
  const telling = mostTelling(lines?.raw ?? []) ?? '';
  // What only looks like a variable counts where it is what the task died of.
  const missing = missingVariables(lines?.raw ?? [], failing, good?.definition, about.stop?.container).filter(
    ({ name, isSure }) => isSure || telling.includes(name),
  );
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

function whyOf({ stop, problem, atMax, cpu }: About, { chart }: Found, changed: Changes | undefined): Why | undefined {
  if (stop !== undefined) return withCure(whyStopped(stop), changed);
  if (problem !== undefined) return whyProblem(problem);
  if (atMax === undefined) return undefined;
  const drawn = chart?.measure === 'CPU' ? chart.points.at(-1)?.value : undefined;
  return atTheLimit(atMax.max, drawn ?? cpu?.percent, cpu?.limit);
}

/** A variable that is missing says better what to do than the exit code that came of it. */
function withCure(why: Why, changed: Changes | undefined): Why {
  const names = (changed?.missing ?? []).flatMap(({ name }, index) => [
    ...(index === 0 ? [] : [', ']),
    { quote: name },
  ]);
  if (changed === undefined || names.length === 0) return why;
  const { good } = changed;
  const back = good === undefined || good === changed.failing ? [] : [', or roll back to ', { quote: good }];
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
    .map(({ message = '' }) => maskedText(message.replace(/^\(service [^)]*\)\s*/, '')));
  const rollout = deployment === undefined ? undefined : service?.deployments?.[0];
  const reason = rollout?.rolloutState === 'FAILED' ? rollout.rolloutStateReason : undefined;
  return [...new Set([...(reason === undefined ? [] : [maskedText(reason)]), ...said])];
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
