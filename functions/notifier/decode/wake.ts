import type { DeploymentReading, Reading } from '../../level/reading';
import { type Due, WAKE_SOURCE } from '../../wake';
import type { DueAlert, Observation } from '../alert';
import type { Context } from './context';
import { type Fields, fields, isSubject, isText, isTime, number } from './narrow';

/** What the watcher put onto the queue. Whatever else says that it comes from there is shown as an unknown event. */
export function wake(event: unknown, { sentAtMs }: Context): Observation | DueAlert | undefined {
  const record = fields(event);
  const subject = record?.['subject'];
  if (record?.['source'] !== WAKE_SOURCE || !isSubject(subject)) return undefined;
  const due = record['due'];
  if (record['kind'] === 'due' && isDue(due)) {
    const identity = `due/${due.what}/${due.openedAtMs}@${due.atMs}`;
    return { kind: 'due', subject, identity, atMs: due.atMs, due, saidAtMs: sentAtMs };
  }
  const reading = record['reading'];
  if (record['kind'] !== 'reading' || !isReading(reading)) return undefined;
  return {
    kind: 'observation',
    subject,
    identity: `reading/${number(record['version'])}@${reading.atMs}`,
    atMs: reading.atMs,
    reading,
    insists: false,
  };
}

function isDue(value: unknown): value is Due {
  const due = fields(value);
  const isKnown = due?.['what'] === 'quiet' || due?.['what'] === 'crash-loop-over' || due?.['what'] === 'reminder';
  return isKnown && isTime(due['atMs']) && isTime(due['openedAtMs']);
}

function isReading(value: unknown): value is Reading {
  const reading = fields(value);
  const deployments = reading?.['deployments'];
  return (
    isTime(reading?.['atMs']) &&
    ['desired', 'running'].every((count) => isCount(reading?.[count])) &&
    Array.isArray(deployments) &&
    deployments.map(fields).every(isDeployment)
  );
}

const STATES: ReadonlySet<unknown> = new Set<DeploymentReading['state']>([
  'in-progress',
  'completed',
  'failed',
  'unknown',
]);

function isDeployment(deployment: Fields | undefined): boolean {
  return (
    isText(deployment?.['id']) &&
    isText(deployment?.['revision']) &&
    STATES.has(deployment?.['state']) &&
    isTime(deployment?.['createdAtMs']) &&
    isCount(deployment?.['failedTasks'])
  );
}

function isCount(value: unknown): value is number {
  return (number(value) ?? -1) >= 0;
}
