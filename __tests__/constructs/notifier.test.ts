import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaEventSourceMapping } from '@cdktf/provider-aws/lib/lambda-event-source-mapping';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { EcsClusterAlertsProps } from '../../constructs';
import { alerts, ref, SHOP, type Synth, statements } from '../support/synth';

const ROOT = join(__dirname, '..', '..');
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';
const QUEUE = 'aws_sqs_queue.alerts_queue_0F87CE63';
const DEAD_LETTER_QUEUE = 'aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685';
const TABLE = 'aws_dynamodb_table.alerts_table_0A42719C';

const shop = alerts();
const withSecret = alerts({ slack: { channel: 'C0123456789', tokenSecretArn: SECRET } });

test('runs the built function on arm64', () => {
  const zip = readFileSync(join(ROOT, 'dist', 'functions', 'notifier.zip'));

  expect(shop.one(LambdaFunction, 'notifier_function')).toEqual({
    function_name: 'ecs-alerts-shop-notifier',
    description: 'Tells Slack what happens in ECS cluster shop.',
    role: ref('aws_iam_role.alerts_notifier_role_B5CD5764', 'arn'),
    runtime: 'nodejs24.x',
    architectures: ['arm64'],
    handler: 'index.handler',
    filename: expect.stringMatching(/^assets\/alerts_notifier_zip_65B74A70\/[0-9A-F]{32}\/notifier\.zip$/),
    source_code_hash: createHash('sha256').update(zip).digest('base64'),
    timeout: 60,
    memory_size: 256,
    environment: {
      variables: {
        TABLE: ref(TABLE, 'name'),
        QUEUE_URL: ref(QUEUE, 'url'),
        DEAD_LETTER_QUEUE_URL: ref(DEAD_LETTER_QUEUE, 'url'),
      },
    },
    depends_on: [
      'aws_iam_role_policy.alerts_notifier_policy_23BF0654',
      'aws_cloudwatch_log_group.alerts_notifier_log-group_16AC96B1',
    ],
  });
});

test('takes another runtime', () => {
  expect(alerts({ runtime: 'nodejs22.x' }).one(LambdaFunction, 'notifier_function')['runtime']).toBe('nodejs22.x');
});

test.each([
  [undefined, 30],
  [7, 7],
])('keeps the logs of the function: %s gives %s days', (logRetentionDays, retention_in_days) => {
  expect(alerts({ logRetentionDays }).one(CloudwatchLogGroup, 'notifier_log-group')).toEqual({
    name: '/aws/lambda/ecs-alerts-shop-notifier',
    retention_in_days,
  });
});

test('reads the queue in batches, gives back single records, runs at most twice at once', () => {
  expect(shop.all(LambdaEventSourceMapping)).toEqual([
    {
      event_source_arn: ref(QUEUE, 'arn'),
      function_name: ref('aws_lambda_function.alerts_notifier_function_35D53690', 'arn'),
      batch_size: 1000,
      maximum_batching_window_in_seconds: 2,
      function_response_types: ['ReportBatchItemFailures'],
      scaling_config: { maximum_concurrency: 2 },
    },
  ]);
});

describe('role', () => {
  const allow = (Action: readonly string[], Resource: string | readonly string[]) => {
    return { Effect: 'Allow', Action, Resource };
  };
  const decrypt = (conditions: Readonly<Record<string, string>>) => ({
    ...allow(['kms:Decrypt'], 'arn:aws:kms:eu-west-1:111122223333:key/*'),
    Condition: { StringEquals: conditions },
  });
  const forAll = [
    allow(
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      `${ref('aws_cloudwatch_log_group.alerts_notifier_log-group_16AC96B1', 'arn')}:*`,
    ),
    allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      ref(QUEUE, 'arn'),
    ),
    allow(['sqs:SendMessage'], ref(DEAD_LETTER_QUEUE, 'arn')),
    allow(
      ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      ref(TABLE, 'arn'),
    ),
    allow(['ecs:DescribeServices', 'ecs:ListServiceDeployments'], 'arn:aws:ecs:eu-west-1:111122223333:service/shop/*'),
  ];
  const inRegion = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:111122223333:${resource}`;
  const groups = (...names: readonly string[]) => names.map((name) => inRegion('logs', `log-group:${name}:*`));
  const ask = allow(['sqs:SendMessage'], ref(QUEUE, 'arn'));
  const describe = [
    allow(['ecs:DescribeServiceRevisions'], inRegion('ecs', 'service-revision/shop/*')),
    allow(['ecs:DescribeTaskDefinition'], '*'),
  ];
  const measure = [
    allow(['cloudwatch:GetMetricData'], '*'),
    allow(['cloudwatch:DescribeAlarms'], inRegion('cloudwatch', 'alarm:ecs/shop/*')),
  ];
  const explaining = [ask, ...describe, allow(['logs:GetLogEvents'], groups('/ecs/*', '/aws/ecs/*')), ...measure];
  const granted = (synth: Synth) => statements(synth.one(IamRolePolicy, 'notifier_policy')['policy']);

  test('is for Lambda, one in the account for each cluster and region', () => {
    const { name, assume_role_policy: trust } = shop.one(IamRole, 'notifier_role');

    expect(name).toBe('ecs-alerts-shop-eu-west-1-notifier');
    expect(statements(trust)).toEqual([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
  });

  test.each(['/ecs-alerts/slack-bot-token', 'slack-bot-token'])('may read the one parameter %s', (tokenParameter) => {
    const arn = `arn:aws:ssm:eu-west-1:111122223333:parameter/${tokenParameter.replace(/^\//, '')}`;

    expect(granted(alerts({ slack: { ...SHOP.slack, tokenParameter } }))).toEqual([
      ...forAll,
      allow(['ssm:GetParameter'], arn),
      decrypt({ 'kms:ViaService': 'ssm.eu-west-1.amazonaws.com', 'kms:EncryptionContext:PARAMETER_ARN': arn }),
      ...explaining,
    ]);
  });

  test('may read the one secret', () => {
    expect(granted(withSecret)).toEqual([
      ...forAll,
      allow(['secretsmanager:GetSecretValue'], SECRET),
      decrypt({
        'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com',
        'kms:EncryptionContext:SecretARN': SECRET,
      }),
      ...explaining,
    ]);
  });

  const explained = (props: Partial<EcsClusterAlertsProps>) =>
    (granted(alerts(props)) as readonly object[]).slice(forAll.length + 2);

  test('may look up nothing when nothing is explained', () => {
    expect(explained({ explain: false })).toEqual([]);
  });

  test.each([
    [{ why: true, changes: false, lastLines: false, chart: false }, []],
    [{ lastLines: false, chart: false }, describe],
    [
      { changes: false, chart: false, logGroups: ['/shop/*'] },
      [describe[1], allow(['logs:GetLogEvents'], groups('/shop/*'))],
    ],
    [{ changes: false, lastLines: false }, measure],
  ])('may look up what it explains: %j', (explain, needed) => {
    expect(explained({ explain })).toEqual([ask, ...needed]);
  });

  test('may read what the services’ logs match, and more groups where a service says so', () => {
    const logs = [{ logGroup: '/shop/api', pattern: 'ERROR' }];
    const services = {
      api: { logs, explain: { logGroups: ['/api'] } },
      quiet: { logs: [{ logGroup: '/quiet', pattern: 'E' }], explain: false },
    };

    expect(explained({ services, explain: { changes: false, chart: false } })).toEqual([
      ask,
      describe[1],
      allow(['logs:GetLogEvents'], groups('/ecs/*', '/aws/ecs/*', '/api')),
      allow(['logs:FilterLogEvents'], groups('/shop/api')),
    ]);
  });

  test('may look at alarms for what services lean on', () => {
    const services = { api: { dependsOn: ['db'] } };
    const dependencies = { db: { rdsInstance: 'orders' } };

    expect(explained({ services, dependencies, explain: { changes: false, lastLines: false, chart: false } })).toEqual([
      ask,
      ...measure,
    ]);
  });

  test('may do what the function calls and what Lambda does for it, nothing else', () => {
    const withLogs = alerts({ services: { api: { logs: [{ logGroup: 'a', pattern: 'ERROR' }] } } });
    const all = [granted(shop), granted(withSecret), granted(withLogs)] as readonly (readonly {
      Action: readonly string[];
    }[])[];
    const actions = all.flatMap((one) => one.flatMap(({ Action }) => Action));
    const byLambda = ['logs:CreateLogStream', 'logs:PutLogEvents', 'kms:Decrypt'].concat(
      ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => `sqs:${action}`),
    );

    expect(new Set(actions)).toEqual(new Set([...byLambda, ...calledByTheFunction()]));
  });
});

/** The permission that each command of an AWS client needs. */
const ACTIONS: Readonly<Record<string, string>> = {
  BatchGet: 'dynamodb:BatchGetItem',
  BatchWrite: 'dynamodb:BatchWriteItem',
  Get: 'dynamodb:GetItem',
  Query: 'dynamodb:Query',
  Update: 'dynamodb:UpdateItem',
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
  ChangeMessageVisibilityBatch: 'sqs:ChangeMessageVisibility',
  SendMessage: 'sqs:SendMessage',
  DescribeServices: 'ecs:DescribeServices',
  ListServiceDeployments: 'ecs:ListServiceDeployments',
  GetParameter: 'ssm:GetParameter',
  GetSecretValue: 'secretsmanager:GetSecretValue',
  DescribeServiceRevisions: 'ecs:DescribeServiceRevisions',
  DescribeTaskDefinition: 'ecs:DescribeTaskDefinition',
  DescribeAlarms: 'cloudwatch:DescribeAlarms',
  GetMetricData: 'cloudwatch:GetMetricData',
  GetLogEvents: 'logs:GetLogEvents',
  FilterLogEvents: 'logs:FilterLogEvents',
};

/** By its own files, and by those that it shares with the watcher. */
function calledByTheFunction(): readonly string[] {
  const folder = join(ROOT, 'functions');
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = all.filter((file) => file.endsWith('.ts') && !file.startsWith('watcher'));
  const source = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  return [...source.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => ACTIONS[name] ?? `unknown: ${name}`);
}
