import type { Slack } from '../../functions/notifier/deliver/slack';
import type { Message } from '../../functions/notifier/render/blocks';
import { FakeSlack, type Shown } from '../support/channel';
import type { Clock } from './clock';
import type { Random } from './random';

/** What a message said from then on. */
export type Version = Message & { readonly atMs: number };

export interface Thread {
  readonly parent: Shown;
  readonly openedAtMs: number;
  /** What the parent said, oldest first. */
  readonly versions: readonly Version[];
  readonly replies: readonly (Shown & { readonly atMs: number })[];
}

/** The channel, with when what was to be read in it. A call takes a moment, as in the world. */
export class TimedSlack implements Slack {
  private readonly fake = new FakeSlack();
  private readonly versions = new Map<string, Version[]>();
  edits = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  readonly post: Slack['post'] = async (outgoing) => {
    await this.take();
    const ts = await this.fake.post(outgoing);
    this.versions.set(ts, [{ ...outgoing.message, atMs: this.clock.ms() }]);
    return ts;
  };

  readonly edit: Slack['edit'] = async (posted, message) => {
    await this.take();
    const done = await this.fake.edit(posted, message);
    if (done) {
      this.edits += 1;
      this.versions.get(posted.ts)?.push({ ...message, atMs: this.clock.ms() });
    }
    return done;
  };

  readonly find: Slack['find'] = (outgoing) => this.fake.find(outgoing);
  readonly permalink: Slack['permalink'] = (posted) => this.fake.permalink(posted);

  messages(): readonly Shown[] {
    return [...this.fake.messages.values()];
  }

  /** Oldest first. */
  threads(): readonly Thread[] {
    return this.fake.parents().map((parent) => ({
      parent,
      openedAtMs: this.postedAtMs(parent),
      versions: this.versions.get(parent.ts) ?? [],
      replies: this.fake.replies(parent).map((reply) => ({ ...reply, atMs: this.postedAtMs(reply) })),
    }));
  }

  /** Those whose parent names the service first. */
  threadsOf(service: string): readonly Thread[] {
    return this.threads().filter(({ versions }) => versions.some(({ text }) => subjectOf(text) === service));
  }

  private postedAtMs({ ts }: Shown): number {
    return this.versions.get(ts)?.[0]?.atMs ?? Number.NaN;
  }

  private take(): Promise<void> {
    return this.clock.sleep(this.random.between(150, 500));
  }
}

/** `🔴 api: 0 of 4 tasks running` → `api` */
export function subjectOf(text: string): string {
  return /^\S+ ([^:]+):/u.exec(text)?.[1] ?? text;
}
