import type { Log } from '../log';
import type { Settings } from '../read-settings';
import type { Probe } from './probe';
import type { WriteProbe } from './probe-metrics';

/** Each is a connection, and a look-up of a name. */
export const PROBES_AT_ONCE = 20;
/** More than the timeout of a probe: to write down how it went. */
const MARGIN_MS = 2_000;

export interface ProbeDeps {
  readonly probe: Probe;
  readonly writeProbe: WriteProbe;
  readonly log: Log;
  readonly remainingMs: () => number;
}

/** Asks all endpoints, so many at once: one that is slow holds up its own place only. */
export async function probeAll({ cluster, dependencies }: Settings, deps: ProbeDeps): Promise<void> {
  const waiting = [...dependencies.values()].flatMap(({ dependency, probe }) =>
    probe === undefined ? [] : [{ endpoint: dependency, settings: probe }],
  );
  const leftOut: string[] = [];
  const place = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { endpoint, settings } = next;
      if (deps.remainingMs() < settings.timeoutMs + MARGIN_MS) {
        leftOut.push(endpoint);
        continue;
      }
      const result = await deps.probe(settings);
      deps.writeProbe(cluster.cluster, endpoint, result);
      if (!result.healthy) deps.log('warn', 'endpoint is not healthy', { endpoint, cause: result.cause });
    }
  };
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, place));
  if (leftOut.length > 0) deps.log('warn', 'no time left to ask endpoints', { endpoints: leftOut });
}
