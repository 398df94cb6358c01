import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Thread } from '../../tools/slack-channel';
import { type Result, until } from './command';
import { Ecs } from './ecs';
import { REGION } from './emulators';
import { type Endpoint, startEndpoint, startExpiredEndpoint } from './endpoint';
import { Logs } from './logs';
import { type Metric, report, type Service } from './metrics';
import { type Channels, startWorld, type World } from './world';

export const [PROD, STAGING] = ['111122223333', '444455556666'] as const;
const ACCOUNTS = { prod: PROD, staging: STAGING } as const;
type AccountName = keyof typeof ACCOUNTS;
export const STACKS = ['prod-eu-west-1', 'staging-eu-west-1'];

/** What stands in a thread's texts: numbers and their units do not part there. */
export const plain = (text: string) => text.replaceAll('\u00a0', ' ');
export const texts = ({ replies }: Thread) => replies.map(({ text }) => plain(text));

/** The parent is green, and the reply that says so is there: the one is edited before the other is posted. */
export function isOver({ parent, replies }: Thread): boolean {
  return parent.text.startsWith('🟢') && replies.at(-1)?.text.startsWith('🟢') === true;
}

interface Started {
  readonly world: World;
  readonly reports: ReturnType<typeof report>;
  readonly endpoint: Endpoint;
  readonly expired: Endpoint;
  readonly ecs: Readonly<Record<AccountName, Ecs>>;
  readonly logs: Readonly<Record<AccountName, Logs>>;
}

/** What all tests of the deployment share: the world, and what its services and metrics report. */
export class Stage {
  /** Without it nothing can come, and no test has to wait for it. */
  deployed = false;
  private readonly services: Service[] = [];
  private readonly metrics: Metric[] = [];
  private started: Started | undefined;

  get world(): World {
    return this.there().world;
  }

  get endpoint(): Endpoint {
    return this.there().endpoint;
  }

  ecs(account: AccountName): Ecs {
    return this.there().ecs[account];
  }

  logs(account: AccountName): Logs {
    return this.there().logs[account];
  }

  async start(): Promise<void> {
    const world = await startWorld([PROD, STAGING]);
    // A service that reports nothing has stopped: it reports from before the first evaluation to the end.
    const reports = report(world, this.services, this.metrics);
    const [endpoint, expired] = [await startEndpoint(), await startExpiredEndpoint()];
    const ecs = { prod: new Ecs(world, PROD), staging: new Ecs(world, STAGING) };
    const logs = { prod: new Logs(world, PROD), staging: new Logs(world, STAGING) };
    this.started = { world, reports, endpoint, expired, ecs, logs };
  }

  async stop(): Promise<void> {
    if (this.started === undefined) return;
    const { world, reports, endpoint, expired, ecs, logs } = this.started;
    await reports.stop();
    for (const one of [...Object.values(ecs), ...Object.values(logs)]) one.close();
    for (const one of [endpoint, expired, world]) await one.close();
  }

  async cdktf(command: 'deploy' | 'destroy'): Promise<void> {
    await this.world.cdktf(command, this.environment());
    this.deployed = command === 'deploy';
  }

  /** A command as the README has it. */
  shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Result> {
    return this.world.shell(line, { ...this.environment(), ...env });
  }

  /** A tool as a user of the list runs it. */
  tool(account: AccountName, name: string, ...args: readonly string[]): Promise<Result> {
    return this.world.tool(name, { args, account: ACCOUNTS[account], env: this.environment() });
  }

  /** What the app reads. */
  private environment(): Readonly<Record<string, string>> {
    const { world, endpoint, expired } = this.there();
    return {
      CHANNEL_USUAL: world.channels.usual,
      CHANNEL_EVERYTHING: world.channels.everything,
      CHANNEL_LISTED: world.channels.listed,
      CHANNEL_SHUT: world.channels.shut,
      CHANNEL_STORM: world.channels.storm,
      CHANNEL_STORY: world.channels.story,
      ENDPOINT: `${endpoint.url}/health`,
      EXPIRED_ENDPOINT: `${expired.url}/health`,
    };
  }

  /** @param changed what the app reads that is other than deployed */
  plan(args: readonly string[], changed: Readonly<Record<string, string>> = {}) {
    return this.world.tool('plan', { args, account: PROD, env: { ...this.environment(), ...changed } });
  }

  /** A service that reports from now on. */
  service(account: AccountName, cluster: string, name: string, tasks = 2): Service {
    const service = { account: ACCOUNTS[account], cluster, name, tasks, cpu: 30, memory: 40 };
    this.services.push(service);
    return service;
  }

  /** A metric that has this value from now on. */
  measure({ namespace, name, dimensions, value }: Omit<Metric, 'account'>): void {
    const same = this.metrics.find(
      (metric) =>
        metric.namespace === namespace &&
        metric.name === name &&
        JSON.stringify(metric.dimensions) === JSON.stringify(dimensions),
    );
    if (same === undefined) this.metrics.push({ account: PROD, namespace, name, dimensions, value });
    else same.value = value;
  }

  /** A minute has passed for the watcher of the cluster. Returns what it logged. */
  async watch(account: AccountName, cluster: string): Promise<string> {
    return this.world.invoke(ACCOUNTS[account], `ecs-alerts-${cluster}-watcher`);
  }

  /** All threads of a service that are in a channel. */
  async threads(channel: keyof Channels, account: AccountName, cluster: string, name: string): Promise<Thread[]> {
    return this.world.threads(this.world.channels[channel], (parent) => {
      const text = plain(parent.text);
      return text.includes(` ${name}: `) && (text.includes(`(${account}, ${cluster})`) || text.endsWith('…'));
    });
  }

  /** The thread of a service, as soon as it is as it should be. */
  async thread(
    channel: keyof Channels,
    [account, cluster, name]: readonly [AccountName, string, string],
    is: (thread: Thread) => boolean = () => true,
  ): Promise<Thread> {
    if (!this.deployed) throw new Error('nothing is deployed');
    let last: Thread | undefined;
    const what = `a thread of ${name} of ${account}, ${cluster} that is ${is}`;
    try {
      return await until(
        what,
        async () => {
          const mine = await this.threads(channel, account, cluster, name);
          if (mine.length > 1) throw new Error(`${name} has ${mine.length} threads`);
          last = mine[0];
          return mine.find(is);
        },
        40,
      );
    } catch (error) {
      const shown = last === undefined ? 'there is none' : [plain(last.parent.text), ...texts(last)].join('\n');
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${shown}`, { cause: error });
    }
  }

  /** Plays AWS: sends the event of a fixture as one of this cluster, once for each of up to ten details. */
  async send(fixture: string, place: Place, ...details: readonly object[]): Promise<void> {
    const file = join(__dirname, '..', 'fixtures', `eventbridge-${fixture}.json`);
    const event = JSON.parse(moved(readFileSync(file, 'utf8'), place)) as {
      readonly source: string;
      readonly 'detail-type': string;
      readonly resources: string[];
      readonly detail: object;
    };
    const client = new EventBridgeClient(this.world.as(ACCOUNTS[place.account]));
    const entry = { Source: event.source, DetailType: event['detail-type'], Resources: event.resources };
    const Entries = (details.length === 0 ? [{}] : details).map((detail) => {
      return { ...entry, Detail: JSON.stringify({ ...event.detail, ...detail }) };
    });
    const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries }));
    client.destroy();
    expect(FailedEntryCount).toBe(0);
  }

  private there(): Started {
    if (this.started === undefined) throw new Error('the world was not started');
    return this.started;
  }
}

export interface Place {
  readonly account: AccountName;
  readonly cluster: string;
  readonly service: string;
}

/** The fixtures are of account 111122223333, us-east-1, cluster prod, services api and worker. */
function moved(event: string, { account, cluster, service }: Place): string {
  return event
    .replaceAll('111122223333', ACCOUNTS[account])
    .replaceAll('us-east-1', REGION)
    .replaceAll('cluster/prod"', `cluster/${cluster}"`)
    .replaceAll('/prod/', `/${cluster}/`)
    .replaceAll(/service\/([\w-]+)\/(api|worker)"/g, `service/$1/${service}"`)
    .replaceAll(/"service:(api|worker)"/g, `"service:${service}"`);
}

/** What the parent says is wrong now: the headline, then the others. */
export function wrongNow({ parent }: Thread): string[] {
  const [first] = (parent.blocks ?? []) as { readonly text?: { readonly text: string } }[];
  const [headline = '', ...lines] = plain(first?.text?.text ?? '').split('\n');
  return [headline.slice(headline.indexOf(' · ') + 3), ...lines];
}
