import type { Answer, Step } from './gateway';
import type { TestClock } from './test-clock';

/** A message may be so old before Slack's history has it. */
const SHOWN_AFTER_MS = 6000;

interface Message {
  readonly ts: string;
}

/** Slack's history on the test's clock. The emulator's own stamps with real time, and has everything at once. */
export class SlackSearch {
  private readonly postedAtMs = new Map<string, number>();

  constructor(private readonly clock: TestClock) {}

  /** What the notifier gets to see of an answer. */
  seen({ server, action, body: asked }: Step, answer: Answer): Answer {
    if (server !== 'slack') return answer;
    const { messages, ...said } = JSON.parse(answer.body) as { readonly messages?: readonly Message[]; ts?: string };
    if (action === 'chat.postMessage' && said.ts !== undefined) this.postedAtMs.set(said.ts, this.clock.now());
    if (messages === undefined) return answer;
    const limits = new URLSearchParams(asked);
    const fromMs = Number(limits.get('oldest') ?? 0) * 1000;
    const toMs = Math.min(Number(limits.get('latest') ?? Infinity) * 1000, this.clock.now() - SHOWN_AFTER_MS);
    const shown = messages.filter(({ ts }) => {
      const atMs = this.postedAtMs.get(ts) ?? 0;
      return atMs >= fromMs && atMs <= toMs;
    });
    return { ...answer, body: JSON.stringify({ ...said, messages: shown }) };
  }
}
