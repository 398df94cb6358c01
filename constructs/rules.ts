import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { arn, type Place } from './arns';
import { resourceName } from './names';
import type { ClusterOptions } from './options';

const RULES = ['task-stopped', 'deployment'] as const;
type RuleKind = (typeof RULES)[number];

/** ARNs of the cluster's rules: what the queue lets in. */
export function ruleArns(place: Place, clusterName: string): readonly string[] {
  return RULES.map((kind) => arn(place, 'events', `rule/${resourceName('rule', clusterName, kind)}`));
}

/** EventBridge rules of one cluster. They target the queue: on a topic, conditions can drop events in silence. */
export class Rules extends Construct {
  readonly rules: Readonly<Partial<Record<RuleKind, CloudwatchEventRule>>>;

  constructor(
    scope: Construct,
    id: string,
    props: Place & {
      readonly clusterName: string;
      readonly options: ClusterOptions;
      readonly queueArn: string;
      /** Gets the events that the queue does not take. */
      readonly deadLetterQueueArn: string;
      readonly dependsOn: ITerraformDependable[];
    },
  ) {
    super(scope, id);
    const { clusterName, options, queueArn, deadLetterQueueArn, dependsOn } = props;
    const on: Readonly<Record<RuleKind, boolean>> = {
      'task-stopped': options.taskStopped ?? true,
      deployment: options.deployment ?? true,
    };
    const make = (kind: RuleKind) => {
      const rule = new CloudwatchEventRule(this, kind, {
        name: resourceName('rule', clusterName, kind),
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
    this.rules = Object.fromEntries(RULES.filter((kind) => on[kind]).map(make));
  }
}

const DESCRIPTIONS: Readonly<Record<RuleKind, (cluster: string) => string>> = {
  'task-stopped': (cluster) => `Tasks of ECS cluster ${cluster} that stopped.`.slice(0, 512),
  deployment: (cluster) => `Deployments of services of ECS cluster ${cluster}.`.slice(0, 512),
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
};
