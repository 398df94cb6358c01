import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { theAlarms } from './deployed/alarms';
import { theBootstrap } from './deployed/bootstrap';
import { theDeadLetters } from './deployed/dead-letters';
import { theDependencies } from './deployed/dependencies';
import { theEvents } from './deployed/events';
import { theLeastPrivilege } from './deployed/least-privilege';
import { theOperators } from './deployed/operators';
import { theRoles } from './deployed/roles';
import { theStorm } from './deployed/storm';
import { theStory } from './deployed/story';
import { theThread } from './deployed/threads';
import { theWatcher } from './deployed/watcher';
import { PROD, STAGING, Stage } from './stage';

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
  theLeastPrivilege,
  theBootstrap,
].map((make) => make(stage));

beforeAll(async () => {
  await stage.start();
  for (const { before } of tests) await before();
});

afterAll(() => stage.stop());

test('deploys two accounts with one command', () => stage.cdktf('deploy'));

test('has nothing to change when it is deployed again', async () => {
  const { code, stdout } = await stage.plan(['--skip-synth', '--role-name', 'plan']);

  expect(stdout).toMatch(/^## Plan: changes in 0 of 2 stacks\n/);
  expect(code).toBe(0);
});

test('plans what one setting changes, without its value', async () => {
  const { code, stdout } = await stage.plan(['staging-*', '--role-name', 'plan'], { CPU_PERCENT: '71' });

  expect(stdout).toContain('| staging-eu-west-1 | 0 | 1 | 0 | 0 |');
  expect(stdout).toMatch(/^- change `aws_cloudwatch_metric_alarm\.clusters_blind_\S+_cpu-high_\S+`: .*`threshold`$/m);
  expect(stdout).not.toContain('71');
  expect(code).toBe(2);
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

describe('the policies of the roles', () => theRoles(stage));
