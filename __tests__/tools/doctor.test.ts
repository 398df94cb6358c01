import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { defineAlerts } from '../../constructs';
import { problemsOf } from '../../tools/doctor/alarms';
import { type Choice, clustersOf, listedClusters } from '../../tools/doctor/clusters';
import { check, hint, isWell, listed, right, shown, unchecked, wrong } from '../../tools/doctor/findings';
import { untraced } from '../support/synth';

test('shows each finding in a line, with what to do', () => {
  const findings = [right('12 alarms'), hint('code', 'another', 'deploy'), wrong('queue', 'not there', 'deploy')];

  expect(findings.map(shown)).toEqual(['✓ 12 alarms', '! code: another → deploy', '✗ queue: not there → deploy']);
  expect(isWell(findings.slice(0, 2))).toBe(true);
  expect(isWell(findings)).toBe(false);
});

test('goes on after a check that cannot be made, and says what it lacks', async () => {
  const denied = Object.assign(new Error('not authorized to perform:\n lambda:GetFunctionConfiguration'), {
    name: 'AccessDeniedException',
  });

  expect(await check('function', () => Promise.reject(denied))).toEqual([
    wrong(
      'function',
      'cannot be checked: not authorized to perform: lambda:GetFunctionConfiguration',
      'allow these credentials what it names',
    ),
  ]);
  expect(unchecked('function', 'broken')).toMatchObject({ problem: 'cannot be checked: broken' });
});

test('names a few and counts the rest', () => {
  expect(listed(['a', 'b'])).toBe('a, b');
  expect(listed(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
});

describe('alarms', () => {
  const topic = 'arn:aws:sns:eu-west-1:111122223333:ecs-alerts-shop-alarms';
  const alarm = (AlarmName: string, more: Partial<MetricAlarm> = {}): MetricAlarm => ({
    AlarmName,
    AlarmActions: [topic],
    ActionsEnabled: true,
    ...more,
  });
  const problems = (found: readonly MetricAlarm[], more: { topic?: string | undefined } = {}) =>
    problemsOf({
      wanted: ['cpu', 'memory'],
      found,
      telling: found,
      topic,
      deploy: 'npx cdktf deploy prod-eu-west-1',
      region: 'eu-west-1',
      ...more,
    }).map(shown);

  test('have nothing wrong with them when they are there and tell the topic', () => {
    expect(problems([alarm('cpu'), alarm('memory', { AlarmActions: ['arn:other', topic] })])).toEqual([]);
  });

  test('that are missing, tell something else, or nothing, are each told', () => {
    const found = [alarm('cpu', { AlarmActions: ['arn:other'], ActionsEnabled: false })];

    expect(problems(found)).toEqual([
      '✗ alarms memory: not there → npx cdktf deploy prod-eu-west-1',
      `✗ alarms cpu: do not tell ${topic} → npx cdktf deploy prod-eu-west-1`,
      '✗ alarms cpu: actions switched off → aws cloudwatch enable-alarm-actions --region eu-west-1 --alarm-names cpu',
    ]);
  });

  test('are not blamed one by one for a subscription that is missing', () => {
    expect(problems([alarm('cpu'), alarm('memory')], { topic: undefined })).toEqual([]);
  });
});

describe('the clusters', () => {
  // What would be an expression for Terraform is none in the table.
  const pattern = `"$\{x}"`;
  const config = defineAlerts({
    slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
    accounts: { prod: { id: '111122223333', deployRoleArn: 'arn:aws:iam::111122223333:role/deploy' } },
    clusters: [
      {
        account: 'prod',
        region: 'eu-west-1',
        name: 'shop',
        opsTopicArn: 'arn:aws:sns:eu-west-1:111122223333:on-call',
        scaledToMax: false,
        services: { api: { logs: [{ logGroup: '/ecs/api', pattern }] } },
      },
      { account: 'prod', region: 'us-east-1', name: 'shop', watcher: false },
    ],
  });
  const chosen = (choice: Choice) => untraced(() => listedClusters(config, choice));

  test('of the list come with all that is to be there', () => {
    const [shop, other] = chosen({});
    const { settings, alarms, rules, ...listed } = shop?.listed ?? {};

    expect(shop).toMatchObject({ title: 'prod-eu-west-1/shop', name: 'shop', region: 'eu-west-1' });
    expect(listed).toEqual({
      stack: 'prod-eu-west-1',
      accountId: '111122223333',
      deployRoleArn: 'arn:aws:iam::111122223333:role/deploy',
      hasWatcher: true,
    });
    expect(rules).toEqual(['task-stopped', 'deployment', 'service-action'].map((end) => `ecs-alerts-shop-${end}`));
    expect(settings?.cluster).toMatchObject({ cluster: 'shop', channel: 'C0123456789' });
    expect(settings?.alarms.get('ecs/shop/api/log-pattern:1')?.log?.pattern).toBe(pattern);
    const onAlerting = (alarms ?? []).filter((name) => !settings?.alarms.has(name));
    expect(alarms?.length).toBe(onAlerting.length + (settings?.alarms.size ?? 0));
    expect(onAlerting).toContain('ecs-alerts/shop/dead-letters');
    expect(other?.listed).toMatchObject({ stack: 'prod-us-east-1', hasWatcher: false });
  });

  test('are limited by what is asked for', () => {
    const titles = (choice: Choice) => chosen(choice).map(({ title }) => title);

    expect(titles({ stack: 'prod-us-east-1' })).toEqual(['prod-us-east-1/shop']);
    expect(titles({ account: 'prod', region: 'eu-west-1', cluster: 'shop' })).toEqual(['prod-eu-west-1/shop']);
  });

  test('that are asked for and not there are told with those that are', () => {
    expect(() => chosen({ account: 'dev', cluster: 'shop' })).toThrow(
      /^--account dev --cluster shop: must name a cluster .*, which has prod-eu-west-1\/shop, prod-us-east-1\/shop$/,
    );
  });

  test('need not be listed', async () => {
    expect(await clustersOf({ cluster: 'other', region: 'us-east-1' })).toEqual([
      { title: 'other in us-east-1', name: 'other', region: 'us-east-1' },
    ]);
  });
});

test('the doctor only reads', () => {
  const folder = join(__dirname, '..', '..', 'tools');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^doctor.*\.ts$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  const commands = sources.flatMap((source) =>
    [...source.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => name),
  );

  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((name) => !/^(Get|List|Describe|Filter)/.test(name))).toEqual([]);
});
