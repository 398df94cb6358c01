import type { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import type { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import type { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import type { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { AlarmKind } from '../functions/settings';
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

/** By what is wrong with the service itself, whatever the load. */
const ROLLS_BACK: ReadonlySet<AlarmKind> = new Set(['stopped', 'cpu-high', 'memory-high', 'log-pattern']);

/** What is made of a cluster, to change what the props do not cover. */
export interface EcsClusterAlertsResources {
  /** Alarms publish to it; not with `topicArn`. */
  readonly topic?: SnsTopic;
  /** Of the queue, to the topic. */
  readonly subscription: SnsTopicSubscription;
  /** What is to be told. */
  readonly queue: SqsQueue;
  /** What could not be told. */
  readonly deadLetterQueue: SqsQueue;
  /** Threads, what was told, the settings of the functions. */
  readonly table: DynamodbTable;
  /** The function that speaks to Slack. */
  readonly notifier: LambdaFunction;
  /** What the notifier may do. */
  readonly notifierRole: IamRole;
  /** Its log. */
  readonly notifierLogGroup: CloudwatchLogGroup;
  /** By the end of their names: `task-stopped`, … */
  readonly rules: Readonly<Record<string, CloudwatchEventRule>>;
  /** By their names: those of the cluster, its services and dependencies. */
  readonly alarms: Readonly<Record<string, CloudwatchMetricAlarm>>;
  /** Those on the alerting itself, by their names; only with `opsTopicArn`. */
  readonly opsAlarms?: Readonly<Record<string, CloudwatchMetricAlarm>>;
  /** The function that reads ECS; not with `watcher: false`, nor are the next three. */
  readonly watcher?: LambdaFunction;
  /** What the watcher may do. */
  readonly watcherRole?: IamRole;
  /** Its log. */
  readonly watcherLogGroup?: CloudwatchLogGroup;
  /** Starts the watcher each minute. */
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

  private readonly plan: ClusterPlan;

  constructor(scope: Construct, id: string, props: EcsClusterAlertsProps) {
    super(scope, id);
    checkProps(this.node.path, props);
    const { clusterName, namePrefix, accountId, region, kmsKeyArn, permissionsBoundaryArn, vpc } = props;
    const place = { clusterName, namePrefix, accountId, region };
    const plan = clusterPlan(props);

    const { topic, topicArn, queue, deadLetterQueue } = new Queue(this, 'queue', {
      ...place,
      topicArn: props.topicArn,
      kmsKeyArn,
    });
    const { table } = new Table(this, 'table', {
      ...place,
      pointInTimeRecovery: props.pointInTimeRecovery ?? false,
      kmsKeyArn,
    });
    const running = {
      ...place,
      runtime: props.runtime ?? DEFAULT_RUNTIME,
      logRetentionDays: props.logRetentionDays ?? LOG_RETENTION_DAYS,
      permissionsBoundaryArn,
      kmsKeyArn,
      table,
      queue,
    };
    const notifier = new Notifier(this, 'notifier', {
      ...running,
      token: plan.cluster.token,
      deadLetterQueue,
      explain: plan.explain,
      vpc: vpc?.notifier === true ? vpc : undefined,
    });
    // Not raw: the envelope has the message's ID, the identity of what nobody can read.
    const subscription = new SnsTopicSubscription(this, 'subscription', {
      topicArn,
      protocol: 'sqs',
      endpoint: queue.arn,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterQueue.arn }),
    });
    const settings = new Settings(this, 'settings', {
      table,
      cluster: plan.cluster,
      services: plan.services.map(({ settings }) => settings),
      dependencies: plan.dependencies.map(({ settings }) => settings),
    });

    // Nothing fires into the void: what brings it, and what says what it is, are there before.
    const dependsOn = [subscription, notifier.mapping];
    const alarms = this.makeAlarms(plan, settings, { topicArn, dependsOn });
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
        : new Watcher(this, 'watcher', { ...running, dependsOn: [settings.cluster], vpc });
    const dashboard = plan.dashboard && new Dashboard(this, 'dashboard', { ...place, ...plan.dashboard });
    const { opsTopicArn } = props;
    const ops =
      opsTopicArn === undefined
        ? undefined
        : new OpsAlarms(this, 'ops-alarms', {
            clusterName,
            namePrefix,
            runbook: props.runbook,
            topicArn: opsTopicArn,
            notifier: notifier.function,
            watcher: watcher?.function,
            queue,
            deadLetterQueue,
            rules: { ...rules, ...(watcher && { watcher: watcher.schedule }) },
          });
    settings.readBy([notifier.function, ...(watcher ? [watcher.function] : [])]);
    tagAll(this, props.tags ?? {});
    tellClusterQuotas(this, plan, dashboard?.widgets);

    this.plan = plan;
    this.topicArn = topicArn;
    this.resources = {
      ...(topic && { topic }),
      subscription,
      queue,
      deadLetterQueue,
      table,
      notifier: notifier.function,
      notifierRole: notifier.role,
      notifierLogGroup: notifier.logGroup,
      rules,
      alarms,
      ...(ops && { opsAlarms: ops.alarms }),
      ...(watcher && {
        watcher: watcher.function,
        watcherRole: watcher.role,
        watcherLogGroup: watcher.logGroup,
        watcherSchedule: watcher.schedule,
      }),
      ...(dashboard && { dashboard: dashboard.dashboard }),
    };
  }

  /**
   * Names of the alarms by which ECS may roll back a deployment of this service, for `alarms.alarmNames` of its
   * `aws_ecs_service`: that it stopped, limits of its own for CPU and memory, patterns in its logs. Those of all services
   * are not among them, one service would roll back another; nor is `saturated`, because a deployment runs more tasks.
   * ECS watches them until they had the time to fire after the last old task is gone: a deployment takes that much longer. A test
   * alert while one runs would roll it back, if there are no alarms on scalings that it takes first.
   *
   * @throws when the service is not in `services`
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
   * @example
   * new EcsService(this, 'api', {
   *   …,
   *   alarms: { alarmNames: alerts.deploymentAlarms('api'), enable: true, rollback: true },
   * });
   */
  deploymentAlarms(service: string): string[] {
    const plan = this.plan.services.find(({ settings }) => settings.service === service);
    if (plan === undefined) throw new Error(`${this.node.path}: \`${service}\` must be one of services to have alarms`);
    return [...plan.alarms, ...plan.logs]
      .filter(({ settings }) => ROLLS_BACK.has(settings.kind))
      .flatMap(({ name }) => this.resources.alarms[name]?.alarmName ?? []);
  }

  /** The functions know an alarm before it is made: each depends on the settings that name it. */
  private makeAlarms(
    plan: ClusterPlan,
    settings: Settings,
    context: AlarmsContext,
  ): Readonly<Record<string, CloudwatchMetricAlarm>> {
    const after = (item: ITerraformDependable | undefined) => ({
      ...context,
      dependsOn: [...context.dependsOn, ...(item === undefined ? [] : [item])],
    });
    const ofCluster = makeAlarms(new Construct(this, 'cluster-alarms'), after(settings.cluster), plan.alarms);
    const services = new Construct(this, 'service-alarms');
    const ofServices = plan.services.flatMap(({ settings: own, alarms, logs }) => {
      const scope = new Construct(services, own.service);
      const ownContext = after(settings.services.get(own.service));
      const made = makeAlarms(scope, ownContext, alarms);
      const ofLogs = logs.length === 0 ? [] : new LogAlarms(scope, 'logs', ownContext, logs).alarms;
      return [...made, ...ofLogs];
    });
    const dependencies = new Construct(this, 'dependency-alarms');
    const ofDependencies = plan.dependencies.flatMap(({ settings: own, alarms }) => {
      const scope = new Construct(dependencies, own.dependency);
      return [...makeAlarms(scope, after(settings.dependencies.get(own.dependency)), alarms)];
    });
    return Object.fromEntries([...ofCluster, ...ofServices, ...ofDependencies]);
  }
}
