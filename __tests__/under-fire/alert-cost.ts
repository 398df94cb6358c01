import { MINUTE } from '../simulation/place';
import { burn, START_MS } from './storm';

const ALERTS = 200;

/** Calls that an alert takes in a thread that is open: alone, and of a storm. */
export async function alertCost(): Promise<Record<string, string | number>[]> {
  return [await cost('one by one', 10_000), await cost('all at once', 1)];
}

async function cost(how: string, everyMs: number): Promise<Record<string, string | number>> {
  const { fire, cluster, notifier, send, happens } = await burn(1, ([channel = '']) => [{ name: 'api', channel }]);
  const { clock, random, slack } = fire;
  send(cluster.stopped('api', START_MS, random).body);
  await clock.run(START_MS + MINUTE);
  const before = { slack: slack.calls.length, batches: notifier.queue.batches, table: new Map(fire.tableCalls) };
  for (let nth = 0; nth < ALERTS; nth++) {
    happens(cluster.stopped('api', START_MS + 2 * MINUTE + nth * everyMs, random));
  }
  await clock.run(START_MS + 5 * MINUTE + ALERTS * everyMs);
  const inTable = [...fire.tableCalls].map(([name, count]) => [name, count - (before.table.get(name) ?? 0)] as const);
  const result = {
    alerts: how,
    invocations: (notifier.queue.batches - before.batches) / ALERTS,
    Slack: (slack.calls.length - before.slack) / ALERTS,
    DynamoDB: inTable.reduce((sum, [, count]) => sum + count, 0) / ALERTS,
    ...Object.fromEntries(inTable.map(([name, count]) => [name.replace('Command', ''), count / ALERTS])),
  };
  await fire.close();
  return result;
}
