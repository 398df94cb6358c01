import { type AlertsConfig, type ClusterConfig, EcsClusterAlerts, type EcsClusterAlertsProps } from '../../constructs';
import { checkConfig } from '../../constructs/check';
import { SHOP as PROPS, synth } from '../support/synth';

/** What is said of a cluster, against where it is and what it is made with. */

const SHOP: ClusterConfig = { account: 'prod', region: 'eu-west-1', name: 'shop' };
const US: ClusterConfig = { account: 'prod', region: 'us-east-1', name: 'shop' };
const TOPIC = 'arn:aws:sns:eu-west-1:999988887777:on-call';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';

function mistakes(more: Partial<AlertsConfig>): readonly string[] {
  const slack = { channel: 'C0123456789', tokenParameter: '/slack' };
  return told(() => checkConfig({ slack, accounts: { prod: { id: '111122223333' } }, clusters: [SHOP], ...more }));
}

function mistakesInProps(more: Partial<EcsClusterAlertsProps>): readonly string[] {
  return told(() => synth((scope) => new EcsClusterAlerts(scope, 'alerts', { ...PROPS, ...more })));
}

function told(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
}

describe('opsTopicArn', () => {
  const wrong = (index: number, beginning: string, arn = TOPIC) =>
    `clusters[${index}].opsTopicArn: must be in the cluster's region: ${beginning}…, got "${arn}"`;

  test.each<[readonly string[], Partial<AlertsConfig>]>([
    [[], { opsTopicArn: TOPIC }],
    [[], { opsTopicArn: TOPIC, clusters: [{ ...US, opsTopicArn: 'arn:aws:sns:us-east-1:111122223333:on-call' }] }],
    [[wrong(1, 'arn:aws:sns:us-east-1:')], { opsTopicArn: TOPIC, clusters: [SHOP, US] }],
    [[wrong(0, 'arn:aws:sns:us-east-1:')], { clusters: [{ ...US, opsTopicArn: TOPIC }] }],
    [[wrong(0, 'arn:aws-cn:sns:cn-north-1:')], { opsTopicArn: TOPIC, clusters: [{ ...SHOP, region: 'cn-north-1' }] }],
    [
      [wrong(0, 'arn:aws:sns:eu-west-1:', 'arn:aws-cn:sns:eu-west-1:111122223333:on-call')],
      { opsTopicArn: 'arn:aws-cn:sns:eu-west-1:111122223333:on-call' },
    ],
    [['opsTopicArn: must be the ARN of an SNS topic, got "arn:aws:sqs:a"'], { opsTopicArn: 'arn:aws:sqs:a' }],
    [
      ['clusters[0].region: must be a region such as eu-west-1, got "Ireland"'],
      { opsTopicArn: TOPIC, clusters: [{ ...SHOP, region: 'Ireland' }] },
    ],
  ])('says %j', (expected, given) => {
    expect(mistakes(given)).toEqual(expected);
  });

  test('must be in the region also of a construct in a stack of one’s own', () => {
    expect(mistakesInProps({ opsTopicArn: TOPIC.replace('eu-west-1', 'eu-west-2') })).toEqual([
      `opsTopicArn: must be in the cluster's region: arn:aws:sns:eu-west-1:…, got "${TOPIC.replace('eu-west-1', 'eu-west-2')}"`,
    ]);
  });

  test("is never the cluster's own topic", () => {
    const own = 'arn:aws:sns:eu-west-1:111122223333:ecs-alerts-shop-alarms';
    const mistake = `opsTopicArn: must not be the cluster's own topic: what reads it may be what is broken, got "${own}"`;

    expect(mistakes({ opsTopicArn: own })).toEqual([`clusters[0].${mistake}`]);
    expect(mistakesInProps({ opsTopicArn: own })).toEqual([mistake]);
    expect(mistakes({ clusters: [{ ...SHOP, name: 'batch', opsTopicArn: own }] })).toEqual([]);
  });
});

describe('topicArn', () => {
  const own = 'arn:aws:sns:eu-west-1:111122223333:team-alarms';
  const [elsewhere, foreign] = [own.replace('eu-west-1', 'eu-west-2'), own.replace('111122223333', '999988887777')];
  const wrong = (arn: string) =>
    `topicArn: must be in the cluster's account and region: arn:aws:sns:eu-west-1:111122223333:…, got "${arn}"`;

  test('must be where the cluster is, and a standard topic', () => {
    expect(mistakes({ clusters: [{ ...SHOP, topicArn: own }] })).toEqual([]);
    expect(mistakes({ clusters: [{ ...SHOP, topicArn: elsewhere }] })).toEqual([`clusters[0].${wrong(elsewhere)}`]);
    expect(mistakesInProps({ topicArn: foreign })).toEqual([wrong(foreign)]);
    expect(mistakesInProps({ topicArn: `${own}.fifo` })).toEqual([
      `topicArn: must be the ARN of an SNS topic, got "${own}.fifo"`,
    ]);
  });

  test('is of one cluster only, and not what is told when that one fails', () => {
    expect(
      mistakes({
        clusters: [
          { ...SHOP, topicArn: own, opsTopicArn: own },
          { ...SHOP, name: 'batch', topicArn: own },
        ],
      }),
    ).toEqual([
      `clusters[0].opsTopicArn: must not be the cluster's own topic: what reads it may be what is broken, got "${own}"`,
      `clusters[1].topicArn: must be of one cluster only, clusters[0] has it, got "${own}"`,
    ]);
  });
});

test('a key has to be in the region', () => {
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

  expect(mistakes({ kmsKeyArn: key, clusters: [SHOP, US] })).toEqual([
    `clusters[1].kmsKeyArn: must be in the cluster's region: arn:aws:kms:us-east-1:…, got "${key}"`,
  ]);
  expect(mistakesInProps({ kmsKeyArn: 'alias/aws/sns' })).toEqual([
    'kmsKeyArn: must be the ARN of a key, got "alias/aws/sns"',
  ]);
});

test('a boundary has to be of the account, or of AWS', () => {
  const boundary = 'arn:aws:iam::999988887777:policy/boundary';

  expect(mistakes({ permissionsBoundaryArn: boundary })).toEqual([
    `clusters[0].permissionsBoundaryArn: must be of the cluster's account, 111122223333, got "${boundary}"`,
  ]);
  expect(mistakes({ permissionsBoundaryArn: 'arn:aws:iam::aws:policy/PowerUserAccess' })).toEqual([]);
  expect(mistakesInProps({ permissionsBoundaryArn: 'boundary' })).toEqual([
    'permissionsBoundaryArn: must be the ARN of a policy, got "boundary"',
  ]);
});

describe('alarmActions', () => {
  test('have to be in the region, of the cluster and of its services', () => {
    const [here, there] = [TOPIC, TOPIC.replace('eu-west-1', 'us-east-1')];
    const wrong = (place: string) => `${place}: must be in the cluster's region, eu-west-1, got "${there}"`;

    expect(
      mistakes({
        alarmActions: { critical: [here, there] },
        clusters: [{ ...SHOP, services: { api: { alarmActions: { warning: [there] } } } }],
      }),
    ).toEqual([
      wrong('clusters[0].alarmActions.critical[1]'),
      wrong('clusters[0].services.api.alarmActions.warning[0]'),
    ]);
  });

  test('are ARNs, four at most, by severity', () => {
    const alarmActions = { critical: Array.from({ length: 5 }, () => TOPIC), warning: ['pager'], fatal: [] };

    expect(mistakesInProps({ alarmActions })).toEqual([
      expect.stringMatching(/^alarmActions\.critical: must be at most 4 ARNs, got \[/),
      'alarmActions.warning[0]: must be the ARN of what an alarm can tell, got "pager"',
      'alarmActions.fatal: is not an option',
    ]);
  });
});

describe('tokenSecretArn', () => {
  const slack = { channel: 'C0123456789', tokenSecretArn: SECRET };
  const wrong = `clusters[0].slack.tokenSecretArn: must be in the cluster's region: arn:aws:secretsmanager:us-east-1:…, got "${SECRET}"`;

  test.each<[readonly string[], Partial<AlertsConfig>]>([
    [[], { slack }],
    [[wrong], { slack, clusters: [US] }],
    [[wrong], { clusters: [{ ...US, slack: { tokenSecretArn: SECRET } }] }],
    [[], { slack, clusters: [{ ...US, slack: { tokenParameter: '/slack' } }] }],
    [[], { slack, clusters: [{ ...US, slack: { tokenSecretArn: SECRET.replace('eu-west-1', 'us-east-1') } }] }],
  ])('says %j', (expected, given) => {
    expect(mistakes(given)).toEqual(expected);
  });
});

describe('tags', () => {
  const reserved = 'must not be one of EcsCluster, EcsService, Dependency, Kind: alarms have them';

  test.each<[readonly string[], Partial<AlertsConfig>]>([
    [[], { tags: { Team: 'a' }, clusters: [{ ...SHOP, tags: { Team: 'b', team2: 'c' } }] }],
    [['tags.team: must differ from Team in more than case, got "team"'], { tags: { Team: 'a', team: 'a' } }],
    [
      ['clusters[0].tags.TEAM: must differ from Team in more than case, got "TEAM"'],
      { tags: { Team: 'a' }, clusters: [{ ...SHOP, tags: { TEAM: 'b' } }] },
    ],
    ...['Kind', 'kind', 'ecscluster', 'EcsService', 'DEPENDENCY'].map<[readonly string[], Partial<AlertsConfig>]>(
      (key) => [[`tags.${key}: ${reserved}, got "${key}"`], { tags: { [key]: 'a' } }],
    ),
  ])('say %j', (expected, given) => {
    expect(mistakes(given)).toEqual(expected);
  });

  test('are as unique in a construct in a stack of one’s own', () => {
    expect(mistakesInProps({ tags: { a: '1', A: '2' } })).toEqual([
      'tags.A: must differ from a in more than case, got "A"',
    ]);
  });
});

describe('runtime', () => {
  const rule = 'must be a Node.js runtime such as nodejs24.x, nodejs20.x or later';

  test.each<[readonly string[], Partial<AlertsConfig>]>([
    [[], { runtime: 'nodejs20.x' }],
    [[], { runtime: 'nodejs26.x' }],
    [[`runtime: ${rule}, got "nodejs18.x"`], { runtime: 'nodejs18.x' }],
    [[`runtime: ${rule}, got "nodejs24"`], { runtime: 'nodejs24' }],
    [[], { runtime: 'nodejs22.x', awsProviderVersion: '6.18.0' }],
    [[], { runtime: 'nodejs24.x', awsProviderVersion: '6.19.0' }],
    [
      ['runtime: needs awsProviderVersion 6.19.0 or later, which is 6.18.0, got "nodejs24.x"'],
      { runtime: 'nodejs24.x', awsProviderVersion: '6.18.0' },
    ],
    [
      ['clusters[0].runtime: needs awsProviderVersion 6.19.0 or later, which is 5.100.0, got "nodejs26.x"'],
      { awsProviderVersion: '5.100.0', clusters: [{ ...SHOP, runtime: 'nodejs26.x' }] },
    ],
  ])('says %j', (expected, given) => {
    expect(mistakes(given)).toEqual(expected);
  });
});
