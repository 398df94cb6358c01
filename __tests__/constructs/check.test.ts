import { Token } from 'cdktf';
import type { AlertsConfig } from '../../constructs';
import { checkConfig } from '../../constructs/check';
import { EVERY_OPTION } from '../support/every-option';

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
        'alerts configuration: 4 mistakes',
        '  quietMinutes: must be a whole number from 1 to 10080, got 1.5',
        '  accounts.prod.id: must be 12 digits, got "1111"',
        '  clusters[1].services.api.stopped: must be true, false or { policy, severity, minutes }, got "no"',
        '  clusters[0].account: must be one of prod, got "test"',
      ].join('\n'),
    ),
  );
});

const URL = 'must be an http or https URL of at most 512 characters';
const JOBS = { sqsQueue: 'jobs' };
const ERRORS = { logGroup: 'api', pattern: 'ERROR', name: 'errors' };

/** A cluster whose service `api` says more. */
const api = (own: object, more: object = {}) => cluster({ services: { api: own }, ...more });

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
  ['watchers: is not an option', config({ watchers: true })],
  ['vpc: is an option of a cluster', config({ vpc: { subnetIds: [], securityGroupIds: [] } })],
  ['services: is an option of a cluster', config({ services: { api: {} } })],
  ['clusters[1].services.api.watcher: is an option of the cluster', api({ watcher: false })],
  ['clusters[1].services.api.dependency: is an option of the cluster', api({ dependency: false })],
  ['clusters[1].services.api.containerInsights: is an option of the cluster', api({ containerInsights: true })],
  ['clusters[1].maxTasks: is an option of a service', cluster({ maxTasks: 5 })],
  ['logs: is an option of a service', config({ logs: [] })],
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
  ['clusters[1].cpu: must be true, false or { policy, severity, percent, minutes }, got 90', cluster({ cpu: 90 })],
  ['deployment: must be true, false or { policy, severity }, got "false"', config({ deployment: 'false' })],
  ['watcher: must be true or false, got "false"', config({ watcher: 'false' })],
  ['remindMinutes: must be a whole number from 0 to 10080, got -1', config({ remindMinutes: -1 })],
  ['deploymentMinutes: must be a whole number from 1 to 1440, got 0', config({ deploymentMinutes: 0 })],
  ['crashLoop.stops: must be a whole number from 2 to 100, got 1', config({ crashLoop: { stops: 1 } })],
  ['crashLoop.stops: must be a whole number from 2 to 100, got 101', config({ crashLoop: { stops: 101 } })],
  ['crashLoop.minutes: must be a whole number from 1 to 1440, got 1441', config({ crashLoop: { minutes: 1441 } })],
  ['underDesired.minutes: must be a whole number from 1 to 60, got 61', config({ underDesired: { minutes: 61 } })],
  ['taskStopped.minutes: is not an option', config({ taskStopped: { minutes: 5 } })],
  // telling
  ['cpu.policy: must be one of open, join, off, got "never"', config({ cpu: { policy: 'never' } })],
  [
    'clusters[1].services.api.scaledUp.severity: must be one of info, warning, critical, got "bad"',
    cluster({ services: { api: { scaledUp: { severity: 'bad' } } } }),
  ],
  [`runbook: ${URL}, got "runbooks.example.com"`, config({ runbook: 'runbooks.example.com' })],
  [`runbook: ${URL}, got "javascript:alert(1)"`, config({ runbook: 'javascript:alert(1)' })],
  [`runbook: ${URL}, got "https://"`, config({ runbook: 'https://' })],
  [`runbook: ${URL}, got "https://example.com/$\{id}"`, config({ runbook: `https://example.com/$\{id}` })],
  [`runbook: ${URL}, got "https://example.com/a b"`, config({ runbook: 'https://example.com/a b' })],
  [`runbook: ${URL}, got "https://${'e'.repeat(505)}"`, config({ runbook: `https://${'e'.repeat(505)}` })],
  [`clusters[1].runbooks.stopped: ${URL}, got 5`, cluster({ runbooks: { stopped: 5 } })],
  ['clusters[1].runbooks.stoped: is not an option', cluster({ runbooks: { stoped: 'https://example.com' } })],
  // tags
  [
    'tags.aws:team: must be the key of a tag, and not begin with aws:, got "aws:team"',
    config({ tags: { 'aws:team': 'a' } }),
  ],
  ['tags.team: must be the value of a tag: letters, digits and _.:/=+-@, got "a;b"', config({ tags: { team: 'a;b' } })],
  ['tags.team: must be the value of a tag: letters, digits and _.:/=+-@, got 5', config({ tags: { team: 5 } })],
  // where the alerting's own failures are told, and where the watcher runs
  ['opsTopicArn: must be the ARN of an SNS topic, got "platform"', config({ opsTopicArn: 'platform' })],
  [
    'clusters[1].vpc.subnetIds: must be a list of 1 to 16 IDs of subnets, got []',
    cluster({ vpc: { subnetIds: [], securityGroupIds: ['sg-0a'] } }),
  ],
  [
    'clusters[1].vpc.securityGroupIds: is missing, must be a list of 1 to 5 IDs of security groups',
    cluster({ vpc: { subnetIds: ['subnet-0a'] } }),
  ],
  [
    'clusters[1].vpc.subnetIds[0]: must be an ID such as subnet-0123456789abcdef0, got "private"',
    cluster({ vpc: { subnetIds: ['private'], securityGroupIds: ['sg-0a'] } }),
  ],
  // a service's own
  ['clusters[1].services.api.maxTasks: must be a whole number from 1 to 10000, got 0', api({ maxTasks: 0 })],
  ['clusters[1].services.api.slack.tokenParameter: is not an option', api({ slack: { tokenParameter: '/slack' } })],
  [`clusters[1].services.api.slack.channel: ${ID}, got "#api"`, api({ slack: { channel: '#api' } })],
  [
    'clusters[1].services.api.dependsOn[0]: must be a dependency, and there is none, got "orders-db"',
    api({ dependsOn: ['orders-db'] }),
  ],
  [
    'clusters[1].services.api.dependsOn[1]: must be one of jobs, mails, got "orders-db"',
    api({ dependsOn: ['jobs', 'orders-db'] }, { dependencies: { jobs: JOBS, mails: JOBS } }),
  ],
  [
    'clusters[1].services.api.dependsOn[0]: must be one of jobs, got "constructor"',
    api({ dependsOn: ['constructor'] }, { dependencies: { jobs: JOBS } }),
  ],
  [
    'clusters[1].services.api.dependsOn: must be a list of names of dependencies, got "jobs"',
    api({ dependsOn: 'jobs' }),
  ],
  [
    'clusters[1].services.api.saturated: needs maxTasks of the service, got { percent: 90 }',
    api({ saturated: { percent: 90 } }),
  ],
  ['clusters[1].services.api.saturated: needs maxTasks of the service, got true', api({ saturated: true })],
  // logs
  ['clusters[1].services.api.logs: must be a list of { logGroup, pattern }, got {}', api({ logs: {} })],
  [
    'clusters[1].services.api.logs[0].logGroup: must be the name of a log group, got "a b"',
    api({ logs: [{ logGroup: 'a b', pattern: 'ERROR' }] }),
  ],
  [
    'clusters[1].services.api.logs[0].pattern: must be a filter pattern of 1 to 1024 characters, got ""',
    api({ logs: [{ logGroup: 'api', pattern: '' }] }),
  ],
  [
    'clusters[1].services.api.logs[1].name: must be unique among the logs of the service, got "errors"',
    api({ logs: [ERRORS, { ...ERRORS, pattern: 'FATAL' }] }),
  ],
  [
    'clusters[1].services.api.logs[1].name: must be unique among the logs of the service, got "2"',
    api({
      logs: [
        { ...ERRORS, name: '2' },
        { logGroup: 'api', pattern: 'FATAL' },
      ],
    }),
  ],
  [
    'clusters[1].services.api.logs[0].minutes: must be a whole number from 1 to 1440, got 1441',
    api({ logs: [{ ...ERRORS, minutes: 1441 }] }),
  ],
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
  expect(() => check(given)).toThrow(new Error(`alerts configuration: 1 mistake\n  ${mistake}`));
});

test('refuses more tags than there is room for', () => {
  const tags = Object.fromEntries(Array.from({ length: 48 }, (_, index) => [`tag-${index}`, '']));

  expect(() => check(config({ tags }))).toThrow(
    'alerts configuration: 1 mistake\n  tags: must have at most 47 tags, got {',
  );
});

test('takes attributes of other resources, which are known only when they are deployed', () => {
  const unknown = Token.asString({ resolve: () => 'later' });
  const [subnet = ''] = Token.asList({ resolve: () => ['subnet-0a'] });
  const vpc = { subnetIds: [subnet, unknown], securityGroupIds: [unknown] };
  const dependencies = {
    db: { rdsInstance: unknown },
    edge: { targetGroup: unknown, loadBalancer: unknown },
    jobs: { sqsQueue: unknown },
  };
  const logs = [{ logGroup: unknown, pattern: 'ERROR' }];

  expect(() => check(config({ opsTopicArn: unknown, tags: { team: unknown } }))).not.toThrow();
  expect(() => check(cluster({ vpc, dependencies, services: { api: { logs } } }))).not.toThrow();
});

const KINDS =
  'rdsInstance, auroraCluster, targetGroup, loadBalancer, elastiCacheCluster, sqsQueue, dynamoDbTable, endpoint, metric';
const METRIC = {
  namespace: 'AWS/Kafka',
  metricName: 'SumOffsetLag',
  statistic: 'Maximum',
  comparison: '>',
  threshold: 100,
  minutes: 5,
};
const HEALTH = 'https://example.com/health';

test.each<[string, unknown]>([
  [`it: must have exactly one of ${KINDS}, got none`, {}],
  [`it: must have exactly one of ${KINDS}, got rdsInstance and sqsQueue`, { rdsInstance: 'orders', sqsQueue: 'jobs' }],
  [
    `it: must have exactly one of ${KINDS}, got targetGroup and endpoint`,
    { targetGroup: 'targetgroup/a/0', loadBalancer: 'app/a/0', endpoint: HEALTH },
  ],
  [
    'it.healthyHosts: must be true, false or { count, minutes }, got 1',
    { targetGroup: 'targetgroup/a/0', loadBalancer: 'app/a/0', healthyHosts: 1 },
  ],
  ['it: must be an object, got "orders"', 'orders'],
  ['it: must be an object, got []', []],
  ['it.cpuu: is not an option', { rdsInstance: 'orders', cpuu: false }],
  [
    'it.rdsInstance: must be the identifier of an RDS DB instance, such as orders, got "arn:aws:rds"',
    { rdsInstance: 'arn:aws:rds' },
  ],
  ['it.cpu: must be true, false or { percent, minutes }, got 80', { rdsInstance: 'orders', cpu: 80 }],
  ['it.cpu.percent: must be a whole number from 1 to 100, got 101', { auroraCluster: 'orders', cpu: { percent: 101 } }],
  [
    'it.freeStorage.gb: must be a whole number from 1 to 100000, got 0',
    { rdsInstance: 'orders', freeStorage: { gb: 0 } },
  ],
  [
    'it.freeStorage.minutes: must be a whole number from 1 to 60, got 61',
    { rdsInstance: 'orders', freeStorage: { minutes: 61 } },
  ],
  [
    'it.connections.count: is missing, must be a whole number from 1 to 1000000',
    { rdsInstance: 'orders', connections: {} },
  ],
  ['it.connections: must be false or { count, minutes }, got true', { rdsInstance: 'orders', connections: true }],
  ['it.policy: must be one of open, join, off, got "no"', { sqsQueue: 'jobs', policy: 'no' }],
  ['it.severity: must be one of info, warning, critical, got 1', { sqsQueue: 'jobs', severity: 1 }],
  [`it.runbook: ${URL}, got "page 5"`, { sqsQueue: 'jobs', runbook: 'page 5' }],
  [
    'it.loadBalancer: must be the end of the ARN of an Application Load Balancer, such as app/shop/50dc6c495c0c9188, got "shop"',
    { loadBalancer: 'shop' },
  ],
  [
    'it.loadBalancer: is missing, must be the end of the ARN of an Application Load Balancer, such as app/shop/50dc6c495c0c9188',
    { targetGroup: 'targetgroup/orders/73e2d6bc24d8a067' },
  ],
  [
    'it.responseTime.seconds: must be a number above 0 and up to 4000, got 0',
    { targetGroup: 'targetgroup/a/0', loadBalancer: 'app/a/0', responseTime: { seconds: 0 } },
  ],
  ['it.sqsQueue: must be the name of a queue, not its URL, got "https://sqs"', { sqsQueue: 'https://sqs' }],
  ['it.dynamoDbTable: must be the name of a table, got "a"', { dynamoDbTable: 'a' }],
  [`it.endpoint: ${URL}, got "ftp://example.com"`, { endpoint: 'ftp://example.com' }],
  ['it.endpoint: must have no user and no password in a URL', { endpoint: 'https://a:b@example.com' }],
  ['it.timeoutSeconds: must be a whole number from 1 to 10, got 11', { endpoint: HEALTH, timeoutSeconds: 11 }],
  ['it.latencyMs: must be below the timeout, 5000 ms, got 5000', { endpoint: HEALTH, latencyMs: 5000 }],
  [
    'it.latencyMs: must be below the timeout, 2000 ms, got 3000',
    { endpoint: HEALTH, latencyMs: 3000, timeoutSeconds: 2 },
  ],
  ['it.status.from: must be a whole number from 100 to 599, got 99', { endpoint: HEALTH, status: { from: 99 } }],
  ['it.status: must not end before it begins, got 200 to 199', { endpoint: HEALTH, status: { to: 199 } }],
  ['it.latencyMs: must be a whole number from 1 to 9999, got 10000', { endpoint: HEALTH, latencyMs: 10_000 }],
  [
    'it.certificateDays: must be false or a whole number from 1 to 365, got true',
    { endpoint: HEALTH, certificateDays: true },
  ],
  ['it.metric.comparison: must be one of >, >=, <, <=, got "="', { metric: { ...METRIC, comparison: '=' } }],
  [
    'it.metric.statistic: must be Average, Minimum, Maximum, Sum, SampleCount or a percentile such as p99, got "p101"',
    { metric: { ...METRIC, statistic: 'p101' } },
  ],
  ['it.metric.threshold: is missing, must be a number', { metric: { ...METRIC, threshold: undefined } }],
  ['it.metric.period: must be a multiple of 60 up to 86400, got 90', { metric: { ...METRIC, period: 90 } }],
  ['it.metric.minutes: must be a multiple of the period of 10 minutes, got 5', { metric: { ...METRIC, period: 600 } }],
  [
    'it.metric.minutes: must be at most 1440 with a period below an hour, got 1500',
    { metric: { ...METRIC, minutes: 1500 } },
  ],
  [
    'it.metric.missing: must be one of breaching, notBreaching, ignore, got "missing"',
    { metric: { ...METRIC, missing: 'missing' } },
  ],
  ['it.metric.unit: must be 1 to 20 characters without braces, got ""', { metric: { ...METRIC, unit: '' } }],
])('says of a dependency %s', (mistake, it) => {
  expect(() => check(cluster({ dependencies: { it } }))).toThrow(
    new Error(`alerts configuration: 1 mistake\n  clusters[1].dependencies.${mistake}`),
  );
});

test('says of a dependency without a kind which of its options are none', () => {
  expect(() => check(cluster({ dependencies: { it: { rds: 'orders', runbook: 'https://example.com' } } }))).toThrow(
    new Error(
      [
        'alerts configuration: 2 mistakes',
        `  clusters[1].dependencies.it: must have exactly one of ${KINDS}, got none`,
        '  clusters[1].dependencies.it.rds: is not an option',
      ].join('\n'),
    ),
  );
});

test.each([
  [
    { endpoint: HEALTH, colour: 'red', latencyMs: 6000, status: { from: 300, to: 200 } },
    [
      'colour: is not an option',
      'endpoint: needs the watcher, got watcher: false',
      'status: must not end before it begins, got 300 to 200',
      'latencyMs: must be below the timeout, 5000 ms, got 6000',
    ],
  ],
  [
    { endpoint: HEALTH, timeoutSeconds: 'short', latencyMs: 6000, status: 200 },
    [
      'timeoutSeconds: must be a whole number from 1 to 10, got "short"',
      'status: must be an object, got 200',
      'endpoint: needs the watcher, got watcher: false',
    ],
  ],
  [
    { metric: { ...METRIC, unit: '', minutes: 1500 } },
    [
      'metric.unit: must be 1 to 20 characters without braces, got ""',
      'metric.minutes: must be at most 1440 with a period below an hour, got 1500',
    ],
  ],
])('says of the dependency %j all that is wrong at once', (it, expected) => {
  const lines = expected.map((mistake) => `  clusters[1].dependencies.it.${mistake}`);

  expect(() => check(cluster({ watcher: false, dependencies: { it } }))).toThrow(
    new Error([`alerts configuration: ${lines.length} mistakes`, ...lines].join('\n')),
  );
});

describe.each(Object.getOwnPropertyNames(Object.prototype))('a name that every object has, %s', (name) => {
  const rule = `must not be a name that every JavaScript object has, got "${name}"`;
  const named = (value: object) => Object.fromEntries([[name, value]]);

  test.each([
    [`clusters[1].services.${name}`, cluster({ services: named({}) })],
    [`clusters[1].dependencies.${name}`, cluster({ dependencies: named(JOBS) })],
    ['clusters[1].name', cluster({ name })],
    ['clusters[1].services.api.logs[0].name', api({ logs: [{ ...ERRORS, name }] })],
  ])('is refused as %s', (place, given) => {
    expect(() => check(given)).toThrow(new Error(`alerts configuration: 1 mistake\n  ${place}: ${rule}`));
  });
});

test('a service or dependency that is written as __proto__ is refused, not lost', () => {
  const rule = 'must not be a name that every JavaScript object has, got "__proto__"';

  expect(() => check(cluster({ services: { __proto__: { cpu: false } } }))).toThrow(
    new Error(`alerts configuration: 1 mistake\n  clusters[1].services.__proto__: ${rule}`),
  );
  expect(() => check(cluster({ dependencies: { __proto__: JOBS } }))).toThrow(
    new Error(`alerts configuration: 1 mistake\n  clusters[1].dependencies.__proto__: ${rule}`),
  );
});

test.each(['/slack', 'slack', '/a/b.c_d-e', '/my/aws', 'my-ssm', `/${'a'.repeat(1010)}`])(
  'takes the parameter %s',
  (tokenParameter) => {
    expect(() => check(config({ slack: { ...SLACK, tokenParameter } }))).not.toThrow();
  },
);

const PARAMETER = 'must be the name of an SSM parameter such as /ecs-alerts/slack-bot-token, never the token';
const OF_AWS = 'must not begin with aws or ssm: AWS keeps these names';

test.each([
  ['', PARAMETER],
  ['/', PARAMETER],
  ['/slack/', PARAMETER],
  ['a/b', PARAMETER],
  ['//slack', PARAMETER],
  ['slack token', PARAMETER],
  ['a'.repeat(1012), PARAMETER],
  ['aws-slack', OF_AWS],
  ['/AWS/slack', OF_AWS],
  ['/ssm/slack', OF_AWS],
  ['SsmToken', OF_AWS],
])('refuses the parameter %s: %s', (tokenParameter, rule) => {
  expect(() => check(config({ slack: { ...SLACK, tokenParameter } }))).toThrow(
    new Error(`alerts configuration: 1 mistake\n  slack.tokenParameter: ${rule}, got "${tokenParameter}"`),
  );
});

test.each([
  [
    'accounts.prod.deployRoleArn: must be the ARN of a role',
    { accounts: { prod: { ...ACCOUNTS.prod, deployRoleArn: `arn:aws:iam::111122223333:role/$\{a}` } } },
  ],
  [
    's3State.keyPrefix: must be text without braces',
    { s3State: { bucket: 'states', region: 'eu-west-1', keyPrefix: `$\{a}/` } },
  ],
])('says %s, for Terraform would take it for an expression', (mistake, more) => {
  expect(() => check(config(more))).toThrow(`alerts configuration: 1 mistake\n  ${mistake}, got`);
});

test('takes a week of a metric with a period of an hour', () => {
  const metric = { ...METRIC, period: 3600, minutes: 10_080 };

  expect(() => check(cluster({ dependencies: { it: { metric } } }))).not.toThrow();
});

test('says of a dependency what its name must be', () => {
  expect(() => check(cluster({ dependencies: { 'orders db': { rdsInstance: 'orders' } } }))).toThrow(
    'clusters[1].dependencies.orders db: must be the name of a dependency: 1 to 64 letters, digits, - and _, got "orders db"',
  );
});

test.each([
  ['of the cluster', cluster({ watcher: false, dependencies: { it: { endpoint: HEALTH } } })],
  ['of all', { ...cluster({ dependencies: { it: { endpoint: HEALTH } } }), watcher: false }],
])('refuses an endpoint that nobody asks, with watcher: false %s', (_, given) => {
  expect(() => check(given)).toThrow(
    'alerts configuration: 1 mistake\n  clusters[1].dependencies.it.endpoint: needs the watcher, got watcher: false',
  );
});

test('refuses a place for functions of which none runs there', () => {
  const vpc = { subnetIds: ['subnet-0a'], securityGroupIds: ['sg-0a'] };

  expect(() => check({ ...cluster({ vpc: { ...vpc, notifier: true } }), watcher: false })).not.toThrow();

  expect(() => check({ ...cluster({ vpc }), watcher: false })).toThrow(
    'alerts configuration: 1 mistake\n  clusters[1].vpc: needs the watcher or notifier: true, got watcher: false',
  );
});

test('takes an endpoint where the cluster has the watcher that all others have not', () => {
  const own = cluster({ watcher: true, dependencies: { it: { endpoint: HEALTH } } });

  expect(() => check({ ...own, watcher: false })).not.toThrow();
});

test('takes a configuration that uses every option', () => {
  expect(() => check(EVERY_OPTION)).not.toThrow();
});
