import type { Faults } from './faults';
import { Gateway, type Step } from './gateway';
import { Notifier } from './notifier';
import { NotifierProcess } from './notifier-process';
import { RecordQueue } from './record-queue';
import { SlackSearch } from './slack-search';
import { type Stage, TOKEN } from './stage';
import type { Story } from './story';
import { struck } from './struck';
import { environment, surroundings } from './surroundings';
import { TestClock } from './test-clock';
import { untold } from './untold';
import { wrongIn } from './wrong';

export interface Played {
  readonly steps: readonly Step[];
  /** The steps at which something went wrong. */
  readonly happened: readonly string[];
  /** What the channel should not have, or should have. */
  readonly wrong: readonly string[];
  /** What the processes wrote to their logs. */
  readonly log: string;
}

/** Plays a story to its end, whatever goes wrong, with as many processes as it takes. */
export async function play(story: Story, stage: Stage, faults: Faults): Promise<Played> {
  const { channel, table, ecs, close } = await surroundings(stage, story);
  const clock = new TestClock();
  const queue = new RecordQueue(clock);
  const search = new SlackSearch(clock);
  const notifier = new Notifier(() => new NotifierProcess(stage.code, env, clock));
  const { does, happened } = struck(faults, notifier.kill);
  const ssm = () => ({ Parameter: { Value: TOKEN } });
  const gateway = new Gateway(
    { dynamodb: table.url, slack: stage.slackUrl, ecs: ecs.url, sqs: queue.answer, ssm },
    (step, pass) => does(step, async () => search.seen(step, await pass())),
  );
  const { url, close: closeGateway } = await gateway.listen();
  const env = environment(url, table.table, stage.folder);

  try {
    for (const { bodies, atMs } of story.batches) queue.send(bodies, atMs);
    for (let batch = queue.receive(); batch.length > 0; batch = queue.receive()) {
      queue.delete(await notifier.handle(batch));
    }
    const { steps } = gateway;
    const { log } = notifier;
    const untoldOks = story.okMayComeFirst ? await untold(log, table) : [];
    const wrong = await wrongIn(stage.slack, channel, { ...story, alerts: story.alerts - untoldOks.length });
    return { steps, happened, wrong: [...wrong, ...queue.wrong], log };
  } finally {
    await notifier.kill();
    await closeGateway();
    await close();
  }
}
