import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebClient } from '@slack/web-api';
import { unzipFunction } from '../../../tools/unzip-function';
import { startSlack } from '../../e2e/emulators';

export const TOKEN = 'xoxb-test';

/** What all plays share: the built function, unzipped, and the Slack emulator in a process of its own. */
export interface Stage {
  readonly folder: string;
  readonly code: string;
  readonly slackUrl: string;
  /** Past the notifier's gateway. */
  readonly slack: WebClient;
  readonly close: () => Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'killed-'));
  const code = unzipFunction('notifier', folder);
  const slack = await startSlack(folder, TOKEN, []);
  return {
    folder,
    code,
    slackUrl: new URL(slack.url).origin,
    slack: new WebClient(TOKEN, { slackApiUrl: slack.url }),
    close: async () => {
      await slack.close();
      rmSync(folder, { recursive: true });
    },
  };
}
