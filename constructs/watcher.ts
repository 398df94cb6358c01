import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { arn } from '../functions/arns';
import { ENV } from '../functions/settings';
import { makeLambda, type Running } from './lambda';
import { resourceName } from './names';
import type { VpcOptions } from './options';

/** A pass is over before the next one begins. */
export const WATCHER_TIMEOUT_SECONDS = 55;
/** It mostly waits; with less, starting up and the TLS of twenty endpoints take long: CPU goes with memory. */
const MEMORY_MB = 256;
/** A minute that is late is the next one's: the least age that EventBridge and Lambda take, and no second try. */
const MAXIMUM_AGE_SECONDS = 60;
/**
 * Node looks names up with half of its threads: enough for twenty endpoints whose names nobody answers for and for the
 * calls of AWS beside them. https://nodejs.org/api/dns.html#implementation-considerations
 */
const THREADS = 48;

export interface WatcherProps extends Running {
  /** What must stand before it starts: the settings that it reads. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** Where endpoints are reached that are private. ECS, DynamoDB and SQS have to be reached from there as well. */
  readonly vpc: VpcOptions | undefined;
}

/** The function that looks at the cluster each minute, with all that it needs to run. */
export class Watcher extends Construct {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
  readonly schedule: CloudwatchEventRule;

  constructor(scope: Construct, id: string, props: WatcherProps) {
    super(scope, id);
    const { clusterName, table, queue } = props;
    const lambda = makeLambda(this, {
      ...props,
      name: 'watcher',
      description: `Looks at ECS cluster ${clusterName} each minute.`,
      timeoutSeconds: WATCHER_TIMEOUT_SECONDS,
      memoryMb: MEMORY_MB,
      environment: { [ENV.table]: table.name, [ENV.queueUrl]: queue.url, UV_THREADPOOL_SIZE: String(THREADS) },
      statements: statements(props),
    });
    this.function = lambda.function;
    this.role = lambda.role;
    this.logGroup = lambda.logGroup;
    this.schedule = eachMinute(this, this.function, props);
  }
}

function statements(props: WatcherProps): readonly object[] {
  const clusterArn = arn(props, 'ecs', `cluster/${props.clusterName}`);
  const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action: [Action], Resource });
  return [
    // Knows no resources, only this condition: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    { ...allow('ecs:ListServices', '*'), Condition: { ArnEquals: { 'ecs:cluster': clusterArn } } },
    allow('ecs:DescribeServices', arn(props, 'ecs', `service/${props.clusterName}/*`)),
    allow('dynamodb:Query', props.table.arn),
    allow('sqs:SendMessage', props.queue.arn),
  ];
}

/** Starts the function each minute, as soon as all that it takes to start it is there. */
function eachMinute(scope: Construct, lambda: LambdaFunction, props: WatcherProps): CloudwatchEventRule {
  const { clusterName, dependsOn } = props;
  const rule = new CloudwatchEventRule(scope, 'schedule', {
    name: resourceName('rule', props, 'watcher'),
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
    dependsOn: [permission, invocation, ...dependsOn],
  });
  return rule;
}
