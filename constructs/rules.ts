import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { arn, type Place } from '../functions/arns';
import { type NamedPlace, resourceName } from './names';
import type { WatchOptions } from './watch-options';
import { isTold, type KindOption } from './watching';

const RULES = ['task-stopped', 'deployment', 'service-action', 'scaled-to-max'] as const;
type RuleKind = (typeof RULES)[number];

/** What is told with the help of each rule. While a deployment runs, scalings are told as part of it. */
const NEEDED_BY: Readonly<Record<RuleKind, readonly Exclude<KindOption, 'dependency'>[]>> = {
  'task-stopped': ['taskStopped', 'crashLoop', 'stopped'],
  deployment: ['deployment', 'deploymentFailed', 'scaledUp', 'scaledDown'],
  'service-action': ['serviceProblem', 'crashLoop', 'deploymentFailed'],
  'scaled-to-max': ['scaledToMax'],
};

/** ARNs of the cluster's rules: what the queue lets in. */
export function ruleArns(place: NamedPlace): readonly string[] {
  return RULES.map((kind) => arn(place, 'events', `rule/${resourceName('rule', place, kind)}`));
}

/** EventBridge rules of one cluster. They target the queue: on a topic, conditions can drop events in silence. */
export class Rules extends Construct {
  readonly rules: Readonly<Partial<Record<RuleKind, CloudwatchEventRule>>>;

  constructor(
    scope: Construct,
    id: string,
    props: NamedPlace & {
      /** Of the cluster and of each of its services: what one of them is told has its rule. */
      readonly options: readonly WatchOptions[];
      readonly queueArn: string;
      /** Gets the events that the queue does not take. */
      readonly deadLetterQueueArn: string;
      readonly dependsOn: ITerraformDependable[];
    },
  ) {
    super(scope, id);
    const { clusterName, options, queueArn, deadLetterQueueArn, dependsOn } = props;
    const isNeeded = (kind: RuleKind) => options.some((one) => NEEDED_BY[kind].some((option) => isTold(one[option])));
    const make = (kind: RuleKind) => {
      const rule = new CloudwatchEventRule(this, kind, {
        name: resourceName('rule', props, kind),
        description: DESCRIPTIONS[kind](clusterName),
        eventPattern: JSON.stringify(PATTERNS[kind](props, clusterName)),
        dependsOn,
      });
      new CloudwatchEventTarget(this, `${kind}-target`, {
        rule: rule.name,
        targetId: 'queue',
        arn: queueArn,
        deadLetterConfig: { arn: deadLetterQueueArn },
        dependsOn,
      });
      return [kind, rule] as const;
    };
    this.rules = Object.fromEntries(RULES.filter(isNeeded).map(make));
  }
}

const DESCRIPTIONS: Readonly<Record<RuleKind, (cluster: string) => string>> = {
  'task-stopped': (cluster) => `Tasks of ECS cluster ${cluster} that stopped.`.slice(0, 512),
  deployment: (cluster) => `Deployments of services of ECS cluster ${cluster}.`.slice(0, 512),
  'service-action': (cluster) =>
    `What ECS cannot do for services of ECS cluster ${cluster}, and when they are steady.`.slice(0, 512),
  'scaled-to-max': (cluster) => `Services of ECS cluster ${cluster} that cannot scale any further.`.slice(0, 512),
};

const PATTERNS: Readonly<Record<RuleKind, (place: Place, cluster: string) => object>> = {
  // All of them: what was asked for is sorted out by the notifier, a pattern does not match fields that are absent.
  'task-stopped': (place, cluster) => ({
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { clusterArn: [arn(place, 'ecs', `cluster/${cluster}`)], lastStatus: ['STOPPED'] },
  }),
  // Carries no cluster. With the slash: `prod` must not get the events of `prod-eu`.
  deployment: (place, cluster) => ({
    source: ['aws.ecs'],
    'detail-type': ['ECS Deployment State Change'],
    resources: [{ prefix: arn(place, 'ecs', `service/${cluster}/`) }],
  }),
  // A steady state is never told: it ends what was wrong.
  'service-action': (place, cluster) => ({
    source: ['aws.ecs'],
    'detail-type': ['ECS Service Action'],
    detail: {
      clusterArn: [arn(place, 'ecs', `cluster/${cluster}`)],
      $or: [{ eventType: ['WARN', 'ERROR'] }, { eventName: ['SERVICE_STEADY_STATE'] }],
    },
  }),
  // Has no resources, and no cluster but in the ID of what was scaled. With the slash, as above.
  'scaled-to-max': ({ accountId }, cluster) => ({
    source: ['aws.application-autoscaling'],
    'detail-type': ['Application Auto Scaling Scaling Activity State Change'],
    account: [accountId],
    detail: {
      serviceNamespace: ['ecs'],
      resourceId: [{ prefix: `service/${cluster}/` }],
      scaledToMax: [true],
    },
  }),
};
