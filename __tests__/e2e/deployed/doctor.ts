import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { REGION } from '../emulators';
import { plain, STAGING, type Stage, texts } from '../stage';
import { TOKEN } from '../world';
import type { Group } from './group';

const CLUSTER = 'storm';
const [ALARM, RULE] = [`ecs/${CLUSTER}/cpu-high`, `ecs-alerts-${CLUSTER}-deployment`];

/** The tools that look after a deployment, as their user runs them. Broken is a cluster that is done with. */
export function theDoctor(stage: Stage): Group {
  const mapping = async (Enabled: boolean) => {
    const lambda = new LambdaClient(stage.world.as(STAGING));
    const FunctionName = `ecs-alerts-${CLUSTER}-notifier`;
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
    const UUID = EventSourceMappings[0]?.UUID;
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    lambda.destroy();
  };

  /** Deletes the alarm. Returns what puts it back. */
  const withoutAlarm = async () => {
    const cloudWatch = new CloudWatchClient(stage.world.as(STAGING));
    const AlarmNames = [ALARM];
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames }));
    await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames }));
    return async () => {
      for (const { AlarmName, EvaluationPeriods, ComparisonOperator, ...alarm } of MetricAlarms) {
        await cloudWatch.send(
          new PutMetricAlarmCommand({ AlarmName, EvaluationPeriods, ComparisonOperator, ...alarm }),
        );
      }
      cloudWatch.destroy();
    };
  };

  const rule = async (isOn: boolean) => {
    const events = new EventBridgeClient(stage.world.as(STAGING));
    await events.send(isOn ? new EnableRuleCommand({ Name: RULE }) : new DisableRuleCommand({ Name: RULE }));
    events.destroy();
  };

  const token = async (Value: string) => {
    const ssm = new SSMClient(stage.world.as(STAGING));
    const request = { Name: '/ecs-alerts/slack-bot-token', Value, Type: 'SecureString' as const, Overwrite: true };
    await ssm.send(new PutParameterCommand(request));
    ssm.destroy();
  };

  /** Of any cluster, listed or not. */
  const examined = async () => {
    const { code, output } = await stage.tool('staging', 'doctor', '--cluster', CLUSTER, '--region', REGION);
    expect(code).toBe(1);
    return output.split('\n').filter((line) => line.startsWith('  ✗'));
  };

  const run = () => {
    test('finds nothing wrong where nothing is', async () => {
      const { code, output } = await stage.tool('prod', 'doctor', '--account', 'prod', '--cluster', 'shop');
      const [title, ...lines] = output.trimEnd().split('\n');

      expect(title).toBe('prod-eu-west-1/shop');
      expect(lines.length).toBeGreaterThan(12);
      expect(lines.filter((line) => !line.startsWith('  ✓ '))).toEqual([]);
      expect(code).toBe(0);
    });

    test('finds all that is wrong at once, and a test alert says where it is stuck', async () => {
      const { unwell, slack, channels, bot } = stage.world;
      unwell.mood = () => undefined;
      unwell.scopes.delete('channels:history');
      await slack.conversations.kick({ channel: channels.storm, user: bot });
      await mapping(false);
      const restoreAlarm = await withoutAlarm();
      const lines = await examined();
      const stuck = await stage.tool('staging', 'test-alert', ...at(CLUSTER, 'stuck'), '--seconds', '1');
      unwell.scopes.add('channels:history');
      await slack.conversations.invite({ channel: channels.storm, users: bot });
      await mapping(true);
      await restoreAlarm();

      expect(lines).toEqual([
        expect.stringMatching(/✗ scopes: the token lacks channels:history → add them to the Slack app/),
        `  ✗ channel ${channels.storm} (storm): the bot is not in it → /invite @ecs-alerts in #storm`,
        `  ✗ alarms ${ALARM}: not there → deploy its stack again`,
        expect.stringMatching(
          /✗ queue .*: not read by the notifier, .* Disabled → aws lambda .* --uuid \S+ --enabled$/,
        ),
      ]);
      expect(stuck.code).toBe(1);
      expect(stuck.output).toMatch(/^✗ it is not in Slack after 1 s$/m);
      expect(stuck.output).toMatch(/✗ queue \S+ \(1 waiting\): not read by the notifier/);
    });

    test('what was stuck is told as soon as that is mended', async () => {
      const { parent } = await stage.thread('storm', ['staging', CLUSTER, 'stuck']);

      expect(plain(parent.text)).toBe('🔵 stuck: test alert: put onto the queue, sent by root (staging, storm)');
    });

    test('finds a channel that is closed, and a rule that is off', async () => {
      const { slack, channels } = stage.world;
      await slack.conversations.archive({ channel: channels.storm });
      await rule(false);
      const lines = await examined();
      await slack.conversations.unarchive({ channel: channels.storm });
      await rule(true);

      expect(lines).toEqual([
        `  ✗ channel ${channels.storm} (storm): archived → unarchive it, or configure another one`,
        `  ✗ EventBridge rule ${RULE}: switched off → aws events enable-rule --region ${REGION} --name ${RULE}`,
      ]);
    });

    test('finds a token that is none, and does not say it', async () => {
      await token('not a token');
      const lines = await examined();
      await token(TOKEN);

      const what = 'token in SSM parameter /ecs-alerts/slack-bot-token';
      const fix = 'store the bot token (xoxb-…) of the Slack app in it';
      expect(lines).toEqual([`  ✗ ${what}: holds something else than a bot token → ${fix}`]);
    });

    test('a test alert of a listed service takes the way of its alarms', async () => {
      const { code, output } = await stage.tool('prod', 'test-alert', ...at('everything', 'mute'));
      expect(output).toMatch(
        /^alarm ecs\/everything\/mute\/scaled-\w+ is set to ALARM; .*\n✓ in Slack after \d+ s: http/,
      );
      expect(code).toBe(0);
      const thread = await stage.thread('listed', ['prod', 'everything', 'mute']);

      expect(plain(thread.parent.text)).toMatch(
        /^🔵 mute: test alert: alarm ecs\/everything\/mute\/scaled-\w+ set off, sent by root \(prod, everything\)$/,
      );
      // That it is OK again is not told.
      expect(texts(thread)).toEqual([]);
    });

    test('one of a service that is not listed goes onto the queue', async () => {
      const { code, output } = await stage.tool('prod', 'test-alert', ...at('everything', 'nobody'));

      expect(output).toMatch(/^nobody has no alarm of its own: .*\n✓ in Slack after \d+ s: http/);
      expect(code).toBe(0);
      await stage.thread('everything', ['prod', 'everything', 'nobody']);
    });
  };
  return { name: 'doctor and test alerts', before: async () => {}, run };
}

function at(cluster: string, service: string): readonly string[] {
  return ['--cluster', cluster, '--region', REGION, '--service', service];
}
