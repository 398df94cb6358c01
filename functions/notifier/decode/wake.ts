import type { Subject } from '../../subject';
import { WAKE_SOURCE, type Wake } from '../../wake';
import type { DueAlert, Observation } from '../alert';
import type { Context } from './context';
import { fields } from './narrow';

/** What the watcher put onto the queue: our own words, taken as they are. */
export function wake(event: unknown, { sentAtMs }: Context): Observation | DueAlert | undefined {
  if (fields(event)?.['source'] !== WAKE_SOURCE) return undefined;
  const record = event as Wake;
  const { subject } = record;
  if (!isSubject(subject)) return undefined;
  if (record.kind === 'due') {
    const { due } = record;
    const identity = `due/${due.what}/${due.openedAtMs}@${due.atMs}`;
    return { kind: 'due', subject, identity, atMs: due.atMs, due, saidAtMs: sentAtMs };
  }
  const { reading, version } = record;
  return {
    kind: 'observation',
    subject,
    identity: `reading/${version}@${reading.atMs}`,
    atMs: reading.atMs,
    reading,
    insists: false,
  };
}

/** The queue's policy lets in nobody else; what is not whole is shown as an unknown event. */
function isSubject(value: unknown): value is Subject {
  const subject = fields(value);
  return ['account', 'region', 'cluster'].every((part) => typeof subject?.[part] === 'string');
}
