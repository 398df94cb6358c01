import { DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { arn } from '../../functions/arns';
import { inParts } from '../../functions/in-parts';
import type { Aws } from './aws';
import type { Entered } from './entered';
import { check, type Finding, isNotThere, listed, right, wrong } from './findings';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const ALARMS_PER_CALL = 100;

/** Whether the alarms are there and reach the queue, and whether those on the alerting itself are quiet. */
export async function checkAlarms(entered: Entered): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    check('alarms', () => checkOwn(entered)),
    check('alarms on the alerting itself', () => checkOps(entered)),
  ]);
  return findings.flat();
}

async function checkOwn(entered: Entered): Promise<readonly Finding[]> {
  const { aws, cluster, settings, names, deploy } = entered;
  const wanted = cluster.listed?.alarms ?? [...settings.alarms.keys()];
  const found = await alarmsNamed(aws, wanted);
  const telling = found.filter(({ AlarmName = '' }) => settings.alarms.has(AlarmName));
  const topic = await topicOf(entered, telling);
  const problems = problemsOf({ wanted, found, telling, topic, deploy, region: cluster.region });
  const subscription =
    topic === undefined
      ? wrong(`topic ${names.topic}`, 'the queue is not subscribed to what the alarms tell', deploy)
      : right(`topic ${topic.split(':').at(-1)}, to which the queue is subscribed`);
  return [...(problems.length > 0 ? problems : [right(`${found.length} alarms`)]), subscription];
}

/** What is wrong with alarms. */
export function problemsOf({
  wanted,
  found,
  telling,
  topic,
  deploy,
  region,
}: {
  readonly wanted: readonly string[];
  readonly found: readonly MetricAlarm[];
  /** Those that tell the topic; the others are on the alerting itself. */
  readonly telling: readonly MetricAlarm[];
  /** Undefined when the queue is subscribed to none: that is told, and not once more of each alarm. */
  readonly topic: string | undefined;
  readonly deploy: string;
  readonly region: string;
}): readonly Finding[] {
  const named = (alarms: readonly MetricAlarm[]) => alarms.map(({ AlarmName = '' }) => AlarmName);
  const of = (names: readonly string[], problem: string, fix: string) =>
    names.length === 0 ? [] : [wrong(`alarms ${listed(names)}`, problem, fix)];
  const there = new Set(named(found));
  const mute = named(telling.filter(({ ActionsEnabled }) => ActionsEnabled === false));
  const elsewhere = telling.filter(({ AlarmActions = [] }) => topic !== undefined && !AlarmActions.includes(topic));
  const enable = `aws cloudwatch enable-alarm-actions --region ${region} --alarm-names ${mute.join(' ')}`;
  return [
    ...of(
      wanted.filter((name) => !there.has(name)),
      'not there',
      deploy,
    ),
    ...of(named(elsewhere), `do not tell ${topic}`, deploy),
    ...of(mute, 'actions switched off', enable),
  ];
}

export async function alarmsNamed({ cloudWatch }: Aws, names: readonly string[]): Promise<readonly MetricAlarm[]> {
  const pages = await Promise.all(
    inParts(names, ALARMS_PER_CALL).map((AlarmNames) =>
      cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [...AlarmNames], MaxRecords: ALARMS_PER_CALL })),
    ),
  );
  return pages.flatMap(({ MetricAlarms = [] }) => MetricAlarms);
}

/** The topic to which the queue is subscribed: one that alarms tell, or the one that is there for alarms of one's own. */
export async function topicOf(
  { aws, accountId, cluster, names }: Entered,
  alarms: readonly MetricAlarm[],
): Promise<string | undefined> {
  const place = { accountId, region: cluster.region };
  const told = alarms.flatMap(({ AlarmActions = [] }) => AlarmActions).filter((action) => action.includes(':sns:'));
  const queue = arn(place, 'sqs', names.queue);
  for (const topic of new Set([arn(place, 'sns', names.topic), ...told])) {
    if ((await subscribersOf(aws, topic)).includes(queue)) return topic;
  }
  return undefined;
}

async function subscribersOf({ sns }: Aws, TopicArn: string): Promise<readonly (string | undefined)[]> {
  const subscribers: (string | undefined)[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }));
      subscribers.push(...(page.Subscriptions ?? []).map(({ Endpoint }) => Endpoint));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  } catch (error) {
    // Another account's may not be looked at: it is not this one.
    if (!isNotThere(error) && !isForeign(error)) throw error;
  }
  return subscribers;
}

function isForeign(error: unknown): boolean {
  return error instanceof Error && error.name === 'AuthorizationErrorException';
}

/** They are only where there is an `opsTopicArn`. */
async function checkOps({ aws, names, cluster }: Entered): Promise<readonly Finding[]> {
  const { MetricAlarms = [] } = await aws.cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: names.opsAlarms, MaxRecords: ALARMS_PER_CALL }),
  );
  const raised = MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM');
  if (raised.length === 0) {
    return MetricAlarms.length === 0
      ? []
      : [right(`${MetricAlarms.length} alarms on the alerting itself, none in ALARM`)];
  }
  const look = `see the other lines, and aws logs tail /aws/lambda/${names.notifier} --region ${cluster.region} --since 1h`;
  return raised.map(({ AlarmName = '', AlarmDescription = '' }) =>
    wrong(`alarm ${AlarmName}`, `in ALARM: ${AlarmDescription}`, look),
  );
}
