import type { Subject } from './subject';

/** What `npm run test-alert` and the notifier share: by what a test alert is known, whichever way it takes. */

export const TEST_SOURCE = 'ecs-alerts.test-alert';

export interface Test {
  /** Tells this test from every other one. */
  readonly nonce: string;
  /** Who tests: `user/alice`, `assumed-role/deploy/alice`. */
  readonly sentBy: string;
}

/** A test of a service without an alarm of its own: a record straight onto the queue. */
export interface TestRecord extends Test {
  readonly source: typeof TEST_SOURCE;
  readonly subject: Subject;
}

/** Why an alarm is set to ALARM: CloudWatch hands it on. */
export function testReason({ nonce, sentBy }: Test): string {
  return `${TEST_SOURCE} ${nonce}: a test, sent by ${sentBy}`;
}

/** The test that the reason of an alarm speaks of, if it is one. */
export function testIn(reason: string): Test | undefined {
  const [, nonce, sentBy] = /^ecs-alerts\.test-alert (\S+): a test, sent by (.+)$/s.exec(reason) ?? [];
  return nonce === undefined || sentBy === undefined ? undefined : { nonce, sentBy };
}

/** The identity of its alert. */
export function testIdentity({ nonce }: Pick<Test, 'nonce'>): string {
  return `test/${nonce}`;
}
