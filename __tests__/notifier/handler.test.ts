import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError, RetryableError } from '../../functions/notifier/deliver/errors';
import { delaySeconds, handle } from '../../functions/notifier/handler';
import { startTable } from '../../tools/table';
import { aNotifier, aRecord } from '../support/notifier';

let table: Awaited<ReturnType<typeof startTable>>;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => table.close());

const stop = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/eventbridge-ecs-task-stopped-essential-container-exited.json'), 'utf8'),
) as { detail: object };

/** A stopped task of a service, told apart by its number. */
const aStop = (service: string, task = 1) =>
  aRecord({ ...stop, detail: { ...stop.detail, group: `service:${service}`, taskArn: `task/${service}/${task}` } });

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
  const { cluster } = await deps.settings();
  const alarms = new Map([['prod-worker-no-running-tasks', { kind: 'stopped' as const, service: 'worker' }]]);
  const settings: typeof deps.settings = async (options) => ({ cluster, alarms: options?.newest ? alarms : new Map() });

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
  [1, undefined, 0, 3],
  [1, undefined, 1, 5],
  [4, undefined, 1, 40],
  [9, undefined, 1, 900],
  [200, undefined, 0, 450],
  [1, 30_000, 0, 30],
  [1, 5_000_000, 1, 900],
  [30, 1_000, 0, 120],
])('waits after receive %i and Retry-After %s ms (random %i): %i s', (receiveCount, retryAfterMs, random, seconds) => {
  expect(delaySeconds(receiveCount, retryAfterMs, random)).toBe(seconds);
});
