import type { Context } from './context';
import { arnPath, type Fields, fingerprint, list, text, time } from './narrow';

/** What every event of EventBridge has, whatever it tells. `at`: its own time, where it has a better one. */
export function ofEvent(envelope: Fields, at: unknown, context: Context) {
  return {
    account: text(envelope['account']) ?? context.cluster.account,
    region: text(envelope['region']) ?? context.cluster.region,
    identity: text(envelope['id']) ?? fingerprint(JSON.stringify(envelope)),
    atMs: time(at) ?? time(envelope['time']) ?? context.sentAtMs,
  };
}

/** The service that the event is about: its ARN's parts, `service`, cluster, name; before 2021 without the cluster. */
export function serviceIn(envelope: Fields): readonly string[] | undefined {
  return list(envelope['resources'])
    .map(arnPath)
    .find(([type]) => type === 'service');
}
