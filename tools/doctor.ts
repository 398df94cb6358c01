/**
 * `npm run doctor`: looks at what is deployed, or is to be, and says what to fix. It reads only. Ends with 0 when nothing
 * is wrong.
 *
 *   (nothing)          every cluster of alerts.config.ts
 *   --stack NAME       only those of a stack, such as prod-eu-west-1
 *   --account NAME     only those of an account of the list
 *   --cluster NAME     any cluster that is deployed with the present credentials, listed or not;
 *                      with --stack or --account one of the list
 *   --region NAME      where that cluster is (default: the region of the environment)
 *   --name-prefix TEXT its namePrefix, if it has one
 */
import { parseArgs } from 'node:util';
import { checkAlarms } from './doctor/alarms';
import { type Cluster, clustersOf } from './doctor/clusters';
import { checkDeployed } from './doctor/deployed';
import { enter } from './doctor/entered';
import { type Finding, isWell, shown } from './doctor/findings';
import { checkSlack } from './doctor/slack';
import { runTool } from './run-tool';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      stack: { type: 'string' },
      account: { type: 'string' },
      cluster: { type: 'string' },
      region: { type: 'string' },
      'name-prefix': { type: 'string' },
    },
  });
  const { 'name-prefix': namePrefix, ...choice } = options;
  for (const cluster of await clustersOf({ ...choice, namePrefix })) {
    say(cluster.title);
    const findings = await examine(cluster);
    for (const finding of findings) say(`  ${shown(finding)}`);
    if (!isWell(findings)) process.exitCode = 1;
  }
}

async function examine(cluster: Cluster): Promise<readonly Finding[]> {
  const { findings, entered } = await enter(cluster);
  if (entered === undefined) return findings;
  const [slack, ...deployed] = await Promise.all([
    checkSlack(entered),
    ...(entered.isDeployed ? [checkAlarms(entered), checkDeployed(entered)] : []),
  ]);
  return [...findings, ...slack.findings, ...deployed.flat()];
}

runTool(main);
