import { stripVTControlCharacters } from 'node:util';
import { DeleteParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { until } from '../command';
import { TestQueue } from '../queue';
import { readmeCommand } from '../readme';
import { PROD, plain, type Stage } from '../stage';
import { TOKEN } from '../world';
import type { Group } from './group';

/** The commands of the README, as they stand there, typed by somebody who has `alerts.config.ts` and the two accounts. */
export function theReadme(stage: Stage): Group {
  let difference: ReturnType<Stage['shell']>;

  /** Before anything reads it. */
  const before = async () => {
    const ssm = new SSMClient(stage.world.as(PROD));
    await ssm.send(new DeleteParameterCommand({ Name: '/ecs-alerts/slack-bot-token' }));
    ssm.destroy();
    const stored = await stage.shell(readmeCommand('aws ssm put-parameter'), { SLACK_BOT_TOKEN: TOKEN });
    if (stored.code !== 0) throw new Error(stored.output);
  };

  const begin = async () => {
    difference = stage.shell(readmeCommand('npx cdktf diff'));
  };

  const run = () => {
    test('see what a deployment would change', async () => {
      const { code, output } = await difference;

      expect(stripVTControlCharacters(output)).toContain('No changes. Your infrastructure matches the configuration.');
      expect(code).toBe(0);
    });

    test('ask the doctor', async () => {
      const all = readmeCommand('npm run doctor');
      const { code, output } = await stage.shell(`${all} -- --account prod --cluster shop`);

      expect(output).toContain('prod-eu-west-1/shop\n  ✓ account');
      expect(code).toBe(0);
    });

    test('send a test alert', async () => {
      const { code, output } = await stage.shell(readmeCommand('npm run test-alert'));

      expect(output).toMatch(/✓ in Slack after \d+ s: https?:/);
      expect(code).toBe(0);
    });

    test('look at the dead letters, and move them back', async () => {
      const deadLetters = new TestQueue('ecs-alerts-shop-dead-letters', stage.world.as(PROD));
      await deadLetters.send('Read me');
      const looked = await stage.shell(readmeCommand('aws sqs receive-message'));
      const moved = await stage.shell(readmeCommand('aws sqs start-message-move-task'));

      expect(looked.output).toContain('Read me');
      expect(moved.output).toContain('TaskHandle');
      await until('what was moved', async () => {
        const told = await stage.world.threads(stage.world.channels.usual, ({ text }) =>
          plain(text).includes('(cluster)'),
        );
        return told.some(({ parent }) => JSON.stringify(parent).includes('Read me')) || undefined;
      });
      expect(await deadLetters.count()).toBe(0);
      deadLetters.close();
    });
  };
  return { name: 'the commands of the README', before, begin, run };
}
