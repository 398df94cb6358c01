import { isDeepStrictEqual } from 'node:util';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { opsAlarmName, resourceName } from '../../constructs/names';
import { type Settings, settingsReader } from '../../functions/read-settings';
import { type Aws, awsOf } from './aws';
import type { Cluster } from './clusters';
import { type Finding, hint, isNotThere, right, saidBy, unchecked, wrong } from './findings';

/** A cluster whose account could be entered. */
export interface Entered {
  readonly cluster: Cluster;
  readonly aws: Aws;
  readonly names: Names;
  readonly accountId: string;
  /** Who asks: `assumed-role/deploy/alice`. */
  readonly caller: string;
  /** What is to be: as `alerts.config.ts` has it; of a cluster that it does not list, as its table has it. */
  readonly settings: Settings;
  /** As the table has them, if it can be read. */
  readonly deployed?: Settings;
  readonly isDeployed: boolean;
  /** What mends what is missing. */
  readonly deploy: string;
}

export interface Names {
  readonly table: string;
  readonly topic: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
  readonly notifier: string;
  readonly watcher: string;
  /** What the names of the alarms on the alerting itself begin with. */
  readonly opsAlarms: string;
}

export interface Entry {
  readonly findings: readonly Finding[];
  /** Not when nothing else can be looked at. */
  readonly entered?: Entered;
}

/** Whose credentials these are, and what is known of the cluster. */
export async function enter(cluster: Cluster): Promise<Entry> {
  const { name, namePrefix, region, listed } = cluster;
  const signedIn = await signIn(cluster);
  if ('is' in signedIn) return { findings: [signedIn] };
  const { aws, accountId, caller } = signedIn;
  const named = { clusterName: name, namePrefix };
  const names: Names = {
    table: resourceName('table', named, 'threads'),
    topic: resourceName('topic', named, 'alarms'),
    queue: resourceName('queue', named, 'alerts'),
    deadLetterQueue: resourceName('queue', named, 'dead-letters'),
    notifier: resourceName('function', named, 'notifier'),
    watcher: resourceName('function', named, 'watcher'),
    opsAlarms: opsAlarmName(named, ''),
  };
  const deploy = listed === undefined ? 'deploy its stack again' : `npx cdktf deploy ${listed.stack}`;
  const { finding, ...read } = await readTable(cluster, aws, names.table, `${accountId}, ${region}`);
  const findings = [right(`account ${accountId}, as ${caller}`), finding];
  const settings = listed?.settings ?? read.deployed;
  if (settings === undefined) return { findings };
  return { findings, entered: { cluster, aws, names, accountId, caller, settings, ...read, deploy } };
}

interface SignedIn {
  readonly aws: Aws;
  readonly accountId: string;
  readonly caller: string;
}

/** By the account's role, where it has one; whoever is in the account already needs none to get there. */
async function signIn({ region, listed }: Cluster): Promise<SignedIn | Finding> {
  const role = listed?.deployRoleArn;
  const isThere = ({ accountId }: SignedIn) => listed === undefined || listed.accountId === accountId;
  try {
    const present = await identityOf(awsOf(region, undefined)).catch((error: unknown) => {
      if (role === undefined) throw error;
      return undefined;
    });
    const entered =
      role === undefined || (present && isThere(present)) ? present : await identityOf(awsOf(region, role));
    if (entered && isThere(entered)) return entered;
    const problem = `of account ${entered?.accountId} (${entered?.caller}), must be of ${listed?.accountId}`;
    return wrong('credentials', problem, 'set AWS_PROFILE, or deployRoleArn of the account in alerts.config.ts');
  } catch (error) {
    const fix = role === undefined ? 'sign in, or set AWS_PROFILE' : `sign in as one who may assume ${role}`;
    return wrong('credentials', saidBy(error), fix);
  }
}

/** `arn:aws:sts::111122223333:assumed-role/deploy/alice` → its account, and the last part */
async function identityOf(aws: Aws): Promise<SignedIn> {
  const { Account: accountId = '', Arn = '' } = await aws.sts.send(new GetCallerIdentityCommand({}));
  return { aws, accountId, caller: Arn.split(':').slice(5).join(':') };
}

/** The settings that Terraform wrote, the first thing that is there. */
async function readTable(
  { listed }: Cluster,
  { db }: Aws,
  table: string,
  place: string,
): Promise<{ readonly finding: Finding; readonly deployed?: Settings; readonly isDeployed: boolean }> {
  const what = `settings in table ${table}`;
  try {
    const deployed = await settingsReader(db, table, () => new Date())();
    const isSame = listed === undefined || isDeepStrictEqual(deployed, listed.settings);
    const finding = isSame
      ? right(what)
      : hint(what, 'others than in alerts.config.ts', `npx cdktf deploy ${listed.stack}`);
    return { finding, deployed, isDeployed: true };
  } catch (error) {
    if (!isNotThere(error)) return { finding: unchecked(what, error), isDeployed: true };
    const fix =
      listed === undefined
        ? 'check --cluster, --region and --name-prefix; name its --account if it is one of alerts.config.ts'
        : `npx cdktf deploy ${listed.stack}`;
    return { finding: wrong('not deployed', `there is no table ${table} in ${place}`, fix), isDeployed: false };
  }
}
