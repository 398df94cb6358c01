import type { WebClient } from '@slack/web-api';
import { readChannel, type SlackMessage } from '../../../tools/slack-channel';
import type { Story } from './story';

/** What the notifier notes on each of its messages. */
interface Noted extends SlackMessage {
  readonly metadata?: { readonly event_payload?: { readonly id?: string; readonly alerts?: number } };
}

/** Compares the channel with the story, by nothing but what Slack says. */
export async function wrongIn(slack: WebClient, channel: string, story: Story): Promise<readonly string[]> {
  const threads = await readChannel(slack, channel);
  const messages: readonly Noted[] = threads.flatMap(({ parent, replies }) => [parent, ...replies]);
  const payloads = messages.map(({ metadata }) => metadata?.event_payload);
  const ids = payloads.map((payload) => payload?.id);
  const alerts = payloads.reduce((sum, payload) => sum + (payload?.alerts ?? 0), 0);
  const ofServices = story.services.map((service) => {
    const own = threads.filter(({ parent }) => parent.text.includes(`${service}: `));
    return { service, count: own.length, over: own.every(({ parent }) => parent.text.startsWith('🟢')) };
  });
  const wrong = [
    ...(threads.length === story.services.length ? [] : [`${threads.length} threads, not ${story.services.length}`]),
    ...ofServices.filter(({ count }) => count !== 1).map(({ service, count }) => `${service} has ${count} threads`),
    ...ofServices.filter(({ over }) => !over).map(({ service }) => `${service} is not over`),
    ...(alerts === story.alerts ? [] : [`${alerts} alerts are told, not ${story.alerts}`]),
    ...(new Set(ids).size === ids.length ? [] : ['a message is there twice']),
  ];
  if (wrong.length === 0) return [];
  const told = messages.map(({ text }, index) => `${payloads[index]?.alerts}: ${text.replaceAll('\u00a0', ' ')}`);
  return [...wrong, ...told];
}
