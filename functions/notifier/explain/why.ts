import type { ServiceProblem, TaskStopped } from '../alert';
import type { Phrase, Why } from './explanation';
import { type Reason, reasonFor } from './stop-reasons';

/** What of a stop says why. */
export type Stop = Pick<TaskStopped, 'reason' | 'taskReason' | 'stopCode' | 'exitCode' | 'container' | 'revision'>;

/** Says only that it stopped: the exit code says more. */
const SAYS_NOTHING =
  /^(?:essential container in task exited|task failed to start|task stopped by user|no reason given)\.?$/i;

/** Why a task stopped, in words with a next step. What nobody knows yet is shown as ECS says it. */
export function whyStopped(stop: Stop): Why {
  const texts = [stop.reason, ...(stop.taskReason === undefined ? [] : [stop.taskReason])].map(oneLine);
  const telling = texts.filter((text) => text !== '' && !SAYS_NOTHING.test(text));
  const names = namesIn(texts.join('\n'), telling, stop);
  const reason = reasonFor({ ...stop, text: texts.join('\n') });
  if (reason === undefined) return unknown(stop, telling.length > 0, names);
  const why = inWords(reason, names);
  // An exit code explains itself; a text beside it that nobody knows must not get lost.
  const isUntold = reason.text === undefined && !reason.what.includes('{text') && telling.length > 0;
  return isUntold ? { ...why, what: [...why.what, ': ', ...quoted(telling)] } : why;
}

function unknown({ exitCode, stopCode }: Stop, isTold: boolean, names: Names): Why {
  const next = 'read the last lines below';
  if (exitCode !== undefined) {
    const what = `{container|the container} exited with ${exitCode}: {text|an error in the application}`;
    return inWords({ what, next }, names);
  }
  if (isTold) return inWords({ what: 'ECS says {text}' }, names);
  const code: Phrase = stopCode === undefined ? [] : [' (', { quote: stopCode }, ')'];
  const stopped = phrase('{container|the task} stopped, and ECS does not say why', names);
  return { what: [...stopped, ...code], next: phrase(next, names) };
}

/** ECS says by name what it cannot do, in the words that say why it cannot. */
const PROBLEMS: Readonly<Record<string, Pick<Reason, 'what' | 'next'>>> = {
  SERVICE_TASK_PLACEMENT_FAILURE: {
    what: 'ECS cannot place a task: {text|it gives no reason}',
    next: 'look at the events of the service',
  },
  SERVICE_TASK_CONFIGURATION_FAILURE: {
    what: 'ECS cannot start a task as it is configured: {text|it gives no reason}',
    next: 'check roles, tags and network of the service and its task definition',
  },
  SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED: {
    what: 'an EC2 instance no longer meets the placement constraint of the service',
    next: 'compare the constraint with the attributes of the instances',
  },
  SERVICE_HEALTH_UNKNOWN: {
    what: 'ECS gets no health of the tasks',
    next: 'check that the ECS agents of the cluster are connected',
  },
  SERVICE_DISCOVERY_INSTANCE_UNHEALTHY: {
    what: 'a task is unhealthy in service discovery',
    next: 'read the log of the tasks, and check their health check',
  },
  VPC_LATTICE_TARGET_UNHEALTHY: {
    what: 'VPC Lattice finds a task unhealthy',
    next: 'check path, port and security group of the health check',
  },
  ECS_OPERATION_THROTTLED: {
    what: 'ECS makes too many requests to AWS and has to wait',
    next: 'wait: it goes on by itself; look for tasks that restart all the time',
  },
  SERVICE_DISCOVERY_OPERATION_THROTTLED: {
    what: 'ECS makes too many requests to Cloud Map and has to wait',
    next: 'wait: it goes on by itself; look for tasks that restart all the time',
  },
};

/** Why ECS has a problem with a service; nothing when its name and its reason say all that is known. */
export function whyProblem({ name, reason }: ServiceProblem): Why | undefined {
  const text = oneLine(reason ?? '');
  const known =
    (text === '' ? undefined : reasonFor({ text })) ?? (Object.hasOwn(PROBLEMS, name) ? PROBLEMS[name] : undefined);
  return known && inWords(known, namesIn(text, text === '' ? [] : [text], {}));
}

type Names = (name: string) => Phrase | undefined;

/** Names that stand in the text: our word for what it is, and where it stands. The first group that matched has it. */
const FOUND: Readonly<Record<string, { readonly word: string; readonly at: RegExp }>> = {
  secret: { word: 'secret', at: /:secret:([^\s:'",]*\w)|fetch(?:ing)? secret (?!arn:)([^\s:'",]*\w) from/i },
  key: { word: '', at: /json key ([^\s'",]*\w)/i },
  parameter: { word: 'parameter', at: /:parameter\/([^\s'",]*\w)|invalid (?:ssm )?parameters: ([^\s'"]*\w)/i },
  role: { word: 'role', at: /:assumed-role\/([^\s/'",]*\w)|:role\/([^\s'",]*\w)/i },
  action: { word: '', at: /not authorized to perform: ([\w-]+:\w+)/i },
  image: {
    word: 'image',
    at: /resolve ref(?:erence)? ["']?([^\s"']*\w)|access denied for ([^\s,]*\w)|manifest for (\S*\w) not found|task cannot pull ["'‘]?([^\s"'’]*\w)["'’]? from|repository (\S*\w)>? not found/i,
  },
  platform: { word: 'platform', at: /platform [{']?([\w/]+)/i },
  group: { word: 'log group', at: /:log-group:([^\s:'",]*\w)/i },
  file: {
    word: 'environment file',
    at: /download file ([^\s:'",]*\w)|env files: file (?!download command)([^\s:'",]*\w)/i,
  },
  dependency: { word: 'container', at: /ordering dependency \[([\w-]+)/i },
  port: { word: 'port', at: /bind for \S*:(\d+) failed/i },
  command: { word: '', at: /exec:? \\*"([^"\\]+)\\*"/i },
  volume: { word: 'EFS file system', at: /\b(fs-[0-9a-f]+)/i },
  subnet: { word: 'subnet', at: /\b(subnet-[0-9a-f]+)/i },
  target: { word: 'target group', at: /targetgroup\/([^\s/)]*\w)|target-group (?!arn:)([^\s)]*\w)/i },
  instance: { word: '', at: /\b(i-[0-9a-f]+)/i },
};

/** The registry of the own account says nothing and fills a line of a phone. */
const ECR = /^\d{12}\.dkr\.ecr\.[\w.-]+\//;

function namesIn(text: string, telling: readonly string[], stop: Partial<Stop>): Names {
  return (name) => {
    if (name === 'text') return telling.length === 0 ? undefined : quoted(telling);
    if (name === 'container') return named('container', stop.container);
    if (name === 'revision') return named('the task definition', stop.revision);
    const { word, at } = (Object.hasOwn(FOUND, name) ? FOUND[name] : undefined) ?? {};
    const found = at
      ?.exec(text)
      ?.slice(1)
      .find((group) => group !== undefined);
    return named(word ?? '', found?.replace(ECR, ''));
  };
}

function named(word: string, name: string | undefined): Phrase | undefined {
  if (name === undefined) return undefined;
  return word === '' ? [{ quote: name }] : [`${word} `, { quote: name }];
}

function inWords({ what, next, cause }: Pick<Reason, 'what' | 'next' | 'cause'>, names: Names): Why {
  return {
    what: phrase(what, names),
    ...(next === undefined ? {} : { next: phrase(next, names) }),
    ...(cause === undefined ? {} : { cause: phrase(cause === true ? what : cause, names) }),
  };
}

/** `{name|words}`, or a word in code style, which is somebody else's name as well. */
const PLACE = /\{(\w+)(?:\|([^}]*))?\}|`([^`]+)`/g;

function phrase(template: string, names: Names): Phrase {
  const parts: Phrase[number][] = [];
  const add = (part: Phrase[number]) => {
    const last = parts.at(-1);
    if (typeof part !== 'string' || typeof last !== 'string') parts.push(part);
    else parts[parts.length - 1] = last + part;
  };
  let end = 0;
  for (const { 0: place, 1: name, 2: words = '', 3: code, index } of template.matchAll(PLACE)) {
    add(template.slice(end, index));
    for (const part of name === undefined ? [{ quote: code ?? '' }] : (names(name) ?? [words])) add(part);
    end = index + place.length;
  }
  add(template.slice(end));
  return parts.filter((part) => part !== '');
}

function quoted(texts: readonly string[]): Phrase {
  return texts.flatMap((text, index) => (index === 0 ? [{ quote: text }] : [', ', { quote: text }]));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
