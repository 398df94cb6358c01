import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Watcher, type WatcherProps } from '../../constructs/watcher';
import { ref, type Synth, statements, synth } from '../support/synth';

const ROOT = join(__dirname, '..', '..');
const VPC = { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] };

function aWatcher(more: Partial<WatcherProps> = {}): Synth {
  return synth((scope) => {
    const table = new DynamodbTable(scope, 'table', { name: 'table' });
    const queue = new SqsQueue(scope, 'queue', {});
    const place = { accountId: '111122223333', region: 'eu-west-1', clusterName: 'shop' };
    new Watcher(scope, 'watcher', {
      ...place,
      runtime: 'nodejs24.x',
      logRetentionDays: 30,
      permissionsBoundaryArn: undefined,
      kmsKeyArn: undefined,
      vpc: undefined,
      table,
      queue,
      dependsOn: [table],
      ...more,
    });
  });
}

const shop = aWatcher();
const inVpc = aWatcher({ vpc: VPC });
const FUNCTION = 'aws_lambda_function.watcher_function_4F51C518';
const RULE = 'aws_cloudwatch_event_rule.watcher_schedule_BD3B15D6';
const LOG_GROUP = 'aws_cloudwatch_log_group.watcher_log-group_DD021C23';
const ROLE = 'aws_iam_role.watcher_role_E01ED28B';
const POLICY = 'aws_iam_role_policy.watcher_policy_41F78709';
const TARGET = 'aws_cloudwatch_event_target.watcher_target_D004C36C';
const INVOCATION = 'aws_lambda_function_event_invoke_config.watcher_invocation_F88D6F17';
const PERMISSION = 'aws_lambda_permission.watcher_permission_25624A41';

test('keeps its resource addresses', () => {
  const own = shop.addresses().filter((address) => address.includes('.watcher_'));

  expect(own).toEqual([RULE, TARGET, LOG_GROUP, ROLE, POLICY, FUNCTION, INVOCATION, PERMISSION]);
});

test('runs the built function on arm64, with threads enough for names that nobody answers for', () => {
  const zip = readFileSync(join(ROOT, 'dist', 'functions', 'watcher.zip'));

  expect(shop.all(LambdaFunction)).toEqual([
    {
      function_name: 'ecs-alerts-shop-watcher',
      description: 'Looks at ECS cluster shop each minute.',
      role: ref(ROLE, 'arn'),
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: expect.stringMatching(/^assets\/watcher_zip_[0-9A-F]{8}\/[0-9A-F]{32}\/watcher\.zip$/),
      source_code_hash: createHash('sha256').update(zip).digest('base64'),
      timeout: 55,
      memory_size: 256,
      environment: {
        variables: {
          TABLE: ref('aws_dynamodb_table.table', 'name'),
          QUEUE_URL: ref('aws_sqs_queue.queue', 'url'),
          UV_THREADPOOL_SIZE: '48',
        },
      },
      depends_on: [POLICY, LOG_GROUP],
    },
  ]);
  expect(aWatcher({ runtime: 'nodejs22.x' }).one(LambdaFunction)['runtime']).toBe('nodejs22.x');
});

test('keeps the logs of the function', () => {
  expect(aWatcher({ logRetentionDays: 7 }).all(CloudwatchLogGroup)).toEqual([
    { name: '/aws/lambda/ecs-alerts-shop-watcher', retention_in_days: 7 },
  ]);
});

test('starts the function each minute, and a minute that is late not at all', () => {
  expect(shop.all(CloudwatchEventRule)).toEqual([
    {
      name: 'ecs-alerts-shop-watcher',
      description: 'Each minute: looks at ECS cluster shop.',
      schedule_expression: 'rate(1 minute)',
    },
  ]);
  expect(shop.all(CloudwatchEventTarget)).toEqual([
    {
      rule: ref(RULE, 'name'),
      target_id: 'watcher',
      arn: ref(FUNCTION, 'arn'),
      retry_policy: { maximum_event_age_in_seconds: 60, maximum_retry_attempts: 0 },
      depends_on: [PERMISSION, INVOCATION, 'aws_dynamodb_table.table'],
    },
  ]);
  expect(shop.all(LambdaFunctionEventInvokeConfig)).toEqual([
    { function_name: ref(FUNCTION, 'function_name'), maximum_retry_attempts: 0, maximum_event_age_in_seconds: 60 },
  ]);
});

test('lets the one rule start the function', () => {
  expect(shop.all(LambdaPermission)).toEqual([
    {
      statement_id: 'schedule',
      action: 'lambda:InvokeFunction',
      function_name: ref(FUNCTION, 'function_name'),
      principal: 'events.amazonaws.com',
      source_arn: ref(RULE, 'arn'),
    },
  ]);
});

describe('role', () => {
  const allow = (Action: readonly string[], Resource: string) => ({ Effect: 'Allow', Action, Resource });
  const granted = (made: Synth) => statements(made.one(IamRolePolicy)['policy']) as { Action: readonly string[] }[];
  const forAll = [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `${ref(LOG_GROUP, 'arn')}:*`),
    {
      ...allow(['ecs:ListServices'], '*'),
      Condition: { ArnEquals: { 'ecs:cluster': 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop' } },
    },
    allow(['ecs:DescribeServices'], 'arn:aws:ecs:eu-west-1:111122223333:service/shop/*'),
    allow(['dynamodb:Query'], ref('aws_dynamodb_table.table', 'arn')),
    allow(['sqs:SendMessage'], ref('aws_sqs_queue.queue', 'arn')),
  ];

  test('is for Lambda, one in the account for each cluster and region', () => {
    const { name, assume_role_policy: trust } = shop.one(IamRole);

    expect(name).toBe('ecs-alerts-shop-eu-west-1-watcher');
    expect(statements(trust)).toEqual([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
  });

  test('may do what the function calls and what Lambda does for it, nothing else', () => {
    const actions = granted(shop).flatMap(({ Action }) => Action);

    expect(granted(shop)).toEqual(forAll);
    expect(new Set(actions)).toEqual(new Set(['logs:CreateLogStream', 'logs:PutLogEvents', ...calledByTheFunction()]));
  });

  test('lets Lambda make the network interfaces in a VPC, not the function', () => {
    const all = {
      Action: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      Resource: '*',
    };
    const self = 'arn:aws:lambda:eu-west-1:111122223333:function:ecs-alerts-shop-watcher';

    expect(granted(inVpc)).toEqual([
      ...forAll,
      { Effect: 'Allow', ...all },
      { Effect: 'Deny', ...all, Condition: { ArnEquals: { 'lambda:SourceFunctionArn': self } } },
    ]);
    expect(inVpc.one(LambdaFunction)['vpc_config']).toEqual({
      subnet_ids: ['subnet-1', 'subnet-2'],
      security_group_ids: ['sg-1'],
    });
  });

  test('is of the partition of the region', () => {
    const china = granted(aWatcher({ region: 'cn-north-1', vpc: VPC }));

    expect(JSON.stringify(china)).not.toContain('arn:aws:');
    expect(JSON.stringify(china)).toContain('arn:aws-cn:ecs:cn-north-1:111122223333:service/shop/*');
  });
});

/** The permission that each command of an AWS client needs. */
const ACTIONS: Readonly<Record<string, string>> = {
  DescribeServices: 'ecs:DescribeServices',
  ListServices: 'ecs:ListServices',
  Query: 'dynamodb:Query',
  SendMessageBatch: 'sqs:SendMessage',
};

function calledByTheFunction(): readonly string[] {
  const folder = join(ROOT, 'functions');
  const own = readdirSync(join(folder, 'watcher')).map((file) => join('watcher', file));
  const files = [...own, 'read-settings.ts', join('level', 'read-services.ts')];
  const source = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  return [...source.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => ACTIONS[name] ?? `unknown: ${name}`);
}
