import { type Asked, awsJson } from './aws-json';

/** A service as the demo says that it is. */
export interface EmulatedService {
  readonly desired: number;
  readonly running: number;
  /** The primary one first. */
  readonly deployments: readonly EmulatedDeployment[];
}

export interface EmulatedDeployment {
  readonly id: string;
  readonly revision: string;
  readonly state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly createdAtMs: number;
}

/** What somebody looks up of an incident, in the shape in which AWS answers. */
export interface EmulatedKnowledge {
  /** By name and number. */
  readonly taskDefinitions: Readonly<Record<string, object>>;
  /** The last lines of every stream. */
  readonly logLines: readonly string[];
  /** By service, oldest first, a minute apart, the last one now. */
  readonly cpu: Readonly<Record<string, readonly number[]>>;
}

const ARN = 'arn:aws:ecs:eu-west-1:111122223333';

/** Answers what the notifier asks AWS when it tells and when it explains, from what it was given. */
export class EmulatedAws {
  /** How often each operation was asked for. */
  readonly asked = new Map<string, number>();
  readonly services = new Map<string, EmulatedService>();
  known: EmulatedKnowledge = { taskDefinitions: {}, logLines: [], cpu: {} };

  readonly server = awsJson((operation, asked) => {
    this.asked.set(operation, (this.asked.get(operation) ?? 0) + 1);
    return this.answer(operation, asked);
  });

  private answer(operation: string, asked: Asked): object {
    switch (operation) {
      case 'DescribeServices':
        return { services: (asked['services'] as string[]).flatMap((name) => this.described(name)), failures: [] };
      case 'ListServiceDeployments':
        return { serviceDeployments: this.deployed(String(asked['service'])) };
      case 'DescribeServiceRevisions':
        return { serviceRevisions: (asked['serviceRevisionArns'] as string[]).map(revision) };
      case 'DescribeTaskDefinition':
        return { taskDefinition: this.known.taskDefinitions[String(asked['taskDefinition'])] };
      case 'GetLogEvents':
        return { events: this.known.logLines.map((message) => ({ message, timestamp: Date.now() })) };
      case 'GetMetricData':
        return {
          MetricDataResults: (asked['MetricDataQueries'] as MetricQuery[]).map((query) => this.measured(query)),
        };
      default:
        return {};
    }
  }

  private described(serviceName: string): readonly object[] {
    const service = this.services.get(serviceName);
    if (service === undefined) return [];
    const deployments = service.deployments.map(({ id, revision: taskDefinition, state, createdAtMs }, index) => ({
      id,
      status: index === 0 ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: `${ARN}:task-definition/${taskDefinition}`,
      rolloutState: state,
      createdAt: createdAtMs / 1000,
      failedTasks: 0,
    }));
    const { desired: desiredCount, running: runningCount } = service;
    return [{ serviceName, status: 'ACTIVE', desiredCount, runningCount, deployments }];
  }

  private deployed(service: string): readonly object[] {
    const { deployments = [] } = this.services.get(service) ?? {};
    return deployments.map(({ revision: taskDefinition, state, createdAtMs }) => ({
      targetServiceRevisionArn: `${ARN}:service-revision/shop/${service}/${taskDefinition}`,
      status: state === 'COMPLETED' ? 'SUCCESSFUL' : 'IN_PROGRESS',
      createdAt: createdAtMs / 1000,
    }));
  }

  private measured({ Id, MetricStat }: MetricQuery): object {
    const { Dimensions } = MetricStat.Metric;
    const service = Dimensions.find(({ Name }) => Name === 'ServiceName')?.Value ?? '';
    const Values = this.known.cpu[service] ?? [];
    const nowSeconds = Math.floor(Date.now() / 60_000) * 60;
    const Timestamps = Values.map((_, index) => nowSeconds - (Values.length - 1 - index) * 60);
    return { Id, Values, Timestamps };
  }
}

interface MetricQuery {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: { readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[] };
  };
}

function revision(serviceRevisionArn: string): object {
  const taskDefinition = `${ARN}:task-definition/${serviceRevisionArn.split('/').at(-1)}`;
  return { serviceRevisionArn, taskDefinition, containerImages: [] };
}
