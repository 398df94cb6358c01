import type { AlertsConfig } from '../../constructs';
import { checkConfig } from '../../constructs/check';

const SLACK = { channel: 'C0123456789', tokenParameter: '/slack' };
const ACCOUNTS = { prod: { id: '111122223333' } };
const SHOP = { account: 'prod', region: 'eu-west-1', name: 'shop' };
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';

const config = (more: object = {}) => ({ slack: SLACK, accounts: ACCOUNTS, clusters: [SHOP], ...more });
const cluster = (more: object) => config({ clusters: [SHOP, { ...SHOP, name: 'batch', ...more }] });

/** Takes the configuration as plain JavaScript would give it. */
function check(given: unknown): void {
  checkConfig(given as AlertsConfig);
}

test('has nothing to say about what is right', () => {
  const right = config({ cpu: false, clusters: [{ ...SHOP, services: { api: {} }, slack: { broadcast: [] } }] });

  expect(() => check(right)).not.toThrow();
});

test('tells all mistakes at once: place, rule and value', () => {
  const wrong = config({
    accounts: { prod: { id: '1111' } },
    quietMinutes: 1.5,
    clusters: [
      { ...SHOP, account: 'test' },
      { ...SHOP, services: { api: { stopped: 'no' } } },
    ],
  });

  expect(() => check(wrong)).toThrow(
    new Error(
      [
        'alerts.config.ts: 4 mistakes',
        '  quietMinutes: must be a whole number from 1 to 10080, got 1.5',
        '  accounts.prod.id: must be 12 digits, got "1111"',
        '  clusters[1].services.api.stopped: must be true or false, got "no"',
        '  clusters[0].account: must be one of prod, got "test"',
      ].join('\n'),
    ),
  );
});

const NAME = '1 to 255 letters, digits, - and _';
const ID = 'must be the ID of a channel such as C0123456789, not its name';

test.each<[string, unknown]>([
  // Slack
  [`slack.channel: ${ID}, got "#alerts"`, config({ slack: { ...SLACK, channel: '#alerts' } })],
  [`slack.channel: ${ID}, got "alerts"`, config({ slack: { ...SLACK, channel: 'alerts' } })],
  [`slack.channel: is missing, ${ID}`, config({ slack: { tokenParameter: '/slack' } })],
  [`clusters[1].slack.channel: ${ID}, got null`, cluster({ slack: { channel: null } })],
  ['slack: must have either tokenParameter or tokenSecretArn, got none', config({ slack: { channel: 'C0123456789' } })],
  [
    'slack: must have either tokenParameter or tokenSecretArn, got both',
    config({ slack: { ...SLACK, tokenSecretArn: SECRET } }),
  ],
  [
    'clusters[1].slack: must have either tokenParameter or tokenSecretArn, got both',
    cluster({ slack: { tokenParameter: '/slack', tokenSecretArn: SECRET } }),
  ],
  [
    'slack.tokenSecretArn: must be the whole ARN of a secret, with the six characters at its end, got "slack"',
    config({ slack: { channel: SLACK.channel, tokenSecretArn: 'slack' } }),
  ],
  [
    'slack.broadcast[1]: must be one of info, warning, critical, got "bad"',
    config({ slack: { ...SLACK, broadcast: ['info', 'bad'] } }),
  ],
  ['slack.broadcast: must be a list of severities, got "info"', config({ slack: { ...SLACK, broadcast: 'info' } })],
  ['slack: must be an object, got "C0123456789"', config({ slack: 'C0123456789' })],
  ['slack: must be an object, got null', config({ slack: null })],
  ['clusters[1].slack: must be an object, got null', cluster({ slack: null })],
  // accounts
  ['accounts.prod.id: must be 12 digits, got "11112222333"', config({ accounts: { prod: { id: '11112222333' } } })],
  [
    'accounts.prod.id: must be 12 digits, got "1111-2222-3333"',
    config({ accounts: { prod: { id: '1111-2222-3333' } } }),
  ],
  ['accounts.prod.id: must be 12 digits, got 111122223333', config({ accounts: { prod: { id: 111_122_223_333 } } })],
  [
    'accounts.prod.deployRoleArn: must be the ARN of a role, got "deploy"',
    config({ accounts: { prod: { ...ACCOUNTS.prod, deployRoleArn: 'deploy' } } }),
  ],
  [
    'accounts.the lab: must be a short name: letters, digits, - and _, got "the lab"',
    config({ accounts: { ...ACCOUNTS, 'the lab': ACCOUNTS.prod } }),
  ],
  ['accounts.prod: must be an object, got null', config({ accounts: { prod: null } })],
  // clusters
  ['clusters[1].account: must be one of prod, got "test"', cluster({ account: 'test' })],
  ['clusters[1].account: must be one of prod, got "toString"', cluster({ account: 'toString' })],
  ['clusters[1].account: must be a key of accounts, got 5', cluster({ account: 5 })],
  ['clusters[1].region: must be a region such as eu-west-1, got "Ireland"', cluster({ region: 'Ireland' })],
  [`clusters[1].name: must be the name of an ECS cluster: ${NAME}, got "shop eu"`, cluster({ name: 'shop eu' })],
  [`clusters[1].name: is missing, must be the name of an ECS cluster: ${NAME}`, cluster({ name: undefined })],
  ['clusters[1]: is listed twice, first as clusters[0], got "shop"', config({ clusters: [SHOP, SHOP] })],
  [
    'clusters[1]: is listed twice, first as clusters[0], got "shop"',
    config({ accounts: { ...ACCOUNTS, alias: ACCOUNTS.prod }, clusters: [SHOP, { ...SHOP, account: 'alias' }] }),
  ],
  ['clusters[0]: must be an object, got "shop"', config({ clusters: ['shop'] })],
  ['clusters: must be a list of clusters, got { shop: {} }', config({ clusters: { shop: {} } })],
  // services
  [
    `clusters[1].services.a b: must be the name of an ECS service: ${NAME}, got "a b"`,
    cluster({ services: { 'a b': {} } }),
  ],
  ['clusters[1].services.api: must be an object, got true', cluster({ services: { api: true } })],
  ["clusters[1].services: must be an object, got [ 'api' ]", cluster({ services: ['api'] })],
  // options
  ['watcher: is not an option', config({ watcher: true })],
  ['clusters[1].colour: is not an option', cluster({ colour: 'red' })],
  ['clusters[1].cpu.percnt: is not an option', cluster({ cpu: { percnt: 90 } })],
  ['clusters[1].services.api.scaledup: is not an option', cluster({ services: { api: { scaledup: false } } })],
  // numbers
  ['cpu.percent: must be a whole number from 1 to 1000, got 99.5', config({ cpu: { percent: 99.5 } })],
  ['cpu.percent: must be a whole number from 1 to 1000, got 0', config({ cpu: { percent: 0 } })],
  ['cpu.percent: must be a whole number from 1 to 1000, got 1001', config({ cpu: { percent: 1001 } })],
  ['cpu.percent: must be a whole number from 1 to 1000, got NaN', config({ cpu: { percent: Number.NaN } })],
  ['memory.minutes: must be a whole number from 1 to 60, got "5"', config({ memory: { minutes: '5' } })],
  ['memory.minutes: must be a whole number from 1 to 60, got null', config({ memory: { minutes: null } })],
  ['quietMinutes: must be a whole number from 1 to 10080, got 10081', config({ quietMinutes: 10_081 })],
  ['reopenMinutes: must be a whole number from 0 to 10080, got -1', config({ reopenMinutes: -1 })],
  ['clusters[1].cpu: must be { percent, minutes } or false, got true', cluster({ cpu: true })],
  ['deployment: must be true or false, got "false"', config({ deployment: 'false' })],
  // where Terraform runs
  [
    's3State.bucket: must be the name of an S3 bucket, got "My Bucket"',
    config({ s3State: { bucket: 'My Bucket', region: 'eu-west-1' } }),
  ],
  ['s3State.region: is missing, must be a region such as eu-west-1', config({ s3State: { bucket: 'states' } })],
  ['s3State: must be an object, got "states"', config({ s3State: 'states' })],
  [
    'awsProviderVersion: must be an exact version such as 6.25.0, 5.100.0 or later, got "~> 6.0"',
    config({ awsProviderVersion: '~> 6.0' }),
  ],
  [
    'awsProviderVersion: must be an exact version such as 6.25.0, 5.100.0 or later, got "5.99.1"',
    config({ awsProviderVersion: '5.99.1' }),
  ],
])('says %s', (mistake, given) => {
  expect(() => check(given)).toThrow(new Error(`alerts.config.ts: 1 mistake\n  ${mistake}`));
});
