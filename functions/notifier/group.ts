import { dependencySubject, type Subject, threadKey } from '../subject';
import { type Alert, isAlarm } from './alert';
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
    const records = [...new Set(members.map(({ record }) => record))];
    return [{ key, subject: first.alert.subject, alerts, records }];
  });
}

/** A dependency's alarm for each service that leans on it: it joins the threads that are open. */
export function forDependents<R>({ record, alert }: Decoded<R>): readonly Decoded<R>[] {
  if (!isAlarm(alert) || alert.dependency === undefined) return [];
  const { service: _own, ...cluster } = alert.subject;
  return alert.dependency.usedBy.map((service) => {
    const telling = {
      ...alert.telling,
      policy: alert.telling?.policy === 'off' ? ('off' as const) : ('join' as const),
    };
    return { record, alert: { ...alert, subject: { ...cluster, service }, telling } };
  });
}

export function leansOn(cluster: Subject, names: readonly string[]): readonly { name: string; key: string }[] {
  return names.map((name) => ({ name, key: threadKey(dependencySubject(cluster, name)) }));
}
