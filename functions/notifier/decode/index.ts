import type { Subject } from '../../subject';
import type { Alert } from '../alert';
import { shorten, shortenBytes } from '../shorten';
import { cloudwatchAlarm } from './cloudwatch-alarm';
import type { Context, Seen } from './context';
import { ecsDeployment } from './ecs-deployment';
import { ecsServiceAction } from './ecs-service-action';
import { ecsTaskStopped } from './ecs-task-stopped';
import { arnPath, fields, fingerprint, json, list, serviceOfGroup, text, time } from './narrow';
import { scaledToMax } from './scaled-to-max';
import { testAlert } from './test-alert';
import { wake } from './wake';

const DECODERS: readonly ((event: unknown, context: Seen) => Alert | undefined)[] = [
  // Before the alarm that it looks like.
  testAlert,
  cloudwatchAlarm,
  ecsTaskStopped,
  ecsDeployment,
  ecsServiceAction,
  scaledToMax,
  wake,
];

/** Never throws: what no decoder knows is an alert too. */
export function decode(body: string, context: Context): Alert {
  const envelope = fields(json(body));
  const message = envelope?.['Type'] === 'Notification' ? envelope['Message'] : undefined;
  const content = typeof message === 'string' ? message : body;
  const event = json(content);
  const seen: Seen = { ...context, fingerprint: fingerprint(content) };
  const alert = known(event, seen) ?? unknown(content, event, seen, text(envelope?.['MessageId']));
  return { ...alert, subject: named(alert.subject, context.cluster) };
}

function known(event: unknown, context: Seen): Alert | undefined {
  for (const decoder of DECODERS) {
    const alert = decoder(event, context);
    if (alert !== undefined) return alert;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html: no name is longer. */
const NAME_MAX = 255;
const PLACE_MAX = 64;

/** What is longer than any name is not one: it must neither fill the message nor be too long for a key. Nor is nothing. */
function named({ account, region, cluster, service }: Subject, whole: Subject): Subject {
  const name = (given: string, max: number) => shortenBytes(given.toWellFormed(), max);
  return {
    account: name(account, PLACE_MAX),
    region: name(region, PLACE_MAX),
    cluster: name(cluster || whole.cluster, NAME_MAX),
    ...(service ? { service: name(service, NAME_MAX) } : {}),
  };
}

/** More of it is never shown, and all that is kept is stored with the thread. */
const BODY_MAX = 4000;

function unknown(content: string, event: unknown, context: Seen, messageId: string | undefined): Alert {
  const envelope = fields(event);
  const detailType = text(envelope?.['detail-type']);
  const title = detailType ?? text(envelope?.['source']);
  // Only of an event of EventBridge is `id` known to be its identity.
  const id = detailType === undefined ? undefined : text(envelope?.['id']);
  return {
    kind: 'unknown',
    subject: subjectOf(event, context.cluster),
    identity: id ?? messageId ?? context.fingerprint,
    atMs: time(envelope?.['time']) ?? context.sentAtMs,
    ...(title === undefined ? {} : { title }),
    body: shorten(content.toWellFormed(), BODY_MAX),
  };
}

/** The service that an unknown event names by its ARN or its resource ID, else the cluster. */
function subjectOf(event: unknown, cluster: Subject): Subject {
  const detail = fields(fields(event)?.['detail']);
  const paths = [...list(fields(event)?.['resources']).map(arnPath), text(detail?.['resourceId'])?.split('/') ?? []];
  const path = paths.find(([type, name, service]) => type === 'service' && name && service);
  const service = path?.[2] ?? serviceOfGroup(detail?.['group']);
  if (service === undefined) return cluster;
  return { ...cluster, cluster: path?.[1] ?? arnPath(detail?.['clusterArn'])[1] ?? cluster.cluster, service };
}
