import type { AlarmKind } from '../../settings';
import type { Subject } from '../alert';

/** What a decoder may know besides the event. */
export interface Context {
  /** The cluster that the notifier belongs to: the subject of all that names none. */
  readonly cluster: Subject;
  /** Kind and service of our own alarms, by name. Nothing parses names. */
  readonly alarms: ReadonlyMap<string, { readonly kind: AlarmKind; readonly service?: string }>;
  /** When SQS got the message: the time of an event that has none. */
  readonly sentAtMs: number;
}
