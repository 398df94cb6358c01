import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../functions/notifier/decode';
import type { Context } from '../../functions/notifier/decode/context';
import { threadKey } from '../../functions/subject';

const FIXTURES = join(__dirname, '..', 'fixtures');
const context: Context = {
  cluster: { account: '111122223333', region: 'us-east-1', cluster: 'prod' },
  alarms: new Map([['ecs/prod/api/stopped', { kind: 'stopped', service: 'api' }]]),
  services: new Map(),
  dependencies: new Map(),
  sentAtMs: 1_794_992_965_330,
};

interface Recorded {
  readonly Records?: readonly { readonly body?: string; readonly Sns?: { readonly Message: string } }[];
}

/** What of a fixture comes as the body of a queue's message. */
function bodies(name: string): string[] {
  const content = readFileSync(join(FIXTURES, `${name}.json`), 'utf8');
  const { Records } = JSON.parse(content) as Recorded;
  return Records === undefined ? [content] : Records.map(({ body, Sns }) => body ?? Sns?.Message ?? '');
}

const decoded = (name: string) => bodies(name).map((body) => decode(body, context));
const first = (name: string) => decoded(name)[0];

/** Every alarm and event that was recorded: its kind and its service, `-` for the cluster. */
const EXPECTED: Readonly<Record<string, string>> = {
  'sns-alarm-anomaly-ALARM': 'memory-high api',
  'sns-alarm-composite-ALARM': 'alarm -',
  'sns-alarm-metric-math-ALARM': 'alarm api',
  'sns-alarm-metrics-insights-contributor-ALARM': 'cpu-high api',
  'sns-alarm-metrics-insights-contributor-ALARM-second': 'cpu-high worker',
  'sns-alarm-metrics-insights-contributor-OK': 'cpu-high api',
  'sns-alarm-metrics-insights-contributor-OK-no-data': 'cpu-high worker',
  'sns-alarm-single-metric-ALARM': 'cpu-high api',
  'sns-alarm-single-metric-INSUFFICIENT_DATA': 'memory-high worker',
  'sns-alarm-single-metric-OK': 'cpu-high api',
  'sns-alarm-single-metric-no-running-tasks-ALARM': 'alarm worker',
  'lambda-alarm-action-contributor': 'unknown -',
  'eventbridge-alarm-contributor-state-change-ALARM': 'unknown -',
  'eventbridge-alarm-contributor-state-change-OK': 'unknown -',
  'eventbridge-alarm-state-change-multi-series-parent': 'unknown -',
  'eventbridge-alarm-state-change-single': 'unknown -',
  'eventbridge-application-autoscaling-scaled-to-max': 'at-max api',
  'eventbridge-ecs-container-instance-state-change': 'unknown -',
  'eventbridge-ecs-deployment-COMPLETED': 'deployment api',
  'eventbridge-ecs-deployment-FAILED': 'deployment api',
  'eventbridge-ecs-deployment-IN_PROGRESS': 'deployment api',
  'eventbridge-ecs-deployment-IN_PROGRESS-rollback': 'deployment api',
  'eventbridge-ecs-service-action-CAPACITY_PROVIDER_STEADY_STATE': 'unknown api',
  'eventbridge-ecs-service-action-ECS_OPERATION_THROTTLED': 'service-problem worker',
  'eventbridge-ecs-service-action-SERVICE_DESIRED_COUNT_UPDATED': 'unknown api',
  'eventbridge-ecs-service-action-SERVICE_STEADY_STATE': 'steady api',
  'eventbridge-ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE': 'service-problem worker',
  'eventbridge-ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE-ec2-cpu': 'service-problem worker',
  'eventbridge-ecs-service-action-SERVICE_TASK_START_IMPAIRED': 'crash-loop worker',
  'eventbridge-ecs-service-action-TASKS_STOPPED': 'unknown api',
  'eventbridge-ecs-task-elb-health-check-failed': 'task-stopped api',
  'eventbridge-ecs-task-failed-to-start-cannot-pull-image': 'task-stopped api',
  'eventbridge-ecs-task-failed-to-start-missing-secret': 'task-stopped api',
  'eventbridge-ecs-task-oom': 'task-stopped worker',
  'eventbridge-ecs-task-running': 'unknown api',
  'eventbridge-ecs-task-scaling': 'task-stopped api',
  'eventbridge-ecs-task-spot-interruption': 'unknown worker',
  'eventbridge-ecs-task-stopped-DUPLICATE-same-version': 'task-stopped api',
  'eventbridge-ecs-task-stopped-essential-container-exited': 'task-stopped api',
  'eventbridge-ecs-task-stopped-user-initiated': 'task-stopped api',
  'envelope-lambda-direct-sns-alarm': 'cpu-high api',
  'envelope-lambda-direct-sns-ecs-event': 'task-stopped api',
  'envelope-sqs-redelivered-poison': 'unknown -',
  'envelope-sqs-sns-not-raw': 'cpu-high api, task-stopped api',
  'envelope-sqs-sns-raw': 'cpu-high api, task-stopped api',
};

test.each(Object.entries(EXPECTED))('gives %s its kind and subject: %s', (name, expected) => {
  const alerts = decoded(name);

  expect(alerts.map(({ kind, subject }) => `${kind} ${subject.service ?? '-'}`).join(', ')).toBe(expected);
  for (const alert of alerts) expect(threadKey(alert.subject)).toMatch(/^111122223333\/us-east-1\/prod\//);
});

test('knows every recorded alarm, event and envelope', () => {
  const recorded = readdirSync(FIXTURES).map((file) => file.replace(/\.json$/, ''));

  const alerts = recorded.filter((name) => /^(sns|eventbridge|envelope|lambda)-/.test(name));
  expect(new Set(alerts)).toEqual(new Set(Object.keys(EXPECTED)));
});

test('takes kind and service of our own alarm from the settings, not from its name', () => {
  const alarm = JSON.parse(bodies('sns-alarm-single-metric-no-running-tasks-ALARM')[0] ?? '') as object;

  expect(decode(JSON.stringify({ ...alarm, AlarmName: 'ecs/prod/api/stopped' }), context)).toMatchObject({
    kind: 'stopped',
    subject: { cluster: 'prod', service: 'api' },
  });
});

test('reads value, limit and periods of an alarm', () => {
  expect(first('sns-alarm-metrics-insights-contributor-ALARM')).toMatchObject({
    measure: 'CPU',
    unit: '%',
    value: 91.20833333333333,
    threshold: 80,
    datapoints: { needed: 3, of: 5, periodSeconds: 60 },
    condition: 'alarm/prod-ecs-cpu-high#a29eb44b20c4362e',
    atMs: Date.parse('2026-11-18T09:14:49.530Z'),
  });
});

test('sees that a vanished series is no recovery', () => {
  expect(first('sns-alarm-metrics-insights-contributor-OK-no-data')).toMatchObject({ state: 'OK', vanished: true });
  expect(first('sns-alarm-metrics-insights-contributor-OK')).toMatchObject({ state: 'OK', vanished: false });
});

test.each([
  ['eventbridge-ecs-task-scaling', true],
  ['eventbridge-ecs-task-stopped-user-initiated', true],
  ['eventbridge-ecs-task-elb-health-check-failed', false],
  ['eventbridge-ecs-task-oom', false],
  ['eventbridge-ecs-task-failed-to-start-cannot-pull-image', false],
])('sees of %s whether somebody asked for the stop: %s', (name, askedFor) => {
  expect(first(name)).toMatchObject({ kind: 'task-stopped', askedFor });
});

test.each([
  [[0, 0], true],
  [[0, 3], false],
])('takes a task outside of a service whose containers exited with %j for finished: %s', (exitCodes, askedFor) => {
  const event = JSON.parse(bodies('eventbridge-ecs-task-stopped-essential-container-exited')[0] ?? '') as {
    detail: object;
  };
  const containers = exitCodes.map((exitCode) => ({ name: 'job', exitCode }));
  const detail = { ...event.detail, group: 'family:nightly', containers };

  const alert = decode(JSON.stringify({ ...event, detail }), context);

  expect(alert).toMatchObject({ kind: 'task-stopped', askedFor });
  expect(alert.subject).toEqual(context.cluster);
});

test('gives the container’s reason before the task’s', () => {
  expect(first('eventbridge-ecs-task-oom')).toMatchObject({
    reason: expect.stringMatching(/^OutOfMemoryError/),
    exitCode: 137,
  });
});

test('masks what ECS repeats of a command, and says of two containers what the failed one does', () => {
  const [body = ''] = bodies('eventbridge-ecs-task-stopped-essential-container-exited');
  const event = JSON.parse(body) as { readonly detail: object };
  const reason = 'CannotStartContainerError: exec: "psql postgres://app:hunter2@db/x": executable file not found';
  const containers = [
    { name: 'sidecar', exitCode: 0, reason: 'all is well' },
    { name: 'api', reason },
  ];
  const alert = decode(JSON.stringify({ ...event, detail: { ...event.detail, containers } }), context);

  expect(alert).toMatchObject({ container: 'api', reason: expect.stringContaining('postgres://app:•••@db/x') });
});

test('gives a duplicate of a task event the same identity', () => {
  expect(first('eventbridge-ecs-task-stopped-DUPLICATE-same-version')?.identity).toBe(
    first('eventbridge-ecs-task-stopped-essential-container-exited')?.identity,
  );
});

test('tells a rollback by its reason', () => {
  expect(first('eventbridge-ecs-deployment-IN_PROGRESS')).toMatchObject({ phase: 'in-progress' });
  expect(first('eventbridge-ecs-deployment-IN_PROGRESS-rollback')).toMatchObject({ phase: 'rolling-back' });
});

test('shows malformed JSON from the topic as it is, under the message’s own ID', () => {
  const envelope = { Type: 'Notification', MessageId: '6f8a9718', Message: '{"AlarmName": "cut of' };

  expect(decode(JSON.stringify(envelope), context)).toEqual({
    kind: 'unknown',
    subject: context.cluster,
    identity: '6f8a9718',
    atMs: context.sentAtMs,
    body: '{"AlarmName": "cut of',
  });
});

test('takes only the ID of an EventBridge event for its identity', () => {
  const body = (state: string) => JSON.stringify({ id: 'backup', state });

  expect(decode(body('failed on db-1'), context).identity).not.toBe(decode(body('failed on db-2'), context).identity);
});

test('shows a headline’s worth of a label, and stores no number that cannot be stored', () => {
  const alarm = JSON.parse(bodies('sns-alarm-single-metric-ALARM')[0] ?? '') as { Trigger: object };
  const Trigger = { ...alarm.Trigger, MetricName: 'constructor', Threshold: 1.79e18 };
  const odd = {
    ...alarm,
    Trigger,
    AlarmDescription: 'x\n'.repeat(900),
    NewStateReason: '[1.79E18 (18/11/26 09:13:00)]',
  };

  expect(decode(JSON.stringify(odd), context)).toMatchObject({ kind: 'alarm', measure: 'constructor' });
  expect(decode(JSON.stringify(odd), context)).not.toHaveProperty('threshold');
  expect(decode(JSON.stringify(odd), context)).not.toHaveProperty('value');
});

test.each(['', 'null', '[]', '42', '"text"', '{}', '{"detail-type":7,"detail":[]}', '{"AlarmName":"x"}'])(
  'never throws: %s',
  (body) => {
    expect(decode(body, context).kind).toBe('unknown');
  },
);

describe('an alarm of ours', () => {
  const recorded = (name: string) => JSON.parse(bodies(name)[0] ?? '') as Readonly<Record<string, unknown>>;
  const contributor = recorded('sns-alarm-metrics-insights-contributor-ALARM');
  const single = recorded('sns-alarm-single-metric-ALARM');
  const as = (alarm: object, AlarmName: string, more: Partial<Context> = {}, reason = '') =>
    decode(JSON.stringify({ ...alarm, AlarmName, ...(reason === '' ? {} : { NewStateReason: reason }) }), {
      ...context,
      ...more,
    });

  test('of the whole cluster is not told for a service that has one of its own, or for which it is off', () => {
    const alarms = new Map([['all', { kind: 'cpu-high' as const }]]);
    const own = { alarms: { 'ecs/prod/api/cpu-high': { kind: 'cpu-high' as const } } };

    expect(as(contributor, 'all', { alarms })).not.toHaveProperty('telling');
    expect(as(contributor, 'all', { alarms, services: new Map([['api', own]]) })).toMatchObject({
      telling: { policy: 'off' },
      ours: true,
    });
    // The one of its own is told.
    const both = new Map([['own', { kind: 'cpu-high' as const, service: 'api' }]]);
    expect(as(single, 'own', { alarms: both, services: new Map([['api', own]]) })).not.toHaveProperty('telling');
  });

  test('of a dependency has its name, its dependents and what is measured, in a thread of its own', () => {
    const alarms = new Map([
      ['db', { kind: 'dependency' as const, dependency: 'orders-db', measure: 'CPU', unit: '%' }],
    ]);
    const telling = { severity: 'critical' as const };
    const dependencies = new Map([['orders-db', { usedBy: ['api'], telling }]]);

    expect(as(single, 'db', { alarms, dependencies })).toMatchObject({
      kind: 'dependency',
      subject: { cluster: 'prod', service: 'dependency:orders-db' },
      dependency: { name: 'orders-db', usedBy: ['api'] },
      measure: 'CPU',
      unit: '%',
      telling,
    });
  });

  test('on saturation knows the most tasks', () => {
    const alarms = new Map([['full', { kind: 'saturated' as const, service: 'api' }]]);
    const services = new Map([['api', { alarms: {}, maxTasks: 20 }]]);

    expect(as(single, 'full', { alarms, services })).toMatchObject({ kind: 'saturated', measure: 'CPU', maxTasks: 20 });
  });

  test('has not recovered because minutes without data were taken for good ones', () => {
    const alarms = new Map([
      ['cpu', { kind: 'cpu-high' as const, service: 'api' }],
      ['log', { kind: 'log-pattern' as const, service: 'api', measure: 'ERROR' }],
    ]);
    const ok = { ...single, NewStateValue: 'OK' };
    const reason =
      'Threshold Crossed: no datapoints were received for 5 periods and 5 missing datapoints were treated as [NonBreaching].';

    expect(as(ok, 'cpu', { alarms }, reason)).toMatchObject({ vanished: true });
    // No line that matches is no datapoint.
    expect(as(ok, 'log', { alarms }, reason)).toMatchObject({ vanished: false });
  });
});

test.each([
  ['eventbridge-ecs-task-stopped-essential-container-exited', { crashed: true }],
  ['eventbridge-ecs-task-failed-to-start-missing-secret', { crashed: true }],
  ['eventbridge-ecs-task-elb-health-check-failed', { crashed: true, askedFor: false }],
  ['eventbridge-ecs-task-scaling', { askedFor: true }],
])('sees in %s whether the application failed', (name, expected) => {
  expect(first(name)).toMatchObject(expected);
});

test('reads problems of a service, and what ends them', () => {
  expect(first('eventbridge-ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE')).toMatchObject({
    name: 'SERVICE_TASK_PLACEMENT_FAILURE',
    isError: true,
    reason: 'RESOURCE:FARGATE',
  });
  expect(first('eventbridge-ecs-service-action-SERVICE_STEADY_STATE')).toMatchObject({ kind: 'steady', said: true });
  expect(first('eventbridge-application-autoscaling-scaled-to-max')).toMatchObject({ kind: 'at-max', max: 8 });
});
