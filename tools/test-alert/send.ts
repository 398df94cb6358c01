import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { WebClient } from '@slack/web-api';
import { threadStore } from '../../functions/notifier/deliver/thread-store';
import { watchingOf } from '../../functions/read-settings';
import { type Subject, threadKey } from '../../functions/subject';
import { TEST_SOURCE, type Test, type TestRecord, testIdentity } from '../../functions/test-alert';
import { alarmsNamed, topicOf } from '../doctor/alarms';
import type { Entered } from '../doctor/entered';
import { alarmToSet, otherActions, setOff } from './alarm';

const POLL_MS = 1000;

/** A test alert on its way. */
export interface Sent {
  readonly test: Test;
  readonly subject: Subject;
  readonly at: Date;
  /** The alarm that was set off for it, if one was. */
  readonly alarm?: string;
}

/** Sends it by an alarm of the service, as a real one would come; where there is none, straight onto the queue. */
export async function send(entered: Entered, service: string, say: (line: string) => void): Promise<Sent> {
  const { aws, accountId: account, cluster, settings, caller: sentBy } = entered;
  const test = { nonce: randomUUID(), sentBy };
  const subject = { account, region: cluster.region, cluster: cluster.name, service };
  const alarms = await alarmsNamed(aws, Object.keys(settings.services.get(service)?.alarms ?? {}));
  const alarm = alarmToSet(alarms);
  const sent = { test, subject, at: new Date() };
  if (alarm?.AlarmName === undefined) {
    say(`${whyNone(service, alarms)}: it goes straight onto the queue, past alarm and topic`);
    await enqueue(entered, { source: TEST_SOURCE, subject, ...test });
    return sent;
  }
  const others = otherActions(alarm, await topicOf(entered, alarms));
  if (others.length > 0) say(`! its other actions are carried out too: ${others.join(', ')}`);
  say(`alarm ${alarm.AlarmName} is set to ALARM; its next evaluation sets it back`);
  await setOff(aws, alarm.AlarmName, test);
  return { ...sent, alarm: alarm.AlarmName };
}

function whyNone(service: string, alarms: readonly MetricAlarm[]): string {
  if (alarms.length === 0) return `${service} has no alarm of its own`;
  const states = alarms.map(({ AlarmName, StateValue }) => `${AlarmName}: ${StateValue}`).join(', ');
  return `no alarm of ${service} is in OK, with its actions on (${states})`;
}

async function enqueue({ aws, names }: Entered, record: TestRecord): Promise<void> {
  const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: names.queue }));
  await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(record) }));
}

/** The link to its message, as soon as the notifier has told it and Slack has it. */
export async function arrival(
  { aws, names, settings }: Entered,
  { test, subject }: Sent,
  slack: WebClient,
  giveUpAtMs: number,
): Promise<string | undefined> {
  const store = threadStore(aws.db, names.table, { now: () => new Date(), newId: randomUUID });
  const { channel } = watchingOf(settings, subject.service);
  const identity = testIdentity(test);
  for (;;) {
    const message_ts = (await store.told(threadKey(subject), [identity])).get(identity);
    const link = message_ts === undefined ? undefined : await linkTo(slack, { channel, message_ts });
    if (link !== undefined) return link;
    if (Date.now() >= giveUpAtMs) return undefined;
    await sleep(POLL_MS);
  }
}

/** None while Slack does not show it. */
async function linkTo(
  slack: WebClient,
  message: { readonly channel: string; readonly message_ts: string },
): Promise<string | undefined> {
  const answer = await slack.chat.getPermalink(message).catch(() => undefined);
  return answer?.permalink;
}
