import type { SQSRecord } from 'aws-lambda';
import type { NotifierProcess } from './notifier-process';

/** The function: one process after the other, each for as long as it lives. */
export class Notifier {
  private readonly processes: NotifierProcess[] = [];
  private running: NotifierProcess | undefined;

  constructor(private readonly start: () => NotifierProcess) {}

  /** The IDs of the records that are done. */
  async handle(records: readonly SQSRecord[]): Promise<readonly string[]> {
    if (this.running === undefined) {
      this.running = this.start();
      this.processes.push(this.running);
    }
    const givenBack = await this.running.handle(records);
    if (givenBack === undefined) return [];
    return records.map(({ messageId }) => messageId).filter((id) => !givenBack.includes(id));
  }

  /** The next batch starts another process. */
  readonly kill = async (): Promise<void> => {
    const killed = this.running;
    this.running = undefined;
    await killed?.kill();
  };

  get log(): string {
    return this.processes.map(({ log }) => log).join('');
  }
}
