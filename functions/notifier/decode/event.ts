import type { Seen } from './context';
import { arnPath, type Fields, list, text, time } from './narrow';

/** What every event of EventBridge has, whatever it tells. `at`: its own time, where it has a better one. */
export function ofEvent(envelope: Fields, at: unknown, context: Seen) {
  return {
    account: text(envelope['account']) ?? context.cluster.account,
    region: text(envelope['region']) ?? context.cluster.region,
    identity: text(envelope['id']) ?? context.fingerprint,
    atMs: time(at) ?? time(envelope['time']) ?? context.sentAtMs,
  };
}

/** The service that the event is about: its ARN's parts, `service`, cluster, name; before 2021 without the cluster. */
export function serviceIn(envelope: Fields): readonly string[] | undefined {
  return list(envelope['resources'])
    .map(arnPath)
    .find(([type]) => type === 'service');
}
