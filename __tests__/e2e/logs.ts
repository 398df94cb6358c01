import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { World } from './world';

/** The logs of one account, as those who write and read them do. */
export class Logs {
  private readonly client: CloudWatchLogsClient;

  constructor(world: World, account: string) {
    this.client = new CloudWatchLogsClient(world.as(account));
  }

  async createGroup(logGroupName: string): Promise<void> {
    await this.client.send(new CreateLogGroupCommand({ logGroupName }));
  }

  /** The last words of a container in a stream of its own, a millisecond apart: `api/api/TASK` is how ECS names it. */
  async write(logGroupName: string, logStreamName: string, lines: readonly string[]): Promise<void> {
    await this.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const now = Date.now();
    const logEvents = lines.map((message, index) => ({ message, timestamp: now - lines.length + index }));
    await this.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }

  /** All lines of all its streams. */
  async read(logGroupName: string): Promise<readonly string[]> {
    const { events = [] } = await this.client.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message = '' }) => message);
  }

  close(): void {
    this.client.destroy();
  }
}
