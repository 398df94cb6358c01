import { createServer, type IncomingMessage } from 'node:http';

/** A service as the demo says that it is. */
export interface EmulatedService {
  readonly desired: number;
  readonly running: number;
  /** The primary one first. */
  readonly deployments: readonly {
    readonly id: string;
    readonly revision: string;
    readonly state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
    readonly createdAtMs: number;
  }[];
}

/** Answers what the notifier asks ECS: services by name, and no service deployments. */
export class EmulatedEcs {
  readonly services = new Map<string, EmulatedService>();

  readonly server = createServer((request, response) => {
    void read(request).then((body) => {
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify(this.answer(String(request.headers['x-amz-target']), body)));
    });
  });

  private answer(target: string, { services = [] }: { readonly services?: readonly string[] }): object {
    if (!target.endsWith('.DescribeServices')) return { serviceDeployments: [] };
    const found = services.flatMap((name) => {
      const service = this.services.get(name);
      return service === undefined ? [] : [described(name, service)];
    });
    return { services: found, failures: [] };
  }
}

function described(serviceName: string, { desired, running, deployments }: EmulatedService): object {
  return {
    serviceName,
    status: 'ACTIVE',
    desiredCount: desired,
    runningCount: running,
    deployments: deployments.map(({ id, revision, state, createdAtMs }, index) => ({
      id,
      status: index === 0 ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${revision}`,
      rolloutState: state,
      createdAt: createdAtMs / 1000,
      failedTasks: 0,
    })),
  };
}

async function read(request: IncomingMessage): Promise<{ readonly services?: readonly string[] }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as { services?: string[] };
}
