import type { Watching } from '../../settings';
import type { Alert } from '../alert';
import { isSameStop, renderReply } from '../render/reply';
import type { Folded } from '../thread/thread';
import type { Outbox } from './outbox';
import type { Pending } from './thread-store';

/** What the alerts say, as messages: a parent if they open the thread, one reply for all the rest, one for a crash loop. */
export function messagesOf(
  { opens, replies, thread, worsening, closed }: Folded,
  outbox: Outbox,
  rules: Pick<Watching, 'broadcast'>,
): readonly Pending[] {
  const parent = opens === undefined ? [] : [outbox.pending([opens.alert], { before: outbox.held.thread })];
  const isWorse = worsening !== undefined && rules.broadcast.includes(worsening);
  const { endedAtMs = 0, sinceMs = 0 } = thread.incident ?? {};
  const recovered = closed ? { recoveredAfterMs: endedAtMs - sinceMs } : {};
  // A crash loop has a reply of its own, which is edited as it goes on.
  const loop = closed ? [] : replies.filter(({ alert }) => isOfLoop(alert, replies));
  const others = replies.filter((told) => !loop.includes(told));
  const reply = (told: Folded['replies'], broadcast: boolean, is: Pick<Pending, 'is'>) => {
    if (told.length === 0) return [];
    const message = renderReply(told, { subject: thread.subject, broadcast, ...recovered });
    const alerts = told.map(({ alert }) => alert);
    return [outbox.pending(alerts, { ...is, reply: { message, broadcast } })];
  };
  return [...parent, ...reply(others, isWorse && loop.length === 0, {}), ...reply(loop, isWorse, { is: 'loop' })];
}

/** The crash loop that these alerts make, and the stops that it counts and that say the same. */
function isOfLoop(alert: Alert, replies: Folded['replies']): boolean {
  const loop = replies.find((told) => told.alert.kind === 'crash-loop' && told.alert.state === 'ALARM')?.alert;
  if (loop?.kind !== 'crash-loop') return false;
  const last = loop.stops?.last;
  const isSame = alert.kind === 'task-stopped' && alert.crashed && last !== undefined && isSameStop(alert, last);
  return alert === loop || isSame;
}
