import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRuleCommand, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { functionHash } from '../../constructs/function-zip';
import { arn } from '../../functions/arns';
import type { Aws } from './aws';
import type { Entered } from './entered';
import { check, type Finding, hint, isNotThere, listed, right, wrong } from './findings';

/** So long a watcher that is started each minute is never silent. */
const SILENT_MINUTES = 5;

/** Whether what carries alerts is there, on and connected; the alarms are looked at apart. */
export async function checkDeployed(entered: Entered): Promise<readonly Finding[]> {
  const { notifier, watcher, queue, deadLetterQueue } = entered.names;
  const findings = await Promise.all([
    check('EventBridge rules', () => checkRules(entered)),
    check(`queue ${queue}`, () => checkQueue(entered)),
    check(`function ${notifier}`, () =>
      checkFunction(entered, 'notifier', wrong(`function ${notifier}`, 'not there', entered.deploy)),
    ),
    check(`dead letters in ${deadLetterQueue}`, () => checkDeadLetters(entered)),
    check(`function ${watcher}`, () => checkWatcher(entered)),
  ]);
  return findings.flat();
}

/** @param absent what it means that there is none */
async function checkFunction(
  { aws, names, deploy }: Entered,
  which: 'notifier' | 'watcher',
  absent: Finding,
): Promise<Finding> {
  const what = `function ${names[which]}`;
  const asked = aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: names[which] }));
  const found = await unlessAbsent(asked);
  if (found === undefined) return absent;
  const { State, StateReason = '', LastUpdateStatus, LastUpdateStatusReason = '', CodeSha256 } = found;
  if (State === 'Inactive' || State === 'Pending')
    return hint(what, State, 'it starts with the next alert: npm run test-alert');
  if (State !== 'Active') return wrong(what, `${State} ${StateReason}`.trim(), deploy);
  if (LastUpdateStatus === 'Failed') return wrong(what, `update failed ${LastUpdateStatusReason}`.trim(), deploy);
  if (CodeSha256 === functionHash(which)) return right(what);
  return hint(what, 'other code than this checkout builds', deploy);
}

async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

/**
 * States of a mapping that reads, or soon will.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
 */
const READING = new Set(['Creating', 'Enabling', 'Enabled', 'Updating']);

/** The queue that everything ends in, and that the notifier reads it. */
async function checkQueue({ aws, names, accountId, cluster, deploy }: Entered): Promise<Finding> {
  const { region } = cluster;
  const queue = await queueOf(aws, names.queue);
  if (queue === undefined) return wrong(`queue ${names.queue}`, 'not there', deploy);
  const what = `queue ${names.queue} (${queue.messages} waiting)`;
  const EventSourceArn = arn({ accountId, region }, 'sqs', names.queue);
  const { EventSourceMappings = [] } = await aws.lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn }));
  const mapping = EventSourceMappings.find(({ FunctionArn = '' }) => FunctionArn.endsWith(`:${names.notifier}`));
  if (mapping === undefined) return wrong(what, 'not read by the notifier', deploy);
  const { UUID, State = '' } = mapping;
  if (READING.has(State)) return right(`${what}, read by the notifier`);
  const enable = `aws lambda update-event-source-mapping --region ${region} --uuid ${UUID} --enabled`;
  return wrong(what, `not read by the notifier, whose event source mapping is ${State}`, enable);
}

async function checkDeadLetters({ aws, names, accountId, cluster, deploy }: Entered): Promise<Finding> {
  const { region } = cluster;
  const what = `dead letters in ${names.deadLetterQueue}`;
  const queue = await queueOf(aws, names.deadLetterQueue);
  if (queue === undefined) return wrong(what, 'the queue itself is not there', deploy);
  if (queue.messages === 0) return right(`no ${what}`);
  const arnOf = (name: string) => arn({ accountId, region }, 'sqs', name);
  const look = [
    `aws sqs receive-message --region ${region} --queue-url ${queue.url}`,
    '--max-number-of-messages 10 --visibility-timeout 0 --message-attribute-names All',
  ].join(' ');
  const move = [
    `aws sqs start-message-move-task --region ${region}`,
    `--source-arn ${arnOf(names.deadLetterQueue)} --destination-arn ${arnOf(names.queue)}`,
  ].join(' ');
  return wrong(
    what,
    `${queue.messages}`,
    `mend what their attribute cause says (${look}), then move them back (${move})`,
  );
}

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** A queue with all its messages, also those that somebody is at or that wait; undefined when it is not there. */
async function queueOf({ sqs }: Aws, QueueName: string) {
  const { QueueUrl: url } = (await unlessAbsent(sqs.send(new GetQueueUrlCommand({ QueueName })))) ?? {};
  if (url === undefined) return undefined;
  const request = { QueueUrl: url, AttributeNames: COUNTS };
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand(request));
  return { url, messages: COUNTS.reduce((sum, name) => sum + Number(Attributes[name]), 0) };
}

/** Which there have to be only the list knows; those whose target is the queue have to be on. */
async function checkRules({ aws, names, accountId, cluster, deploy }: Entered): Promise<readonly Finding[]> {
  const { region } = cluster;
  const rules = await rulesOf(aws, arn({ accountId, region }, 'sqs', names.queue));
  const missing = (cluster.listed?.rules ?? []).filter((name) => !rules.some((rule) => rule.name === name));
  const findings = [
    ...(missing.length === 0
      ? []
      : [wrong(`EventBridge rules ${listed(missing)}`, 'not there, or their target is not the queue', deploy)]),
    ...rules.filter(({ isOn }) => !isOn).map(({ name }) => off(name, region)),
  ];
  return findings.length > 0 ? findings : [right(`${rules.length} EventBridge rules, whose target is the queue`)];
}

function off(name: string, region: string): Finding {
  return wrong(`EventBridge rule ${name}`, 'switched off', `aws events enable-rule --region ${region} --name ${name}`);
}

async function rulesOf({ events }: Aws, TargetArn: string) {
  const { RuleNames = [] } = await events.send(new ListRuleNamesByTargetCommand({ TargetArn }));
  return Promise.all(
    RuleNames.map(async (name) => {
      const { State } = await events.send(new DescribeRuleCommand({ Name: name }));
      return { name, isOn: State !== 'DISABLED' };
    }),
  );
}

/** The watcher, what starts it, and that it was at work a moment ago. */
async function checkWatcher(entered: Entered): Promise<readonly Finding[]> {
  const { aws, names, accountId, cluster, deploy } = entered;
  const { region, listed: inList } = cluster;
  if (inList?.hasWatcher === false) return [];
  const what = `function ${names.watcher}`;
  const absent =
    inList === undefined
      ? hint(what, 'not there', `${deploy}, unless it is switched off: watcher: false`)
      : wrong(what, 'not there', deploy);
  const found = await checkFunction(entered, 'watcher', absent);
  if (found === absent || found.is === 'wrong') return [found];
  const [schedule] = await rulesOf(aws, arn({ accountId, region }, 'lambda', `function:${names.watcher}`));
  if (schedule === undefined) return [found, wrong(what, 'nothing starts it', deploy)];
  if (!schedule.isOn) return [found, off(schedule.name, region)];
  const group = `/aws/lambda/${names.watcher}`;
  if (await hasLogged(aws, group, Date.now() - SILENT_MINUTES * 60_000)) {
    return [found, right(`the watcher was at work within the last ${SILENT_MINUTES} minutes`)];
  }
  const look = `see its log: aws logs tail ${group} --region ${region} --since 1h`;
  return [found, wrong(what, `it logged nothing in the last ${SILENT_MINUTES} minutes`, look)];
}

/** A page without events may have one after it. */
async function hasLogged({ logs }: Aws, logGroupName: string, startTime: number): Promise<boolean> {
  let nextToken: string | undefined;
  do {
    const page = await logs.send(new FilterLogEventsCommand({ logGroupName, startTime, limit: 1, nextToken }));
    if (page.events !== undefined && page.events.length > 0) return true;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return false;
}
