import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { until } from '../command';
import { isOver, PROD, plain, type Stage, texts, wrongNow } from '../stage';
import type { Group } from './group';

const CLUSTER = 'everything';
const at = (name: string) => ['prod', CLUSTER, name] as const;

/** Each kind of alarm of services. */
export function theAlarms(stage: Stage): Group {
  const service = (name: string, tasks?: number) => stage.service('prod', CLUSTER, name, tasks);
  const [frugal, modest, full, chatty, unlisted] = [
    service('frugal'),
    service('modest'),
    service('full', 3),
    service('chatty'),
    service('unlisted'),
  ];
  const elastic = service('elastic');
  const mute = service('mute', 0);
  const lines = (value: number) => {
    const name = 'ecs/everything/chatty/log-pattern/errors';
    stage.measure({ namespace: 'EcsAlerts/Logs', name, dimensions: {}, value });
  };

  const before = async () => {
    await stage.logs('prod').createGroup('/ecs/chatty');
    await stage.ecs('prod').createCluster(CLUSTER);
    for (const { name, tasks } of [frugal, modest, full, chatty, unlisted, elastic]) {
      await stage.ecs('prod').createService(CLUSTER, name, tasks);
    }
    await stage.ecs('prod').createService(CLUSTER, mute.name, 2);
  };

  const alarmState = async (name: string) => {
    const client = new CloudWatchClient(stage.world.as(PROD));
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    client.destroy();
    return MetricAlarms?.[0]?.StateValue;
  };

  const run = () => {
    test('of all at once', () => {
      frugal.cpu = 95;
      modest.memory = 60;
      full.cpu = 96;
      unlisted.cpu = 94;
      lines(7);
    });

    test('a limit of its own is told by its own alarm alone, as severe as it is set', async () => {
      await stage.thread('listed', at('frugal'));
      frugal.memory = 60;
      const thread = await stage.thread('listed', at('frugal'), ({ replies }) => replies.length > 0);

      expect(plain(thread.parent.text)).toBe('🔴 frugal: CPU 95 %, limit 40 % for 2 min (prod, everything)');
      expect(texts(thread)).toEqual(['🟠 frugal: Memory 60 %, limit 50 % for 2 min']);
    });

    test('what may only join opens no thread', async () => {
      await until('the alarm', async () =>
        (await alarmState('ecs/everything/modest/memory-high')) === 'ALARM' ? true : undefined,
      );
      expect(await stage.threads('listed', ...at('modest'))).toEqual([]);
    });

    test('saturated is critical, and CPU that is switched off is not told', async () => {
      const thread = await stage.thread('listed', at('full'));

      expect(plain(thread.parent.text)).toBe(
        '🔴 full: at its limit of 3 tasks, CPU 96 %, limit 85 % for 5 min (prod, everything)',
      );
      expect(wrongNow(thread)).toHaveLength(1);
    });

    test('log-pattern, whose lines the test counts: metric filters of the emulator make no metric', async () => {
      const { parent } = await stage.thread('listed', at('chatty'));

      expect(plain(parent.text)).toBe('🔴 chatty: 7 log lines with errors in 1 min, limit 3 (prod, everything)');
    });

    test('a service that nobody listed is watched too', async () => {
      const { parent } = await stage.thread('everything', at('unlisted'));

      expect(plain(parent.text)).toBe('🟠 unlisted: CPU 94 %, limit 85 % for 5 min (prod, everything)');
      expect(JSON.stringify(parent.blocks)).toContain('<https://runbooks.example.com/cpu|Runbook>');
    });

    test('the dashboard is there, and threads link to it', async () => {
      const { parent } = await stage.thread('everything', at('unlisted'));
      const client = new CloudWatchClient(stage.world.as(PROD));
      const DashboardName = 'ecs-alerts-everything-eu-west-1';
      const { DashboardBody = '' } = await client.send(new GetDashboardCommand({ DashboardName }));
      client.destroy();

      expect(JSON.parse(DashboardBody)).toHaveProperty('widgets');
      expect(JSON.stringify(parent.blocks)).toContain(`#dashboards/dashboard/${DashboardName}|Dashboard>`);
    });

    test('all recover', async () => {
      for (const one of [frugal, modest, full, unlisted]) Object.assign(one, { cpu: 30, memory: 40 });
      lines(0);
      const listed = await Promise.all(
        ['frugal', 'full', 'chatty'].map((name) => stage.thread('listed', at(name), isOver)),
      );
      await stage.thread('everything', at('unlisted'), isOver);

      expect(listed.map((thread) => texts(thread).at(-1))).toEqual([
        expect.stringMatching(/^🟢 frugal: Recovered after \d+ s: /),
        expect.stringMatching(/^🟢 full: Recovered after \d+ s: CPU back at \d+ %$/),
        expect.stringMatching(/^🟢 chatty: Recovered after \d+ s: no more log lines with /),
      ]);
    });

    test('scaled-up and the watcher tell a scaling once, by the counts of ECS', async () => {
      await stage.ecs('prod').scale(CLUSTER, 'elastic', 3);
      elastic.tasks = 3;
      const up = await stage.thread('listed', at('elastic'));
      expect(plain(up.parent.text)).toBe('🔵 elastic: scaled up 2 → 3 (prod, everything)');
      await until('the alarm', async () =>
        (await alarmState('ecs/everything/elastic/scaled-up')) === 'ALARM' ? true : undefined,
      );
      await stage.watch('prod', CLUSTER);

      await stage.ecs('prod').scale(CLUSTER, 'elastic', 1);
      elastic.tasks = 1;
      const down = await stage.thread('listed', at('elastic'), ({ replies }) => replies.length > 0);
      await until('the alarm', async () =>
        (await alarmState('ecs/everything/elastic/scaled-down')) === 'ALARM' ? true : undefined,
      );
      await stage.watch('prod', CLUSTER);
      expect(texts(down)).toEqual(['🔵 elastic: Scaled down 3 → 1']);
    });

    test('stopped says nothing of a service that only its metrics say stopped', async () => {
      expect(await alarmState('ecs/everything/mute/stopped')).toBe('ALARM');
      expect(await stage.threads('listed', ...at('mute'))).toEqual([]);
    });

    test('nothing was told meanwhile that should not be', async () => {
      expect(await stage.threads('listed', ...at('modest'))).toEqual([]);
      expect(texts(await stage.thread('listed', at('elastic')))).toHaveLength(1);
    });
  };
  return { name: 'alarms', before, run };
}
