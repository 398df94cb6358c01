import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction, type LambdaFunctionConfig } from '@cdktf/provider-aws/lib/lambda-function';
import { AssetType, TerraformAsset } from 'cdktf';
import type { Construct } from 'constructs';
import type { Place } from '../functions/arns';
import { functionZip } from './function-zip';
import { resourceName, roleName } from './names';
import { policy } from './policy';

export interface LambdaProps extends Place {
  /** Name of the zip, and the end of the function's name. */
  readonly name: 'notifier' | 'watcher';
  readonly clusterName: string;
  readonly description: string;
  readonly runtime: string;
  readonly logRetentionDays: number;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** What it may do besides writing its own log. */
  readonly statements: readonly object[];
  readonly vpcConfig?: LambdaFunctionConfig['vpcConfig'];
}

export interface Lambda {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
}

/** Makes one of our functions in the scope, with all that it needs to run: zip, role, log group. */
export function makeLambda(scope: Construct, props: LambdaProps): Lambda {
  const functionName = resourceName('function', props.clusterName, props.name);
  const zip = new TerraformAsset(scope, 'zip', { path: functionZip(props.name), type: AssetType.FILE });

  const logGroup = new CloudwatchLogGroup(scope, 'log-group', {
    name: `/aws/lambda/${functionName}`,
    retentionInDays: props.logRetentionDays,
  });
  const role = new IamRole(scope, 'role', {
    name: roleName(props.clusterName, props.region, props.name),
    assumeRolePolicy: policy([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]),
  });
  const writeLogs = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `${logGroup.arn}:*`,
  };
  const permissions = new IamRolePolicy(scope, 'policy', {
    name: props.name,
    role: role.name,
    policy: policy([writeLogs, ...props.statements]),
  });
  const lambda = new LambdaFunction(scope, 'function', {
    functionName,
    description: props.description.slice(0, 256),
    role: role.arn,
    runtime: props.runtime,
    architectures: ['arm64'],
    handler: 'index.handler',
    filename: zip.path,
    sourceCodeHash: hashOf(functionZip(props.name)),
    timeout: props.timeoutSeconds,
    memorySize: props.memoryMb,
    environment: { variables: { ...props.environment } },
    ...(props.vpcConfig === undefined ? {} : { vpcConfig: props.vpcConfig }),
    dependsOn: [permissions, logGroup],
  });
  return { function: lambda, role, logGroup };
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('base64');
}
