import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { EcsClusterAlertsProps } from '../../constructs';
import { alerts, ref, type Synth } from '../support/synth';

const RULES = ['task-stopped', 'deployment', 'service-action', 'scaled-to-max'] as const;
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

test('hears what ECS warns of and cannot do, and when a service is steady again', () => {
  const shop = alerts();

  expect(shop.one(CloudwatchEventRule, 'service-action')).toMatchObject({
    name: 'ecs-alerts-shop-service-action',
    description: 'What ECS cannot do for services of ECS cluster shop, and when they are steady.',
  });
  expect(pattern(shop, 'service-action')).toEqual({
    source: ['aws.ecs'],
    'detail-type': ['ECS Service Action'],
    detail: {
      clusterArn: ['arn:aws:ecs:eu-west-1:111122223333:cluster/shop'],
      $or: [{ eventType: ['WARN', 'ERROR'] }, { eventName: ['SERVICE_STEADY_STATE'] }],
    },
  });
});

test('hears which services of the cluster cannot scale any further', () => {
  const shop = alerts();

  expect(shop.one(CloudwatchEventRule, 'scaled-to-max')).toMatchObject({
    name: 'ecs-alerts-shop-scaled-to-max',
    description: 'Services of ECS cluster shop that cannot scale any further.',
  });
  expect(pattern(shop, 'scaled-to-max')).toEqual({
    source: ['aws.application-autoscaling'],
    'detail-type': ['Application Auto Scaling Scaling Activity State Change'],
    account: ['111122223333'],
    detail: { serviceNamespace: ['ecs'], resourceId: [{ prefix: 'service/shop/' }], scaledToMax: [true] },
  });
});

test('sends what it hears to the queue, and what the queue does not take to the dead-letter queue', () => {
  const shop = alerts({ watcher: false });
  const { length } = RULES.map((kind) => {
    const { depends_on: _later, ...target } = shop.one(CloudwatchEventTarget, `${kind}-target`);
    expect(target).toEqual({
      target_id: 'queue',
      rule: expect.stringContaining(`alerts_rules_${kind}_`),
      arn: ref('aws_sqs_queue.alerts_queue_0F87CE63', 'arn'),
      dead_letter_config: { arn: ref('aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685', 'arn') },
    });
    return target;
  });

  expect(shop.all(CloudwatchEventTarget)).toHaveLength(length);
});

test.each(RULES)('hears with the rule %s only when the notifier knows its cluster', (kind) => {
  for (const type of [CloudwatchEventRule, CloudwatchEventTarget]) {
    const made = alerts().one(type, type === CloudwatchEventRule ? kind : `${kind}-target`);

    expect(made['depends_on']).toContain('aws_dynamodb_table_item.alerts_settings_cluster_34CC2D9B');
  }
});

/** What is told with the help of each rule: off as a whole, the rule is not needed. */
const OFF = {
  'task-stopped': { taskStopped: false, crashLoop: false, stopped: false },
  deployment: { deployment: false, deploymentFailed: false, scaledUp: false, scaledDown: { policy: 'off' } },
  'service-action': { serviceProblem: { policy: 'off' }, crashLoop: false, deploymentFailed: false },
  'scaled-to-max': { scaledToMax: false },
} as const;

describe.each(RULES)('the rule %s', (kind) => {
  const rules = (more: Partial<EcsClusterAlertsProps>) =>
    alerts({ watcher: false, ...more })
      .all(CloudwatchEventRule)
      .map(({ name }) => name);
  const name = `ecs-alerts-shop-${kind}`;

  test('is not made where nothing is told that needs it, and the others are', () => {
    expect(rules(OFF[kind])).toEqual(
      expect.arrayContaining(RULES.filter((one) => one !== kind).map((one) => `ecs-alerts-shop-${one}`)),
    );
    expect(rules(OFF[kind])).not.toContain(name);
    expect(alerts({ watcher: false, ...OFF[kind] }).all(CloudwatchEventTarget)).toHaveLength(3);
  });

  test.each(Object.keys(OFF[kind]))('is made where %s is told', (option) => {
    expect(rules({ ...OFF[kind], [option]: true })).toContain(name);
  });

  test.each(Object.keys(OFF[kind]))('is made where %s is told of one service', (option) => {
    expect(rules({ ...OFF[kind], services: { api: {}, worker: { [option]: true } } })).toContain(name);
  });
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
      .map(([file]) => file.replace(/^eventbridge-(ecs-)?|\.json$/g, ''))
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

  test('are heard by the rule of service actions', () => {
    expect(heard('service-action', {})).toEqual([
      'service-action-ECS_OPERATION_THROTTLED',
      'service-action-SERVICE_STEADY_STATE',
      'service-action-SERVICE_TASK_PLACEMENT_FAILURE',
      'service-action-SERVICE_TASK_PLACEMENT_FAILURE-ec2-cpu',
      'service-action-SERVICE_TASK_START_IMPAIRED',
    ]);
  });

  test('are heard by the rule of services that cannot scale any further', () => {
    expect(heard('scaled-to-max', {})).toEqual(['application-autoscaling-scaled-to-max']);
  });

  test.each([[{ clusterName: 'pro' }], [{ clusterName: 'prod-eu' }], [{ accountId: '444455556666' }]])(
    'are not heard with %j',
    (other) => {
      expect(RULES.flatMap((rule) => heard(rule, other))).toEqual([]);
    },
  );

  test('are not heard in another region, as far as they say where they are from', () => {
    // Scaled to the maximum: the bus has only events of its region.
    const rules = RULES.filter((rule) => rule !== 'scaled-to-max');
    expect(rules.flatMap((rule) => heard(rule, { region: 'us-east-2' }))).toEqual([]);
  });
});

/** EventBridge's rules, as far as our patterns use them: any of the listed values, a prefix, any of `$or`. */
function matches(wanted: unknown, value: unknown): boolean {
  if (!Array.isArray(wanted)) {
    const fields = Object.entries((value ?? {}) as object);
    return Object.entries(wanted as object).every(([key, inner]) =>
      key === '$or'
        ? (inner as readonly unknown[]).some((one) => matches(one, value))
        : fields.some(([name, field]) => name === key && matches(inner, field)),
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
