import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ServiceProblem, TaskStopped } from '../../functions/notifier/alert';
import { decode } from '../../functions/notifier/decode';
import type { Context } from '../../functions/notifier/decode/context';
import type { Phrase, Why } from '../../functions/notifier/explain/explanation';
import { REASONS, reasonFor } from '../../functions/notifier/explain/stop-reasons';
import { whyProblem, whyStopped } from '../../functions/notifier/explain/why';

interface Case {
  readonly case: string;
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly containers: readonly { readonly name: string; readonly exitCode?: number; readonly reason?: string }[];
  /** Where the text is from; `unverified` where it is not. */
  readonly source: string;
  readonly why: { readonly what: string; readonly next?: string; readonly cause?: string };
}

const FIXTURES = join(__dirname, '..', 'fixtures');
const read = (name: string) => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
const CASES: readonly Case[] = read('stopped-reasons.json');
const context: Context = {
  cluster: { account: '111122223333', region: 'us-east-1', cluster: 'prod' },
  alarms: new Map(),
  services: new Map(),
  dependencies: new Map(),
  sentAtMs: 1_794_992_965_330,
};

function decoded(event: unknown): TaskStopped {
  const alert = decode(JSON.stringify(event), context);
  if (alert.kind !== 'task-stopped') throw new Error(`not a stopped task: ${alert.kind}`);
  return alert;
}

function stopOf({ stopCode, stoppedReason, containers }: Pick<Case, 'stopCode' | 'stoppedReason' | 'containers'>) {
  const event = read('eventbridge-ecs-task-failed-to-start-missing-secret.json');
  return decoded({ ...event, detail: { ...event.detail, stopCode, stoppedReason, containers } });
}

const written = (phrase: Phrase) =>
  phrase.map((part) => (typeof part === 'string' ? part : `\`${part.quote}\``)).join('');

function inText({ what, next, cause }: Why) {
  return {
    what: written(what),
    ...(next === undefined ? {} : { next: written(next) }),
    ...(cause === undefined ? {} : { cause: written(cause) }),
  };
}

const EXITED = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };

describe('why a task stopped', () => {
  test.each(CASES.map((one) => [one.case, one] as const))('%s', (_name, one) => {
    expect(inText(whyStopped(stopOf(one)))).toEqual(one.why);
  });

  test('has a case for each row of the table', () => {
    const hit = new Set(
      CASES.map((one) => {
        const stop = stopOf(one);
        return reasonFor({ ...stop, text: [stop.reason, stop.taskReason ?? ''].join('\n') });
      }),
    );

    expect(REASONS.filter((reason) => !hit.has(reason)).map(({ what }) => what)).toEqual([]);
  });

  test('does not call exit 137 memory unless the reason says so', () => {
    const { what, cause } = whyStopped(stopOf({ ...EXITED, containers: [{ name: 'api', exitCode: 137 }] }));

    expect(written(what)).not.toMatch(/memory/i);
    expect(cause).toBeUndefined();
  });

  test('names no cause for a plain exit 1', () => {
    expect(whyStopped(stopOf({ ...EXITED, containers: [{ name: 'api', exitCode: 1 }] })).cause).toBeUndefined();
  });

  test('quotes a text that nobody knows whole, and the one of the task beside it', () => {
    const reason = `${'the moon was full, '.repeat(40)}and the tide was high`;
    const containers = [{ name: 'api', exitCode: 3, reason }];

    expect(whyStopped(stopOf({ ...EXITED, stoppedReason: 'Tide too high', containers })).what).toEqual([
      'container ',
      { quote: 'api' },
      ' exited with 3: ',
      { quote: reason },
      ', ',
      { quote: 'Tide too high' },
    ]);
  });

  test('takes every stopped task that was recorded', () => {
    const names = readdirSync(FIXTURES).filter(
      (name) => /^eventbridge-ecs-task-/.test(name) && read(name).detail.lastStatus === 'STOPPED',
    );

    expect(
      Object.fromEntries(names.map((name) => [name.slice(21, -5), inText(whyStopped(decoded(read(name)))).what])),
    ).toEqual({
      'elb-health-check-failed': 'target group `prod-api` found the task unhealthy',
      'failed-to-start-cannot-pull-image': 'image `api:1.42.0` is not in its registry',
      'failed-to-start-missing-secret': 'secret `prod/api/stripe-AbCdEf` does not exist',
      oom: 'container `worker` ran out of memory and was killed',
      scaling: 'a deployment or a scaling stopped the task: nothing is wrong',
      'stopped-DUPLICATE-same-version': 'container `api` exited with 1: an error in the application',
      'stopped-essential-container-exited': 'container `api` exited with 1: an error in the application',
      'stopped-user-initiated': 'somebody stopped the task',
    });
  });

  test('takes any text', () => {
    const word = fc.constantFrom(
      ...CASES.flatMap(({ stoppedReason, containers }) => [
        stoppedReason,
        ...containers.map((one) => one.reason ?? ''),
      ]),
      '"',
      '\\',
      '{',
      '}',
      '`',
      'exec: "',
      'failed to fetch secret ',
      'resolve ref ',
      '\n',
      'repository ',
      'a.'.repeat(400),
    );
    const reason = fc
      .array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 8 })
      .map((parts) => parts.join('').slice(0, 1000));
    const stop = fc.record(
      {
        reason,
        taskReason: reason,
        stopCode: fc.oneof(fc.constantFrom('UserInitiated', 'toString', '__proto__'), fc.string()),
        exitCode: fc.integer(),
        container: fc.string(),
        revision: fc.string(),
      },
      { requiredKeys: ['reason', 'revision'] },
    );

    fc.assert(
      fc.property(stop, (one) => {
        expect(written(whyStopped(one).what)).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

describe('why ECS has a problem with a service', () => {
  const problem = (name: string, reason?: string): ServiceProblem => ({
    kind: 'service-problem',
    subject: { account: '111122223333', region: 'us-east-1', cluster: 'prod', service: 'api' },
    identity: 'one',
    atMs: 0,
    name,
    isError: true,
    ...(reason === undefined ? {} : { reason }),
  });

  test.each([
    ['SERVICE_TASK_PLACEMENT_FAILURE', 'RESOURCE:FARGATE', 'AWS has no free capacity for the task now', undefined],
    [
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'RESOURCE:CPU',
      'no EC2 instance has enough free CPU for the task',
      'not enough CPU in the cluster',
    ],
    [
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'RESOURCE:MEMORY',
      'no EC2 instance has enough free memory for the task',
      'not enough memory in the cluster',
    ],
    [
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'RESOURCE:PORTS',
      'the host port of the task is taken on every EC2 instance',
      'the host port is taken on every EC2 instance',
    ],
    [
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'RESOURCE:ENI',
      'no EC2 instance can take another network interface',
      'no free network interface in the cluster',
    ],
    [
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'AGENT',
      'the ECS agent of the EC2 instance is disconnected',
      'the ECS agent is disconnected',
    ],
    ['SERVICE_TASK_PLACEMENT_FAILURE', 'ATTRIBUTE', 'no EC2 instance has an attribute that the task needs', undefined],
    ['SERVICE_TASK_PLACEMENT_FAILURE', 'RESOURCE:MOON', 'ECS cannot place a task: `RESOURCE:MOON`', undefined],
    ['SERVICE_TASK_PLACEMENT_FAILURE', undefined, 'ECS cannot place a task: it gives no reason', undefined],
    [
      'SERVICE_TASK_CONFIGURATION_FAILURE',
      "ECS was unable to assume the role 'arn:aws:iam::111122223333:role/api-task'",
      'ECS cannot assume role `api-task`',
      'ECS cannot assume role `api-task`',
    ],
    [
      'SERVICE_TASK_CONFIGURATION_FAILURE',
      'full moon',
      'ECS cannot start a task as it is configured: `full moon`',
      undefined,
    ],
    [
      'SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED',
      undefined,
      'an EC2 instance no longer meets the placement constraint of the service',
      undefined,
    ],
    ['SERVICE_HEALTH_UNKNOWN', undefined, 'ECS gets no health of the tasks', undefined],
    ['SERVICE_DISCOVERY_INSTANCE_UNHEALTHY', undefined, 'a task is unhealthy in service discovery', undefined],
    ['VPC_LATTICE_TARGET_UNHEALTHY', undefined, 'VPC Lattice finds a task unhealthy', undefined],
    ['ECS_OPERATION_THROTTLED', undefined, 'ECS makes too many requests to AWS and has to wait', undefined],
    [
      'SERVICE_DISCOVERY_OPERATION_THROTTLED',
      undefined,
      'ECS makes too many requests to Cloud Map and has to wait',
      undefined,
    ],
  ] as const)('%s %s', (name, reason, what, cause) => {
    const why = whyProblem(problem(name, reason));

    expect(why && inText(why)).toEqual({ what, next: expect.any(String), ...(cause === undefined ? {} : { cause }) });
  });

  test('says nothing of a problem that nobody knows', () => {
    expect(whyProblem(problem('SERVICE_MOON_FULL', 'full moon'))).toBeUndefined();
    expect(whyProblem(problem('toString'))).toBeUndefined();
  });
});
