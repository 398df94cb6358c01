import { TEST_SOURCE, testIdentity, testIn } from '../../test-alert';
import type { TestAlert } from '../alert';
import { cloudwatchAlarm } from './cloudwatch-alarm';
import type { Seen } from './context';
import { fields, isSubject, text } from './narrow';

/**
 * A test alert: an alarm that was set to ALARM for it, or a record of its own. The OK with which the alarm returns to its
 * true state is one like any other, and ends nothing.
 */
export function testAlert(event: unknown, context: Seen): TestAlert | undefined {
  const message = fields(event);
  if (message?.['source'] === TEST_SOURCE) {
    const [subject, nonce, sentBy] = [message['subject'], text(message['nonce']), text(message['sentBy'])];
    if (!isSubject(subject) || nonce === undefined || sentBy === undefined) return undefined;
    return { kind: 'test', subject, identity: testIdentity({ nonce }), atMs: context.sentAtMs, sentBy };
  }
  const test = testIn(text(message?.['NewStateReason']) ?? '');
  const alarm = test === undefined ? undefined : cloudwatchAlarm(event, context);
  if (test === undefined || alarm?.state !== 'ALARM') return undefined;
  const { subject, atMs, alarmName } = alarm;
  return { kind: 'test', subject, identity: testIdentity(test), atMs, sentBy: test.sentBy, alarm: alarmName };
}
