import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError, RetryableError } from '../../functions/notifier/deliver/errors';
import { delaySeconds } from '../../functions/notifier/give-back';
import { handle } from '../../functions/notifier/handler';
import { startTable } from '../../tools/table';
import { aNotifier, aRecord, aStopRecord as aStop, SETTINGS, someSettings } from '../support/notifier';

let table: Awaited<ReturnType<typeof startTable>>;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => table.close());

test('leaves nothing in the queue that Slack took', async () => {
  const { deps, slack } = aNotifier(table);

  expect(await handle([aStop('api'), aStop('api', 2), aStop('worker')], deps)).toEqual([]);
  expect(slack.parents()).toHaveLength(2);
});

test('shows malformed JSON in the cluster’s thread as it is', async () => {
  const { deps, slack } = aNotifier(table);

  expect(await handle([aRecord('this is <not> json')], deps)).toEqual([]);
  const [parent] = slack.parents();
  expect(parent?.text).toContain('shop (cluster)');
  expect(JSON.stringify(parent?.blocks)).toContain('this is &lt;not&gt; json');
});

test('moves what a person has to fix to the dead-letter queue, with the cause, and says what to do', async () => {
  const { deps, slack, deadLetters, logged, counted } = aNotifier(table);
  const record = aStop('api');
  slack.before = () => {
    throw new PermanentError('Slack says not_in_channel: invite the bot to the channel with /invite @…');
  };

  expect(await handle([record], deps)).toEqual([]);
  expect(deadLetters).toEqual([{ id: record.id, cause: expect.stringContaining('invite the bot') }]);
  expect(counted).toEqual([{ metric: 'DeliveryFailed', value: 1 }]);
  expect(logged).toContainEqual(
    expect.objectContaining({
      level: 'error',
      fields: expect.objectContaining({ fix: expect.stringContaining('/invite') }),
    }),
  );
});

test('gives a record back when the dead-letter queue does not take it', async () => {
  const { deps, slack, givenBack } = aNotifier(table);
  const record = aStop('api');
  slack.before = () => {
    throw new PermanentError('Slack says invalid_auth');
  };
  const deadLetter = () => Promise.reject(new Error('AccessDenied'));

  expect(await handle([record], { ...deps, deadLetter })).toEqual([record.id]);
  expect(givenBack).toHaveLength(1);
});

test('gives back all of a channel that asks to wait, after as long as it asks', async () => {
  const { deps, slack, givenBack } = aNotifier(table);
  const records = [aStop('api'), aStop('worker')];
  let calls = 0;
  slack.before = () => {
    calls += 1;
    throw new RetryableError('Slack asks to wait', { retryAfterMs: 30_000, wholeChannel: true });
  };

  expect(await handle(records, deps)).toEqual(records.map(({ id }) => id));
  expect(calls).toBe(1);
  expect(givenBack.map(({ seconds }) => seconds)).toEqual([31, 31]);
});

test('gives back what is left after some ten seconds at a channel, at once, and counts it as no failure', async () => {
  const { deps, slack, givenBack, counted, pass } = aNotifier(table);
  const records = ['a', 'b', 'c', 'd'].map((service) => aStop(service));
  slack.before = () => pass(6000);

  const stays = await handle(records, deps);
  expect(slack.parents()).toHaveLength(2);
  expect(stays).toEqual(records.slice(2).map(({ id }) => id));
  expect(givenBack.map(({ seconds }) => seconds)).toEqual([0, 0]);
  expect(counted).toEqual([]);
});

test('tells one service while another invocation is at the thread of the other', async () => {
  const { deps, slack } = aNotifier(table);
  const { lock } = deps.store;
  let asked = 0;
  const store = {
    ...deps.store,
    lock: async (...args: Parameters<typeof lock>) => {
      asked += 1;
      return asked === 1 ? undefined : lock(...args);
    },
  };

  expect(await handle([aStop('api'), aStop('worker')], { ...deps, store })).toEqual([]);
  expect(slack.parents().map(({ text }) => text.match(/api|worker/)?.[0])).toEqual(['worker', 'api']);
});

test('starts nothing with less than ten seconds left', async () => {
  const { deps, slack } = aNotifier(table);
  const record = aStop('api');

  expect(await handle([record], { ...deps, remainingMs: () => 9_999 })).toEqual([record.id]);
  expect(slack.messages.size).toBe(0);
});

test('gives everything back when the settings cannot be read', async () => {
  const { deps, givenBack } = aNotifier(table);
  const record = aStop('api');
  const settings = () => Promise.reject(new Error('ProvisionedThroughputExceeded'));

  expect(await handle([record], { ...deps, settings })).toEqual([record.id]);
  expect(givenBack).toHaveLength(1);
});

test('reads the settings again for an alarm that it does not know', async () => {
  const { deps, slack } = aNotifier(table);
  const alarm = readFileSync(
    join(__dirname, '../fixtures/sns-alarm-single-metric-no-running-tasks-ALARM.json'),
    'utf8',
  );
  const alarms = new Map([['prod-worker-no-running-tasks', { kind: 'stopped' as const, service: 'worker' }]]);
  const settings: typeof deps.settings = async (options) =>
    someSettings({ alarms: options?.newest ? alarms : new Map() });

  await handle([aRecord(alarm)], { ...deps, settings });

  expect(slack.parents()[0]?.text).toContain('🔴');
});

test('tells parents before replies, and the worst first', async () => {
  const { deps, slack } = aNotifier(table);
  await handle([aStop('known')], deps);
  const failed = {
    source: 'aws.ecs',
    'detail-type': 'ECS Deployment State Change',
    id: 'one',
    time: '2026-11-18T09:16:01Z',
    account: '111122223333',
    region: 'us-east-1',
    resources: ['arn:aws:ecs:us-east-1:111122223333:service/prod/worst'],
    detail: { eventName: 'SERVICE_DEPLOYMENT_FAILED', deploymentId: 'ecs-svc/1', reason: '' },
  };

  await handle([aStop('known', 2), aStop('new'), aRecord(failed)], deps);

  expect([...slack.messages.values()].map(({ text }) => text.match(/known|new|worst/)?.[0])).toEqual([
    'known',
    'worst',
    'new',
    'known',
  ]);
});

test.each([
  [1, 30_000, 0, 30],
  [1, 30_000, 1, 32],
  [1, 0, 1, 0],
  [1, 5_000_000, 1, 900],
  [300, 1_000, 0, 120],
])('waits after receive %i and Retry-After %s ms (jitter %i): %i s', (receiveCount, retryAfterMs, jitter, seconds) => {
  expect(delaySeconds({ receiveCount, sentAtMs: 0, retryAfterMs, nowMs: 0, jitter })).toBe(seconds);
});

test('waits the longer the longer it has waited, and records come back together', () => {
  const nowMs = Date.parse('2026-11-18T14:02:00Z');
  const wait = (seconds: number, afterMs = 0) => {
    const sentAtMs = nowMs + afterMs - seconds * 1000;
    // However often it was received: mostly others had their turn.
    return delaySeconds({ receiveCount: 40, sentAtMs, retryAfterMs: undefined, nowMs: nowMs + afterMs, jitter: 0 });
  };
  const comesBackAt = (seconds: number, afterMs: number) => afterMs / 1000 + wait(seconds, afterMs);

  for (const seconds of [0, 10, 30, 60, 120, 600, 1800, 6 * 3600]) {
    const step = Math.min(450, Math.max(7, seconds / 4));
    expect(wait(seconds)).toBeGreaterThanOrEqual(step / 4);
    expect(wait(seconds)).toBeLessThanOrEqual(Math.ceil(step * 1.5) + 1);
  }
  const returns = Array.from({ length: 90 }, (_, index) => comesBackAt(1800 + index * 7, index * 7000));
  expect(new Set(returns.map((at) => Math.round(at))).size).toBeLessThanOrEqual(6);
});

/** The fixture's service is of a cluster called prod in us-east-1. */
const PROD = { ...SETTINGS, cluster: 'prod', region: 'us-east-1' };
const reading = { atMs: Date.parse('2026-11-18T14:02:00Z'), desired: 4, running: 0, deployments: [] };

test('reads ECS once for ten services of a batch, and tells what it says', async () => {
  const { deps, slack } = aNotifier(table);
  const read: (readonly string[])[] = [];
  const names = Array.from({ length: 12 }, (_, index) => `service-${index}`);
  const readServices: typeof deps.readServices = async (_cluster, services) => {
    read.push(services);
    return new Map(services.map((name) => [name, { ...reading, running: 4 }]));
  };
  const settings = async () => someSettings({ cluster: PROD });

  await handle(
    names.map((name) => aStop(name)),
    { ...deps, settings, readServices },
  );

  expect(read.map(({ length }) => length)).toEqual([10, 2]);
  expect(slack.parents()).toHaveLength(12);
});

test('tells the edges as they are when ECS cannot be read, and asks it no more in that batch', async () => {
  const { deps, slack, logged } = aNotifier(table);
  let calls = 0;
  const readServices: typeof deps.readServices = async () => {
    calls += 1;
    throw new Error('ThrottlingException');
  };
  const settings = async () => someSettings({ cluster: PROD });
  const names = Array.from({ length: 12 }, (_, index) => `service-${index}`);

  expect(
    await handle(
      names.map((name) => aStop(name)),
      { ...deps, settings, readServices },
    ),
  ).toEqual([]);
  expect(calls).toBe(1);
  expect(slack.parents()).toHaveLength(12);
  expect(logged).toContainEqual(expect.objectContaining({ level: 'warn' }));
});

const recordedAlarm = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/sns-alarm-single-metric-ALARM.json'), 'utf8'),
) as object;

describe('an alarm of a dependency', () => {
  const name = 'ecs/prod/dependency:orders-db/cpu';
  const dependencies = new Map([['orders-db', { dependency: 'orders-db', alarms: {}, usedBy: ['api', 'worker'] }]]);
  const alarms = new Map([[name, { kind: 'dependency' as const, dependency: 'orders-db', measure: 'CPU', unit: '%' }]]);
  const services = new Map([['api', { service: 'api', alarms: {}, dependsOn: ['orders-db'] }]]);
  const settings = async () => someSettings({ cluster: PROD, dependencies, alarms, services });
  const alarm = (state: 'ALARM' | 'OK', clock: string) =>
    aRecord({ ...recordedAlarm, AlarmName: name, NewStateValue: state, StateChangeTime: `2026-11-18T${clock}:00Z` });

  test('joins the open threads of the services that lean on it', async () => {
    const { deps, slack } = aNotifier(table);
    await handle([aStop('api')], { ...deps, settings });
    await handle([alarm('ALARM', '09:20')], { ...deps, settings });
    await handle([alarm('OK', '09:30')], { ...deps, settings });

    const [api, ...others] = slack.parents();
    expect(others).toEqual([]);
    expect(slack.replies(api).map(({ text }) => text)).toEqual([
      expect.stringContaining('orders-db: CPU'),
      expect.stringContaining('🟢'),
    ]);
  });

  test('gets a thread of its own when none is open, which names its dependents and is linked from theirs', async () => {
    const { deps, slack } = aNotifier(table);
    await handle([alarm('ALARM', '09:10')], { ...deps, settings });
    await handle([aStop('api')], { ...deps, settings });
    await handle([alarm('OK', '09:30')], { ...deps, settings });

    const [own, api] = slack.parents();
    expect(JSON.stringify(own?.blocks)).toContain('Used by api, worker');
    expect(own?.text).toMatch(/^🟢.*orders-db/);
    expect(JSON.stringify(api?.blocks)).toContain(`<https://example.slack.com/p${own?.ts}|orders-db>`);
  });

  test('is told again nowhere when its record comes a second time', async () => {
    const { deps, slack } = aNotifier(table);
    await handle([aStop('api')], { ...deps, settings });
    const record = alarm('ALARM', '09:20');
    await handle([record], { ...deps, settings });
    await handle([record], { ...deps, settings });

    expect(slack.messages.size).toBe(2);
  });
});

test('tells services of different channels side by side, each in its own', async () => {
  const { deps, slack, givenBack } = aNotifier(table);
  const services = new Map([['worker', { service: 'worker', alarms: {}, channel: 'C0000000009' }]]);
  const settings = async () => someSettings({ cluster: PROD, services });
  let first = true;
  slack.before = () => {
    if (!first) return;
    first = false;
    throw new RetryableError('Slack asks to wait', { retryAfterMs: 30_000, wholeChannel: true });
  };

  await handle([aStop('api'), aStop('worker'), aStop('other')], { ...deps, settings });

  expect(givenBack).toHaveLength(2);
  expect(slack.parents().map(({ channel }) => channel)).toEqual(['C0000000009']);
});

test('gives a record that concerns several threads back once', async () => {
  const { deps, slack, givenBack } = aNotifier(table);
  const dependencies = new Map([['db', { dependency: 'db', alarms: {}, usedBy: ['api', 'worker'] }]]);
  const alarms = new Map([['db-cpu', { kind: 'dependency' as const, dependency: 'db' }]]);
  const settings = async () => someSettings({ cluster: PROD, dependencies, alarms });
  await handle([aStop('api'), aStop('worker')], { ...deps, settings });
  slack.before = () => {
    throw new RetryableError('Slack is down', { retryAfterMs: 5_000 });
  };

  const record = aRecord({ ...recordedAlarm, AlarmName: 'db-cpu' });
  expect(await handle([record], { ...deps, settings })).toEqual([record.id]);
  expect(givenBack).toHaveLength(1);
});
