import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Thread } from '../../tools/slack-channel';
import { named, unnamed } from './changelog';
import { until } from './command';
import { REGION } from './emulators';
import { type Versions, versionsIn } from './first-deployment';
import { TestQueue } from './queue';
import { PROD, plain, Stage, texts } from './stage';

/**
 * Whoever deployed the first version deploys today's over it: nothing is destroyed that CHANGELOG.md does not name, and
 * incidents that are open go on in their threads.
 */
const stage = new Stage();
const [api, worker] = [stage.service('prod', 'shop', 'api'), stage.service('prod', 'shop', 'worker')];
const SERVICES = [api.name, worker.name, 'web', 'checkout'];
const place = (service: string) => ({ account: 'prod', cluster: 'shop', service }) as const;

let versions: Versions;
let alerts: TestQueue;
let deadLetters: TestQueue;
/** As the first version told it. */
let before: readonly Thread[];

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const thread = (service: string, is?: (thread: Thread) => boolean) =>
  stage.thread('usual', ['prod', 'shop', service], is);
const all = () => stage.world.threads(stage.world.channels.usual, () => true);
/** What was told, without what only explains it. */
const told = (one: Thread) => texts(one).filter((text) => /^[🔵🟠🔴🟢]/u.test(text));
const tells = (replies: number) => (one: Thread) => told(one).length >= replies;
const isGreen = ({ parent }: Thread) => parent.text.startsWith('🟢');
const isOver = (one: Thread) => isGreen(one) && told(one).at(-1)?.startsWith('🟢') === true;

/** A message of an alarm that is not ours. */
function alarm(state: 'ALARM' | 'OK', service: string, changedAt: string): string {
  const message = readFileSync(join(__dirname, '..', 'fixtures', `sns-alarm-single-metric-${state}.json`), 'utf8')
    .replaceAll('111122223333', PROD)
    .replaceAll('us-east-1', REGION)
    .replaceAll('"value": "prod"', '"value": "shop"')
    .replaceAll('"value": "api"', `"value": "${service}"`);
  return JSON.stringify({ ...JSON.parse(message), StateChangeTime: changedAt.replace('Z', '+0000') });
}

const stop = (task: string) =>
  stage.send('ecs-task-stopped-essential-container-exited', place('worker'), {
    taskArn: `arn:aws:ecs:${REGION}:${PROD}:task/shop/${task}`,
    stoppedAt: ago(0),
  });

/** Slack takes the next message, but nobody hears of it, nor of anything else. */
function loseTheNext(): void {
  const { unwell } = stage.world;
  unwell.mood = ({ method }) => {
    if (method === 'chat.postMessage') unwell.mood = () => ({ kind: 'status', status: 503, done: false });
    return { kind: 'reset', done: true };
  };
}

/** Whether ECS was read for the service and its thread knows it: no word is said of it. */
async function isRead(service: string): Promise<boolean> {
  const db = DynamoDBDocumentClient.from(new DynamoDBClient(stage.world.as(PROD)));
  const Key = { pk: 'thread', sk: `${PROD}/${REGION}/shop/${service}` };
  const { Item } = await db.send(new GetCommand({ TableName: 'ecs-alerts-shop-threads', Key }));
  db.destroy();
  return Item?.['thread']?.level !== undefined;
}

beforeAll(async () => {
  await stage.start();
  const ecs = stage.ecs('prod');
  await ecs.createCluster('shop');
  for (const name of SERVICES) await ecs.createService('shop', name, 2);
  versions = await versionsIn(stage.world);
  alerts = new TestQueue('ecs-alerts-shop-alerts', stage.world.as(PROD));
  deadLetters = new TestQueue('ecs-alerts-shop-dead-letters', stage.world.as(PROD));
});

afterAll(async () => {
  for (const queue of [alerts, deadLetters]) queue?.close();
  await stage.stop();
});

const webWas = [alarm('ALARM', 'web', ago(200)), alarm('OK', 'web', ago(60))];

async function tellFirst(): Promise<void> {
  api.cpu = 95;
  for (const body of webWas) await alerts.send(body);
  await stop('first');
  await stage.send('ecs-deployment-FAILED', place('checkout'), { updatedAt: ago(30) });
  for (const service of [api.name, worker.name, 'checkout']) await thread(service);
  await thread('web', isOver);
  loseTheNext();
  await stop('second');
  await thread('worker', tells(1));
}

test('the first version is deployed, and tells', async () => {
  await versions.first.plan();
  await versions.first.apply();
  stage.deployed = true;
  // A plan changes nothing, and takes as long.
  await Promise.all([tellFirst(), versions.today.plan()]);
  before = await all();

  expect(new Set(before.map(({ parent }) => plain(parent.text)))).toEqual(
    new Set([
      '🟠 api: CPU 95 %, limit 85 % for 5 min (prod, shop)',
      '🟠 worker: task stopped: api:42, exit 1 (prod, shop)',
      '🔴 checkout: deployment failed (prod, shop)',
      '🟢 web: recovered after 2 min (prod, shop)',
    ]),
  );
});

test('today’s destroys nothing that CHANGELOG.md does not name', async () => {
  const changes = await versions.today.planned();

  expect(unnamed(changes)).toEqual([]);
  expect(changes.filter(({ change }) => change.actions.includes('no-op')).length).toBeGreaterThan(0);
});

describe('while it is being deployed', () => {
  let applied: Promise<void>;

  beforeAll(() => {
    cpSync(versions.state, `${versions.state}.first`);
    applied = versions.today.apply();
  });

  test('an address that was renamed would have been noticed', async () => {
    await versions.renamed.plan('-refresh=false', `-state=${versions.state}.first`);
    const changes = await versions.renamed.planned();

    expect(unnamed(changes)).toEqual([expect.stringMatching(/^aws_dynamodb_table\.shop_table_/)]);
    expect(unnamed(changes, named('Terraform plan: removes `aws_dynamodb_table.table`.'))).toEqual([]);
  });

  test('it comes to its end', async () => {
    await applied;
    stage.world.unwell.mood = () => undefined;
  });
});

test('the watcher tells nothing of what it finds', async () => {
  await stage.watch('prod', 'shop');
  for (const service of SERVICES) {
    await until(`a reading of ${service}`, async () => (await isRead(service)) || undefined);
  }

  expect((await all()).map(texts)).toEqual(before.map(texts));
});

test('what Slack has without an answer is told once, what comes again not at all', async () => {
  for (const body of webWas) await alerts.send(body);
  await stop('second');
  await stop('third');

  expect(told(await thread('worker', tells(2)))).toEqual([
    expect.stringMatching(/^🟠 worker: 2nd stop in \d+ s: api:42, exit 1$/),
    expect.stringMatching(/^🟠 worker: 3rd stop in (\d+ s|\d min): api:42, exit 1$/),
  ]);
});

test('a deployment ends the one that failed', async () => {
  await stage.send('ecs-deployment-COMPLETED', place('checkout'), {
    deploymentId: 'ecs-svc/another',
    updatedAt: ago(0),
  });

  expect(told(await thread('checkout', isOver))).toEqual([
    expect.stringMatching(/^🟢 checkout: Recovered after \d+ (s|min): deployment finished/),
  ]);
});

test('what was over is opened again', async () => {
  await alerts.send(alarm('ALARM', 'web', ago(0)));
  const again = await thread('web', (one) => tells(2)(one) && !isGreen(one));

  expect(told(again)).toEqual([
    '🟢 web: Recovered after 2 min: CPU back at 41 %',
    '🟠 web: CPU 91 %, limit 80 % for 3 of 5 min',
  ]);
});

test('an alarm that stood ends its incident', async () => {
  api.memory = 95;
  await thread('api', tells(1));
  Object.assign(api, { cpu: 30, memory: 40 });

  expect(told(await thread('api', isOver))).toEqual([
    '🟠 api: Memory 95 %, limit 85 % for 5 min',
    expect.stringMatching(/^🟢 api: Recovered after \d+ min: /),
  ]);
});

test('all of it is in the threads of before, and nothing else', async () => {
  const parents = (threads: readonly Thread[]) => threads.map(({ parent }) => parent.ts);

  expect(parents(await all())).toEqual(parents(before));
  expect((await all()).flatMap(told)).toHaveLength(7);
  expect(await deadLetters.count()).toBe(0);
});

test('has nothing to change when it is deployed again', async () => {
  await versions.today.plan();
  const changes = await versions.today.planned();

  expect(changes.filter(({ change }) => !change.actions.includes('no-op'))).toEqual([]);
});
