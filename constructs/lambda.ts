import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { AssetType, TerraformAsset } from 'cdktf';
import type { Construct } from 'constructs';
import { arn } from '../functions/arns';
import { functionHash, functionZip } from './function-zip';
import { type NamedPlace, resourceName, roleName } from './names';
import type { VpcOptions } from './options';
import { policy } from './policy';

/** How a function of a cluster runs, whichever it is. */
export interface Running extends NamedPlace {
  readonly runtime: string;
  readonly logRetentionDays: number;
  readonly permissionsBoundaryArn: string | undefined;
  /** Key that encrypts its log, the table and the queues. */
  readonly kmsKeyArn: string | undefined;
  readonly table: DynamodbTable;
  readonly queue: SqsQueue;
}

export interface LambdaProps extends Running {
  /** Name of the zip, and the end of the function's name. */
  readonly name: 'notifier' | 'watcher';
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** What it may do besides writing its own log. */
  readonly statements: readonly object[];
  readonly vpc?: VpcOptions | undefined;
}

export interface Lambda {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
}

/** Makes one of our functions in the scope, with all that it needs to run: zip, role, log group. */
export function makeLambda(scope: Construct, props: LambdaProps): Lambda {
  const { vpc, kmsKeyArn, permissionsBoundaryArn } = props;
  const functionName = resourceName('function', props, props.name);
  const zip = new TerraformAsset(scope, 'zip', { path: functionZip(props.name), type: AssetType.FILE });

  const logGroup = new CloudwatchLogGroup(scope, 'log-group', {
    name: `/aws/lambda/${functionName}`,
    retentionInDays: props.logRetentionDays,
    ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
  });
  const role = new IamRole(scope, 'role', {
    name: roleName(props, props.region, props.name),
    assumeRolePolicy: policy([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]),
    ...(permissionsBoundaryArn === undefined ? {} : { permissionsBoundary: permissionsBoundaryArn }),
  });
  const writeLogs = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `${logGroup.arn}:*`,
  };
  const permissions = new IamRolePolicy(scope, 'policy', {
    name: props.name,
    role: role.name,
    policy: policy([
      writeLogs,
      ...props.statements,
      ...(kmsKeyArn === undefined ? [] : keyStatements(props, kmsKeyArn)),
      ...(vpc === undefined ? [] : vpcStatements(props, functionName)),
    ]),
  });
  const lambda = new LambdaFunction(scope, 'function', {
    functionName,
    description: props.description.slice(0, 256),
    role: role.arn,
    runtime: props.runtime,
    architectures: ['arm64'],
    handler: 'index.handler',
    filename: zip.path,
    sourceCodeHash: functionHash(props.name),
    timeout: props.timeoutSeconds,
    memorySize: props.memoryMb,
    environment: { variables: { ...props.environment } },
    ...(vpc === undefined ? {} : { vpcConfig: inVpc(vpc) }),
    dependsOn: [permissions, logGroup],
  });
  return { function: lambda, role, logGroup };
}

/**
 * What reading and writing what is encrypted takes, only through the services that keep it.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
function keyStatements({ region }: LambdaProps, key: string): readonly object[] {
  const through = (service: string, actions: readonly string[]) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: key,
    Condition: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
  });
  return [
    through('sqs', ['kms:Decrypt', 'kms:GenerateDataKey']),
    through('dynamodb', ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']),
  ];
}

/** What a function in a VPC needs of the role. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Lambda makes the network interfaces with the function's role; what runs in the function needs none of it. */
function vpcStatements(props: LambdaProps, functionName: string): readonly object[] {
  const all = { Action: NETWORK_INTERFACE_ACTIONS, Resource: '*' };
  const functionArn = arn(props, 'lambda', `function:${functionName}`);
  return [
    { Effect: 'Allow', ...all },
    { Effect: 'Deny', ...all, Condition: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } } },
  ];
}

function inVpc({ subnetIds, securityGroupIds }: VpcOptions) {
  return { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
}
