import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { watchingOf } from '../../../constructs/watching';
import { CLUSTER_SETTINGS, type ClusterSettings, ENV, SETTINGS_KEY } from '../../../functions/settings';
import { EmulatedAws } from '../../../tools/emulated-aws';
import { listen } from '../../../tools/listen';
import { startTable } from '../../../tools/table';
import { ACCOUNT, CLUSTER, REGION } from '../../simulation/place';
import type { Stage } from './stage';
import type { Story } from './story';

let channels = 0;

/** What each play has for itself: a channel, a table with the settings, an ECS in which all is well again. */
export async function surroundings({ slack }: Stage, { services }: Story) {
  channels += 1;
  const created = await slack.conversations.create({ name: `play-${channels}` });
  const channel = created.channel?.id ?? '';
  const table = await startTable();
  await table.db.send(new PutCommand({ TableName: table.table, Item: settingsItem(channel) }));
  const emulated = new EmulatedAws();
  for (const service of services) emulated.services.set(service, { desired: 4, running: 4, deployments: [] });
  const ecs = await listen(emulated.server);
  return { channel, table, ecs, close: () => Promise.all([table.close(), ecs.close()]) };
}

function settingsItem(channel: string): Record<string, string> {
  const cluster: ClusterSettings = {
    ...watchingOf({}, { channel }),
    accountId: ACCOUNT,
    accountName: 'prod',
    region: REGION,
    cluster: CLUSTER,
    token: { parameter: '/ecs-alerts/slack-bot-token' },
    alarms: { 'ecs/shop/cpu-high': { kind: 'cpu-high' } },
  };
  return { pk: SETTINGS_KEY, sk: CLUSTER_SETTINGS, settings: JSON.stringify(cluster) };
}

/** The function's variables, and one address for all that it asks. */
export function environment(url: string, table: string, home: string): Record<string, string> {
  return {
    HOME: home,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL: url,
    SLACK_API_URL: `${url}/api/`,
    [ENV.table]: table,
    [ENV.queueUrl]: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/alerts`,
    [ENV.deadLetterQueueUrl]: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/dead-letters`,
  };
}
