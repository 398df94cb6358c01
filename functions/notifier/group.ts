import { type Alert, threadKey } from './alert';
import type { Group } from './deliver/deliver';

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
  const groups = new Map<string, Decoded<R>[]>();
  for (const one of decoded) {
    const key = threadKey(one.alert.subject);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].flatMap(([key, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const alerts = members.map(({ alert }) => alert);
    return [{ key, subject: first.alert.subject, alerts, records: members.map(({ record }) => record) }];
  });
}
