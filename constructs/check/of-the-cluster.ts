import { arn, partition } from '../../functions/arns';
import { resourceName } from '../names';
import { isKnownTo, isRuntime } from '../runtimes';
import { entriesOf, fieldOf, isObject, line, type Path } from './mistakes';
import { isUnknown, REGION } from './rules';

/** What is said of a cluster, or of all, against where it is and what it is made with. */

type Fields = Readonly<Record<string, unknown>>;

export interface Whereabouts {
  readonly accountId: unknown;
  readonly region: unknown;
  readonly clusterName: unknown;
}

/** What is brought along has to be where the cluster is: alarms tell only their region, the notifier reads its token there. */
export function placeMistakes(path: Path, whereabouts: Whereabouts, own: Fields, forAll: unknown): string[] {
  const { accountId, region, clusterName } = whereabouts;
  if (typeof region !== 'string' || !REGION.test(region)) return [];
  const said = (option: string) => own[option] ?? fieldOf(forAll, option);
  const [opsTopic, topic, prefix] = ['opsTopicArn', 'topicArn', 'namePrefix'].map(said);
  const mistakes = [
    ...inOtherRegion([...path, 'opsTopicArn'], 'sns', region, opsTopic),
    ...inOtherRegion([...path, 'slack', 'tokenSecretArn'], 'secretsmanager', region, secretOf(own, forAll)),
    ...inOtherRegion([...path, 'kmsKeyArn'], 'kms', region, said('kmsKeyArn')),
    ...actionMistakes(path, region, own, forAll),
  ];
  if (typeof accountId !== 'string') return mistakes;
  const inAccount = [
    ...mistakes,
    ...inOtherAccount([...path, 'permissionsBoundaryArn'], accountId, said('permissionsBoundaryArn')),
    ...outside([...path, 'topicArn'], 'sns', `${region}:${accountId}`, topic, 'account and region'),
  ];
  if (typeof clusterName !== 'string') return inAccount;
  const named = { clusterName, namePrefix: typeof prefix === 'string' ? prefix : undefined };
  const ownTopic = topic ?? arn({ accountId, region }, 'sns', resourceName('topic', named, 'alarms'));
  const rule = "must not be the cluster's own topic: what reads it may be what is broken";
  return opsTopic === ownTopic ? [...inAccount, line([...path, 'opsTopicArn'], rule, opsTopic)] : inAccount;
}

/** Of the cluster, or of all, and of each service: where the list does not say it again, it is one of those before. */
function actionMistakes(path: Path, region: string, own: Fields, forAll: unknown): string[] {
  const ofCluster = fieldOf(own, 'alarmActions') ?? fieldOf(forAll, 'alarmActions');
  const ofServices = entriesOf(own['services']).map(
    ([name, service]) => [[...path, 'services', name, 'alarmActions'], fieldOf(service, 'alarmActions')] as const,
  );
  return [[[...path, 'alarmActions'], ofCluster] as const, ...ofServices].flatMap(([place, actions]) =>
    entriesOf(actions).flatMap(([severity, arns]) =>
      (Array.isArray(arns) ? arns : []).flatMap((one: unknown, index) => {
        const where = typeof one === 'string' && !isUnknown(one) ? one.split(':')[3] : undefined;
        if (!where || where === region) return [];
        return [line([...place, severity, index], `must be in the cluster's region, ${region}`, one)];
      }),
    ),
  );
}

/** Policies of AWS itself are in every account. */
function inOtherAccount(path: Path, accountId: string, given: unknown): string[] {
  if (typeof given !== 'string' || isUnknown(given)) return [];
  const [, , service, , account] = given.split(':');
  if (service !== 'iam' || account === 'aws' || account === accountId) return [];
  return [line(path, `must be of the cluster's account, ${accountId}`, given)];
}

/** A cluster that names a token of its own names the only one. */
function secretOf(own: Fields, forAll: unknown): unknown {
  const [ownSlack, slack] = [own['slack'], fieldOf(forAll, 'slack')];
  const hasToken = ['tokenParameter', 'tokenSecretArn'].some((source) => fieldOf(ownSlack, source) !== undefined);
  return fieldOf(hasToken ? ownSlack : slack, 'tokenSecretArn');
}

function inOtherRegion(path: Path, service: string, region: string, given: unknown): string[] {
  return outside(path, service, region, given, 'region');
}

/** @param where region, or region and account, as an ARN has them */
function outside(path: Path, service: string, where: string, given: unknown, what: string): string[] {
  // What is no such ARN at all is told by the schema.
  if (typeof given !== 'string' || isUnknown(given) || given.split(':')[2] !== service) return [];
  const beginning = `arn:${partition(where)}:${service}:${where}:`;
  return given.startsWith(beginning) ? [] : [line(path, `must be in the cluster's ${what}: ${beginning}…`, given)];
}

/** `awsProviderVersion` is set for all, `runtime` for all or for a cluster. */
export function runtimeMistakes(path: Path, own: unknown, version: unknown): string[] {
  const runtime = fieldOf(own, 'runtime');
  if (typeof runtime !== 'string' || typeof version !== 'string') return [];
  if (!isRuntime(runtime) || isKnownTo(version, runtime)) return [];
  return [line([...path, 'runtime'], `needs awsProviderVersion 6.19.0 or later, which is ${version}`, runtime)];
}

/** Tags that our alarms have themselves. */
const TAGS_OF_ALARMS = ['EcsCluster', 'EcsService', 'Dependency', 'Kind'];

/** Keys that differ in case only are the same for IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export function tagMistakes(path: Path, own: unknown, forAll?: unknown): string[] {
  const [tags, inherited] = [fieldOf(own, 'tags'), fieldOf(forAll, 'tags')];
  if (!isObject(tags)) return [];
  const keys = Object.keys(tags);
  const all = [...(isObject(inherited) ? Object.keys(inherited) : []), ...keys];
  return keys.flatMap((key) => {
    const place = [...path, 'tags', key];
    if (TAGS_OF_ALARMS.some((taken) => isSame(taken, key))) {
      return [line(place, `must not be one of ${TAGS_OF_ALARMS.join(', ')}: alarms have them`, key)];
    }
    const other = all.find((one) => isSame(one, key));
    return other === key ? [] : [line(place, `must differ from ${other} in more than case`, key)];
  });
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
