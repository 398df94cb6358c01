/**
 * `npm run test-alert -- --cluster shop --service api`: sends a test alert through the real chain and waits until it is in
 * Slack. Ends with 0 when it is, else says where it got stuck.
 *
 *   --cluster NAME
 *   --service NAME     of a listed one an alarm is set to ALARM for a moment; for others it goes straight onto the queue
 *   --region NAME      where the cluster is (default: the region of the environment)
 *   --name-prefix TEXT its namePrefix, if it has one and the cluster is not of the list
 *   --account NAME     an account of alerts.config.ts, whose deployRoleArn is assumed (default: the present credentials)
 *   --seconds N        so long it waits (default 60)
 */
import { parseArgs } from 'node:util';
import { type Choice, type Cluster, clustersOf } from './doctor/clusters';
import { enter } from './doctor/entered';
import { type Finding, shown } from './doctor/findings';
import { checkSlack } from './doctor/slack';
import { runTool, WrongOptionError, whole } from './run-tool';
import { arrival, send } from './test-alert/send';
import { stuck } from './test-alert/stuck';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cluster: { type: 'string' },
      service: { type: 'string' },
      region: { type: 'string' },
      'name-prefix': { type: 'string' },
      account: { type: 'string' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const { cluster, service, seconds, 'name-prefix': namePrefix, ...place } = values;
  if (cluster === undefined || service === undefined) {
    throw new WrongOptionError('--cluster and --service: must both be given');
  }
  const waitMs = whole('--seconds', seconds) * 1000;
  await test(await oneOf({ cluster, namePrefix, ...place }), service, waitMs);
}

async function test(cluster: Cluster, service: string, waitMs: number): Promise<void> {
  const { findings, entered } = await enter(cluster);
  if (entered?.deployed === undefined) return fail(findings);
  // What is told is as the notifier reads it, whatever the list says by now.
  const told = { ...entered, settings: entered.deployed };
  const slack = await checkSlack(told);
  if (slack.client === undefined) return fail(slack.findings);
  const sent = await send(told, service, say);
  const permalink = await arrival(told, sent, slack.client, sent.at.getTime() + waitMs);
  if (permalink === undefined) {
    say(`✗ it is not in Slack after ${waitMs / 1000} s`);
    return fail([...slack.findings, ...(await stuck(told, sent))]);
  }
  say(`✓ in Slack after ${Math.round((Date.now() - sent.at.getTime()) / 1000)} s: ${permalink}`);
}

function fail(findings: readonly Finding[]): void {
  for (const finding of findings) say(`  ${shown(finding)}`);
  process.exitCode = 1;
}

async function oneOf(choice: Choice): Promise<Cluster> {
  const [cluster, ...others] = await clustersOf(choice);
  if (cluster === undefined || others.length > 0) {
    const titles = [cluster, ...others].map((one) => one?.title).join(', ');
    throw new WrongOptionError(`--cluster ${choice.cluster}: must be one cluster, is ${titles}: say --region as well`);
  }
  return cluster;
}

runTool(main);
