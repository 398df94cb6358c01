import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Thread } from '../../tools/slack-channel';
import { until } from './command';
import { report, type Service } from './metrics';
import { logOf, REGION, startWorld, type World } from './world';

const [PROD, STAGING] = ['111111111111', '222222222222'];
const STACKS = ['prod-eu-west-1', 'staging-eu-west-1'];

const aService = (account: string, cluster: string, name: string): Service => ({
  ...{ account, cluster, name },
  ...{ tasks: 2, cpu: 30, memory: 40 },
});
const api = aService(PROD, 'shop', 'api');
const worker = aService(PROD, 'shop', 'worker');
const stagingApi = aService(STAGING, 'shop', 'api');
const lost = aService(STAGING, 'lost', 'unlisted');

let world: World;
let reports: ReturnType<typeof report>;
/** Without it nothing can come, and no test has to wait for it. */
let deployed = false;

beforeAll(async () => {
  world = await startWorld([PROD, STAGING]);
  // A service that reports nothing has stopped: it reports from before the first evaluation to the end.
  reports = report(world, [api, worker, stagingApi, lost]);
});

afterAll(async () => {
  await reports?.stop();
  await world?.close();
});

/** The thread of a service, as soon as it is as it should be. */
function thread(account: string, service: string, is: (thread: Thread) => boolean): Promise<Thread> {
  if (!deployed) throw new Error('nothing is deployed');
  return until(`a thread of ${service} in ${account} that is ${is}`, async () => {
    const mine = (await world.threads()).filter(
      ({ parent }) => parent.text.includes(`${service}: `) && parent.text.includes(`(${account}, shop)`),
    );
    if (mine.length > 1) throw new Error(`${service} has ${mine.length} threads`);
    return mine.find(is);
  });
}

const texts = ({ replies }: Thread) => replies.map(({ text }) => text.replaceAll('\u00a0', ' '));

/** Plays ECS: a task of the service stopped. */
async function stopTask(account: string, cluster: string, service: string, task: string): Promise<void> {
  const file = join(__dirname, '../fixtures/eventbridge-ecs-task-stopped-essential-container-exited.json');
  const { detail } = JSON.parse(readFileSync(file, 'utf8')) as { detail: object };
  const arn = `arn:aws:ecs:${REGION}:${account}`;
  const taskArn = `${arn}:task/${cluster}/${task}`;
  const ours = { clusterArn: `${arn}:cluster/${cluster}`, group: `service:${service}`, taskArn };
  const client = new EventBridgeClient(world.as(account));
  const Detail = JSON.stringify({ ...detail, ...ours, stoppedAt: new Date().toISOString() });
  const entry = { Source: 'aws.ecs', DetailType: 'ECS Task State Change', Resources: [taskArn], Detail };
  const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  client.destroy();
  expect(FailedEntryCount).toBe(0);
}

test('deploys two accounts with one command', async () => {
  await world.cdktf('deploy');
  deployed = true;
});

test.each(STACKS)('has nothing to change in %s when it is deployed again', async (stack) => {
  const code = await world.plan(stack);
  expect(`${code}\n${code === 0 ? '' : logOf(world, `plan-${stack}.log`)}`).toBe('0\n');
});

test('has told nothing while nothing was wrong', async () => {
  expect((await world.threads()).map(({ parent }) => parent.text)).toEqual([]);
});

test('opens a thread when a service’s CPU crosses its limit', async () => {
  api.cpu = 93;
  const { parent } = await thread('prod', 'api', () => true);

  expect(parent.text.replaceAll('\u00a0', ' ')).toBe('🟠 api: CPU 93 %, limit 85 % for 5 min (prod, shop)');
});

test('tells the next alarm of the service in the same thread', async () => {
  api.memory = 95;
  const all = texts(await thread('prod', 'api', ({ replies }) => replies.length >= 1));

  expect(all).toEqual(['🟠 api: Memory 95 %, limit 85 % for 5 min']);
});

test('tells a stopped task in the same thread', async () => {
  await stopTask(PROD, 'shop', 'api', 'one');
  const all = texts(await thread('prod', 'api', ({ replies }) => replies.length >= 2));

  expect(all.slice(1)).toEqual(['🟠 api: Task stopped: api:42, exit 1']);
});

test('closes the thread when all is fine again', async () => {
  api.cpu = 30;
  api.memory = 40;
  const closed = await thread('prod', 'api', ({ parent }) => parent.text.startsWith('🟢'));

  expect(closed.parent.text).toMatch(/^🟢.api: recovered after \d+.(s|min) \(prod, shop\)$/);
  expect(texts(closed).at(-1)).toMatch(/^🟢 api: Recovered after \d+ (s|min): /);
});

test('reopens the same thread when it happens again', async () => {
  const { replies } = await thread('prod', 'api', () => true);
  api.cpu = 97;
  const again = await thread('prod', 'api', ({ parent }) => !parent.text.startsWith('🟢'));
  const all = await thread('prod', 'api', (now) => now.replies.length > replies.length);

  expect(again.parent.text).toContain('CPU 97');
  expect(all.replies.at(-1)).toMatchObject({ reply_broadcast: true });
  api.cpu = 30;
  await thread('prod', 'api', ({ parent }) => parent.text.startsWith('🟢'));
});

test('gives another account’s service of the same name a thread of its own', async () => {
  stagingApi.cpu = 91;
  const opened = await thread('staging', 'api', () => true);

  expect(opened.replies).toEqual([]);
  stagingApi.cpu = 30;
  await thread('staging', 'api', ({ parent }) => parent.text.startsWith('🟢'));
});

test('tells that a service was scaled', async () => {
  worker.tasks = 3;
  const up = await thread('prod', 'worker', () => true);
  expect(up.parent.text.replaceAll('\u00a0', ' ')).toBe('🔵 worker: scaled up by 1 task (prod, shop)');

  worker.tasks = 2;
  const down = await thread('prod', 'worker', ({ replies }) => replies.length > 0);
  expect(texts(down)).toEqual(['🔵 worker: Scaled down by 1 task']);
});

test('shows what is no JSON on the topic as it is, in the cluster’s thread', async () => {
  const sns = new SNSClient(world.as(PROD));
  const TopicArn = `arn:aws:sns:${REGION}:${PROD}:ecs-alerts-shop-alarms`;
  await sns.send(new PublishCommand({ TopicArn, Message: 'this is <not> json' }));
  sns.destroy();
  const { parent } = await thread('prod', 'shop (cluster)', () => true);

  expect(JSON.stringify(parent.blocks)).toContain('this is &lt;not&gt; json');
});

test('moves what a person has to fix to the dead-letter queue, with what to do', async () => {
  lost.cpu = 99;
  const sqs = new SQSClient(world.as(STAGING));
  const QueueUrl = `${world.as(STAGING).endpoint}/${STAGING}/ecs-alerts-lost-dead-letters`;
  const message = await until('a dead letter', async () => {
    const request = { QueueUrl, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 };
    return (await sqs.send(new ReceiveMessageCommand(request))).Messages?.[0];
  });
  sqs.destroy();

  expect(message.MessageAttributes?.['cause']?.StringValue).toMatch(/^Slack says channel_not_found: .*check the ID/);
  expect(JSON.parse(message.Body ?? '')).toMatchObject({ Type: 'Notification' });
});

test('leaves nothing behind', async () => {
  await world.cdktf('destroy');
  const { Topics } = await new SNSClient(world.as(PROD)).send(new ListTopicsCommand({}));

  expect(Topics).toEqual([]);
});
