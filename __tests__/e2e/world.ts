import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { WebClient } from '@slack/web-api';
import type { SlackMessage, Thread } from '../../tools/slack-channel';
import { startFaultProxy } from '../under-fire/fault-proxy';
import type { Answer, Call, UnwellSlack } from '../under-fire/unwell-slack';
import { capture, succeed } from './command';
import { type AwsClientSettings, as, type Emulator, REGION, startAws, startSlack } from './emulators';
import { terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
const TOKEN = 'xoxb-e2e';
/** The emulator takes 5,000 requests of each token: the test must use up none of the functions'. */
const READER_TOKEN = 'xoxb-reader';

/** Channels by what they are for: IDs, of which the emulator makes all but two up. */
export interface Channels {
  readonly usual: string;
  readonly everything: string;
  readonly listed: string;
  /** Is archived for a while. */
  readonly shut: string;
  readonly storm: string;
  readonly story: string;
}

/** A resource as Terraform's state has it. */
export interface DeployedResource {
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** AWS and Slack on this machine, and the command line that deploys into them. */
export interface World {
  readonly channels: Channels;
  /** Slack, as a person in the workspace uses it. */
  readonly slack: WebClient;
  /** Slack, as the functions find it. */
  readonly unwell: UnwellSlack;
  /** Settings for an AWS client that speaks as this account. */
  readonly as: (account: string) => AwsClientSettings;
  /** Starts a function and waits for it. Returns what it wrote to its log. */
  readonly invoke: (account: string, functionName: string) => Promise<string>;
  /** @param env what the app reads */
  readonly cdktf: (command: 'deploy' | 'destroy', env: Readonly<Record<string, string>>) => Promise<void>;
  /** `npm run plan` of what is deployed: its exit code and summary. */
  readonly plan: (args: readonly string[], env: Readonly<Record<string, string>>) => ReturnType<typeof capture>;
  /** What Terraform deployed, all references resolved. */
  readonly deployed: (stack: string) => readonly DeployedResource[];
  /** The threads of a channel whose parents are those that are looked for. */
  readonly threads: (channel: string, isLookedFor: (parent: SlackMessage) => boolean) => Promise<Thread[]>;
  /** Where logs and state are. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

export async function startWorld(accounts: readonly string[]): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-e2e-'));
  const servers: Emulator[] = [];
  const close = async () => {
    for (const server of servers) await server.close();
  };
  try {
    const slackServer = await startSlack(folder, TOKEN, ['listed', 'shut', 'storm', 'story']);
    servers.push(slackServer);
    const proxy = await startFaultProxy(forwardTo(slackServer.url));
    servers.push(proxy);
    // Only where a test says so.
    proxy.slack.limits = () => false;
    const aws = await startAws(folder, proxy.url);
    servers.push(aws);
    const slack = new WebClient(READER_TOKEN, { slackApiUrl: slackServer.url, retryConfig: { retries: 0 } });
    const channels = await channelsOf(slack);
    for (const account of accounts) await putToken(new SSMClient(as(aws.url, account)));
    return {
      channels,
      slack,
      unwell: proxy.slack,
      as: (account) => as(aws.url, account),
      invoke: (account, functionName) => invoke(aws.url, account, functionName),
      ...terraformFor(aws.url, accounts[0] ?? '', folder),
      threads: (channel, isLookedFor) => threads(slack, channel, isLookedFor),
      folder,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the functions ask Slack, asked for them. */
function forwardTo(url: string) {
  return async ({ method, token, body }: Call): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}${method}`, { method: 'POST', headers, body });
    return { status: answer.status, headers: { 'content-type': 'application/json' }, body: await answer.text() };
  };
}

async function channelsOf(slack: WebClient): Promise<Channels> {
  const { channels = [] } = await slack.conversations.list();
  const id = (name: string) => channels.find((channel) => channel.name === name)?.id ?? '';
  return {
    usual: id('general'),
    everything: id('random'),
    listed: id('listed'),
    shut: id('shut'),
    storm: id('storm'),
    story: id('story'),
  };
}

/** Reads no more than it has to: the tests ask again and again. */
async function threads(slack: WebClient, channel: string, isLookedFor: (parent: SlackMessage) => boolean) {
  const { messages = [] } = await slack.conversations.history({ channel, limit: 200 });
  const parents = (messages as SlackMessage[]).filter(({ ts, thread_ts = ts }) => ts === thread_ts);
  const read = async (parent: SlackMessage): Promise<Thread> => {
    const answer = await slack.conversations.replies({ channel, ts: parent.ts, limit: 200 });
    const replies = (answer.messages as SlackMessage[]).filter(({ ts }) => ts !== parent.ts);
    return { parent, replies };
  };
  return Promise.all(parents.filter(isLookedFor).map(read));
}

async function putToken(ssm: SSMClient): Promise<void> {
  const Name = '/ecs-alerts/slack-bot-token';
  await ssm.send(new PutParameterCommand({ Name, Value: TOKEN, Type: 'SecureString' }));
  ssm.destroy();
}

/** The emulator reads account and service from the signature and checks nothing of it. */
async function invoke(aws: string, account: string, functionName: string): Promise<string> {
  const scope = `${account}/20260101/${REGION}/lambda/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const headers = { authorization, 'x-amz-log-type': 'Tail' };
  const url = `${aws}/2015-03-31/functions/${functionName}/invocations`;
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
  const log = Buffer.from(answer.headers.get('x-amz-log-result') ?? '', 'base64').toString();
  if (!answer.ok || answer.headers.has('x-amz-function-error')) {
    throw new Error(`${functionName}: ${answer.status} ${await answer.text()}\n${log}`);
  }
  return log;
}

/** The real command line, in a folder of its own, so that no state of an earlier run is found. */
function terraformFor(aws: string, account: string, folder: string): Pick<World, 'cdktf' | 'plan' | 'deployed'> {
  const cwd = join(folder, 'deployment');
  mkdirSync(cwd);
  const app = ['node', '-r', 'ts-node/register/transpile-only', join(__dirname, 'app.ts')].join(' ');
  const settings = { language: 'typescript', app, projectId: 'e2e', sendCrashReports: 'false' };
  writeFileSync(join(cwd, 'cdktf.json'), JSON.stringify(settings));
  const env = {
    ...process.env,
    ...terraformEnvironment(folder),
    NODE_PATH: join(ROOT, 'node_modules'),
    TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'),
    AWS_ENDPOINT_URL: aws,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const cli = join(ROOT, 'node_modules', '.bin', 'cdktf');
  const flags = ['--auto-approve', '--skip-provider-lock', '--no-color'];
  /** What was deployed is destroyed as it is known: nobody else changed it, and it takes half of the time. */
  const asKnown = { args: ['--skip-synth'], env: { TF_CLI_ARGS_destroy: '-refresh=false' } };
  return {
    cdktf: (command, more) => {
      const log = join(folder, `cdktf-${command}.log`);
      const own = command === 'destroy' ? asKnown : { args: [], env: {} };
      const args = [command, '*', ...flags, ...own.args];
      return succeed(cli, { args, cwd, env: { ...env, ...more, ...own.env }, log });
    },
    plan: (options, more) => {
      const register = join(ROOT, 'node_modules', 'ts-node', 'register', 'transpile-only');
      const args = ['-r', register, join(ROOT, 'tools', 'plan.ts'), ...options];
      return capture(process.execPath, { args, cwd, env: { ...env, ...more } });
    },
    deployed: (stack) => {
      const state = JSON.parse(readFileSync(join(cwd, `terraform.${stack}.tfstate`), 'utf8')) as {
        readonly resources: readonly { readonly type: string; readonly instances: readonly DeployedResource[] }[];
      };
      return state.resources.flatMap(({ type, instances }) =>
        instances.map(({ attributes }) => ({ type, attributes })),
      );
    },
  };
}

export function logOf(world: World, name: string): string {
  return readFileSync(join(world.folder, name), 'utf8');
}
