import { dependencySubject, type Subject, threadKey } from '../subject';
import { type Alert, isAlarm } from './alert';
import type { Group } from './deliver/deliver';
import type { ThreadStore } from './deliver/thread-store';
import { groupedBy } from './grouped-by';
import type { Thread } from './thread/memory';

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

/** The alarms of dependencies for each service that leans on one and has an open thread: there they join. */
export async function forDependents<R>(
  decoded: readonly Decoded<R>[],
  { read }: Pick<ThreadStore, 'read'>,
): Promise<readonly Decoded<R>[]> {
  const copies = decoded.flatMap(({ record, alert }) => {
    if (!isAlarm(alert) || alert.dependency === undefined) return [];
    const { name, usedBy } = alert.dependency;
    const { service: _own, ...cluster } = alert.subject;
    return usedBy.map((service) => {
      // Who else leans on it is told in the dependency's own thread.
      const copy = { ...alert, subject: { ...cluster, service }, dependency: { name, usedBy: [] } };
      return joined({ record, alert: copy });
    });
  });
  const threads = await read([...new Set(copies.map(({ alert }) => threadKey(alert.subject)))]);
  const open = new Set(threads.filter(hasOpenIncident).map(({ subject }) => threadKey(subject)));
  return copies.filter(({ alert }) => open.has(threadKey(alert.subject)));
}

function hasOpenIncident({ incident }: Thread): boolean {
  return incident !== undefined && incident.endedAtMs === undefined;
}

/** An alert that is told only in a thread that is open. */
export function joined<R>({ record, alert }: Decoded<R>): Decoded<R> {
  const policy = alert.telling?.policy === 'off' ? 'off' : 'join';
  return { record, alert: { ...alert, telling: { ...alert.telling, policy } } };
}

export function leansOn(cluster: Subject, names: readonly string[]): readonly { name: string; key: string }[] {
  return names.map((name) => ({ name, key: threadKey(dependencySubject(cluster, name)) }));
}
