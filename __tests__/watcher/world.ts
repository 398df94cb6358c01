import { observe } from '../../functions/level/observe';
import type { Reading } from '../../functions/level/reading';
import { type Settings, watchingOf } from '../../functions/read-settings';
import type { ClusterSettings, DependencySettings, ServiceSettings } from '../../functions/settings';
import { type Subject, threadKey } from '../../functions/subject';
import type { Wake, Watched } from '../../functions/wake';
import type { ProbeResult } from '../../functions/watcher/probe';
import { sentWakes } from '../../functions/watcher/sent-wakes';
import { type WatchDeps, watch } from '../../functions/watcher/watch';
import { SETTINGS } from '../support/notifier';

export const SHOP: Subject = { account: '111122223333', region: 'eu-west-1', cluster: 'shop' };
/** The function's timeout. */
export const TIMEOUT_MS = 55_000;

const CLUSTER: ClusterSettings = { ...SETTINGS, alarms: {} };

/** Time that goes on only when everybody sleeps. */
class Clock {
  private nowMs = Date.parse('2026-11-18T14:02:00Z');
  private sleepers: { readonly atMs: number; readonly wakeUp: () => void }[] = [];

  readonly now = () => new Date(this.nowMs);
  readonly sleep = (ms: number) =>
    new Promise<void>((wakeUp) => {
      this.sleepers.push({ atMs: this.nowMs + ms, wakeUp });
    });

  skip(ms: number): void {
    this.nowMs += ms;
  }

  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    while (!isOver) {
      await new Promise(setImmediate);
      const next = this.sleepers.sort((a, b) => a.atMs - b.atMs).shift();
      if (next === undefined) continue;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.wakeUp();
    }
    return work;
  }
}

export function aReading(more: Partial<Reading> = {}): Reading {
  return { atMs: 0, desired: 3, running: 3, deployments: [], ...more };
}

/** A cluster, the threads that are known of it, and a watcher. Calls of ECS take 60 ms. */
export function aWorld({ probes = {} }: { readonly probes?: Readonly<Record<string, number>> } = {}) {
  const clock = new Clock();
  const { now, sleep } = clock;
  const services = new Map<string, Reading>();
  const threads = new Map<string, Watched>();
  const ownSettings = new Map<string, ServiceSettings>();
  const calls: { readonly names: readonly string[]; readonly fromMs: number; readonly toMs: number }[] = [];
  const woken: Wake[] = [];
  const batches: (readonly Wake[])[] = [];
  const logged: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];
  const counted: { readonly metric: string; readonly value: number }[] = [];
  const probed: { readonly endpoint: string; readonly atMs: number; readonly result: ProbeResult }[] = [];
  let startedAtMs = 0;

  const dependencies = new Map(
    Object.entries(probes).map(([dependency, takesMs]): [string, DependencySettings] => [
      dependency,
      {
        dependency,
        alarms: {},
        usedBy: [],
        probe: { url: `https://${dependency}.example/${takesMs}`, timeoutMs: 10_000, status: { from: 200, to: 299 } },
      },
    ]),
  );
  const settings: Settings = { cluster: CLUSTER, services: ownSettings, dependencies, alarms: new Map() };

  const deps = {
    settings: async () => settings,
    listServices: async () => [...services].filter(([, { deleted }]) => !deleted).map(([name]) => name),
    readServices: async (_cluster: string, names: readonly string[]) => {
      const fromMs = now().getTime();
      await sleep(60);
      calls.push({ names, fromMs, toMs: now().getTime() });
      const gone = aReading({ desired: 0, running: 0, deleted: true });
      return new Map(names.map((name) => [name, { ...(services.get(name) ?? gone), atMs: fromMs }]));
    },
    watched: async () => [...threads.values()],
    wake: async (wakes: readonly Wake[]) => {
      batches.push(wakes);
      woken.push(...wakes);
    },
    sent: sentWakes(now),
    probe: async ({ url }: { readonly url: string }): Promise<ProbeResult> => {
      const ms = Number(new URL(url).pathname.slice(1));
      await sleep(Math.min(ms, 10_000));
      return ms > 10_000 ? { healthy: false, cause: 'no answer within 10000 ms' } : { healthy: true, latencyMs: ms };
    },
    writeProbe: (_cluster: string, endpoint: string, result: ProbeResult) =>
      void probed.push({ endpoint, atMs: now().getTime() - startedAtMs, result }),
    log: (level: string, message: string, fields?: unknown) => void logged.push({ level, message, fields }),
    count: (metric: string, value: number) => void counted.push({ metric, value }),
    now,
    sleep,
    remainingMs: () => TIMEOUT_MS - (now().getTime() - startedAtMs),
  } satisfies WatchDeps;

  return {
    clock,
    services,
    threads,
    ownSettings,
    deps: deps as { -readonly [Dep in keyof WatchDeps]: WatchDeps[Dep] },
    calls,
    batches,
    logged,
    counted,
    probed,
    /** One pass: what it woke the notifier for, and how many milliseconds it took. */
    pass: async () => {
      startedAtMs = now().getTime();
      woken.length = 0;
      const failed = await clock.run(
        watch(deps).then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      return { woken: [...woken], failed, tookMs: now().getTime() - startedAtMs };
    },
    /** The notifier takes what it was woken for, as far as it is a reading. */
    take: (wakes: readonly Wake[]) => {
      for (const wake of wakes) {
        if (wake.kind !== 'reading') continue;
        const { subject } = wake;
        const key = threadKey(subject);
        const before = threads.get(key);
        const { level } = observe(before?.level, wake.reading, watchingOf(settings, subject.service));
        threads.set(key, { ...before, subject, level });
      }
    },
  };
}
