import type { Subject } from '../../subject';

/** What the notifier asks itself to explain, by a message of its own on the queue: when the alert is out. */
export const REQUEST_SOURCE = 'ecs-alerts.notifier';

export interface ExplainRequest {
  readonly source: typeof REQUEST_SOURCE;
  readonly kind: 'explain';
  readonly subject: Subject;
  /** Tells this incident from the others of its subject. */
  readonly openedAtMs: number;
  /** What is to be explained: the same as in the incident. */
  readonly topics: readonly string[];
}
