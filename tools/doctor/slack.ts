import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { LogLevel, WebClient } from '@slack/web-api';
import { PermanentError } from '../../functions/notifier/deliver/errors';
import { judge, tokenProblem } from '../../functions/notifier/deliver/slack-errors';
import { watchingOf } from '../../functions/read-settings';
import type { TokenSource } from '../../functions/settings';
import type { Aws } from './aws';
import type { Entered } from './entered';
import { type Finding, isNotThere, listed, right, unchecked, wrong } from './findings';
import { manifestScopes } from './manifest';

export interface OnSlack {
  readonly findings: readonly Finding[];
  /** Not without a token that Slack takes. */
  readonly client?: WebClient;
}

/** Whether the token is there and good, and whether the bot can do in Slack what it has to. */
export async function checkSlack({ aws, settings, accountId }: Entered): Promise<OnSlack> {
  const { token, finding } = await readToken(settings.cluster.token, aws, accountId);
  if (token === undefined) return { findings: [finding] };
  const client = clientOf(token);
  try {
    const { user = '', team = '', response_metadata } = await client.auth.test();
    const channels = await Promise.all(
      [...channelsOf(settings)].map(([id, told]) => checkChannel(client, id, { told, bot: user })),
    );
    const identity = right(`Slack knows the token: bot ${user} of ${team}`);
    const findings = [finding, identity, checkScopes(response_metadata?.scopes ?? []), ...channels];
    return { findings, client };
  } catch (error) {
    return { findings: [finding, wrong('Slack, by auth.test', ...said(error))] };
  }
}

function clientOf(token: string): WebClient {
  const { SLACK_API_URL: slackApiUrl } = process.env;
  return new WebClient(token, {
    ...(slackApiUrl === undefined ? {} : { slackApiUrl }),
    retryConfig: { retries: 1 },
    timeout: 10_000,
    logLevel: LogLevel.ERROR,
  });
}

/** What no HTTP header takes would be in the error's text. */
const TOKEN = /^xoxb-[\w-]+$/;

/** The token itself is never said. */
async function readToken(
  source: TokenSource,
  aws: Pick<Aws, 'ssm' | 'secretsManager'>,
  accountId: string,
): Promise<{ readonly finding: Finding; readonly token?: string }> {
  const what = `token in ${'parameter' in source ? `SSM parameter ${source.parameter}` : `secret ${source.secretArn}`}`;
  const store = 'store the bot token (xoxb-…) of the Slack app in it';
  try {
    const { value, type } = await stored(source, aws);
    const token = value.trim();
    if (!TOKEN.test(token)) return { finding: wrong(what, 'holds something else than a bot token', store) };
    const isPlain = type !== undefined && type !== 'SecureString';
    const finding = isPlain ? wrong(what, `a ${type}, not encrypted`, `${store} as a SecureString`) : right(what);
    return { finding, token };
  } catch (error) {
    if (!isNotThere(error)) return { finding: unchecked(what, error) };
    return { finding: wrong(what, `not there, in account ${accountId} and the region of the cluster`, store) };
  }
}

async function stored(source: TokenSource, { ssm, secretsManager }: Pick<Aws, 'ssm' | 'secretsManager'>) {
  if ('secretArn' in source) {
    const { SecretString: value = '' } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId: source.secretArn }),
    );
    return { value };
  }
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: source.parameter, WithDecryption: true }));
  return { value: Parameter?.Value ?? '', type: Parameter?.Type };
}

function checkScopes(scopes: readonly string[]): Finding {
  const missing = manifestScopes().filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return right(`scopes ${manifestScopes().join(', ')}`);
  const fix =
    'add them to the Slack app (OAuth & Permissions), install it again, and store its token if that is a new one';
  return wrong('scopes', `the token lacks ${missing.join(', ')}`, fix);
}

/** The channels in use, with who is told there: the cluster, or services that have one of their own. */
function channelsOf(settings: Entered['settings']): ReadonlyMap<string, readonly string[]> {
  const channels = new Map<string, readonly string[]>([[settings.cluster.channel, [settings.cluster.cluster]]]);
  for (const service of settings.services.keys()) {
    const { channel } = watchingOf(settings, service);
    if (channel !== settings.cluster.channel) channels.set(channel, [...(channels.get(channel) ?? []), service]);
  }
  return channels;
}

async function checkChannel(
  client: WebClient,
  id: string,
  { told, bot }: { readonly told: readonly string[]; readonly bot: string },
): Promise<Finding> {
  const what = `channel ${id} (${listed(told)})`;
  try {
    const { channel } = await client.conversations.info({ channel: id });
    if (channel?.is_archived) return wrong(what, 'archived', 'unarchive it, or configure another one');
    if (!channel?.is_member) return wrong(what, 'the bot is not in it', `/invite @${bot} in #${channel?.name}`);
    return right(`channel #${channel.name}, ${id} (${listed(told)})`);
  } catch (error) {
    return wrong(what, ...said(error));
  }
}

/** What Slack says, and what to do about it. */
function said(error: unknown): readonly [problem: string, fix: string] {
  const judged = judge(error);
  const verdict = judged === 'token' ? tokenProblem(error) : judged;
  if (verdict instanceof PermanentError) {
    // `Slack says is_archived: unarchive it, or …`
    const [problem = '', ...fix] = verdict.message.split(': ');
    return [problem, fix.join(': ')];
  }
  return [verdict instanceof Error ? verdict.message : `Slack says ${verdict}`, 'try again'];
}
