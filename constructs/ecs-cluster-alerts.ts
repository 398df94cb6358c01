import type { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import type { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import type { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import type { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type AlarmsContext, makeAlarms } from './alarms/alarm';
import { LogAlarms } from './alarms/log-alarms';
import { OpsAlarms } from './alarms/ops-alarms';
import { checkProps } from './check';
import { type ClusterPlan, clusterPlan } from './cluster-plan';
import { Dashboard } from './dashboard';
import { Notifier } from './notifier';
import type { EcsClusterAlertsProps } from './options';
import { Queue } from './queue';
import { tellClusterQuotas } from './quotas';
import { Rules } from './rules';
import { DEFAULT_RUNTIME } from './runtimes';
import { Settings, Table } from './settings';
import { tagAll } from './tags';
import { Watcher } from './watcher';

const LOG_RETENTION_DAYS = 30;

/** What is made of a cluster, to change what the props do not cover. */
export interface EcsClusterAlertsResources {
  readonly topic: SnsTopic;
  readonly queue: SqsQueue;
  readonly deadLetterQueue: SqsQueue;
  readonly table: DynamodbTable;
  readonly notifier: LambdaFunction;
  readonly notifierRole: IamRole;
  /** By the end of their names: `task-stopped`, … */
  readonly rules: Readonly<Record<string, CloudwatchEventRule>>;
  /** These three: not with `watcher: false`. */
  readonly watcher?: LambdaFunction;
  readonly watcherRole?: IamRole;
  readonly watcherSchedule?: CloudwatchEventRule;
  /** Only with `dashboard: true`. */
  readonly dashboard?: CloudwatchDashboard;
}

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
 *   services: { api: { maxTasks: 20, dependsOn: ['orders-db'] }, worker: { scaledDown: false } },
 *   dependencies: { 'orders-db': { rdsInstance: 'orders' } },
 * });
 */
export class EcsClusterAlerts extends Construct {
  /** Topic that alarms of yours may publish to as well. */
  readonly topicArn: string;

  /** The Terraform resources made here, to change what the props do not cover. */
  readonly resources: EcsClusterAlertsResources;

  constructor(scope: Construct, id: string, props: EcsClusterAlertsProps) {
    super(scope, id);
    checkProps(this.node.path, props);
    const { clusterName, accountId, region } = props;
    const place = { clusterName, accountId, region };
    const plan = clusterPlan(props);

    const { topic, queue, deadLetterQueue } = new Queue(this, 'queue', place);
    const { table } = new Table(this, 'table', {
      clusterName,
      pointInTimeRecovery: props.pointInTimeRecovery ?? false,
    });
    const running = {
      ...place,
      runtime: props.runtime ?? DEFAULT_RUNTIME,
      logRetentionDays: props.logRetentionDays ?? LOG_RETENTION_DAYS,
      table,
      queue,
    };
    const notifier = new Notifier(this, 'notifier', {
      ...running,
      token: plan.cluster.token,
      deadLetterQueue,
      explain: plan.explain,
    });
    // Not raw: the envelope has the message's ID, the identity of what nobody can read.
    const subscription = new SnsTopicSubscription(this, 'subscription', {
      topicArn: topic.arn,
      protocol: 'sqs',
      endpoint: queue.arn,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterQueue.arn }),
    });
    const settings = new Settings(this, 'settings', {
      table,
      readBy: notifier.function,
      cluster: plan.cluster,
      services: plan.services.map(({ settings }) => settings),
      dependencies: plan.dependencies.map(({ settings }) => settings),
    });

    // Nothing fires into the void: what brings it, and what says what it is, are there before.
    const dependsOn = [subscription, notifier.mapping];
    this.makeAlarms(plan, settings, { topicArn: topic.arn, dependsOn });
    const { rules } = new Rules(this, 'rules', {
      ...place,
      options: [props, ...plan.services.map(({ options }) => options)],
      queueArn: queue.arn,
      deadLetterQueueArn: deadLetterQueue.arn,
      dependsOn: [...dependsOn, settings.cluster],
    });
    const watcher =
      props.watcher === false
        ? undefined
        : new Watcher(this, 'watcher', {
            ...running,
            dependsOn: [settings.cluster],
            ...(props.vpc && { vpc: props.vpc }),
          });
    const dashboard = plan.dashboard && new Dashboard(this, 'dashboard', { ...place, ...plan.dashboard });
    if (props.opsTopicArn !== undefined) {
      new OpsAlarms(this, 'ops-alarms', {
        clusterName,
        runbook: props.runbook,
        topicArn: props.opsTopicArn,
        notifier: notifier.function,
        watcher: watcher?.function,
        queue,
        deadLetterQueue,
        rules: { ...rules, ...(watcher && { watcher: watcher.schedule }) },
      });
    }
    tagAll(this, props.tags ?? {});
    tellClusterQuotas(this, plan, dashboard?.widgets);

    this.topicArn = topic.arn;
    this.resources = {
      topic,
      queue,
      deadLetterQueue,
      table,
      notifier: notifier.function,
      notifierRole: notifier.role,
      rules,
      ...(watcher && { watcher: watcher.function, watcherRole: watcher.role, watcherSchedule: watcher.schedule }),
      ...(dashboard && { dashboard: dashboard.dashboard }),
    };
  }

  /** The functions know an alarm before it is made: each depends on the settings that name it. */
  private makeAlarms(plan: ClusterPlan, settings: Settings, context: AlarmsContext): void {
    const after = (item: ITerraformDependable | undefined) => ({
      ...context,
      dependsOn: [...context.dependsOn, ...(item === undefined ? [] : [item])],
    });
    makeAlarms(new Construct(this, 'cluster-alarms'), after(settings.cluster), plan.alarms);
    const services = new Construct(this, 'service-alarms');
    for (const { settings: own, alarms, logs } of plan.services) {
      const scope = new Construct(services, own.service);
      const ownContext = after(settings.services.get(own.service));
      makeAlarms(scope, ownContext, alarms);
      if (logs.length > 0) new LogAlarms(scope, 'logs', ownContext, logs);
    }
    const dependencies = new Construct(this, 'dependency-alarms');
    for (const { settings: own, alarms } of plan.dependencies) {
      const scope = new Construct(dependencies, own.dependency);
      makeAlarms(scope, after(settings.dependencies.get(own.dependency)), alarms);
    }
  }
}
