import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { WebClient } from '@slack/web-api';
import type { SlackMessage, Thread } from '../../tools/slack-channel';
import { startFaultProxy } from '../under-fire/fault-proxy';
import type { Answer, Call, UnwellSlack } from '../under-fire/unwell-slack';
import { capture, type Result, succeed } from './command';
import {
  type AwsClientSettings,
  as,
  BOT,
  type Emulator,
  environmentAs,
  REGION,
  startAws,
  startSlack,
} from './emulators';
import { readmeCommand } from './readme';
import { awsCli, terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
export const TOKEN = 'xoxb-e2e';
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

export interface ToolOptions {
  readonly args: readonly string[];
  readonly account: string;
  /** What the app reads: the list is its. */
  readonly env: Readonly<Record<string, string>>;
}

/** AWS and Slack on this machine, and the command line that deploys into them. */
export interface World {
  readonly channels: Channels;
  /** Slack, as a person in the workspace uses it. */
  readonly slack: WebClient;
  /** Slack, as the functions find it. */
  readonly unwell: UnwellSlack;
  /** The functions' user in Slack. */
  readonly bot: string;
  /** Settings for an AWS client that speaks as this account. */
  readonly as: (account: string) => AwsClientSettings;
  /** Starts a function and waits for it. Returns what it wrote to its log. */
  readonly invoke: (account: string, functionName: string) => Promise<string>;
  /** With which Terraform deploys here, as the first account. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @param env what the app reads */
  readonly cdktf: (command: 'deploy' | 'destroy', env: Readonly<Record<string, string>>) => Promise<void>;
  /** A command as somebody types it who has cloned this, with credentials of the first account and as profile `prod`. */
  readonly shell: (line: string, env: Readonly<Record<string, string>>) => Promise<Result>;
  /** A tool as a user of the list runs it, with credentials of an account. Returns its exit code and all that it says. */
  readonly tool: (name: string, options: ToolOptions) => Promise<Result>;
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
    const bot = await botOf(slack);
    for (const channel of [channels.usual, channels.everything]) {
      await slack.conversations.invite({ channel, users: bot });
    }
    for (const account of accounts) await putToken(new SSMClient(as(aws.url, account)));
    return {
      channels,
      slack,
      unwell: proxy.slack,
      bot,
      as: (account) => as(aws.url, account),
      invoke: (account, functionName) => invoke(aws.url, account, functionName),
      ...commandsFor(aws.url, { slackUrl: proxy.url, account: accounts[0] ?? '', folder }),
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

/** The ID of the functions' user. */
async function botOf(slack: WebClient): Promise<string> {
  const { members = [] } = await slack.users.list({});
  return members.find(({ name }) => name === BOT)?.id ?? '';
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

/** The real command lines, in a folder of its own, so that no state of an earlier run is found. */
function commandsFor(
  aws: string,
  { slackUrl, account, folder }: { readonly slackUrl: string; readonly account: string; readonly folder: string },
): Pick<World, 'environment' | 'cdktf' | 'shell' | 'tool' | 'deployed'> {
  const cwd = join(folder, 'deployment');
  mkdirSync(cwd);
  // What a clone has.
  for (const part of ['package.json', 'node_modules', 'constructs', 'functions', 'tools']) {
    symlinkSync(join(ROOT, part), join(cwd, part));
  }
  const app = ['node', '-r', 'ts-node/register/transpile-only', join(__dirname, 'app.ts')].join(' ');
  const settings = { language: 'typescript', app, projectId: 'e2e', sendCrashReports: 'false' };
  writeFileSync(join(cwd, 'cdktf.json'), JSON.stringify(settings));
  const list = JSON.stringify(join(__dirname, 'app'));
  writeFileSync(join(cwd, 'alerts.config.ts'), `export { config as default } from ${list};\n`);
  const env = {
    ...process.env,
    ...terraformEnvironment(folder),
    NODE_PATH: join(ROOT, 'node_modules'),
    TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'),
    ...environmentAs(aws, account),
  };
  const typed = { deploy: readmeCommand('npx cdktf deploy'), destroy: readmeCommand('npx cdktf destroy') };
  /** For whoever is not asked: there is nobody at a terminal. */
  const flags = '--auto-approve --skip-provider-lock --no-color';
  const [profiles, programs] = [join(folder, 'aws.config'), join(folder, 'bin')];
  writeFileSync(profiles, `[profile prod]\naws_access_key_id = ${account}\naws_secret_access_key = none\n`);
  mkdirSync(programs);
  // For SQS it takes an endpoint from nowhere else.
  const program = `#!/bin/sh\nexec "${join(awsCli(), 'aws')}" --endpoint-url ${aws} "$@"\n`;
  writeFileSync(join(programs, 'aws'), program, { mode: 0o755 });
  /** What was deployed is destroyed as it is known: nobody else changed it, and it takes half of the time. */
  const asKnown = { args: '--skip-synth', env: { TF_CLI_ARGS_destroy: '-refresh=false' } };
  return {
    environment: env,
    cdktf: (command, more) => {
      const log = join(folder, `cdktf-${command}.log`);
      const own = command === 'destroy' ? asKnown : { args: '', env: {} };
      const line = `${typed[command]} 'staging-*' ${flags} ${own.args}`;
      return succeed('bash', { args: ['-c', line], cwd, env: { ...env, ...more, ...own.env }, log });
    },
    shell: (line, more) => {
      const user = {
        PATH: [programs, process.env['PATH']].join(delimiter),
        AWS_CONFIG_FILE: profiles,
        AWS_REGION: REGION,
      };
      return capture('bash', { args: ['-c', line], cwd, env: { ...env, ...user, SLACK_API_URL: slackUrl, ...more } });
    },
    tool: (name, { args, account: own, env: more }) => {
      const tool = ['-r', 'ts-node/register/transpile-only', join(ROOT, 'tools', `${name}.ts`), ...args];
      const ofTool = { ...env, ...more, AWS_ACCESS_KEY_ID: own, SLACK_API_URL: slackUrl };
      return capture(process.execPath, { args: tool, cwd, env: ofTool });
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
