import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { SQSRecord } from 'aws-lambda';
import type { TestClock } from './test-clock';

/** The function's time limit. */
export const TIME_LIMIT_MS = 60_000;

type Said = { readonly sleptMs: number } | { readonly givenBack: readonly string[] };

/** A process of the notifier that can be killed at any time. */
export class NotifierProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private answered: ((givenBack: readonly string[]) => void) | undefined;
  private isKilled = false;
  private output = '';

  /** @param code the built function, unzipped */
  constructor(
    code: string,
    env: Readonly<Record<string, string>>,
    private readonly clock: TestClock,
  ) {
    const program = join(__dirname, 'notifier-main.cjs');
    this.child = fork(program, [code], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.ended = new Promise((ended) => this.child.once('close', () => ended()));
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (text) => (this.output += text));
    this.child.on('message', (said: Said) => {
      if ('sleptMs' in said) clock.skip(said.sleptMs);
      else this.answered?.(said.givenBack);
    });
  }

  /** What it wrote to its log. */
  get log(): string {
    return this.output;
  }

  /** The IDs of the records that it gives back; undefined when it was killed meanwhile. */
  async handle(records: readonly SQSRecord[]): Promise<readonly string[] | undefined> {
    const answered = new Promise<readonly string[]>((answer) => {
      this.answered = answer;
    });
    const event = { Records: records };
    this.child.send({ event, clockAheadMs: this.clock.aheadMs, timeLimitMs: TIME_LIMIT_MS });
    const answer = await Promise.race([answered, this.ended]);
    if (answer === undefined && !this.isKilled) throw new Error(`the function ended by itself:\n${this.output}`);
    return answer ?? undefined;
  }

  /** Returns when it is dead. */
  async kill(): Promise<void> {
    this.isKilled = true;
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
