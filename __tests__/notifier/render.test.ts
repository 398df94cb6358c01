import fc from 'fast-check';
import type { AlarmAlert, Alert } from '../../functions/notifier/alert';
import type { Cause } from '../../functions/notifier/explain/explanation';
import type { Message } from '../../functions/notifier/render/blocks';
import { plainText } from '../../functions/notifier/render/look';
import { renderParent } from '../../functions/notifier/render/parent';
import { renderReply } from '../../functions/notifier/render/reply';
import { crashLoopIn } from '../../functions/notifier/thread/conditions';
import { newThread, type Thread } from '../../functions/notifier/thread/memory';
import { type Folded, fold } from '../../functions/notifier/thread/thread';
import type { Due } from '../../functions/wake';
import { API, aDeployment, anAlarm, anObservation, anOk, aStop, at, deploying, RULES } from '../support/alerts';
import { expectGolden } from '../support/golden';
import { expectWithinLimits } from '../support/limits';

const CLUSTER = { account: '111122223333', region: 'eu-west-1', cluster: 'batch' };

/** What a thread is and tells after these batches. */
function play(...batches: readonly (readonly Alert[])[]): Folded {
  let thread: Thread = newThread(batches[0]?.[0]?.subject ?? API);
  let folded: Folded | undefined;
  for (const batch of batches) {
    folded = fold(thread, batch, RULES);
    const { incident } = folded.thread;
    const parent = { channel: 'C1', ts: '1.1' };
    thread = { ...folded.thread, ...(incident === undefined ? {} : { incident: { parent, ...incident } }) };
  }
  if (folded === undefined) throw new Error('nothing to play');
  return folded;
}

function parent(...batches: readonly (readonly Alert[])[]): Message {
  const { thread } = play(...batches);
  if (thread.incident === undefined) throw new Error('no incident');
  return renderParent(thread.incident, { subject: thread.subject, accountName: 'prod' });
}

/** The parent when it was found out why. */
function explained(cause: Cause, ...batches: readonly (readonly Alert[])[]): Message {
  const { incident, subject } = play(...batches).thread;
  if (incident === undefined) throw new Error('no incident');
  const known = { ...incident, explained: { asked: [], askedAtMs: 0, told: [], cause, log: { group: '/ecs/api' } } };
  return renderParent(known, { subject, accountName: 'prod' });
}

function reply(...batches: readonly (readonly Alert[])[]): Message {
  const { replies, thread, worsening, closed } = play(...batches);
  const { endedAtMs = 0, sinceMs = 0 } = thread.incident ?? {};
  const recovered = closed ? { recoveredAfterMs: endedAtMs - sinceMs } : {};
  return renderReply(replies, { subject: thread.subject, broadcast: worsening !== undefined, ...recovered });
}

const memory = {
  kind: 'memory-high',
  condition: 'memory',
  alarmName: 'ecs/shop/memory-high',
  measure: 'memory',
} as const;
const down = { kind: 'stopped', condition: 'down', alarmName: 'ecs/shop/api/stopped', unit: '', unread: true } as const;
const silent = { value: undefined, threshold: 1, datapoints: { needed: 3, of: 3, periodSeconds: 60 } };
const up = {
  kind: 'scaled-up',
  condition: 'up',
  alarmName: 'ecs/shop/api/scaled-up',
  unit: '',
  value: 2,
  unread: true,
} as const;
const failing = [aDeployment('14:00', 'in-progress'), aStop('14:02'), aStop('14:04'), aStop('14:09')];
const failed = aDeployment('14:10', 'failed');
const back = { deploymentId: 'ecs-svc/41' };
const oom = { reason: 'OutOfMemoryError: Container killed due to memory usage', exitCode: 137 };
const unknown = {
  kind: 'unknown',
  subject: CLUSTER,
  identity: 'one',
  atMs: at('14:02'),
  title: 'ECS Service Action',
  body: '{"detail-type":"ECS Service Action","detail":{"eventName":"<!channel>"}}',
} as const;
const impaired = {
  kind: 'crash-loop',
  state: 'ALARM',
  subject: API,
  identity: 'impaired',
  atMs: at('14:02'),
} as const;
const noRoom = {
  kind: 'service-problem',
  name: 'SERVICE_TASK_PLACEMENT_FAILURE',
  isError: true,
  reason: 'RESOURCE:FARGATE',
  subject: API,
  identity: 'no room',
  atMs: at('14:02'),
} as const;
const ORDERS: AlarmAlert = {
  ...anAlarm('14:02', {
    alarmName: 'ecs/shop/dependency:orders-db/cpu',
    condition: 'orders',
    value: 96,
    threshold: 80,
  }),
  kind: 'dependency',
  subject: { ...API, service: 'dependency:orders-db' },
  dependency: { name: 'orders-db', usedBy: ['api', 'worker'] },
};
const saturated = { kind: 'saturated', condition: 'full', alarmName: 'ecs/shop/api/saturated', maxTasks: 20 } as const;
const errors = {
  kind: 'log-pattern',
  condition: 'log',
  measure: 'ERROR',
  unit: '',
  value: 12,
  threshold: 5,
} as const;
const first = anObservation('13:58');
const none = anObservation('14:02', { running: 0 });
const few = [anObservation('14:02', { running: 2 }), anObservation('14:07', { running: 2 })] as const;
const due = (what: Due['what'], clock: string, opened: string): Alert => {
  const [atMs, openedAtMs] = [at(clock), at(opened)];
  const identity = `${what}@${clock}`;
  return { kind: 'due', subject: API, identity, atMs, saidAtMs: atMs, due: { what, atMs, openedAtMs } };
};
const { title: _title, ...unreadable } = unknown;
const tested = {
  kind: 'test',
  subject: API,
  identity: 'test',
  atMs: at('14:20'),
  sentBy: 'assumed-role/deploy/alice',
  alarm: 'ecs/shop/api/scaled-up',
} as const;
const { alarm: _alarm, ...queued } = tested;
const service = (name: string) => ({ subject: { ...API, service: name } });

const PARENTS: Readonly<Record<string, readonly (readonly Alert[])[]>> = {
  'cpu high': [[anAlarm('14:02')]],
  'cpu high in 3 of 5 minutes': [[anAlarm('14:02', { datapoints: { needed: 3, of: 5, periodSeconds: 60 } })]],
  'no running task': [[anAlarm('14:02', { ...down, ...silent })]],
  'scaled up': [[anAlarm('14:02', up)]],
  'one stop': [[aStop('14:02', oom)]],
  'one stop that never started': [[aStop('14:02', { exitCode: undefined, reason: 'CannotPullContainerError: pull' })]],
  'three stops': [failing],
  'failed deployment and more': [failing, [anAlarm('14:05'), anAlarm('14:06', memory), failed]],
  'rolling back': [failing, [failed], [aDeployment('14:11', 'rolling-back', back)]],
  'rolled back': [
    failing,
    [failed],
    [aDeployment('14:11', 'rolling-back', back)],
    [aDeployment('14:14', 'completed', back)],
  ],
  recovered: [
    failing,
    [anAlarm('14:05'), failed],
    [anOk('14:20')],
    [aDeployment('14:25', 'completed', { deploymentId: 'ecs-svc/43' })],
  ],
  'again after a recovery': [[anAlarm('14:02')], [anOk('14:20')], [anAlarm('14:40', { value: 99 })]],
  'seven conditions': [
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) =>
      anAlarm('14:02', { kind: 'alarm', condition: name, measure: name, unit: '' }),
    ),
  ],
  'series that vanished': [[anAlarm('14:02')], [anOk('14:10', { vanished: true })]],
  'task outside of services': [
    [aStop('14:02', { subject: CLUSTER, family: 'nightly', revision: 'nightly:7', exitCode: 3 })],
  ],
  'unknown event': [[unknown]],
  'no event': [[unreadable]],
  'no task of four': [[first], [none]],
  'too few tasks': [[first], [few[0]], [few[1]]],
  'scaled 3 to 5': [[anObservation('13:58', { desired: 3, running: 3 })], [anObservation('14:02', { desired: 5 })]],
  'scaled to zero': [[first], [anObservation('14:02', { desired: 0, running: 0 })]],
  'at its maximum': [[{ kind: 'at-max', subject: API, identity: 'max', atMs: at('14:02'), max: 20 }]],
  'crash loop goes on': [failing, [aStop('14:12')]],
  'some tasks of four again': [[first], [none], [anObservation('14:05', { running: 3 })]],
  'gone quiet': [[first], [anObservation('14:02', { desired: 5, running: 5 })], [due('quiet', '15:02', '14:02')]],
  saturated: [[anAlarm('14:02', saturated)]],
  'log pattern': [[anAlarm('14:02', errors)]],
  'no room for a task': [[noRoom]],
  'cannot start tasks': [[impaired]],
  'deployment that takes too long': [
    [first],
    [anObservation('14:40', { deployments: deploying('14:02', { failedTasks: 12 }) })],
  ],
  'dependency of its own': [[ORDERS]],
  'dependency of a service': [[anAlarm('14:01')], [{ ...ORDERS, subject: API }]],
  'test alert': [[tested]],
  'test alert while it fails': [failing, [failed], [tested]],
};

const REPLIES: Readonly<Record<string, readonly (readonly Alert[])[]>> = {
  'memory high': [[anAlarm('14:02')], [anAlarm('14:05', memory)]],
  'cpu back': [[anAlarm('14:02'), anAlarm('14:03', memory)], [anOk('14:20')]],
  'tasks running again': [
    [anAlarm('14:02', { ...down, ...silent }), anAlarm('14:03')],
    [anOk('14:20', { ...down, ...silent })],
  ],
  'series vanished': [[anAlarm('14:02')], [anOk('14:10', { vanished: true })]],
  'no data': [[anAlarm('14:02')], [anAlarm('14:20', { ...memory, state: 'INSUFFICIENT_DATA', value: undefined })]],
  'scaled up': [[anAlarm('14:02')], [anAlarm('14:05', up)]],
  'third stop': [[aStop('14:02'), aStop('14:04')], [aStop('14:09')]],
  'deployment started': [[aStop('14:02')], [aDeployment('14:05', 'in-progress')]],
  'deployment finished': [[aDeployment('14:00', 'in-progress'), aStop('14:02')], [aDeployment('14:05', 'completed')]],
  'deployment failed': [failing, [failed]],
  'rolling back': [failing, [failed], [aDeployment('14:11', 'rolling-back', back)]],
  'rolled back': [
    failing,
    [failed],
    [aDeployment('14:11', 'rolling-back', back)],
    [aDeployment('14:14', 'completed', back)],
  ],
  recovered: [[anAlarm('14:02')], [anOk('14:25')]],
  'recovered in a digest': [
    [anAlarm('14:02'), anAlarm('14:03', memory)],
    [anOk('14:25'), anOk('14:26', memory)],
  ],
  'no task any more': [[aStop('14:02')], [anAlarm('14:05', { ...down, ...silent })]],
  digest: [[aStop('14:02')], [aStop('14:03', oom), anAlarm('14:03'), aStop('14:04'), failed]],
  'digest of thirty': [[aStop('14:02')], Array.from({ length: 30 }, (_, index) => aStop(`14:${index + 10}`))],
  'crash loop': [[aStop('14:02'), aStop('14:04')], [aStop('14:09')]],
  'crash loop over': [failing, [due('crash-loop-over', '14:19', '14:02')]],
  'scaled 3 to 5': [
    [anAlarm('14:00')],
    [anObservation('14:01', { desired: 3 })],
    [anObservation('14:02', { desired: 5 })],
  ],
  'no task of four': [[first, anAlarm('14:00')], [none]],
  'some tasks of four again': [[first], [none], [anObservation('14:05', { running: 3 })]],
  'all tasks again': [[first], [none], [anObservation('14:05')]],
  'still critical': [[first], [none], [due('reminder', '15:02', '14:02')]],
  'steady after a rollback': [
    [first],
    failing,
    [failed],
    [aDeployment('14:11', 'rolling-back', back)],
    [aDeployment('14:14', 'completed', back), anObservation('14:15')],
  ],
  'dependency of a service': [[anAlarm('14:01')], [{ ...ORDERS, subject: API }]],
  'dependency of a service back': [
    [anAlarm('14:01')],
    [{ ...ORDERS, subject: API }],
    [{ ...ORDERS, subject: API, state: 'OK', value: 20, identity: 'ok', atMs: at('14:20') }],
  ],
  'deployment finished, read': [
    [first, aStop('14:00')],
    [
      aDeployment('14:05', 'completed'),
      anObservation('14:05', { deployments: deploying('14:01', { state: 'completed' }) }),
    ],
  ],
  'test alert': [failing, [tested]],
  'test alert through the queue': [failing, [queued]],
  'unknown event': [
    [aStop('14:02', service('api'))],
    [{ ...unknown, subject: API, identity: 'two', atMs: at('14:03') }],
  ],
};

test.each(Object.entries(PARENTS))('draws the parent: %s', (name, batches) => {
  expectGolden(`parent ${name}`, parent(...batches));
});

const notSet: Cause = { words: [{ quote: 'DATABASE_URL' }, ' is read but not set in ', { quote: 'api:42' }] };
const value = { measure: 'CPU', unit: '%', value: 96.2, threshold: 80, bad: true };
const ordersDb: Cause = { bottleneck: { name: 'orders-db', values: [value] } };

test.each([
  ['likely cause', explained(notSet, failing, [failed, aStop('14:12')])],
  ['likely cause of a single stop', explained(notSet, [aStop('14:02')])],
  ['likely bottleneck', explained(ordersDb, [anAlarm('14:02')])],
  [
    'likely bottleneck without a value',
    explained({ bottleneck: { name: 'orders-db', values: [] } }, [anAlarm('14:02')]),
  ],
  ['recovered, with its cause', explained(notSet, failing, [aDeployment('14:25', 'completed')])],
  ['gone quiet, with its cause', explained(notSet, [aStop('14:02')], [due('quiet', '15:02', '14:02')])],
])('draws the parent when it is known why: %s', (name, message) => {
  expectGolden(`parent ${name}`, message);
});

test('draws the reply of a crash loop as it grows, with the last that its tasks wrote', () => {
  const { incident } = play(failing, [failed, aStop('14:12')]).thread;
  const alert = incident === undefined ? undefined : crashLoopIn(incident);
  if (alert === undefined) throw new Error('no crash loop');
  const drawn = renderReply([{ alert }], { subject: API, broadcast: true, lastLine: "KeyError: 'DATABASE_URL'" });
  expectGolden('reply crash loop and its last line', drawn);
});

test.each(Object.entries(REPLIES))('draws the reply: %s', (name, batches) => {
  expectGolden(`reply ${name}`, reply(...batches));
});

test('sends the same as plain text when Slack refuses the blocks', () => {
  const text = plainText(parent([anAlarm('14:02')]));

  expect(text).toContain('*api* · CPU 93');
  expect(text).toContain('|Alarm>');
});

const HOSTILE = [
  '<!channel>',
  '<@U1>',
  '<https://evil.example|here>',
  '```',
  '`',
  '*',
  '\u202e',
  '\u0000',
  '&lt;',
  '🟢',
  'x',
  '\n',
];
const hostile = fc.array(fc.constantFrom(...HOSTILE), { maxLength: 400 }).map((parts) => parts.join(''));

test('stays within the limits of Slack and neutral, whatever AWS sends', () => {
  fc.assert(
    fc.property(hostile, hostile, fc.integer({ min: 1, max: 60 }), (one, two, count) => {
      const alerts: readonly Alert[] = [
        anAlarm('14:02', { measure: one.slice(0, 80), alarmName: two }),
        ...Array.from({ length: count }, (_, index) =>
          aStop('14:03', { identity: `${index}`, reason: one, revision: two }),
        ),
        aDeployment('14:04', 'failed', { reason: two }),
        { ...unknown, subject: API, atMs: at('14:05'), title: one, body: two },
      ];
      const messages = [parent(alerts), reply([anAlarm('14:01')], alerts)];
      for (const message of messages) {
        expectWithinLimits(message);
        const shown = JSON.stringify(message).replaceAll(/<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>/g, '');
        expect(shown).not.toMatch(/<[!@#]/);
        expect(
          (shown.match(/<https:[^|>]*/g) ?? []).every((url) =>
            url.startsWith('<https://eu-west-1.console.aws.amazon.com/'),
          ),
        ).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
