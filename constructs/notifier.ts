import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { LambdaEventSourceMapping } from '@cdktf/provider-aws/lib/lambda-event-source-mapping';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Construct } from 'constructs';
import { arn } from '../functions/arns';
import { explainStatements } from '../functions/explain-permissions';
import { ENV, type TokenSource } from '../functions/settings';
import type { ExplainPlan } from './cluster-plan';
import { makeLambda, type Running } from './lambda';
import type { VpcOptions } from './options';

/** Seconds; the queue's visibility timeout is six times as long. */
export const NOTIFIER_TIMEOUT_SECONDS = 60;
const MEMORY_MB = 256;
/**
 * Above 10 records Lambda asks for a window of at least a second; alerts of one cause come within a few. The more come together,
 * the fewer messages tell them; Lambda takes no more than 6 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const BATCH_SIZE = 1000;
const BATCH_WINDOW_SECONDS = 2;
/** The least that Lambda takes. The channel's one message a second is the limit, more would only wait for it. */
const MAXIMUM_CONCURRENCY = 2;

export interface NotifierProps extends Running {
  readonly token: TokenSource;
  readonly deadLetterQueue: SqsQueue;
  readonly explain: ExplainPlan;
  /** Slack has to be reached from there as well. */
  readonly vpc: VpcOptions | undefined;
}

/** The function that tells Slack, with all that it needs to run. */
export class Notifier extends Construct {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
  readonly mapping: LambdaEventSourceMapping;

  constructor(scope: Construct, id: string, props: NotifierProps) {
    super(scope, id);
    const { table, queue, deadLetterQueue } = props;
    const lambda = makeLambda(this, {
      ...props,
      name: 'notifier',
      description: `Tells Slack what happens in ECS cluster ${props.clusterName}.`,
      timeoutSeconds: NOTIFIER_TIMEOUT_SECONDS,
      memoryMb: MEMORY_MB,
      environment: {
        [ENV.table]: table.name,
        [ENV.queueUrl]: queue.url,
        [ENV.deadLetterQueueUrl]: deadLetterQueue.url,
      },
      statements: statements(props),
    });
    this.function = lambda.function;
    this.role = lambda.role;
    this.logGroup = lambda.logGroup;
    this.mapping = new LambdaEventSourceMapping(this, 'mapping', {
      eventSourceArn: props.queue.arn,
      functionName: this.function.arn,
      batchSize: BATCH_SIZE,
      maximumBatchingWindowInSeconds: BATCH_WINDOW_SECONDS,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: MAXIMUM_CONCURRENCY },
    });
  }
}

function statements(props: NotifierProps): readonly object[] {
  const allow = (Action: readonly string[], Resource: string, Condition?: object) => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  });
  return [
    allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      props.queue.arn,
    ),
    allow(['sqs:SendMessage'], props.deadLetterQueue.arn),
    allow(
      ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      props.table.arn,
    ),
    // What is told of counts, stops and deployments is read from ECS first.
    allow(['ecs:DescribeServices', 'ecs:ListServiceDeployments'], arn(props, 'ecs', `service/${props.clusterName}/*`)),
    ...tokenStatements(props, allow),
    ...explaining(props),
  ];
}

/** What the parts of an explanation need that are switched on, and its own message on the queue. */
function explaining(props: NotifierProps): readonly object[] {
  const { parts, ...groups } = props.explain;
  if (parts.length === 0) return [];
  const { accountId, region, clusterName: cluster, namePrefix } = props;
  const place = { accountId, region, cluster, namePrefix, ...groups };
  const ask = { Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: props.queue.arn };
  return [ask, ...explainStatements(parts, place)];
}

/** The one parameter or secret, and its key only through the service and only for it. */
function tokenStatements(
  { token, accountId, region }: NotifierProps,
  allow: (action: readonly string[], resource: string, condition?: object) => object,
): readonly object[] {
  const place = { accountId, region };
  const key = arn(place, 'kms', 'key/*');
  const through = (service: string, context: string, of: string) => ({
    StringEquals: {
      'kms:ViaService': `${service}.${region}.amazonaws.com`,
      [`kms:EncryptionContext:${context}`]: of,
    },
  });
  if ('secretArn' in token) {
    const read = allow(['secretsmanager:GetSecretValue'], token.secretArn);
    return [read, allow(['kms:Decrypt'], key, through('secretsmanager', 'SecretARN', token.secretArn))];
  }
  const parameterArn = arn(place, 'ssm', `parameter/${token.parameter.replace(/^\//, '')}`);
  const read = allow(['ssm:GetParameter'], parameterArn);
  return [read, allow(['kms:Decrypt'], key, through('ssm', 'PARAMETER_ARN', parameterArn))];
}
