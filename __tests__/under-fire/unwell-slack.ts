import { TIMEOUT_MS } from '../../functions/notifier/deliver/slack';
import { manifestScopes } from '../../tools/doctor/manifest';
import type { Random } from '../simulation/random';
import { SCOPES } from '../support/slack-scopes';

/** A request to the Slack Web API. */
export interface Call {
  /** `chat.postMessage` */
  readonly method: string;
  readonly token: string;
  readonly body: URLSearchParams;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the client gets: an answer, a connection that ends, or nothing at all. */
export type Outcome = Answer | 'reset' | 'silence';

/** One way for a call to fail. `done`: Slack did it all the same. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly done: boolean }
  | { readonly kind: 'code'; readonly code: string; readonly done: boolean }
  | { readonly kind: 'html' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly done: boolean }
  /** Slack does it so long after it was asked, and nobody hears of it. */
  | { readonly kind: 'lost'; readonly visibleAfterMs: number };

/** Fails as it likes. Undefined: this call works. */
export type Mood = (call: Call, atMs: number) => Fault | undefined;

export interface Recorded {
  readonly method: string;
  readonly channel: string;
  readonly atMs: number;
  /** Alerts that a message tells; none of an edit, and of what only explains. */
  readonly alerts: number;
  /** `ok`, an error code, a status, or how it was not answered. */
  readonly came: string;
}

/** https://docs.slack.dev/apis/web-api/rate-limits */
const POST_EVERY_MS = 1000;
const EDITS_A_MINUTE = 50;
const MINUTE = 60_000;

function alertsIn({ body }: Call): number {
  const metadata = JSON.parse(body.get('metadata') ?? '{}') as {
    readonly event_payload?: { readonly alerts?: number };
  };
  return metadata.event_payload?.alerts ?? 0;
}

/** Stands in front of a Slack that is always well, and limits and fails as the real one does. */
export class UnwellSlack {
  readonly calls: Recorded[] = [];
  mood: Mood = () => undefined;
  /** Whether it takes only so many messages and edits into a channel. */
  limits: (channel: string) => boolean = () => true;
  /** Tokens that were revoked. */
  readonly revoked = new Set<string>();
  /** Of every token. */
  readonly scopes = new Set(manifestScopes());
  private readonly postableAtMs = new Map<string, number>();
  private edits: number[] = [];

  constructor(
    private readonly clock: { readonly ms: () => number; readonly sleep: (ms: number) => Promise<void> },
    /** Does what is asked, in the Slack that is well. */
    private readonly well: (call: Call) => Promise<Answer>,
  ) {}

  readonly call = async (call: Call): Promise<Outcome> => {
    const channel = call.body.get('channel') ?? '';
    const recorded = { method: call.method, channel, alerts: alertsIn(call), atMs: this.clock.ms() };
    const outcome = await this.answer(call, channel);
    this.calls.push({ ...recorded, came: cameOf(outcome) });
    return typeof outcome === 'string' ? outcome : this.withScopes(outcome);
  };

  /** https://docs.slack.dev/tools/node-slack-sdk/reference/web-api/interfaces/WebAPICallResult: `response_metadata.scopes` */
  private withScopes(answer: Answer): Answer {
    return { ...answer, headers: { ...answer.headers, 'x-oauth-scopes': this.provided() } };
  }

  private provided(): string {
    return [...this.scopes].join(',');
  }

  private async answer(call: Call, channel: string): Promise<Outcome> {
    if (this.revoked.has(call.token)) return notOk('token_revoked');
    // The emulator's channels are public.
    const [needed] = SCOPES[call.method] ?? [];
    if (needed !== undefined && !this.scopes.has(needed)) {
      return notOk('missing_scope', { needed, provided: this.provided() });
    }
    const waitMs = this.waitMs(call.method, channel);
    if (waitMs > 0) return limited(waitMs);
    const fault = this.mood(call, this.clock.ms());
    return fault === undefined ? this.well(call) : this.fail(fault, call);
  }

  private async fail(fault: Fault, call: Call): Promise<Outcome> {
    if ('done' in fault && fault.done) await this.well(call);
    switch (fault.kind) {
      case 'status':
        return { status: fault.status, headers: {}, body: '' };
      case 'code':
        return notOk(fault.code);
      case 'html':
        return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>We are busy</html>' };
      case 'reset':
        return 'reset';
      case 'hang':
        return 'silence';
      case 'lost': {
        // Not waited for: the client has gone by then.
        void this.clock.sleep(fault.visibleAfterMs).then(() => this.well(call));
        return 'silence';
      }
    }
  }

  /** One message a second into a channel; 50 edits in any minute, all channels together. */
  private waitMs(method: string, channel: string): number {
    const nowMs = this.clock.ms();
    if (!this.limits(channel)) return 0;
    if (method === 'chat.postMessage') {
      const atMs = this.postableAtMs.get(channel) ?? 0;
      if (nowMs < atMs) return atMs - nowMs;
      this.postableAtMs.set(channel, nowMs + POST_EVERY_MS);
    }
    if (method === 'chat.update') {
      this.edits = this.edits.filter((atMs) => atMs > nowMs - MINUTE);
      const [oldest = 0] = this.edits;
      if (this.edits.length >= EDITS_A_MINUTE) return oldest + MINUTE - nowMs;
      this.edits.push(nowMs);
    }
    return 0;
  }
}

function notOk(error: string, more: object = {}): Answer {
  const body = JSON.stringify({ ok: false, error, ...more });
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function limited(waitMs: number): Answer {
  return { ...notOk('ratelimited'), status: 429, headers: { 'retry-after': `${Math.ceil(waitMs / 1000)}` } };
}

function cameOf(outcome: Outcome): string {
  if (typeof outcome === 'string') return outcome;
  if (outcome.status !== 200) return `${outcome.status}`;
  try {
    const { ok, error } = JSON.parse(outcome.body) as { readonly ok: boolean; readonly error?: string };
    return ok ? 'ok' : (error ?? 'not ok');
  } catch {
    return 'html';
  }
}

/** How often calls fail in which way. */
export interface Unwell {
  readonly of: number;
  /** A lost post may show only long after the client gave up. */
  readonly late?: boolean;
  /** Also what a person would have to see to. */
  readonly permanent?: boolean;
}

/** Codes that say nothing of the message: try again. */
const RETRYABLE = ['internal_error', 'service_unavailable', 'request_timeout', 'ratelimited', 'team_added_to_org'];
/** Codes after which Slack may have done it. */
const MAYBE_DONE = ['fatal_error', 'internal_error'];
const PERMANENT = [
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'invalid_auth',
  'no_permission',
];
const PAYLOAD = ['invalid_blocks', 'msg_blocks_too_long', 'invalid_arguments'];

/** All ways to fail, now and then. */
export function atRandom(random: Random, { of, late = false, permanent = true }: Unwell): Mood {
  const pick = <T>(from: readonly T[]) => from[random.whole(0, from.length - 1)] as T;
  const done = () => random.chance(0.5);
  const anywhere: (() => Fault)[] = [
    () => ({ kind: 'status', status: pick([500, 502, 503, 504]), done: done() }),
    () => ({ kind: 'code', code: pick(RETRYABLE), done: false }),
    () => ({ kind: 'code', code: pick(MAYBE_DONE), done: done() }),
    () => ({ kind: 'html' }),
    () => ({ kind: 'hang' }),
    () => ({ kind: 'reset', done: done() }),
    () => ({ kind: 'lost', visibleAfterMs: random.between(0, TIMEOUT_MS) }),
  ];
  // Without the right to read, a lost answer doubles: that is a test of its own.
  const writing: (() => Fault)[] = [
    ...anywhere,
    ...(permanent ? [(): Fault => ({ kind: 'code', code: pick(PERMANENT), done: false })] : []),
    () => ({ kind: 'code', code: pick(PAYLOAD), done: false }),
  ];
  const tooLate = (): Fault => ({ kind: 'lost', visibleAfterMs: random.between(TIMEOUT_MS, 60_000) });
  const posting = late ? [...writing, tooLate] : writing;
  return ({ method }) => {
    if (!random.chance(of)) return undefined;
    const isPost = method === 'chat.postMessage';
    return pick(isPost ? posting : method.startsWith('chat.') ? writing : anywhere)();
  };
}
