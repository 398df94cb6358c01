import type { Level } from './level/observe';
import type { Reading } from './level/reading';
import type { Subject } from './subject';

/** What the watcher and the notifier share: the threads in the table, and what the one puts onto the queue of the other. */

/** Partition key of the threads; the sort key is `threadKey`, the attribute `thread` has what stands in `Watched`. */
export const THREADS = 'thread';

/** What the watcher reads of a thread. */
export interface Watched {
  readonly subject: Subject;
  readonly level?: Level;
  readonly due?: Due;
}

/** What happens to an incident because time goes by. */
export interface Due {
  /** Quiet for long enough; no more stops for long enough; still critical. */
  readonly what: 'quiet' | 'crash-loop-over' | 'reminder';
  readonly atMs: number;
  /** Tells this incident from the others of its subject. */
  readonly openedAtMs: number;
}

export const WAKE_SOURCE = 'ecs-alerts.watcher';

/** A record of the watcher: it says that something has to be looked at, never what is told. */
export type Wake = { readonly source: typeof WAKE_SOURCE; readonly subject: Subject } & (
  | {
      readonly kind: 'reading';
      readonly reading: Reading /** Of the level that it was compared with; 0: none. */;
      readonly version: number;
    }
  | { readonly kind: 'due'; readonly due: Due }
);
