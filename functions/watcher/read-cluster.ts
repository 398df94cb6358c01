import { type ReadServices, SERVICES_PER_CALL } from '../level/read-services';
import type { Reading } from '../level/reading';
import { INTERVAL_MS } from './pace';

/**
 * The service that a pass begins with moves on by so many each minute: where there is no time for all of them, it is
 * not always the same that are left out. A prime, and fewer than a pass reads: none is skipped for ever.
 */
const STEP = 307;
const MINUTE_MS = 60_000;

export interface ReadDeps {
  readonly readServices: ReadServices;
  readonly hasTime: () => boolean;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What could not be read, and why: each cause once. */
export interface Unread {
  readonly services: number;
  readonly causes: readonly string[];
}

/** Reads services ten by ten, one call after the other, each answer handed on at once. Never throws for ECS. */
export async function readCluster(
  cluster: string,
  services: readonly string[],
  handOn: (readings: ReadonlyMap<string, Reading>) => Promise<void>,
  { readServices, hasTime, now, sleep }: ReadDeps,
): Promise<Unread> {
  const inOrder = rotated([...services].sort(), now().getTime());
  const causes = new Set<string>();
  let unread = 0;
  for (let start = 0; start < inOrder.length; start += SERVICES_PER_CALL) {
    if (!hasTime()) return { services: unread + inOrder.length - start, causes: [...causes, 'no time left'] };
    const some = inOrder.slice(start, start + SERVICES_PER_CALL);
    const calledAtMs = now().getTime();
    const readings = await readServices(cluster, some).catch((error: unknown) => {
      causes.add(nameOf(error));
      return new Map<string, Reading>();
    });
    unread += some.length - readings.size;
    await handOn(readings);
    const isLast = start + SERVICES_PER_CALL >= inOrder.length;
    if (!isLast) await sleep(Math.max(0, calledAtMs + INTERVAL_MS - now().getTime()));
  }
  return { services: unread, causes: [...causes] };
}

function rotated(services: readonly string[], nowMs: number): readonly string[] {
  const first = services.length === 0 ? 0 : (Math.floor(nowMs / MINUTE_MS) * STEP) % services.length;
  return [...services.slice(first), ...services.slice(0, first)];
}

/** `ThrottlingException`: what AWS calls it is enough for a log line. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}
