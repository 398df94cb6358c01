import { differs, type Level, observe } from '../level/observe';
import type { Reading } from '../level/reading';
import { type Settings, watchingOf } from '../read-settings';
import { type Subject, threadKey } from '../subject';
import { WAKE_SOURCE, type Wake, type Watched } from '../wake';

/** A wake, and what tells it from others. */
export interface Found {
  readonly identity: string;
  readonly wake: Wake;
}

/** What a reading says that the thread does not know yet. */
export function findChange(
  settings: Settings,
  subject: Subject,
  level: Level | undefined,
  reading: Reading,
): Found | undefined {
  const observed = observe(level, reading, watchingOf(settings, subject.service));
  if (observed.findings.length === 0 && !differs(level, observed.level)) return undefined;
  const version = level?.version ?? 0;
  // With the kinds: that a service stopped does not wait because a scaling of the same version was sent before.
  const kinds = observed.findings.map(({ kind }) => kind).sort();
  return {
    identity: JSON.stringify([threadKey(subject), version, ...kinds]),
    wake: { source: WAKE_SOURCE, kind: 'reading', subject, reading, version },
  };
}

/** What has to happen to an incident by now. */
export function findDue({ subject, due }: Watched, nowMs: number): Found | undefined {
  if (due === undefined || due.atMs > nowMs) return undefined;
  return {
    identity: JSON.stringify([threadKey(subject), due.what, due.openedAtMs, due.atMs]),
    wake: { source: WAKE_SOURCE, kind: 'due', subject, due },
  };
}
