import type { Log } from '../../log';
import type { ExplainRequest } from '../explain/request';
import type { Place } from '../render/parent';
import type { Rules } from '../thread/thread';
import type { Pace } from './pace';
import type { LeansOn } from './related';
import type { Slack } from './slack';
import type { ThreadStore } from './thread-store';

export interface WriterDeps {
  readonly store: ThreadStore;
  readonly slack: Slack;
  readonly pace: Pace;
  /** Puts a request onto the notifier's own queue, to be received after so many seconds. */
  readonly ask: (request: ExplainRequest, delaySeconds: number) => Promise<void>;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Time left for this invocation. */
  readonly remainingMs: () => number;
}

/** How a thread is told, and where. */
export interface ThreadSettings {
  readonly rules: Rules;
  readonly place: Omit<Place, 'subject'>;
  readonly leansOn: readonly LeansOn[];
}

/** With less time left nothing new is started: what is begun has to be written down. */
export const LAST_START_MS = 10_000;
