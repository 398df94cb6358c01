import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { WebClient } from '@slack/web-api';
import { freePort } from '../../tools/listen';
import type { Thread } from '../../tools/slack-channel';
import { readChannel } from '../../tools/slack-channel';
import { end, run, start, succeed, until } from './command';
import { functionNode, python, terraformEnvironment } from './tools';

const ROOT = join(__dirname, '..', '..');
export const REGION = 'eu-west-1';
export const CHANNEL = 'C000000001';
/** A minute of CloudWatch lasts a second. */
export const TIME_SCALE = 60;

/** AWS and Slack on this machine, and the command line that deploys into them. */
export interface World {
  readonly slack: WebClient;
  /** Settings for an AWS client that speaks as this account. */
  readonly as: (account: string) => { endpoint: string; region: string; credentials: Credentials };
  readonly cdktf: (command: 'deploy' | 'destroy') => Promise<void>;
  /** 0: nothing to change; 2: something. */
  readonly plan: (stack: string) => Promise<number>;
  readonly threads: () => Promise<Thread[]>;
  /** Where logs and state are. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export async function startWorld(accounts: readonly string[]): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-alerts-e2e-'));
  const [awsPort, slackPort] = [await freePort(), await freePort()];
  const aws = `http://127.0.0.1:${awsPort}`;
  const slackUrl = `http://127.0.0.1:${slackPort}/api/`;
  const servers = [startSlack(slackPort, folder), startAws(awsPort, slackUrl, folder)];
  const as: World['as'] = (account) => ({
    endpoint: aws,
    region: REGION,
    credentials: { accessKeyId: account, secretAccessKey: 'none' },
  });
  const close = async () => {
    for (const server of servers) await end(server);
  };
  const slack = new WebClient('xoxb-e2e', { slackApiUrl: slackUrl, retryConfig: { retries: 0 } });
  try {
    await until('the AWS emulator', async () => ((await fetch(`${aws}/_ministack/health`)).ok ? true : undefined));
    await until('the Slack emulator', async () => (await slack.conversations.list()).ok || undefined);
    for (const account of accounts) await putToken(new SSMClient(as(account)));
  } catch (error) {
    await close();
    throw error;
  }

  const terraform = terraformFor(aws, accounts[0] ?? '', folder);
  return {
    slack,
    as,
    ...terraform,
    threads: () => readChannel(slack, CHANNEL),
    folder,
    close,
  };
}

function startSlack(port: number, folder: string): ChildProcess {
  const seed = join(folder, 'slack.yaml');
  writeFileSync(seed, 'tokens:\n  xoxb-e2e:\n    login: ecs-alerts\nslack:\n  channels: []\n');
  const emulate = join(ROOT, 'node_modules', 'emulate', 'dist', 'index.js');
  const args = [emulate, 'start', '--service', 'slack', '--port', `${port}`, '--seed', seed];
  return start(process.execPath, { args, cwd: folder, env: process.env, log: join(folder, 'slack.log') });
}

/** Functions inherit this environment: nothing in it but what they would find in Lambda, and where Slack is. */
function startAws(port: number, slackUrl: string, folder: string): ChildProcess {
  const env = {
    PATH: [functionNode(), process.env['PATH']].join(delimiter),
    HOME: folder,
    GATEWAY_PORT: `${port}`,
    MINISTACK_TIME_SCALE: `${TIME_SCALE}`,
    SLACK_API_URL: slackUrl,
  };
  const args = [join(__dirname, 'ministack', 'launcher.py')];
  return start(python(), { args, cwd: folder, env, log: join(folder, 'aws.log') });
}

async function putToken(ssm: SSMClient): Promise<void> {
  const Name = '/ecs-alerts/slack-bot-token';
  await ssm.send(new PutParameterCommand({ Name, Value: 'xoxb-e2e', Type: 'SecureString' }));
  ssm.destroy();
}

/** The real command line, in a folder of its own, so that no state of an earlier run is found. */
function terraformFor(aws: string, account: string, folder: string): Pick<World, 'cdktf' | 'plan'> {
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
  return {
    cdktf: (command) =>
      succeed(cli, { args: [command, '*', ...flags], cwd, env, log: join(folder, `cdktf-${command}.log`) }),
    plan: (stack) => {
      const chdir = `-chdir=${join(cwd, 'cdktf.out', 'stacks', stack)}`;
      const args = [chdir, 'plan', '-detailed-exitcode', '-input=false', '-no-color'];
      return run('terraform', { args, cwd, env, log: join(folder, `plan-${stack}.log`) });
    },
  };
}

export function logOf(world: World, name: string): string {
  return readFileSync(join(world.folder, name), 'utf8');
}
