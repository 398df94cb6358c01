import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { ServiceDeploymentBrief, ServiceRevision, TaskDefinition } from '@aws-sdk/client-ecs';
import type { About } from '../../functions/notifier/explain/about';
import type { LookedUp } from '../../functions/notifier/explain/explanation';
import { type LookUpDeps, lookUp } from '../../functions/notifier/explain/look-up';
import type { Sources } from '../../functions/notifier/explain/sources';
import { EXPLAIN_PARTS } from '../../functions/settings';
import { API, anAlarm, aStop, at } from '../support/alerts';

const recorded = <T>(name: string) =>
  JSON.parse(
    readFileSync(join(__dirname, '..', 'fixtures', `${name}.json`), 'utf8').replaceAll('us-east-1', API.region),
  ) as T;
const definition = (revision: number): TaskDefinition => {
  const { taskDefinition } = recorded<{ taskDefinition: TaskDefinition }>(
    `ecs-describe-task-definition-api-${revision}`,
  );
  return { ...taskDefinition, registeredAt: new Date(String(taskDefinition.registeredAt)) };
};

/** `api:42` fails, `api:41` was the last that was deployed with success. */
function target(revision: number): ServiceRevision {
  const taskDefinition = `arn:aws:ecs:eu-west-1:111122223333:task-definition/api:${revision}`;
  return { serviceRevisionArn: `revision-${revision}`, taskDefinition, containerImages: [] };
}
function deployed(revision: number, status: ServiceDeploymentBrief['status'], clock: string): ServiceDeploymentBrief {
  return { targetServiceRevisionArn: `revision-${revision}`, status, createdAt: new Date(at(clock)) };
}

function aSource(more: Partial<Sources> = {}) {
  const calls: string[] = [];
  const answers: Sources = {
    service: async () => ({ serviceName: 'api', deployments: [], events: [] }),
    deployments: async () => [deployed(42, 'ROLLBACK_SUCCESSFUL', '14:00'), deployed(41, 'SUCCESSFUL', '09:00')],
    revisions: async (arns) =>
      [target(42), target(41), target(40)].filter(({ serviceRevisionArn = '' }) => arns.includes(serviceRevisionArn)),
    taskDefinition: async (revision) =>
      revision === 'api:42' ? definition(42) : revision === 'api:41' ? definition(41) : undefined,
    lastLines: async () => ['starting', 'Traceback (most recent call last):', "KeyError: 'PAYMENTS_URL'"],
    matchingLines: async () => [],
    alarms: async () => [],
    metrics: async () => new Map(),
    ...more,
  };
  const sources = Object.fromEntries(
    Object.entries(answers).map(([name, ask]) => [
      name,
      (...given: readonly unknown[]) => {
        calls.push(name);
        return (ask as (...all: readonly unknown[]) => unknown)(...given);
      },
    ]),
  ) as unknown as Sources;
  return { sources, calls };
}

function about(more: Partial<About> = {}): About {
  return {
    subject: API,
    atMs: at('14:05'),
    parts: EXPLAIN_PARTS,
    lacksTasks: false,
    scales: false,
    leansOn: [],
    ...more,
  };
}
const STOP = aStop('14:04', { container: 'api', task: 'd90b856aaf39c9c2a330f870339347a9' });

/** As it is, without waiting for anything that is not there in a moment. */
const REAL = {
  now: () => new Date(),
  sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }),
};

async function found(given: About, sources: Sources, clock: Pick<LookUpDeps, 'now' | 'sleep'> = REAL) {
  const logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const log = (_level: string, message: string, fields = {}) => void logged.push({ message, fields });
  const all: LookedUp[] = [];
  for await (const one of lookUp(given, { sources, log, ...clock }, new AbortController().signal)) all.push(one);
  const [last] = all.slice(-1);
  if (last === undefined) throw new Error('nothing was said');
  return { ...last, all, logged };
}

test('tells the story: what stopped, what changed, what is missing, the last words', async () => {
  const { sources } = aSource();
  const { explanation, cause, lastLine, isWhole } = await found(about({ stop: STOP }), sources);

  expect(explanation.why?.what.join('')).toContain('exited with 1');
  expect(explanation.changes).toMatchObject({
    failing: 'api:42',
    good: 'api:41',
    goodBy: 'deployment',
    registeredBy: 'deploy (GitHubActions)',
    missing: [{ name: 'PAYMENTS_URL' }],
  });
  expect(explanation.changes?.differences.map(({ what }) => what)).toEqual(expect.arrayContaining(['image', 'env']));
  expect(explanation.lines).toMatchObject({
    of: 'last',
    group: '/ecs/prod/api',
    stream: 'api/api/d90b856aaf39c9c2a330f870339347a9',
  });
  expect(cause).toEqual({ words: [{ quote: 'PAYMENTS_URL' }, ' is read but not set in ', { quote: 'api:42' }] });
  expect(lastLine).toEqual({ revision: 'api:42', text: "KeyError: 'PAYMENTS_URL'" });
  expect(isWhole).toBe(true);
});

test.each([
  ['the target of the last success', {}, 'api:41', 'deployment'],
  [
    'the success before, when the failing one was deployed with success',
    { deployments: async () => [deployed(42, 'SUCCESSFUL', '14:00'), deployed(41, 'SUCCESSFUL', '09:00')] },
    'api:41',
    'deployment',
  ],
  [
    'what came before it, also when something was deployed since',
    {
      deployments: async () => [
        deployed(43, 'SUCCESSFUL', '15:00'),
        deployed(42, 'ROLLBACK_SUCCESSFUL', '14:00'),
        deployed(41, 'SUCCESSFUL', '09:00'),
      ],
    },
    'api:41',
    'deployment',
  ],
  [
    'the other one that runs, without a memory of deployments',
    {
      deployments: async () => [],
      service: async () => ({
        deployments: [
          { taskDefinition: 'x/api:43', rolloutState: 'IN_PROGRESS' },
          { taskDefinition: 'x/api:42' },
          { taskDefinition: 'x/api:41', rolloutState: 'COMPLETED' },
        ],
      }),
    },
    'api:41',
    'running',
  ],
  [
    'the number before, when nothing else is known',
    { deployments: async () => [], service: async () => undefined },
    'api:41',
    'number',
  ],
] as readonly (readonly [string, Partial<Sources>, string, string])[])(
  'takes for the last good one %s',
  async (_which, more, good, goodBy) => {
    const { sources } = aSource(more);
    const { explanation } = await found(about({ stop: STOP }), sources);

    expect(explanation.changes).toMatchObject({ good, goodBy });
  },
);

test('shows that the same revision was deployed again with another image', async () => {
  const image = (imageDigest: string) => [{ containerName: 'api', imageDigest, image: 'api:latest' }];
  const { sources } = aSource({
    deployments: async () => [
      { ...deployed(42, 'IN_PROGRESS', '14:00'), targetServiceRevisionArn: 'again' },
      deployed(42, 'SUCCESSFUL', '13:00'),
      deployed(41, 'SUCCESSFUL', '09:00'),
    ],
    revisions: async () => [
      { ...target(42), serviceRevisionArn: 'again', containerImages: image(`sha256:${'b'.repeat(64)}`) },
      { ...target(42), containerImages: image(`sha256:${'a'.repeat(64)}`) },
      target(41),
    ],
  });
  const { explanation } = await found(about({ stop: STOP }), sources);

  expect(explanation.changes).toMatchObject({ failing: 'api:42', good: 'api:42', goodBy: 'deployment' });
  expect(explanation.changes?.differences).toMatchObject([{ what: 'image' }]);
});

test('does not take the failing one for the good one where it was only deployed again', async () => {
  const { sources } = aSource({
    deployments: async () => [
      { ...deployed(42, 'IN_PROGRESS', '14:00'), targetServiceRevisionArn: 'again' },
      deployed(42, 'SUCCESSFUL', '13:00'),
      deployed(41, 'SUCCESSFUL', '09:00'),
    ],
    revisions: async () => [{ ...target(42), serviceRevisionArn: 'again' }, target(42), target(41)],
  });
  const { explanation } = await found(about({ stop: STOP }), sources);

  expect(explanation.changes).toMatchObject({ failing: 'api:42', good: 'api:41', goodBy: 'deployment' });
});

test('does not call a variable the cause that a log mentions by the way', async () => {
  const { sources } = aSource({
    lastLines: async () => ['ERROR validation failed: FIRST_NAME is required', 'FATAL: connect ECONNREFUSED'],
  });
  const { explanation, cause } = await found(about({ stop: STOP }), sources);

  expect(explanation.changes?.missing).toEqual([]);
  expect(cause).toBeUndefined();
});

describe('a part that cannot be had', () => {
  const denied = Object.assign(new Error('is not authorized'), { name: 'AccessDeniedException' });
  const fails = async () => {
    throw denied;
  };

  test.each([
    ['service', 'ecs:DescribeServices', 'arn:aws:ecs:eu-west-1:111122223333:service/shop/*'],
    ['deployments', 'ecs:ListServiceDeployments', 'arn:aws:ecs:eu-west-1:111122223333:service/shop/*'],
    ['revisions', 'ecs:DescribeServiceRevisions', 'arn:aws:ecs:eu-west-1:111122223333:service-revision/shop/*'],
    ['lastLines', 'logs:GetLogEvents', ['arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/prod/api:*']],
    ['metrics', 'cloudwatch:GetMetricData', '*'],
  ])('costs that part only, and the log says what to allow: %s', async (source, action, resource) => {
    const { sources } = aSource({ [source]: fails });
    const { explanation, logged } = await found(about({ stop: STOP, alarm: anAlarm('14:02') }), sources);

    expect(explanation.why).toBeDefined();
    const allow = { Effect: 'Allow', Action: [action], Resource: resource };
    expect(logged).toEqual([
      { message: 'a part of an explanation is left out', fields: expect.objectContaining({ action, allow }) },
    ]);
  });

  test.each([
    ['throttled', Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }), false],
    ['forbidden', denied, true],
  ])('is asked for another time only where that may help: %s', async (_what, error, isComplete) => {
    const { sources } = aSource({ lastLines: () => Promise.reject(error) });

    expect((await found(about({ stop: STOP }), sources)).isComplete).toBe(isComplete);
  });

  test('is no empty log', async () => {
    const { sources } = aSource({ lastLines: fails });
    const { explanation } = await found(about({ stop: STOP }), sources);

    expect(explanation.lines).toBeUndefined();
    expect(explanation.why?.next?.join('')).toBe('read its log');
  });

  test('is waited for nine seconds, all together', async () => {
    const hangs = () => new Promise<never>(() => {});
    let nowMs = 0;
    const timers: { readonly atMs: number; readonly ring: () => void }[] = [];
    const clock = {
      now: () => new Date(nowMs),
      sleep: (ms: number) => new Promise<void>((ring) => timers.push({ atMs: nowMs + ms, ring })),
    };
    const { sources } = aSource({ service: hangs, deployments: hangs, taskDefinition: hangs });
    const answer = found(about({ stop: STOP }), sources, clock);
    for (const atMs of [2500, 9000]) {
      nowMs = atMs;
      for (const { ring } of timers.filter((timer) => timer.atMs <= atMs)) ring();
      await new Promise((done) => setImmediate(done));
    }
    // What is asked after that has no time left.
    for (const { ring } of timers) ring();

    expect((await answer).all.map(({ isWhole }) => isWhole)).toEqual([false, true]);
    expect(Math.max(...timers.map(({ atMs }) => atMs))).toBe(9000);
  });

  test('takes nothing else with it when everything fails', async () => {
    const { sources } = aSource(
      Object.fromEntries(
        ['service', 'deployments', 'taskDefinition', 'alarms', 'metrics'].map((name) => [name, fails]),
      ),
    );
    const { explanation } = await found(about({ stop: STOP, alarm: anAlarm('14:02') }), sources);

    expect(Object.keys(explanation)).toEqual(['why']);
  });
});

test('asks for nothing that is switched off', async () => {
  const { sources, calls } = aSource();
  const { explanation } = await found(about({ stop: STOP, alarm: anAlarm('14:02'), parts: ['why'] }), sources);

  expect(calls).toEqual(['service']);
  expect(Object.keys(explanation)).toEqual(['why']);
});

test('says what ECS says also where changes are switched off', async () => {
  const service = async () => ({
    taskDefinition: 'x/api:42',
    events: [{ message: '(service api) was unable to place a task.', createdAt: new Date(at('14:04')) }],
  });
  const { sources, calls } = aSource({ service });
  const { explanation } = await found(about({ lacksTasks: true, parts: ['why'] }), sources);

  expect(explanation.events).toEqual(['was unable to place a task.']);
  expect(calls).toEqual(['service']);
});

test('tells early what is there, and the rest when it comes', async () => {
  const { sources } = aSource({
    metrics: () =>
      new Promise((done) => setTimeout(() => done(new Map([['chart', [{ atMs: at('14:02'), value: 91 }]]])), 30)),
  });
  // Early has come, late never does.
  const clock = { ...REAL, sleep: (ms: number) => (ms > 2500 ? new Promise(() => {}) : sleep(10)) };
  const { all } = await found(about({ stop: STOP, alarm: anAlarm('14:02') }), sources, clock);

  expect(all.map(({ isWhole, explanation }) => [isWhole, explanation.chart !== undefined])).toEqual([
    [false, false],
    [true, true],
  ]);
});

test('draws the one service’s metric of an alarm on all of them, with its limit', async () => {
  let asked: unknown;
  const { sources } = aSource({
    metrics: async (queries) => {
      asked = queries;
      return new Map([
        [
          'chart',
          [
            { atMs: at('14:01'), value: 88 },
            { atMs: at('14:02'), value: 93.4 },
          ],
        ],
      ]);
    },
  });
  const { explanation } = await found(
    about({ alarm: { ...anAlarm('14:02'), settings: { kind: 'cpu-high' } } }),
    sources,
  );

  expect(asked).toEqual([
    expect.objectContaining({
      MetricStat: expect.objectContaining({
        Metric: {
          Namespace: 'AWS/ECS',
          MetricName: 'CPUUtilization',
          Dimensions: [
            { Name: 'ClusterName', Value: 'shop' },
            { Name: 'ServiceName', Value: 'api' },
          ],
        },
      }),
    }),
  ]);
  expect(explanation.chart).toMatchObject({
    title: 'CPU of api',
    unit: '%',
    threshold: 85,
    points: [{ value: 88 }, { value: 93.4 }],
  });
});

test('shows the lines that matched, with the pattern of the alarm', async () => {
  let asked: readonly unknown[] = [];
  const { sources } = aSource({
    matchingLines: async (...given) => {
      asked = given;
      return [{ line: 'ERROR payment 17 failed password=hunter2', stream: 'api/api/1' }];
    },
  });
  const settings = { kind: 'log-pattern', log: { group: '/ecs/api', pattern: '?ERROR' } } as const;
  const alarm = {
    ...anAlarm('14:02', { kind: 'log-pattern', datapoints: { needed: 1, of: 1, periodSeconds: 60 } }),
    settings,
  };
  const { explanation } = await found(about({ alarm }), sources);

  expect(asked).toEqual(['/ecs/api', '?ERROR', at('13:59'), at('14:03')]);
  expect(explanation.lines).toMatchObject({ of: 'matched', group: '/ecs/api', stream: 'api/api/1' });
  expect(explanation.lines?.lines.join()).toContain('ERROR payment 17 failed');
  expect(explanation.lines?.lines.join()).not.toContain('hunter2');
});

const DB_CPU: MetricAlarm = {
  AlarmName: 'ecs/shop/dependency:orders-db/cpu',
  StateValue: 'ALARM',
  Threshold: 80,
  Namespace: 'AWS/RDS',
  MetricName: 'CPUUtilization',
  Statistic: 'Average',
  Period: 60,
};
const CACHE_ERRORS: MetricAlarm = {
  AlarmName: 'ecs/shop/dependency:cache/errors',
  StateValue: 'OK',
  Threshold: 5,
  Metrics: [
    { Id: 'errors', MetricStat: { Metric: { MetricName: 'Errors' }, Period: 60, Stat: 'Sum' }, ReturnData: false },
    { Id: 'rate', Expression: '100 * errors / FILL(errors, 1)', ReturnData: true },
  ],
};
const LEANS_ON: About['leansOn'] = [
  {
    name: 'cache',
    alarms: { 'ecs/shop/dependency:cache/errors': { kind: 'dependency', measure: 'errors', unit: '%' } },
  },
  {
    name: 'orders-db',
    alarms: { 'ecs/shop/dependency:orders-db/cpu': { kind: 'dependency', measure: 'CPU', unit: '%' } },
  },
];

test('names what it leans on, the ill one first and as the likely bottleneck', async () => {
  const { sources } = aSource({
    alarms: async () => [CACHE_ERRORS, DB_CPU],
    metrics: async () =>
      new Map([
        ['d0', [{ atMs: at('14:04'), value: 1 }]],
        ['d1', [{ atMs: at('14:04'), value: 96.2 }]],
      ]),
  });
  const { explanation, cause } = await found(about({ scales: true, leansOn: LEANS_ON }), sources);

  const orders = { measure: 'CPU', unit: '%', bad: true, value: 96.2, threshold: 80 };
  expect(explanation.leansOn).toEqual([
    { name: 'orders-db', state: 'unhealthy', values: [orders] },
    { name: 'cache', state: 'healthy', values: [expect.objectContaining({ value: 1, bad: false })] },
  ]);
  expect(cause).toEqual({ bottleneck: { name: 'orders-db', values: [orders] } });
});

test('asks for the metrics of several alarms at once, each by names of its own', async () => {
  let asked: readonly { readonly Id?: string | undefined; readonly Expression?: string | undefined }[] = [];
  const { sources, calls } = aSource({
    alarms: async () => [CACHE_ERRORS, DB_CPU],
    metrics: async (queries) => {
      asked = queries;
      return new Map();
    },
  });
  await found(about({ leansOn: LEANS_ON }), sources);

  expect(asked.map(({ Id }) => Id)).toEqual(['d0_errors', 'd0', 'd1']);
  expect(asked[1]?.Expression).toBe('100 * d0_errors / FILL(d0_errors, 1)');
  expect(calls).toEqual(['alarms', 'metrics']);
});

test.each([
  [91, 'scaling cannot help any more', true],
  [41, 'there is room left', false],
])('says of a service at its limit with CPU %i %%: %s', async (value, words, isCause) => {
  const { sources } = aSource({ metrics: async () => new Map([['chart', [{ atMs: at('14:04'), value }]]]) });
  const { explanation, cause } = await found(about({ atMax: { max: 20 }, scales: true }), sources);

  expect(explanation.why?.what.join('')).toMatch(new RegExp(`all 20 tasks run .* ${words}`));
  expect(cause !== undefined).toBe(isCause);
});

test('does not take another alarm’s value for CPU', async () => {
  const { sources } = aSource();
  const connections = anAlarm('14:02', { kind: 'dependency', measure: 'connections', value: 480, threshold: 400 });
  const { explanation } = await found(about({ atMax: { max: 20 }, alarm: connections, parts: ['why'] }), sources);

  expect(explanation.why?.what).toEqual(['all 20 tasks run that there may be']);
});

test('says what ECS says where no stop explains it', async () => {
  const message = (text: string, clock: string) => ({
    message: `(service api) ${text}`,
    createdAt: new Date(at(clock)),
  });
  const { sources } = aSource({
    service: async () => ({
      events: [
        message('was unable to place a task.', '14:04'),
        message('has reached a steady state.', '14:03'),
        message('was unable to place a task.', '14:02'),
        message('something of this morning.', '09:00'),
      ],
    }),
  });
  const { explanation } = await found(about({ lacksTasks: true }), sources);

  expect(explanation.events).toEqual(['was unable to place a task.']);
});
