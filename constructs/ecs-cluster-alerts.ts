import type { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import type { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import type { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Construct } from 'constructs';
import type { ClusterSettings, TokenSource } from '../functions/settings';
import { ClusterAlarms, clusterAlarmKinds, ServiceAlarms, serviceAlarmKinds } from './alarms';
import { checkProps } from './check';
import { Notifier } from './notifier';
import { type EcsClusterAlertsProps, overridden, type SlackOptions } from './options';
import { Queue } from './queue';
import { Rules } from './rules';
import { Settings, Table } from './settings';

const RUNTIME = 'nodejs24.x';
const LOG_RETENTION_DAYS = 30;
const QUIET_MINUTES = 60;
const REOPEN_MINUTES = 60;
const BROADCAST = ['warning', 'critical'] as const;

/**
 * Watches one ECS cluster and tells what happens in it as one Slack thread per service and incident. Shares nothing
 * with another cluster's.
 *
 * @throws one error with all mistakes in the props
 * @example
 * new EcsClusterAlerts(this, 'shop-alerts', {
 *   clusterName: 'shop',
 *   accountId: '111122223333',
 *   region: 'eu-west-1',
 *   slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
 *   services: { api: {}, worker: { scaledDown: false } },
 * });
 */
export class EcsClusterAlerts extends Construct {
  /** Topic that alarms of yours may publish to as well. */
  readonly topicArn: string;

  /** The Terraform resources made here, to change what the props do not cover. */
  readonly resources: {
    readonly topic: SnsTopic;
    readonly queue: SqsQueue;
    readonly deadLetterQueue: SqsQueue;
    readonly table: DynamodbTable;
    readonly notifier: LambdaFunction;
    readonly notifierRole: IamRole;
    readonly rules: Readonly<Record<string, CloudwatchEventRule>>;
  };

  constructor(scope: Construct, id: string, props: EcsClusterAlertsProps) {
    super(scope, id);
    checkProps(this.node.path, props);
    const { clusterName, accountId, region } = props;
    const place = { clusterName, accountId, region };

    const { topic, queue, deadLetterQueue } = new Queue(this, 'queue', place);
    const { table } = new Table(this, 'table', {
      clusterName,
      pointInTimeRecovery: props.pointInTimeRecovery ?? false,
    });
    const notifier = new Notifier(this, 'notifier', {
      ...place,
      runtime: props.runtime ?? RUNTIME,
      logRetentionDays: props.logRetentionDays ?? LOG_RETENTION_DAYS,
      token: tokenSource(props.slack),
      table,
      queue,
      deadLetterQueue,
    });
    // Not raw: the envelope has the message's ID, the identity of what nobody can read.
    const subscription = new SnsTopicSubscription(this, 'subscription', {
      topicArn: topic.arn,
      protocol: 'sqs',
      endpoint: queue.arn,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterQueue.arn }),
    });

    const services = Object.entries(props.services ?? {}).map(([service, own]) => {
      return { service, alarms: serviceAlarmKinds(clusterName, service, overridden(props, own)) };
    });
    const settings = new Settings(this, 'settings', table, { cluster: clusterSettings(props), services });

    // Nothing fires into the void: what brings it, and what says what it is, are there before.
    const dependsOn = [subscription, notifier.mapping];
    const context = { clusterName, topicArn: topic.arn, dependsOn: [...dependsOn, settings.cluster] };
    new ClusterAlarms(this, 'cluster-alarms', context, clusterAlarmKinds(clusterName, props), props);
    const scopeOfServices = new Construct(this, 'service-alarms');
    for (const { service, alarms } of services) {
      const item = settings.services.get(service);
      const ownContext = { ...context, dependsOn: [...dependsOn, ...(item === undefined ? [] : [item])] };
      new ServiceAlarms(scopeOfServices, service, ownContext, alarms, props.containerInsights ?? false);
    }
    const { rules } = new Rules(this, 'rules', {
      ...place,
      options: props,
      queueArn: queue.arn,
      deadLetterQueueArn: deadLetterQueue.arn,
      dependsOn,
    });

    this.topicArn = topic.arn;
    const { function: lambda, role } = notifier;
    this.resources = { topic, queue, deadLetterQueue, table, notifier: lambda, notifierRole: role, rules };
  }
}

function clusterSettings(props: EcsClusterAlertsProps): ClusterSettings {
  const { accountId, region, clusterName, slack } = props;
  return {
    accountId,
    accountName: props.accountName ?? accountId,
    region,
    cluster: clusterName,
    channel: slack.channel,
    token: tokenSource(slack),
    broadcast: slack.broadcast ?? BROADCAST,
    quietMinutes: props.quietMinutes ?? QUIET_MINUTES,
    reopenMinutes: props.reopenMinutes ?? REOPEN_MINUTES,
    alarms: clusterAlarmKinds(clusterName, props),
  };
}

function tokenSource({ tokenParameter, tokenSecretArn }: SlackOptions): TokenSource {
  return tokenSecretArn === undefined ? { parameter: tokenParameter ?? '' } : { secretArn: tokenSecretArn };
}
