import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { alerts, ref, type Synth } from '../support/synth';

const FIXTURES = join(__dirname, '..', 'fixtures');

function pattern(synth: Synth, rule: string): unknown {
  return JSON.parse(String(synth.one(CloudwatchEventRule, rule)['event_pattern']));
}

test('hears every stop of a task of the cluster', () => {
  const shop = alerts();

  expect(shop.one(CloudwatchEventRule, 'task-stopped')).toMatchObject({
    name: 'ecs-alerts-shop-task-stopped',
    description: 'Tasks of ECS cluster shop that stopped.',
  });
  expect(pattern(shop, 'task-stopped')).toEqual({
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { clusterArn: ['arn:aws:ecs:eu-west-1:111122223333:cluster/shop'], lastStatus: ['STOPPED'] },
  });
});

test('hears every deployment of a service of the cluster, and with the slash of no other cluster', () => {
  const shop = alerts();

  expect(shop.one(CloudwatchEventRule, 'deployment')).toMatchObject({
    name: 'ecs-alerts-shop-deployment',
    description: 'Deployments of services of ECS cluster shop.',
  });
  expect(pattern(shop, 'deployment')).toEqual({
    source: ['aws.ecs'],
    'detail-type': ['ECS Deployment State Change'],
    resources: [{ prefix: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/' }],
  });
});

test('sends what it hears to the queue, and what the queue does not take to the dead-letter queue', () => {
  const { length } = ['task-stopped', 'deployment'].map((kind) => {
    const { depends_on: _later, ...target } = alerts().one(CloudwatchEventTarget, `${kind}-target`);
    expect(target).toEqual({
      target_id: 'queue',
      rule: expect.stringContaining(`alerts_rules_${kind}_`),
      arn: ref('aws_sqs_queue.alerts_queue_0F87CE63', 'arn'),
      dead_letter_config: { arn: ref('aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685', 'arn') },
    });
    return target;
  });

  expect(alerts().all(CloudwatchEventTarget)).toHaveLength(length);
});

test.each([
  [{ taskStopped: false }, ['ecs-alerts-shop-deployment']],
  [{ deployment: false }, ['ecs-alerts-shop-task-stopped']],
  [{ taskStopped: false, deployment: false }, []],
])('makes with %j only the rules %j, each with its target', (off, left) => {
  const synth = alerts(off);

  expect(synth.all(CloudwatchEventRule).map(({ name }) => name)).toEqual(left);
  expect(synth.all(CloudwatchEventTarget)).toHaveLength(left.length);
});

describe('recorded events', () => {
  /** All events come from cluster `prod` of this account and region. */
  const prod = { clusterName: 'prod', region: 'us-east-1' };
  const events = readdirSync(FIXTURES)
    .filter((file) => file.startsWith('eventbridge-'))
    .map((file) => [file, JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as object] as const);
  const heard = (rule: string, more: object) => {
    const wanted = pattern(alerts({ ...prod, ...more }), rule);
    return events
      .filter(([, event]) => matches(wanted, event))
      .map(([file]) => file.slice('eventbridge-ecs-'.length, -'.json'.length))
      .sort();
  };

  test('are heard by the rule of stopped tasks', () => {
    expect(heard('task-stopped', {})).toEqual([
      'task-elb-health-check-failed',
      'task-failed-to-start-cannot-pull-image',
      'task-failed-to-start-missing-secret',
      'task-oom',
      'task-scaling',
      'task-stopped-DUPLICATE-same-version',
      'task-stopped-essential-container-exited',
      'task-stopped-user-initiated',
    ]);
  });

  test('are heard by the rule of deployments', () => {
    expect(heard('deployment', {})).toEqual([
      'deployment-COMPLETED',
      'deployment-FAILED',
      'deployment-IN_PROGRESS',
      'deployment-IN_PROGRESS-rollback',
    ]);
  });

  test.each([
    [{ clusterName: 'pro' }],
    [{ clusterName: 'prod-eu' }],
    [{ region: 'us-east-2' }],
    [{ accountId: '444455556666' }],
  ])('are not heard with %j', (other) => {
    expect([heard('task-stopped', other), heard('deployment', other)]).toEqual([[], []]);
  });
});

/** EventBridge's rules, as far as our patterns use them: any of the listed values, or what starts with a prefix. */
function matches(wanted: unknown, value: unknown): boolean {
  if (!Array.isArray(wanted)) {
    const fields = Object.entries((value ?? {}) as object);
    return Object.entries(wanted as object).every(([key, inner]) =>
      fields.some(([name, field]) => name === key && matches(inner, field)),
    );
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return wanted.some((one: unknown) =>
    values.some((field) => field === one || (isPrefix(one) && String(field).startsWith(one.prefix))),
  );
}

function isPrefix(rule: unknown): rule is { readonly prefix: string } {
  return typeof rule === 'object' && rule !== null && 'prefix' in rule;
}
