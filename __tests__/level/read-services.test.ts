import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DescribeServicesCommandOutput, Service } from '@aws-sdk/client-ecs';
import { serviceReader } from '../../functions/level/read-services';
import { underWay } from '../../functions/level/reading';

const AT = new Date('2026-11-18T09:10:00Z');

/** What the SDK makes of a recorded answer: times are dates. */
function recorded(name: string): DescribeServicesCommandOutput {
  const text = readFileSync(join(__dirname, '../fixtures', `${name}.json`), 'utf8');
  const isTime = (key: string, value: unknown) => key.endsWith('At') && typeof value === 'string';
  const dated = (key: string, value: unknown) => (isTime(key, value) ? new Date(String(value)) : value);
  return JSON.parse(text, dated) as DescribeServicesCommandOutput;
}

async function read(answer: Partial<DescribeServicesCommandOutput>, names: readonly string[]) {
  const send = async () => ({ $metadata: {}, ...answer });
  return serviceReader({ send } as never, () => AT)('prod', names);
}

test('reads counts and deployments of a service, the primary one first', async () => {
  const api = (await read(recorded('ecs-describe-services'), ['api'])).get('api');

  expect(api).toMatchObject({ atMs: AT.getTime(), desired: 2, running: 2 });
  expect(api?.deployments).toMatchObject([
    { id: 'ecs-svc/8823410076651294203', primary: true, revision: 'api:42', state: 'in-progress', failedTasks: 3 },
    { id: 'ecs-svc/4718266293840019811', primary: false, revision: 'api:41' },
  ]);
  expect(api === undefined ? undefined : underWay(api)).toMatchObject({
    revision: 'api:42',
    createdAtMs: Date.parse('2026-11-18T09:05:14.010Z'),
  });
});

test('reads what ECS does not find as deleted, and what it did not answer not at all', async () => {
  const answer = recorded('ecs-describe-services-failure-MISSING');
  const missing = answer.failures?.[0]?.arn?.split('/').at(-1) ?? '';

  const readings = await read(answer, [missing, 'other']);

  expect([...readings.keys()]).toEqual([missing]);
  expect(readings.get(missing)).toMatchObject({ deleted: true, desired: 0 });
});

test.each(['INACTIVE', 'DRAINING'])('reads a service that is %s as deleted', async (status) => {
  const services: Service[] = [{ serviceName: 'api', status, desiredCount: 0, runningCount: 1 }];

  expect((await read({ services }, ['api'])).get('api')).toMatchObject({ deleted: true, running: 0 });
});

test('knows daemons, and deployments of which ECS does not say how they go', async () => {
  const deployment = { taskDefinition: 'arn:aws:ecs:eu-west-1:111122223333:task-definition/agent:3' };
  const services: Service[] = [
    {
      serviceName: 'agent',
      status: 'ACTIVE',
      schedulingStrategy: 'DAEMON',
      desiredCount: 3,
      runningCount: 3,
      deployments: [
        { ...deployment, id: 'ecs-svc/1', status: 'ACTIVE' },
        { ...deployment, id: 'ecs-svc/2', status: 'PRIMARY' },
      ],
    },
  ];
  const agent = (await read({ services }, ['agent'])).get('agent');

  expect(agent).toMatchObject({ daemon: true, deployments: [{ id: 'ecs-svc/2', state: 'unknown' }, {}] });
  // While two are there, the newer one replaces the older.
  expect(agent === undefined ? undefined : underWay(agent)).toMatchObject({ id: 'ecs-svc/2' });
});
