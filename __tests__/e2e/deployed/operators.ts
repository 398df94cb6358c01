import { OpsInbox } from '../ops-inbox';
import { PROD, type Stage } from '../stage';
import type { Group } from './group';

const [NOTIFIER, WATCHER] = ['ecs-alerts-everything-notifier', 'ecs-alerts-everything-watcher'];

/** What may be wrong with the alerting itself, by the alarm's name: namespace, metric, dimensions. */
const FAILURES: Readonly<Record<string, readonly [string, string, Readonly<Record<string, string>>]>> = {
  'notifier-errors': ['AWS/Lambda', 'Errors', { FunctionName: NOTIFIER }],
  'delivery-failed': ['EcsAlerts', 'DeliveryFailed', { FunctionName: NOTIFIER }],
  'oldest-message': ['AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: 'ecs-alerts-everything-alerts' }],
  ...Object.fromEntries(
    ['task-stopped', 'deployment', 'service-action', 'scaled-to-max', 'watcher'].map((rule) => [
      `rule-${rule}-failed`,
      ['AWS/Events', 'FailedInvocations', { RuleName: `ecs-alerts-everything-${rule}` }],
    ]),
  ),
  'watcher-errors': ['AWS/Lambda', 'Errors', { FunctionName: WATCHER }],
  'read-failed': ['EcsAlerts', 'ReadFailed', { FunctionName: WATCHER }],
};

const ALARMS = [...Object.keys(FAILURES), 'watcher-not-running'];

/** The alarms on the alerting itself, but for dead letters: the emulator measures none of it, so the test does. */
export function theOperators(stage: Stage): Group {
  let inbox: OpsInbox;

  const before = async () => {
    inbox = await OpsInbox.open('operators', stage.world.as(PROD));
    // Its schedule does not run as fast as alarms do here: to them it would seem not to be started.
    started(1);
  };

  const started = (value: number) =>
    stage.measure({ namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: WATCHER }, value });

  const failures = (value: number) => {
    for (const [namespace, name, dimensions] of Object.values(FAILURES)) {
      stage.measure({ namespace, name, dimensions, value });
    }
  };

  const hears = (name: string, state: 'ALARM' | 'OK') => inbox.hears(`ecs-alerts/everything/${name}`, state);

  const begin = async () => {
    expect(await inbox.alarming()).toEqual([]);
    failures(1000);
    started(0);
  };

  const run = () => {
    test('hear of each way that the alerting fails', async () => {
      for (const name of ALARMS) await hears(name, 'ALARM');
    });

    test('hear when it works again, and the channels hear nothing of it', async () => {
      failures(0);
      started(1);
      for (const name of ALARMS) await hears(name, 'OK');
      inbox.close();

      const channels = Object.values(stage.world.channels);
      const all = (await Promise.all(channels.map((channel) => stage.world.threads(channel, () => true)))).flat();
      expect(JSON.stringify(all)).not.toContain('ecs-alerts/everything/');
    });
  };
  return { name: 'the operators', before, begin, run };
}
