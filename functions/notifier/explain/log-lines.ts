import type { TaskDefinition } from '@aws-sdk/client-ecs';
import type { TaskStopped } from '../alert';
import { shorten } from '../shorten';

/** Where a container writes to, and which of its lines say most. */

export interface LogStream {
  readonly group: string;
  readonly stream: string;
}

/**
 * The stream of a stopped container; none when it does not write to CloudWatch Logs, or under a name that nobody can know.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
 */
export function streamOf({ container, task, subject }: TaskStopped, definition: TaskDefinition): LogStream | undefined {
  const { containerDefinitions = [] } = definition;
  const own = containerDefinitions.find(({ name }) => name === container) ?? containerDefinitions[0];
  const { logDriver, options = {} } = own?.logConfiguration ?? {};
  const group = options['awslogs-group'];
  const prefix = options['awslogs-stream-prefix'];
  const { 'awslogs-region': region = subject.region } = options;
  if (
    logDriver !== 'awslogs' ||
    region !== subject.region ||
    group === undefined ||
    prefix === undefined ||
    own?.name === undefined
  )
    return undefined;
  return { group, stream: `${prefix}/${own.name}/${task}` };
}

const SHOWN_LINES = 12;
const LINE_MAX = 500;

/** What there is to read of a log: without what only colours it, and without empty lines. */
export function readable(lines: readonly string[]): readonly string[] {
  return lines
    .flatMap((line) => line.replace(COLOURS, '').split(/\r?\n/))
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is how terminals are told to change the colour
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;

/** Cut only when they are masked: what is left of a secret that was cut looks like none. */
export function lastOf(lines: readonly string[]): readonly string[] {
  return lines.slice(-SHOWN_LINES).map((line) => shorten(line, LINE_MAX));
}

const TELLING = /error|exception|fatal|panic|missing|required|undefined|denied|refused|failed|cannot|could not/i;
/** Frames of a stack, and what runtimes write behind their last word. */
const FRAME = /^\s*(at |File "|\.{3} \d+ |from |goroutine |\^+\s*$|Node\.js v\d|npm (ERR!|error|notice))/;

/** The line that a person would quote: the last that names a fault, else the last one. */
export function mostTelling(lines: readonly string[]): string | undefined {
  const candidates = lines.filter((line) => !FRAME.test(line));
  const line = candidates.filter((one) => TELLING.test(one)).at(-1) ?? candidates.at(-1);
  return line === undefined ? undefined : shorten(line.trim(), LINE_MAX);
}
