import type { AlarmHistoryItem, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { testReason } from '../../functions/test-alert';
import { shown } from '../../tools/doctor/findings';
import { alarmToSet, otherActions, setOffIn } from '../../tools/test-alert/alarm';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:ecs-alerts-shop-alarms';
const ROLLBACK = 'arn:aws:lambda:eu-west-1:111122223333:function:roll-back';
const alarm = (AlarmName: string, more: Partial<MetricAlarm> = {}): MetricAlarm => ({
  AlarmName,
  StateValue: 'OK',
  ActionsEnabled: true,
  TreatMissingData: 'notBreaching',
  AlarmActions: [TOPIC],
  OKActions: [TOPIC],
  ...more,
});
const chosen = (...alarms: readonly MetricAlarm[]) => alarmToSet(alarms)?.AlarmName;

test('sets off the alarm that does the least', () => {
  expect(chosen(alarm('stopped'), alarm('scaled-up', { OKActions: [] }), alarm('cpu'))).toBe('scaled-up');
  const rollsBack = { AlarmActions: [TOPIC, ROLLBACK], OKActions: [] };
  expect(chosen(alarm('scaled-up', { ...rollsBack, OKActions: [ROLLBACK] }), alarm('cpu'))).toBe('cpu');
});

test.each<[string, Partial<MetricAlarm>]>([
  ['is in ALARM: that it is set to it is no change', { StateValue: 'ALARM' }],
  ['has no data yet', { StateValue: 'INSUFFICIENT_DATA' }],
  ['has its actions switched off', { ActionsEnabled: false }],
  ['might stay in ALARM', { TreatMissingData: 'ignore' }],
])('sets off none that %s', (_why, more) => {
  expect(chosen(alarm('scaled-up', { OKActions: [], ...more }), alarm('stopped'))).toBe('stopped');
  expect(chosen(alarm('scaled-up', more))).toBeUndefined();
});

test('warns of what else is carried out, once', () => {
  expect(otherActions(alarm('cpu'), TOPIC)).toEqual([]);
  const both = { AlarmActions: [TOPIC, ROLLBACK], OKActions: [ROLLBACK] };
  expect(otherActions(alarm('cpu', both), TOPIC)).toEqual([ROLLBACK]);
});

describe('the history of an alarm', () => {
  const mine = { nonce: '3f2b', sentBy: 'user/alice' };
  const at = (second: number) => new Date(Date.UTC(2026, 10, 18, 14, 2, second));
  const update = (second: number, stateReason: string): AlarmHistoryItem => ({
    HistoryItemType: 'StateUpdate',
    Timestamp: at(second),
    HistoryData: JSON.stringify({ newState: { stateValue: 'ALARM', stateReason } }),
  });
  const action = (second: number, data: object): AlarmHistoryItem => ({
    HistoryItemType: 'Action',
    Timestamp: at(second),
    HistoryData: JSON.stringify(data),
  });
  const failed = {
    actionState: 'Failed',
    notificationResource: TOPIC,
    error: 'not authorized to perform: SNS:Publish',
  };
  const said = (...history: readonly AlarmHistoryItem[]) => shown(setOffIn(history, 'cpu', mine));

  test('says that it was set off', () => {
    expect(said(action(5, { actionState: 'Succeeded' }), update(4, testReason(mine)), action(1, failed))).toBe(
      '✓ alarm cpu went to ALARM',
    );
  });

  test('says that it was not, whatever happened to it else', () => {
    const other = testReason({ ...mine, nonce: '9d1c' });

    expect(said(update(5, 'Threshold Crossed'), update(4, other))).toMatch(/^✗ alarm cpu: it did not go to ALARM/);
  });

  test('says why the topic was not told', () => {
    expect(said(action(4, failed), update(4, testReason(mine)))).toMatch(
      /^✗ alarm cpu: it could not tell arn:\S+-alarms: not authorized to perform: SNS:Publish → mend the policy/,
    );
  });
});
