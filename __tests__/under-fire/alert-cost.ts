import { MINUTE } from '../simulation/place';
import { burn, START_MS, serviceNames } from './storm';

const ALERTS = 200;

/** Calls that an alert takes in a thread that is open, alone and of a storm; and a whole incident of one alert. */
export async function alertCost(): Promise<Record<string, string | number>[]> {
  return [
    await cost('one by one', 10_000),
    await cost('all at once', 1),
    await incidentCost('one of a new incident', false),
    await incidentCost('the same, explained', true),
  ];
}

async function cost(how: string, everyMs: number): Promise<Record<string, string | number>> {
  const on = await burn(1, ([channel = '']) => [{ name: 'api', channel }], { explain: false });
  const { clock, random } = on.fire;
  on.send(on.cluster.stopped('api', START_MS, random).body);
  await clock.run(START_MS + MINUTE);
  const before = counted(on);
  for (let nth = 0; nth < ALERTS; nth++) {
    on.happens(on.cluster.stopped('api', START_MS + 2 * MINUTE + nth * everyMs, random));
  }
  await clock.run(START_MS + 5 * MINUTE + ALERTS * everyMs);
  return ended(how, on, before, ALERTS);
}

const INCIDENTS = 20;

async function incidentCost(how: string, explain: boolean): Promise<Record<string, string | number>> {
  const names = serviceNames(INCIDENTS);
  const on = await burn(1, ([channel = '']) => names.map((name) => ({ name, channel })), { explain });
  const before = counted(on);
  for (const [nth, name] of names.entries()) {
    on.happens(on.cluster.stopped(name, START_MS + (1 + nth) * MINUTE, on.fire.random));
  }
  await on.fire.clock.run(START_MS + (3 + INCIDENTS) * MINUTE);
  return ended(how, on, before, INCIDENTS);
}

type On = Awaited<ReturnType<typeof burn>>;

function counted({ fire, notifier }: On) {
  return { slack: fire.slack.calls.length, batches: notifier.queue.batches, table: new Map(fire.tableCalls) };
}

async function ended(how: string, on: On, before: ReturnType<typeof counted>, alerts: number) {
  const after = counted(on);
  const inTable = [...after.table].map(([name, count]) => [name, count - (before.table.get(name) ?? 0)] as const);
  const result = {
    alerts: how,
    invocations: (after.batches - before.batches) / alerts,
    Slack: (after.slack - before.slack) / alerts,
    DynamoDB: inTable.reduce((sum, [, count]) => sum + count, 0) / alerts,
    ...Object.fromEntries(inTable.map(([name, count]) => [name.replace('Command', ''), count / alerts])),
  };
  await on.fire.close();
  return result;
}
