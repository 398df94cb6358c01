import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { theAlarms } from './deployed/alarms';
import { theDeadLetters } from './deployed/dead-letters';
import { theDependencies } from './deployed/dependencies';
import { theDoctor } from './deployed/doctor';
import { theEvents } from './deployed/events';
import { theLeastPrivilege } from './deployed/least-privilege';
import { theOperators } from './deployed/operators';
import { theStorm } from './deployed/storm';
import { theStory } from './deployed/story';
import { theThread } from './deployed/threads';
import { theWatcher } from './deployed/watcher';
import { PROD, STACKS, STAGING, Stage } from './stage';
import { logOf } from './world';

/**
 * One deployment for all: it takes longer than everything that is done with it.
 *
 * What the emulator cannot do, and what stands in for it:
 * - Metric filters make no metric: the test counts the lines of the log itself (alarms).
 * - Functions' embedded metrics become none: the test puts what the watcher really logged (dependencies).
 * - EventBridge, RDS and the others measure nothing, Lambda its invocations, SQS how many messages can be seen: the test
 *   puts their metrics (dependencies, operators).
 * - ECS tells no event but that of StopTask: the test plays the fixtures (events).
 * - ECS starts no task by itself, and what is deployed is there at once: a stopped task comes back when the service is
 *   updated, and a deployment without room never ends (watcher).
 * - Services have no service deployments but those a test gives them: that a rollback was one is known from its event
 *   alone (events).
 * - Nothing is throttled, and no policy is enforced, neither IAM's nor those of queues and topics. What the functions
 *   asked is compared with IAM's (least privilege).
 * - CloudWatch's own lateness: periods are a second, and data is there at once.
 * - Dashboards are stored, never drawn.
 * - Metrics of Container Insights: nothing of them is deployed here.
 */
const stage = new Stage();

const tests = [
  theThread,
  theAlarms,
  theDependencies,
  theEvents,
  theWatcher,
  theOperators,
  theDeadLetters,
  theStory,
  theStorm,
  theDoctor,
  theLeastPrivilege,
].map((make) => make(stage));

beforeAll(async () => {
  await stage.start();
  for (const { before } of tests) await before();
});

afterAll(() => stage.stop());

test('deploys two accounts with one command', () => stage.cdktf('deploy'));

test.each(STACKS)('has nothing to change in %s when it is deployed again', async (stack) => {
  const code = await stage.world.plan(stack);
  expect(`${code}\n${code === 0 ? '' : logOf(stage.world, `plan-${stack}.log`)}`).toBe('0\n');
});

test('has told nothing while nothing was wrong', async () => {
  for (const cluster of ['shop', 'everything']) await stage.watch('prod', cluster);
  for (const cluster of ['shop', 'lost']) await stage.watch('staging', cluster);
  for (const channel of Object.values(stage.world.channels)) {
    expect((await stage.world.threads(channel, () => true)).map(({ parent }) => parent.text)).toEqual([]);
  }
});

test('begins what takes its time', async () => {
  for (const { begin } of tests) await begin?.();
});

for (const { name, run } of tests) describe(name, run);

test('leaves nothing behind', async () => {
  await stage.cdktf('destroy');
  for (const account of [PROD, STAGING]) {
    const { Topics = [] } = await new SNSClient(stage.world.as(account)).send(new ListTopicsCommand({}));
    expect(Topics.filter(({ TopicArn = '' }) => !TopicArn.endsWith(':operators'))).toEqual([]);
  }
});
