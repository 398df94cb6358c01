import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { AssetType, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { ENV } from '../functions/settings';
import { arn, type Place, policy } from './arns';
import { functionZip } from './function-zip';
import { resourceName, roleName } from './names';

/** A pass is over before the next one begins. */
const TIMEOUT_SECONDS = 55;
/** It mostly waits; with less, starting up and the TLS of twenty endpoints take long: CPU goes with memory. */
const MEMORY_MB = 256;
/** A minute that is late is the next one's: the least age that EventBridge and Lambda take, and no second try. */
const MAXIMUM_AGE_SECONDS = 60;
/**
 * Node looks names up with half of its threads: enough for twenty endpoints whose names nobody answers for and for the
 * calls of AWS beside them. https://nodejs.org/api/dns.html#implementation-considerations
 */
const THREADS = 48;

/** What a function in a VPC needs of the role. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

export interface WatcherProps extends Place {
  readonly clusterName: string;
  readonly runtime: string;
  readonly logRetentionDays: number;
  readonly table: DynamodbTable;
  readonly queue: SqsQueue;
  /** Where endpoints are reached that are private. ECS, DynamoDB and SQS have to be reached from there as well. */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** The function that looks at the cluster each minute, with all that it needs to run. */
export class Watcher extends Construct {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
  readonly schedule: CloudwatchEventRule;

  constructor(scope: Construct, id: string, props: WatcherProps) {
    super(scope, id);
    const functionName = resourceName('function', props.clusterName, 'watcher');
    const zip = new TerraformAsset(this, 'zip', { path: functionZip('watcher'), type: AssetType.FILE });

    this.logGroup = new CloudwatchLogGroup(this, 'log-group', {
      name: `/aws/lambda/${functionName}`,
      retentionInDays: props.logRetentionDays,
    });
    this.role = new IamRole(this, 'role', {
      name: roleName(props.clusterName, props.region, 'watcher'),
      assumeRolePolicy: policy([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]),
    });
    const permissions = new IamRolePolicy(this, 'policy', {
      name: 'watcher',
      role: this.role.name,
      policy: policy([
        ...statements(props, this.logGroup.arn),
        ...(props.vpc === undefined ? [] : vpcStatements(props, functionName)),
      ]),
    });
    this.function = new LambdaFunction(this, 'function', {
      functionName,
      description: `Looks at ECS cluster ${props.clusterName} each minute.`.slice(0, 256),
      role: this.role.arn,
      runtime: props.runtime,
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: zip.path,
      sourceCodeHash: createHash('sha256')
        .update(readFileSync(functionZip('watcher')))
        .digest('base64'),
      timeout: TIMEOUT_SECONDS,
      memorySize: MEMORY_MB,
      environment: {
        variables: {
          [ENV.table]: props.table.name,
          [ENV.queueUrl]: props.queue.url,
          UV_THREADPOOL_SIZE: String(THREADS),
        },
      },
      ...(props.vpc === undefined ? {} : { vpcConfig: vpcConfig(props.vpc) }),
      dependsOn: [permissions, this.logGroup],
    });
    this.schedule = eachMinute(this, props.clusterName, this.function);
  }
}

function statements(props: WatcherProps, logGroupArn: string): readonly object[] {
  const clusterArn = arn(props, 'ecs', `cluster/${props.clusterName}`);
  const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action: [Action], Resource });
  return [
    { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `${logGroupArn}:*` },
    // Knows no resources, only this condition: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    { ...allow('ecs:ListServices', '*'), Condition: { ArnEquals: { 'ecs:cluster': clusterArn } } },
    allow('ecs:DescribeServices', arn(props, 'ecs', `service/${props.clusterName}/*`)),
    allow('dynamodb:Query', props.table.arn),
    allow('sqs:SendMessage', props.queue.arn),
  ];
}

/** Lambda makes the network interfaces with the function's role; what runs in the function needs none of it. */
function vpcStatements(place: Place, functionName: string): readonly object[] {
  const all = { Action: NETWORK_INTERFACE_ACTIONS, Resource: '*' };
  const functionArn = arn(place, 'lambda', `function:${functionName}`);
  return [
    { Effect: 'Allow', ...all },
    { Effect: 'Deny', ...all, Condition: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } } },
  ];
}

function vpcConfig({ subnetIds, securityGroupIds }: NonNullable<WatcherProps['vpc']>) {
  return { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
}

/** Starts the function each minute, as soon as all that it takes to start it is there. */
function eachMinute(scope: Construct, clusterName: string, lambda: LambdaFunction): CloudwatchEventRule {
  const rule = new CloudwatchEventRule(scope, 'schedule', {
    name: resourceName('rule', clusterName, 'watcher'),
    description: `Each minute: looks at ECS cluster ${clusterName}.`.slice(0, 512),
    scheduleExpression: 'rate(1 minute)',
  });
  const permission = new LambdaPermission(scope, 'permission', {
    statementId: 'schedule',
    action: 'lambda:InvokeFunction',
    functionName: lambda.functionName,
    principal: 'events.amazonaws.com',
    sourceArn: rule.arn,
  });
  const invocation = new LambdaFunctionEventInvokeConfig(scope, 'invocation', {
    functionName: lambda.functionName,
    maximumRetryAttempts: 0,
    maximumEventAgeInSeconds: MAXIMUM_AGE_SECONDS,
  });
  new CloudwatchEventTarget(scope, 'target', {
    rule: rule.name,
    targetId: 'watcher',
    arn: lambda.arn,
    retryPolicy: { maximumEventAgeInSeconds: MAXIMUM_AGE_SECONDS, maximumRetryAttempts: 0 },
    dependsOn: [permission, invocation],
  });
  return rule;
}
