import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { checkAlarms } from '../doctor/alarms';
import { checkDeployed } from '../doctor/deployed';
import type { Entered } from '../doctor/entered';
import { check, type Finding, hint, right } from '../doctor/findings';
import { checkSetOff } from './alarm';
import type { Sent } from './send';

/** So many lines of the notifier's log are said. */
const LINES = 5;

/** Step by step what is known of a test alert that did not arrive. */
export async function stuck(entered: Entered, { alarm, at, test }: Sent): Promise<readonly Finding[]> {
  const { aws } = entered;
  const findings = await Promise.all([
    alarm === undefined ? [] : check(`alarm ${alarm}`, () => checkSetOff(aws, alarm, test)),
    checkAlarms(entered),
    checkDeployed(entered),
    check('log of the notifier', () => checkLog(entered, at)),
  ]);
  return findings.flat();
}

/** A line of the notifier's log. */
interface Line {
  readonly level?: string;
  readonly message?: string;
  readonly fix?: string;
  readonly error?: string;
}

async function checkLog({ aws, names, cluster }: Entered, since: Date): Promise<readonly Finding[]> {
  const logGroupName = `/aws/lambda/${names.notifier}`;
  const { events = [] } = await aws.logs.send(new FilterLogEventsCommand({ logGroupName, startTime: since.getTime() }));
  const lines = events
    .map(({ message = '' }) => lineOf(message))
    .filter(({ level }) => level === 'error' || level === 'warn');
  if (lines.length === 0)
    return [right(`nothing is wrong in the ${events.length} lines that the notifier has logged since`)];
  const look = `aws logs tail ${logGroupName} --region ${cluster.region} --since 10m`;
  return lines
    .slice(-LINES)
    .map(({ message = '', error = '', fix = look }) =>
      hint('the notifier says', [message, error].join(' ').trim(), fix),
    );
}

/** What is no line of ours is one of Lambda's own. */
function lineOf(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return {};
  }
}
