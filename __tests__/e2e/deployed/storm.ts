import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SlackMessage, Thread } from '../../../tools/slack-channel';
import { Random, SEED } from '../../simulation/random';
import { atRandom } from '../../under-fire/unwell-slack';
import { until } from '../command';
import { REGION } from '../emulators';
import { TestQueue } from '../queue';
import { STAGING, type Stage } from '../stage';
import type { Group } from './group';

const CLUSTER = 'storm';
const SERVICES = Array.from({ length: 20 }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);
/** Of each service. All are told: no two are of one alarm, and no two stops of one revision. */
const [ALARMS, STOPS] = [40, 10];
const EACH = ALARMS + STOPS;
const BATCH = 10;

const TEMPLATE = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'fixtures', 'sns-alarm-single-metric-ALARM.json'), 'utf8'),
) as { readonly Trigger: object };

/**
 * A thousand alerts at once, through the topic and a rule, in the batches that are deployed, two at a time as deployed. The
 * channel takes a message a second: meanwhile the others are tested. And Slack is unwell: it limits, fails, hangs, loses answers.
 */
export function theStorm(stage: Stage): Group {
  let sentAtMs = 0;

  const before = async () => {
    const ecs = stage.ecs('staging');
    await ecs.createCluster(CLUSTER);
    for (const service of SERVICES) await ecs.createService(CLUSTER, service, 2);
  };

  const begin = async () => {
    sentAtMs = Date.now();
    const { channels, unwell } = stage.world;
    unwell.limits = (channel) => channel === channels.storm;
    const fails = atRandom(new Random(SEED), { of: 0.06, permanent: false });
    unwell.mood = (call, atMs) => (call.body.get('channel') === channels.storm ? fails(call, atMs) : undefined);
    const sns = new SNSClient(stage.world.as(STAGING));
    const alarms = upTo(ALARMS).flatMap((number) => SERVICES.map((service) => alarm(service, number)));
    await Promise.all([...batches(alarms).map((batch) => publish(sns, batch)), ...SERVICES.map(stop)]);
    sns.destroy();
  };

  const stop = (service: string) =>
    stage.send(
      'ecs-task-stopped-essential-container-exited',
      { account: 'staging', cluster: CLUSTER, service },
      ...upTo(STOPS).map((number) => ({
        taskArn: `arn:aws:ecs:${REGION}:${STAGING}:task/${CLUSTER}/${service}-${number}`,
        taskDefinitionArn: `arn:aws:ecs:${REGION}:${STAGING}:task-definition/${service}:${number}`,
        stoppedAt: new Date(sentAtMs).toISOString(),
      })),
    );

  const alarm = (service: string, number: number) => {
    const AlarmName = `${service}-${number}`;
    return JSON.stringify({
      ...TEMPLATE,
      AlarmName,
      AlarmArn: `arn:aws:cloudwatch:${REGION}:${STAGING}:alarm:${AlarmName}`,
      AWSAccountId: STAGING,
      StateChangeTime: new Date(sentAtMs).toISOString().replace('Z', '+0000'),
      Trigger: {
        ...TEMPLATE.Trigger,
        Dimensions: [
          { name: 'ServiceName', value: service },
          { name: 'ClusterName', value: CLUSTER },
        ],
      },
    });
  };

  const run = () => {
    let threads: readonly Thread[] = [];

    test('passes', async () => {
      const queue = (name: string) => new TestQueue(`ecs-alerts-${CLUSTER}-${name}`, stage.world.as(STAGING));
      const [alerts, deadLetters] = [queue('alerts'), queue('dead-letters')];
      await until('an empty queue', async () => ((await alerts.count()) === 0 ? true : undefined), 240);
      expect(await deadLetters.count()).toBe(0);
      alerts.close();
      deadLetters.close();
      const came = stage.world.unwell.calls.filter(({ channel }) => channel === stage.world.channels.storm);
      expect(came.filter(({ came: outcome }) => outcome !== 'ok').length).toBeGreaterThan(0);
    });

    test('opens one thread for each service', async () => {
      threads = await stage.world.threads(stage.world.channels.storm, () => true);
      const names = threads.map(({ parent }) => /\b(service-\d+)\b/.exec(parent.text)?.[1]);

      expect(threads).toHaveLength(SERVICES.length);
      expect(new Set(names)).toEqual(new Set(SERVICES));
    });

    test('is told whole, and nothing twice', () => {
      const payloads = threads.map(({ parent, replies }) => [parent, ...replies].map(payloadOf));
      const ids = payloads.flat().map(({ id }) => id);

      expect(new Set(ids).size).toBe(ids.length);
      expect(payloads.map((thread) => thread.reduce((sum, { alerts }) => sum + alerts, 0))).toEqual(
        SERVICES.map(() => EACH),
      );
    });
  };
  return { name: 'a storm', before, begin, run };
}

/** What the notifier says of a message: its ID, and how many alerts it tells. */
function payloadOf(message: SlackMessage): { readonly id: string; readonly alerts: number } {
  const { metadata } = message as SlackMessage & { readonly metadata: { readonly event_payload: object } };
  return metadata.event_payload as { id: string; alerts: number };
}

async function publish(sns: SNSClient, messages: readonly string[]): Promise<void> {
  const TopicArn = `arn:aws:sns:${REGION}:${STAGING}:ecs-alerts-${CLUSTER}-alarms`;
  const PublishBatchRequestEntries = messages.map((Message, index) => ({ Id: `${index}`, Message }));
  const { Failed } = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
  expect(Failed ?? []).toEqual([]);
}

function batches<T>(all: readonly T[]): readonly (readonly T[])[] {
  return upTo(Math.ceil(all.length / BATCH)).map((number) => all.slice((number - 1) * BATCH, number * BATCH));
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
