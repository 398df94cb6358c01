/** Trying again cannot help until a person fixes something: bad token, no such channel. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** Slack refuses what is drawn: it may take the same as plain text. */
export class RefusedBlocksError extends Error {
  override readonly name = 'RefusedBlocksError';
}

/** Slack refuses this message in every form that we have: nothing but this message is wrong. */
export class RefusedMessageError extends PermanentError {}

/** What this message replies to is not there any more, or takes no replies. */
export class ParentGoneError extends RefusedMessageError {}

/** May work later: rate limit, no answer, somebody else is at it. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  /** Wait at least this long; without it the queue's back-off decides. */
  readonly retryAfterMs?: number;
  /** The other side may have done it all the same: look before doing it again. */
  readonly maybeDone: boolean;
  /** Nothing else of this channel has a better chance now. */
  readonly wholeChannel: boolean;

  constructor(
    message: string,
    options: { retryAfterMs?: number; maybeDone?: boolean; wholeChannel?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    this.maybeDone = options.maybeDone ?? false;
    this.wholeChannel = options.wholeChannel ?? false;
  }
}

/** Nothing is wrong: others have their turn first. */
export class NotYetError extends RetryableError {}

/** Another invocation is at the thread: it is free again in a moment. */
export class ThreadBusyError extends NotYetError {}
