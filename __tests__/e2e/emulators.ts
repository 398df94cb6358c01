import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../../tools/listen';
import { end, start, until } from './command';
import { functionNode, python } from './tools';

const ROOT = join(__dirname, '..', '..');
export const REGION = 'eu-west-1';
/** A minute of CloudWatch lasts a second. */
export const TIME_SCALE = 60;

/** A server that the tests started and have to end. */
export interface Emulator {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Settings for an AWS client that speaks as an account: the emulator takes it from the access key. */
export interface AwsClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function as(aws: string, account: string): AwsClientSettings {
  return { endpoint: aws, region: REGION, credentials: { accessKeyId: account, secretAccessKey: 'none' } };
}

/** The same for Terraform and its AWS provider. */
export function environmentAs(aws: string, account: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: aws,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The user that the functions' token is of: in all channels but the two that are always there. */
export const BOT = 'ecs-alerts';

/** @param channels names of channels besides the two that are always there */
export async function startSlack(folder: string, token: string, channels: readonly string[]): Promise<Emulator> {
  const port = await freePort();
  const seed = join(folder, 'slack.yaml');
  const seeded = channels.map((name) => `\n    - name: ${name}`).join('');
  const list = seeded === '' ? ' []' : seeded;
  const tokens = `tokens:\n  ${token}:\n    login: ${BOT}`;
  writeFileSync(seed, `${tokens}\nslack:\n  users:\n    - name: ${BOT}\n  channels:${list}\n`);
  const emulate = join(ROOT, 'node_modules', 'emulate', 'dist', 'index.js');
  const args = [emulate, 'start', '--service', 'slack', '--port', `${port}`, '--seed', seed];
  const server = start(process.execPath, { args, cwd: folder, env: process.env, log: join(folder, 'slack.log') });
  const url = `http://127.0.0.1:${port}/api/`;
  return healthy('the Slack emulator', server, url, `${url}api.test`);
}

/**
 * Functions inherit this environment: nothing in it but what they would find in Lambda, and where Slack is.
 *
 * @param slackUrl none where no function runs
 */
export async function startAws(folder: string, slackUrl?: string): Promise<Emulator> {
  const port = await freePort();
  const env = {
    PATH: [functionNode(), process.env['PATH']].join(delimiter),
    MINISTACK_TIME_SCALE: `${TIME_SCALE}`,
    ...(slackUrl === undefined ? {} : { SLACK_API_URL: slackUrl }),
  };
  const server = launch(folder, port, env);
  const url = `http://127.0.0.1:${port}`;
  return healthy('the AWS emulator', server, url, `${url}/_ministack/health`);
}

/** Of its certificate, for those who have to trust it. */
export const TLS_FILE = join(__dirname, '..', 'fixtures', 'tls', 'good.pem');

/** One that enforces policies, of roles and of buckets, and speaks TLS. It runs no function. */
export async function startStrictAws(folder: string): Promise<Emulator> {
  const port = await freePort();
  const tls = { USE_SSL: '1', MINISTACK_SSL_CERT: TLS_FILE, MINISTACK_SSL_KEY: join(dirname(TLS_FILE), 'key.pem') };
  const server = launch(folder, port, { PATH: process.env['PATH'], AUTH: 'true', ...tls });
  const log = () => readFileSync(join(folder, `aws-${port}.log`), 'utf8');
  const close = () => end(server);
  await until(
    'the strict AWS emulator',
    async () => log().includes(`Running on https://127.0.0.1:${port}`) || undefined,
  );
  return { url: `https://127.0.0.1:${port}`, close };
}

function launch(folder: string, port: number, env: Readonly<Record<string, string | undefined>>): ChildProcess {
  const args = [join(__dirname, 'ministack', 'launcher.py')];
  const all = { HOME: folder, GATEWAY_PORT: `${port}`, ...env };
  return start(python(), { args, cwd: folder, env: all, log: join(folder, `aws-${port}.log`) });
}

async function healthy(what: string, server: ChildProcess, url: string, health: string): Promise<Emulator> {
  const close = () => end(server);
  try {
    await until(what, async () => (await fetch(health)).status < 500 || undefined);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}
