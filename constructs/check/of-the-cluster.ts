import { arn, partition } from '../../functions/arns';
import { resourceName } from '../names';
import { isKnownTo, isRuntime } from '../runtimes';
import { fieldOf, isObject, line, type Path } from './mistakes';
import { isUnknown, REGION } from './rules';

/** What is said of a cluster, or of all, against where it is and what it is made with. */

type Fields = Readonly<Record<string, unknown>>;

export interface Whereabouts {
  readonly accountId: unknown;
  readonly region: unknown;
  readonly clusterName: unknown;
}

/** Alarms tell only topics of their region, and the notifier reads its token there. */
export function regionMistakes(path: Path, whereabouts: Whereabouts, own: Fields, forAll: unknown): string[] {
  const { accountId, region, clusterName } = whereabouts;
  if (typeof region !== 'string' || !REGION.test(region)) return [];
  const opsTopic = own['opsTopicArn'] ?? fieldOf(forAll, 'opsTopicArn');
  const mistakes = [
    ...inOtherRegion([...path, 'opsTopicArn'], 'sns', region, opsTopic),
    ...inOtherRegion([...path, 'slack', 'tokenSecretArn'], 'secretsmanager', region, secretOf(own, forAll)),
  ];
  if (typeof accountId !== 'string' || typeof clusterName !== 'string') return mistakes;
  const ownTopic = arn({ accountId, region }, 'sns', resourceName('topic', clusterName, 'alarms'));
  const rule = "must not be the cluster's own topic: what reads it may be what is broken";
  return opsTopic === ownTopic ? [...mistakes, line([...path, 'opsTopicArn'], rule, opsTopic)] : mistakes;
}

/** A cluster that names a token of its own names the only one. */
function secretOf(own: Fields, forAll: unknown): unknown {
  const [ownSlack, slack] = [own['slack'], fieldOf(forAll, 'slack')];
  const hasToken = ['tokenParameter', 'tokenSecretArn'].some((source) => fieldOf(ownSlack, source) !== undefined);
  return fieldOf(hasToken ? ownSlack : slack, 'tokenSecretArn');
}

function inOtherRegion(path: Path, service: string, region: string, given: unknown): string[] {
  // What is no such ARN at all is told by the schema.
  if (typeof given !== 'string' || isUnknown(given) || given.split(':')[2] !== service) return [];
  const beginning = `arn:${partition(region)}:${service}:${region}:`;
  return given.startsWith(beginning) ? [] : [line(path, `must be in the cluster's region: ${beginning}…`, given)];
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
