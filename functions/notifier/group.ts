import { type Alert, threadKey } from './alert';
import type { Group } from './deliver/deliver';
import { groupedBy } from './grouped-by';

/** A record of the queue with what it says. */
export interface Decoded<R> {
  readonly record: R;
  readonly alert: Alert;
}

/** The alerts of one subject, with the records that brought them. */
export interface RecordGroup<R> extends Group {
  readonly records: readonly R[];
}

/** One group a subject, in the order in which the subjects first appear. */
export function groupBySubject<R>(decoded: readonly Decoded<R>[]): readonly RecordGroup<R>[] {
  const groups = groupedBy(decoded, ({ alert }) => threadKey(alert.subject));
  return [...groups].flatMap(([key, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const alerts = members.map(({ alert }) => alert);
    return [{ key, subject: first.alert.subject, alerts, records: members.map(({ record }) => record) }];
  });
}
