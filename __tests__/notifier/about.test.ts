import type { Alert } from '../../functions/notifier/alert';
import { aboutOf } from '../../functions/notifier/explain/about';
import { newThread } from '../../functions/notifier/thread/memory';
import { fold } from '../../functions/notifier/thread/thread';
import { topicsOf } from '../../functions/notifier/thread/topics';
import { EXPLAIN_PARTS } from '../../functions/settings';
import { API, aDeployment, anAlarm, anObservation, aStop, at, RULES } from '../support/alerts';
import { SETTINGS, someSettings } from '../support/notifier';

const orders = { kind: 'dependency', measure: 'CPU', unit: '%' } as const;
const settings = someSettings({
  cluster: { ...SETTINGS, explain: EXPLAIN_PARTS },
  services: new Map([['api', { service: 'api', alarms: {}, dependsOn: ['orders-db'], maxTasks: 20 }]]),
  dependencies: new Map([['orders-db', { dependency: 'orders-db', alarms: { orders }, usedBy: ['api'] }]]),
});

function incidentOf(...alerts: readonly Alert[]) {
  const { incident } = fold(newThread(API), alerts, RULES).thread;
  if (incident === undefined) throw new Error('no incident');
  return incident;
}
const aboutAll = (...alerts: readonly Alert[]) => aboutOf(incidentOf(...alerts), API, settings, new Date(at('14:10')));

test('is the last stop, and what the service leans on', () => {
  expect(aboutAll(aStop('14:02'), aStop('14:03'))).toMatchObject({
    stop: { task: '14:03' },
    leansOn: [{ name: 'orders-db', alarms: { orders } }],
    scales: false,
  });
});

test('is the stop of the revision that fails, not one of before', () => {
  const earlier = aStop('13:50', { revision: 'api:40', deploymentId: 'ecs-svc/40' });
  const failed = aDeployment('14:04', 'failed', { revision: 'api:42' });

  expect(aboutAll(earlier, failed).stop).toBeUndefined();
  expect(aboutAll(earlier, failed, aStop('14:03')).stop).toMatchObject({ revision: 'api:42' });
});

test('is no stop of long before something else began', () => {
  const saturated = anAlarm('14:04', { kind: 'saturated', condition: 'full', maxTasks: 20, value: 91 });
  const about = aboutAll(aStop('13:05'), saturated);

  expect(about.stop).toBeUndefined();
  expect(about).toMatchObject({ atMax: { max: 20 }, cpu: { percent: 91, limit: 85 }, alarm: { kind: 'saturated' } });
});

test('is the CPU of an alarm that stands, of no other', () => {
  const memory = anAlarm('14:04', { kind: 'memory-high', condition: 'memory', measure: 'memory', value: 97 });

  expect(aboutAll(memory).cpu).toBeUndefined();
});

test('knows that tasks are missing, and that more were wanted', () => {
  expect(aboutAll(anObservation('14:02'), anObservation('14:03', { running: 0 }))).toMatchObject({ lacksTasks: true });
  expect(aboutAll(anObservation('14:02'), anObservation('14:03', { desired: 6, running: 6 }))).toMatchObject({
    scales: true,
  });
});

test.each([
  ['a stop', [aStop('14:02')], ['stop/api:42/1']],
  ['a Spot stop, about which there is no more to say', [aStop('14:02', { spot: true })], []],
  ['a crash loop, as its stops', [aStop('14:02'), aStop('14:03'), aStop('14:04')], ['stop/api:42/1']],
  ['an alarm', [anAlarm('14:02')], ['alarm/ecs/shop/cpu-high#a29eb44b20c4362e']],
  ['a failed deployment', [aDeployment('14:02', 'failed')], ['deployment/ecs-svc/42']],
  ['a scaling up', [anObservation('14:02'), anObservation('14:03', { desired: 6, running: 6 })], ['scaled']],
  ['a scaling down', [anObservation('14:02'), anObservation('14:03', { desired: 2, running: 2 })], []],
])('worth an explanation: %s', (_what, alerts, topics) => {
  expect(topicsOf(incidentOf(...alerts), { leansOn: true })).toEqual(topics);
});

test('a scaling is worth none where nothing is leaned on', () => {
  const scaled = [anObservation('14:02'), anObservation('14:03', { desired: 6, running: 6 })];

  expect(topicsOf(incidentOf(...scaled), { leansOn: false })).toEqual([]);
});
