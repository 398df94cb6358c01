import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { REGION } from './emulators';
import { putServiceDeployments, type ServiceDeployment } from './launcher';
import type { World } from './world';

/** The ECS of one account, as its owner uses it. */
export class Ecs {
  private readonly client: ECSClient;

  constructor(
    private readonly world: World,
    private readonly account: string,
  ) {
    this.client = new ECSClient(world.as(account));
  }

  async createCluster(cluster: string): Promise<void> {
    await this.client.send(new CreateClusterCommand({ clusterName: cluster }));
    await this.registerRevision('app');
  }

  /** Returns it as services name it: `app:2`. */
  async registerRevision(family: string, container: ContainerDefinition = {}): Promise<string> {
    const containerDefinitions = [{ name: 'app', image: 'app', memory: 128, essential: true, ...container }];
    const answer = await this.client.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions }));
    return `${family}:${answer.taskDefinition?.revision}`;
  }

  async createService(cluster: string, service: string, tasks: number, taskDefinition = 'app:1'): Promise<void> {
    const request = { cluster, serviceName: service, taskDefinition, desiredCount: tasks };
    await this.client.send(new CreateServiceCommand(request));
  }

  /** Also what brings back the tasks that are missing: the emulator starts none by itself. */
  async scale(cluster: string, service: string, tasks: number): Promise<void> {
    await this.client.send(new UpdateServiceCommand({ cluster, service, desiredCount: tasks }));
  }

  /** Its service deployments from now on, newest first: the emulator has none of its own. */
  async setServiceDeployments(
    cluster: string,
    service: string,
    deployments: readonly ServiceDeployment[],
  ): Promise<void> {
    const arn = (resource: string) => `arn:aws:ecs:${REGION}:${this.account}:${resource}`;
    const all = deployments.map(({ taskDefinition, ...others }) => {
      return { ...others, taskDefinition: arn(`task-definition/${taskDefinition}`) };
    });
    await putServiceDeployments(this.world.as(this.account), arn(`service/${cluster}/${service}`), all);
  }

  /** A deployment that has no room for a new task and may not stop an old one: it never ends. */
  async deployWithoutRoom(cluster: string, service: string): Promise<void> {
    const taskDefinition = await this.registerRevision('app');
    const deploymentConfiguration = { maximumPercent: 100, minimumHealthyPercent: 100 };
    await this.client.send(new UpdateServiceCommand({ cluster, service, taskDefinition, deploymentConfiguration }));
  }

  /** Stops so many of its tasks; the emulator starts no others. */
  async stopTasks(cluster: string, service: string, count: number): Promise<void> {
    const { taskArns = [] } = await this.client.send(new ListTasksCommand({ cluster, serviceName: service }));
    if (taskArns.length < count) throw new Error(`${service} has ${taskArns.length} tasks`);
    for (const task of taskArns.slice(0, count)) await this.client.send(new StopTaskCommand({ cluster, task }));
  }

  async deleteService(cluster: string, service: string): Promise<void> {
    await this.client.send(new DeleteServiceCommand({ cluster, service, force: true }));
  }

  close(): void {
    this.client.destroy();
  }
}
