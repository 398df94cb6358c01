import { HOST_REASONS } from './host-reasons';
import { START_REASONS } from './start-reasons';

/** What ECS says of a stop or of a problem, each part as it gives it. */
export interface Said {
  /** Every reason that it gives, a line each. */
  readonly text: string;
  readonly stopCode?: string;
  readonly exitCode?: number;
  readonly container?: string;
}

/**
 * One row: what is said, and what it means in words. All conditions that are there must hold. In the words, `{name}` is
 * a name found in the text, `{name|words}` has our own words for when it is not found.
 */
export interface Reason {
  /** Each of them somewhere in the text. Linear: the text is foreign. */
  readonly text?: readonly RegExp[];
  readonly stopCodes?: readonly string[];
  readonly exitCodes?: readonly number[];
  readonly container?: RegExp;
  readonly what: string;
  readonly next?: string;
  /** Only where it is certain and somebody can act on it; `true`: the same words as `what`. */
  readonly cause?: string | true;
}

const MEMORY_REASONS: readonly Reason[] = [
  {
    // Fargate and the agent on EC2 spell it with a small and a capital c. Exit code 137 alone is no proof.
    text: [/OutOfMemory|killed due to memory usage|OOMKilled/i],
    what: '{container|the container} ran out of memory and was killed',
    next: 'raise its memory in {revision|the task definition}, or find what uses so much',
    cause: '{container|a container} ran out of memory',
  },
];

const RUNNING_REASONS: readonly Reason[] = [
  {
    text: [/service.?connect/i],
    what: 'the Service Connect proxy failed: {text}',
    next: 'give the task more CPU and memory for the proxy, and look at the log of the proxy',
  },
  {
    container: /^ecs-service-connect/,
    what: 'the Service Connect proxy {container} failed',
    next: 'give the task more CPU and memory for the proxy, and look at the log of the proxy',
  },
  {
    text: [/failed container health checks/i],
    what: 'a container of the task failed its container health check',
    next: 'run the health check command in the container; give it a longer start period if it starts slowly',
  },
  {
    text: [/failed ELB health checks/i],
    what: '{target|the load balancer} found the task unhealthy',
    next: 'check path, port and security group of the health check; raise the grace period if it starts slowly',
  },
  {
    stopCodes: ['ServiceSchedulerInitiated', 'UserInitiated'],
    exitCodes: [137],
    what: '{container|the container} was told to stop, did not end within its stop timeout and was killed (exit 137)',
    next: 'end the application on SIGTERM, or raise `stopTimeout` in {revision|the task definition}',
  },
  { text: [/Scaling activity initiated by/i], what: 'a deployment or a scaling stopped the task: nothing is wrong' },
  { text: [/^Task stopped by user$/im], what: 'somebody stopped the task' },
  { stopCodes: ['UserInitiated'], what: 'somebody stopped the task: {text|no reason given}' },
  { stopCodes: ['ServiceSchedulerInitiated'], what: 'ECS stopped the task: {text|no reason given}' },
];

const EXIT_CODES: readonly Reason[] = [
  {
    exitCodes: [0],
    what: '{container|the container} finished by itself (exit 0), but a container of a service must keep running',
    next: 'read the last lines below, and check its command in {revision|the task definition}',
  },
  {
    exitCodes: [126],
    what: 'the command of {container|the container} cannot be executed (exit 126)',
    next: 'make the file executable in the image, or correct the command in {revision|the task definition}',
  },
  {
    exitCodes: [127],
    what: 'the command of {container|the container} was not found (exit 127)',
    next: 'add the program to the image, or correct the command in {revision|the task definition}',
  },
  {
    exitCodes: [134],
    what: '{container|the container} aborted itself (exit 134, SIGABRT)',
    next: 'read the last lines below: the message before the abort says why',
  },
  {
    exitCodes: [137],
    what: '{container|the container} was killed (exit 137, SIGKILL); ECS does not say why',
    next: 'read the last lines below; exit 137 alone does not prove that memory ran out',
  },
  {
    exitCodes: [139],
    what: '{container|the container} crashed with a segmentation fault (exit 139, SIGSEGV)',
    next: 'read the last lines below, and compare the image with the last good one',
  },
  {
    exitCodes: [143],
    what: '{container|the container} was told to end (exit 143, SIGTERM); ECS does not say by whom',
    next: 'look for another container of the task that ended first',
  },
];

/** The first row that holds is taken: what is certain and special stands before what is general. */
export const REASONS: readonly Reason[] = [
  ...MEMORY_REASONS,
  ...START_REASONS,
  ...HOST_REASONS,
  ...RUNNING_REASONS,
  ...EXIT_CODES,
];

export function reasonFor({ text, stopCode, exitCode, container }: Said): Reason | undefined {
  return REASONS.find(
    (reason) =>
      (reason.text?.every((pattern) => pattern.test(text)) ?? true) &&
      (reason.stopCodes === undefined || (stopCode !== undefined && reason.stopCodes.includes(stopCode))) &&
      (reason.exitCodes === undefined || (exitCode !== undefined && reason.exitCodes.includes(exitCode))) &&
      (reason.container === undefined || (container !== undefined && reason.container.test(container))),
  );
}
