import type { ContainerDefinition, PortMapping, TaskDefinition } from '@aws-sdk/client-ecs';
import { shorten } from '../shorten';
import type { Difference, Phrase } from './explanation';
import type { Deployed } from './good-revision';

type Compare<T> = (good: T, failing: T) => readonly Difference[];
type Table<T> = { readonly [field in keyof T]?: Compare<T> };

const NAME_MAX = 80;

const NONE = () => [];

const CONTAINER: Table<ContainerDefinition> = {
  // What the pair of containers is, its image and its variables are compared apart from this table.
  name: NONE,
  image: NONE,
  environment: NONE,
  secrets: NONE,
  environmentFiles: list(
    'env file',
    ({ environmentFiles }) => environmentFiles,
    ({ value }) => nameIn(value),
  ),
  cpu: amount('CPU', ({ cpu }) => cpu, 'units'),
  memory: amount('memory', ({ memory }) => memory, 'MiB'),
  memoryReservation: amount('memory reservation', (one) => one.memoryReservation, 'MiB'),
  healthCheck,
  workingDirectory: fromTo('working directory', (one) => one.workingDirectory),
  user: fromTo('user', ({ user }) => user),
  portMappings: list('port', ({ portMappings }) => portMappings, portKey),
  stopTimeout: amount('stop timeout', ({ stopTimeout }) => stopTimeout, 's'),
  essential: fromTo('essential', ({ essential }) => (essential === false ? 'no' : 'yes')),
  readonlyRootFilesystem: fromTo('read-only root', (one) => (one.readonlyRootFilesystem ? 'yes' : 'no')),
  logConfiguration: logs,
};

const TASK: Table<TaskDefinition> = {
  containerDefinitions: NONE,
  cpu: amount('task CPU', (one) => one.cpu, 'units'),
  memory: amount('task memory', (one) => one.memory, 'MiB'),
  taskRoleArn: role('task role', ({ taskRoleArn }) => taskRoleArn),
  executionRoleArn: role('execution role', ({ executionRoleArn }) => executionRoleArn),
  networkMode: fromTo('network mode', (one) => one.networkMode),
  runtimePlatform: (good, failing) => [
    ...fromTo<TaskDefinition>('architecture', (one) => one.runtimePlatform?.cpuArchitecture)(good, failing),
    ...fromTo<TaskDefinition>('operating system', (one) => one.runtimePlatform?.operatingSystemFamily)(good, failing),
  ],
  ephemeralStorage: amount('ephemeral storage', (one) => one.ephemeralStorage?.sizeInGiB, 'GiB'),
  family: fromTo('family', (one) => one.family),
};

/** Set by AWS, or follows from what the table compares. */
const NOT_OURS: ReadonlySet<string> = new Set(
  `taskDefinitionArn revision status requiresAttributes compatibilities
  registeredAt registeredBy deregisteredAt deleteRequestedAt`.split(/\s+/),
);

/** Most telling first; what is not here comes last. */
const RANKS =
  `container|image|env|secret|env file|task CPU|CPU|task memory|memory|memory reservation|command|entry point
health check|architecture|task role|execution role|port|network mode|depends on|essential|user|working directory`.split(
    /[|\n]/,
  );

/** How a revision differs from the last good one, most telling first. Values of variables and commands are never told. */
export function differencesOf(
  good: TaskDefinition,
  failing: TaskDefinition,
  digests: Deployed['digests'] = {},
): readonly Difference[] {
  const before = good.containerDefinitions ?? [];
  const after = failing.containerDefinitions ?? [];
  const several = Math.max(before.length, after.length) > 1;
  const containers = after.flatMap((now): readonly Difference[] => {
    // The only container, under another name, is still the same one.
    const was = several ? before.find(({ name }) => name === now.name) : before[0];
    if (was === undefined) return [];
    const old = imageOf(was.image, digests.good?.get(was.name ?? ''));
    const image = images(old, imageOf(now.image, digests.failing?.get(now.name ?? '')));
    const found = [...image, ...variables(was, now), ...compare(CONTAINER, was, now)];
    return several ? found.map((one) => ({ container: short(now.name), ...one })) : found;
  });
  const task = compare(TASK, good, failing);
  const ofTask = new Set(task.map(({ what, change }) => JSON.stringify([what, change])));
  const isNews = ({ what, change }: Difference) => several || !ofTask.has(JSON.stringify([`task ${what}`, change]));
  return [
    ...list(
      'container',
      (one: TaskDefinition) => one.containerDefinitions?.map(({ name }) => name),
      (name) => name,
    )(good, failing),
    // What limits the only container mostly limits the task too: one line is enough.
    ...containers.filter(isNews),
    ...task,
  ].sort((one, other) => rank(one) - rank(other));
}

const rank = ({ what }: Difference) => RANKS.indexOf(what) + 1 || RANKS.length + 1;

function compare<T extends object>(table: Table<T>, good: T, failing: T): readonly Difference[] {
  const fields = Object.keys({ ...good, ...failing }) as (keyof T & string)[];
  return fields
    .filter((field) => !NOT_OURS.has(field) && canonical(good[field]) !== canonical(failing[field]))
    .flatMap((field) => (table[field] ?? unseen(inWords(field), (one: T) => one[field]))(good, failing));
}

/** ECS answers with empty lists where nothing was registered: nothing, no and an empty list are the same. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '' : `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return value ? JSON.stringify(value) : '';
  const entries = Object.entries(value).map(([name, inner]) => [name, canonical(inner)] as const);
  const told = entries.filter(([, inner]) => inner !== '').sort(([one], [other]) => (one < other ? -1 : 1));
  return told.length === 0 ? '' : `{${told.map((pair) => pair.join(':')).join()}}`;
}

/** `enableFaultInjection` → `enable fault injection` */
const inWords = (field: string) => short(field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
const short = (text: string | undefined) => shorten(text ?? 'none', NAME_MAX);
const quote = (text: string | undefined) => ({ quote: short(text) });
const arrow = (from: string | undefined, to: string | undefined): Phrase => [
  from === undefined ? 'none' : quote(from),
  ' → ',
  to === undefined ? 'none' : quote(to),
];

/** What may hold secrets, or would be too long. */
function unseen<T>(what: string, get: (one: T) => unknown): Compare<T> {
  return (good, failing) => {
    const change = canonical(get(good)) === '' ? 'added' : canonical(get(failing)) === '' ? 'removed' : 'changed';
    return [{ what, change: [change] }];
  };
}

function fromTo<T>(what: string, get: (one: T) => string | undefined): Compare<T> {
  return (good, failing) => {
    const [from, to] = [get(good), get(failing)];
    return from === to ? [] : [{ what, change: arrow(from, to) }];
  };
}

function role(what: string, get: (one: TaskDefinition) => string | undefined): Compare<TaskDefinition> {
  return (good, failing) => {
    const [from, to] = [get(good), get(failing)];
    const isElsewhere = nameIn(from) === nameIn(to);
    return [{ what, change: isElsewhere ? arrow(from, to) : arrow(nameIn(from), nameIn(to)) }];
  };
}

function amount<T>(what: string, get: (one: T) => number | string | undefined, unit: string): Compare<T> {
  const said = (one: T) => shorten(`${get(one) || 'none'}`, NAME_MAX);
  return (good, failing) => [{ what, change: [`${said(good)} → ${said(failing)} ${unit}`] }];
}

function list<T, Item>(
  what: string,
  get: (one: T) => readonly Item[] | undefined,
  keyOf: (item: Item) => string | undefined,
  said: (item: Item) => string | undefined = keyOf,
): Compare<T> {
  return (good, failing) => {
    const before = new Map((get(good) ?? []).map((item) => [keyOf(item) ?? '', item]));
    const after = new Map((get(failing) ?? []).map((item) => [keyOf(item) ?? '', item]));
    const removed = [...before].filter(([key]) => !after.has(key)).map(([, item]) => said(item));
    const added = [...after].filter(([key]) => !before.has(key)).map(([, item]) => said(item));
    const stayed = [...after].flatMap(([key, is]) => {
      const was = before.get(key);
      if (was === undefined || canonical(was) === canonical(is)) return [];
      return [{ what, change: said(was) === said(is) ? [quote(key), ' changed'] : arrow(said(was), said(is)) }];
    });
    if (removed.length === 1 && added.length === 1) return [{ what, change: arrow(removed[0], added[0]) }, ...stayed];
    const gone = removed.map((item) => ({ what, change: ['- ', quote(item)] }));
    return [...gone, ...added.map((item) => ({ what, change: ['+ ', quote(item)] })), ...stayed];
  };
}

function variables(good: ContainerDefinition, failing: ContainerDefinition): readonly Difference[] {
  const settings = (one: ContainerDefinition) => ({
    env: new Map((one.environment ?? []).map(({ name = '', value = '' }) => [name, value])),
    secret: new Map((one.secrets ?? []).map(({ name = '', valueFrom = '' }) => [name, valueFrom])),
  });
  const [before, after] = [settings(good), settings(failing)];
  return (['env', 'secret'] as const).flatMap((what) => {
    const other = what === 'env' ? 'secret' : 'env';
    const [was, is] = [before[what], after[what]];
    // A move from one to the other is told once, where the variable is now.
    const removed = [...was.keys()].filter(
      (name) => !is.has(name) && (!after[other].has(name) || before[other].has(name)),
    );
    const added = [...is.keys()].filter((name) => !was.has(name));
    const changed = [...is].filter(([name, value]) => was.has(name) && was.get(name) !== value);
    const moved = what === 'secret' ? ' was in env before' : ' was a secret before';
    const isMoved = (name: string) => before[other].has(name) && !after[other].has(name);
    return [
      ...removed.map((name) => ({ what, change: ['- ', quote(name)] })),
      ...added.map((name) => ({ what, change: isMoved(name) ? [quote(name), moved] : ['+ ', quote(name)] })),
      ...changed.map(([name, value]) => ({
        what,
        change: [quote(name), ...(what === 'env' ? [' changed'] : elsewhere(was.get(name) ?? '', value))],
      })),
    ];
  });
}

/** The shortest telling difference of two places of a secret; of what is no ARN nothing, it may be the secret itself. */
function elsewhere(from: string, to: string): Phrase {
  const [was, is] = [placeOf(from), placeOf(to)];
  const level = was.findIndex((name, index) => name !== is[index]);
  if (level === -1 || was[level] === undefined || is[level] === undefined) return [' points elsewhere'];
  return [': ', quote(was[level]), ' → ', quote(is[level])];
}

/** Name; with its key; with the suffix that AWS gives a secret; with version; where it is. */
function placeOf(valueFrom: string): readonly string[] {
  const [, , service, region, account, ...rest] = valueFrom.split(':');
  if (service === 'ssm') return [rest.join(':').replace(/^parameter/, ''), `${account} ${region}`];
  if (service !== 'secretsmanager') return [];
  const [, name = '', key = ''] = rest;
  const bare = name.replace(/-[A-Za-z0-9]{6}$/, '');
  const of = (part: string) => (key === '' ? part : `${part}:${key}`);
  return [bare, of(bare), of(name), rest.slice(1).join(':'), `${account} ${region}`];
}

interface Image {
  readonly ref: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

function imageOf(ref = '', resolved?: string): Image {
  const [place = '', pinned] = ref.split('@');
  // As Docker reads it: without a dot or a port the first part is no host.
  const [, registry = '', path = ''] = /^((?:[^/]*[.:][^/]*|localhost)\/)?(.*)$/s.exec(place) ?? [];
  const [repository = '', tag] = path.split(':');
  const digest = (pinned ?? resolved)?.replace('sha256:', '').slice(0, 8);
  return { ref, registry, repository, tag: tag ? `:${tag}` : pinned ? '' : ':latest', digest };
}

function images(was: Image, is: Image): readonly Difference[] {
  const told = (change: Phrase) => [{ what: 'image', change }];
  const tagged = ({ repository, tag }: Image) => `${repository}${tag}`;
  const pinned = (image: Image) => tagged(image) + (image.digest === undefined ? '' : `@${image.digest}`);
  const bothKnown = was.digest !== undefined && is.digest !== undefined;
  if (was.registry !== is.registry) return told(arrow(was.ref, is.ref));
  if (tagged(was) !== tagged(is)) {
    const said = was.tag === '' || is.tag === '' ? pinned : tagged;
    const same = bothKnown && was.digest === is.digest ? [', the same image'] : [];
    return told([...arrow(said(was), said(is)), ...same]);
  }
  // Of one tag only what two known digests say is a difference, or what the definitions themselves say.
  return (bothKnown || was.ref !== is.ref) && was.digest !== is.digest ? told(arrow(pinned(was), pinned(is))) : [];
}

/** Every field of a health check but its command, which may hold secrets. */
const CHECKS = { interval: 's', timeout: 's', retries: 'times', startPeriod: 's' } as const;

function healthCheck({ healthCheck: was }: ContainerDefinition, { healthCheck: is }: ContainerDefinition) {
  const what = 'health check';
  if (was === undefined || is === undefined) return [{ what, change: [was === undefined ? 'added' : 'removed'] }];
  const numbers = (Object.keys(CHECKS) as (keyof typeof CHECKS)[])
    .filter((field) => was[field] !== is[field])
    .map((field) => `${inWords(field)} ${was[field] ?? 'default'} → ${is[field] ?? 'default'} ${CHECKS[field]}`);
  const command = canonical(was.command) === canonical(is.command) ? [] : ['command changed'];
  return [{ what, change: [[...command, ...numbers].join(', ')] }];
}

/** Options may hold tokens: their names only. */
function logs({ logConfiguration: was }: ContainerDefinition, { logConfiguration: is }: ContainerDefinition) {
  const what = 'logs';
  if (was?.logDriver !== is?.logDriver) return [{ what, change: arrow(was?.logDriver, is?.logDriver) }];
  const names = Object.keys({ ...was?.options, ...is?.options });
  const changed = names.filter((name) => was?.options?.[name] !== is?.options?.[name]);
  const said = changed.map((name) => ({ what, change: [quote(name), ' changed'] }));
  return said.length > 0 ? said : [{ what, change: ['secret options changed'] }];
}

function portKey({ containerPort, containerPortRange, protocol = 'tcp' }: PortMapping): string {
  return `${containerPort ?? containerPortRange}/${protocol}`;
}

/** What comes last in an ARN. */
const nameIn = (arn: string | undefined) => arn?.slice(arn.lastIndexOf(':') + 1).replace(/^(?:role|user)\//, '');

/** Names that an SDK makes up, which say nothing of who it was. */
const MADE_UP = /^(?:botocore-session|aws-go-sdk|aws-sdk-js-session)-\d+$/;

/** `arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions` → `deploy (GitHubActions)` */
export function registeredBy(arn: string): string {
  const [kind, ...path] = arn.slice(arn.lastIndexOf(':') + 1).split('/');
  const last = path.at(-1);
  if (kind !== 'assumed-role' || path.length < 2) return shorten(last || kind || arn, NAME_MAX);
  const role = path[0] ?? '';
  const sso = /^AWSReservedSSO_(.+)_[0-9a-f]+$/.exec(role)?.[1];
  if (sso !== undefined) return shorten(`${last} (${sso})`, NAME_MAX);
  return shorten(last === role || MADE_UP.test(last ?? '') ? role : `${role} (${last})`, NAME_MAX);
}
