import type { OurAlarm } from '../../read-settings';
import type { DependencySettings, ServiceSettings } from '../../settings';
import type { Subject } from '../../subject';

/** What a decoder may know besides the event. */
export interface Context {
  /** The cluster that the notifier belongs to: the subject of all that names none. */
  readonly cluster: Subject;
  /** Our own alarms by name. Nothing parses names. */
  readonly alarms: ReadonlyMap<string, OurAlarm>;
  readonly services: ReadonlyMap<string, Pick<ServiceSettings, 'alarms' | 'maxTasks'>>;
  readonly dependencies: ReadonlyMap<string, Pick<DependencySettings, 'usedBy' | 'telling'>>;
  /** When SQS got the message: the time of an event that has none. */
  readonly sentAtMs: number;
}

/** The context of one event. */
export interface Seen extends Context {
  /** Of what was sent: the identity of an event that has none. */
  readonly fingerprint: string;
}
