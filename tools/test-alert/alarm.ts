import {
  type AlarmHistoryItem,
  DescribeAlarmHistoryCommand,
  type HistoryItemType,
  type MetricAlarm,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { type Test, testReason } from '../../functions/test-alert';
import type { Aws } from '../doctor/aws';
import { type Finding, right, wrong } from '../doctor/findings';

/**
 * The alarm to set to ALARM for a test. One that is in ALARM already would not change, and tell nobody. One that keeps its
 * state while there is no data might stay in ALARM; all others are back in their true state with their next evaluation.
 * Of these the one with the fewest actions, which are all carried out: of ours one on scalings, which has none for OK.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
 */
export function alarmToSet(alarms: readonly MetricAlarm[]): MetricAlarm | undefined {
  const usable = alarms.filter(
    ({ StateValue, ActionsEnabled, TreatMissingData }) =>
      StateValue === 'OK' && ActionsEnabled !== false && TreatMissingData !== 'ignore',
  );
  return usable.sort((a, b) => actionsOf(a).length - actionsOf(b).length)[0];
}

/** What is carried out besides telling the topic. */
export function otherActions(alarm: MetricAlarm, topic: string | undefined): readonly string[] {
  return [...new Set(actionsOf(alarm))].filter((action) => action !== topic);
}

function actionsOf({ AlarmActions = [], OKActions = [] }: MetricAlarm): readonly string[] {
  return [...AlarmActions, ...OKActions];
}

export async function setOff({ cloudWatch }: Aws, AlarmName: string, test: Test): Promise<void> {
  const StateReason = testReason(test);
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason }));
}

/** What CloudWatch writes down of an action that it carried out, or could not. */
interface ActionHistory {
  readonly actionState?: string;
  readonly notificationResource?: string;
  readonly error?: string;
}

/** Whether the alarm changed and the topic took it: the alarm's history alone says so. */
export async function checkSetOff({ cloudWatch }: Aws, AlarmName: string, test: Test): Promise<Finding> {
  const { AlarmHistoryItems = [] } = await cloudWatch.send(new DescribeAlarmHistoryCommand({ AlarmName }));
  return setOffIn(AlarmHistoryItems, AlarmName, test);
}

export function setOffIn(history: readonly AlarmHistoryItem[], alarm: string, { nonce }: Test): Finding {
  const what = `alarm ${alarm}`;
  const ofType = (type: HistoryItemType) => history.filter(({ HistoryItemType }) => HistoryItemType === type);
  const change = ofType('StateUpdate').find(({ HistoryData = '' }) => HistoryData.includes(nonce));
  if (change?.Timestamp === undefined) return wrong(what, 'it did not go to ALARM', 'try again');
  const setOffAt = change.Timestamp;
  const failed = ofType('Action')
    .filter(({ Timestamp = setOffAt }) => Timestamp >= setOffAt)
    .map(({ HistoryData = '{}' }) => JSON.parse(HistoryData) as ActionHistory)
    .find(({ actionState }) => actionState === 'Failed');
  if (failed === undefined) return right(`${what} went to ALARM`);
  const { notificationResource, error } = failed;
  return wrong(
    what,
    `it could not tell ${notificationResource}: ${error}`,
    'mend the policy of the topic, or of its key',
  );
}
