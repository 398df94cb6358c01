/**
 * An incident through the built function, with and without explanation, in turns: how long from the record to the alert in Slack
 * and to the explanation, and what it asks. Slack, DynamoDB and AWS answer from here; the queue waits as the real one does.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchingOf } from '../constructs/watching';
import type { EmulatedService } from './emulated-aws';
import { knowledge } from './incident';
import { startLocalWorld } from './local-world';
import { median } from './median';

const FIXTURE = join(
  __dirname,
  '..',
  '__tests__',
  'fixtures',
  'eventbridge-ecs-task-stopped-essential-container-exited.json',
);
const STOP = JSON.parse(readFileSync(FIXTURE, 'utf8').replaceAll('us-east-1', 'eu-west-1')) as {
  readonly detail: Readonly<Record<string, unknown>>;
};

export interface ExplainRow {
  readonly explanation: 'with' | 'without';
  readonly alertMs: number;
  readonly explainedMs?: number;
  /** Calls of ECS, CloudWatch and its logs, of one incident. */
  readonly calls: Readonly<Record<string, number>>;
}

export async function benchExplain(rounds: number): Promise<readonly ExplainRow[]> {
  const rows = [];
  for (const isOn of [true, false]) rows.push(await measured(isOn, rounds));
  return rows;
}

async function measured(isOn: boolean, rounds: number): Promise<ExplainRow> {
  const world = await startLocalWorld({
    accountId: '111122223333',
    accountName: 'prod',
    region: 'eu-west-1',
    cluster: 'prod',
    ...watchingOf({ explain: isOn }, { channel: '' }),
    alarms: {},
  });
  world.aws.known = knowledge();
  const deployments: EmulatedService['deployments'] = [
    { id: 'ecs-svc/42', revision: 'api:42', state: 'IN_PROGRESS', createdAtMs: Date.now() - 60_000 },
    { id: 'ecs-svc/41', revision: 'api:41', state: 'COMPLETED', createdAtMs: Date.now() - 3600_000 },
  ];
  const sentAtMs = new Map<string, number>();
  // The first starts the function, and does not count.
  for (let round = 0; round <= rounds; round++) {
    if (round === 1) world.aws.asked.clear();
    const service = `api-${round}`;
    world.aws.services.set(service, { desired: 4, running: 4, deployments });
    // Nobody is told in the channel, nor was a second ago.
    await sleep(1200);
    sentAtMs.set(service, Date.now());
    await world.deliver([stopOf(service)]);
  }
  const serviceIn = (text: string) => /(api-\d+)/.exec(text)?.[1] ?? '';
  const after = (isReply: boolean) =>
    world.posted
      .filter((message) => message.isReply === isReply && serviceIn(message.text) !== 'api-0')
      .map(({ atMs, text }) => atMs - (sentAtMs.get(serviceIn(text)) ?? Number.NaN));
  const [alertMs, explained] = [median(after(false)), after(true)];
  const calls = Object.fromEntries([...world.aws.asked].map(([of, count]) => [of, count / rounds]));
  await world.close();
  return {
    explanation: isOn ? 'with' : 'without',
    alertMs,
    ...(explained.length === 0 ? {} : { explainedMs: median(explained) }),
    calls,
  };
}

function stopOf(service: string): string {
  const { detail } = STOP;
  const [container] = detail['containers'] as readonly object[];
  const own = {
    group: `service:${service}`,
    taskArn: `task/prod/${service}`,
    containers: [{ ...container, exitCode: 1 }],
  };
  return JSON.stringify({ ...STOP, detail: { ...detail, ...own } });
}
