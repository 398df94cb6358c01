import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebClient } from '@slack/web-api';
import { unzipSync } from 'fflate';
import { functionZip } from '../../../constructs/function-zip';
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
  const code = join(folder, 'index.js');
  const zipped = unzipSync(readFileSync(functionZip('notifier')))['index.js'];
  if (zipped === undefined) throw new Error('notifier.zip has no index.js: run `npm run build:functions`');
  writeFileSync(code, zipped);
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
