import { ParentGoneError } from '../../functions/notifier/deliver/errors';
import type { Outgoing, Slack } from '../../functions/notifier/deliver/slack';
import type { Message } from '../../functions/notifier/render/blocks';

/** A message as the channel has it. */
export interface Shown extends Message {
  readonly id: string;
  readonly ts: string;
  readonly channel: string;
  readonly threadTs?: string;
  readonly broadcast: boolean;
  readonly alerts: number;
  readonly edits: number;
}

/** A Slack channel in memory: posts and edits are what somebody would see. `before` can make a call fail. */
export class FakeSlack implements Slack {
  private posted = 0;
  readonly messages = new Map<string, Shown>();
  before: (method: 'post' | 'edit' | 'find') => void | Promise<void> = () => {};
  /** Thrown after the message is in the channel: Slack did it and the answer got lost. */
  loseAnswer: Error | undefined;

  post: Slack['post'] = (outgoing) => this.send(outgoing);

  async send({ id, channel, message, threadTs, broadcast, alerts }: Outgoing): Promise<string> {
    await this.before('post');
    if (threadTs !== undefined && !this.messages.has(threadTs)) throw new ParentGoneError('message_not_found');
    this.posted += 1;
    const ts = `${1_700_000_000 + this.posted}.000100`;
    const thread = threadTs === undefined ? {} : { threadTs };
    this.messages.set(ts, { id, ts, channel, ...thread, broadcast: broadcast ?? false, alerts, edits: 0, ...message });
    if (this.loseAnswer !== undefined) throw this.loseAnswer;
    return ts;
  }

  readonly edit = async ({ ts }: { readonly ts: string }, message: Message): Promise<boolean> => {
    await this.before('edit');
    const old = this.messages.get(ts);
    if (old === undefined) return false;
    this.messages.set(ts, { ...old, ...message, edits: old.edits + 1 });
    return true;
  };

  readonly find = async ({ id }: { readonly id: string }): Promise<string | undefined> => {
    await this.before('find');
    return [...this.messages.values()].find((message) => message.id === id)?.ts;
  };

  readonly permalink = async ({ ts }: { readonly ts: string }): Promise<string> => `https://example.slack.com/p${ts}`;

  parents(): Shown[] {
    return [...this.messages.values()].filter(({ threadTs }) => threadTs === undefined);
  }

  replies(parent: Shown | undefined): Shown[] {
    return [...this.messages.values()].filter(({ threadTs }) => threadTs === parent?.ts);
  }
}
