import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { delaySeconds } from '../../functions/notifier/give-back';
import { alerts, ref, statements } from '../support/synth';

const shop = alerts();
const queue = shop.one(SqsQueue, 'alerts_queue');
const deadLetterQueue = shop.one(SqsQueue, 'dead-letter-queue');
const redrive = JSON.parse(String(queue['redrive_policy'])) as { deadLetterTargetArn: string; maxReceiveCount: number };

const DEAD_LETTER_QUEUE_ARN = ref('aws_sqs_queue.alerts_queue_dead-letter-queue_C9572685', 'arn');
const FOURTEEN_DAYS = 1_209_600;
const SIX_HOURS = 21_600;

test('lets only CloudWatch alarms of this account publish to the topic', () => {
  const topic = shop.one(SnsTopic);

  expect(topic['name']).toBe('ecs-alerts-shop-alarms');
  expect(statements(topic['policy'])).toEqual([
    {
      Sid: 'AlarmsOfThisAccount',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'SNS:Publish',
      Resource: 'arn:aws:sns:eu-west-1:111122223333:ecs-alerts-shop-alarms',
      Condition: {
        StringEquals: { 'aws:SourceAccount': '111122223333' },
        ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*' },
      },
    },
  ]);
});

test.each([
  ['queue', queue, 'ecs-alerts-shop-alerts'],
  ['dead-letter queue', deadLetterQueue, 'ecs-alerts-shop-dead-letters'],
])('lets only the topic and the rules send to the %s', (_, { name, policy }, expected) => {
  const from = (Sid: string, Service: string, sources: readonly string[]) => ({
    Sid,
    Effect: 'Allow',
    Principal: { Service },
    Action: 'sqs:SendMessage',
    Resource: `arn:aws:sqs:eu-west-1:111122223333:${expected}`,
    Condition: { ArnEquals: { 'aws:SourceArn': sources } },
  });

  expect(name).toBe(expected);
  expect(statements(policy)).toEqual([
    from('Topic', 'sns.amazonaws.com', ['arn:aws:sns:eu-west-1:111122223333:ecs-alerts-shop-alarms']),
    from('Rules', 'events.amazonaws.com', [
      'arn:aws:events:eu-west-1:111122223333:rule/ecs-alerts-shop-task-stopped',
      'arn:aws:events:eu-west-1:111122223333:rule/ecs-alerts-shop-deployment',
      'arn:aws:events:eu-west-1:111122223333:rule/ecs-alerts-shop-service-action',
      'arn:aws:events:eu-west-1:111122223333:rule/ecs-alerts-shop-scaled-to-max',
    ]),
  ]);
});

test('lets in every rule that is made to send to it', () => {
  const rules = shop.all(CloudwatchEventRule).filter(({ schedule_expression }) => schedule_expression === undefined);

  expect(rules).toHaveLength(4);
  for (const { name } of rules) expect(String(queue['policy'])).toContain(`:rule/${name}"`);
});

test.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-east-1', 'aws'],
])('names what speaks in %s by the partition %s', (region, partition) => {
  const { policy } = alerts({ region }).one(SqsQueue, 'alerts_queue');

  expect(String(policy).match(/arn:[^"]+/g)).toEqual([
    `arn:${partition}:sqs:${region}:111122223333:ecs-alerts-shop-alerts`,
    `arn:${partition}:sns:${region}:111122223333:ecs-alerts-shop-alarms`,
    `arn:${partition}:sqs:${region}:111122223333:ecs-alerts-shop-alerts`,
    `arn:${partition}:events:${region}:111122223333:rule/ecs-alerts-shop-task-stopped`,
    `arn:${partition}:events:${region}:111122223333:rule/ecs-alerts-shop-deployment`,
    `arn:${partition}:events:${region}:111122223333:rule/ecs-alerts-shop-service-action`,
    `arn:${partition}:events:${region}:111122223333:rule/ecs-alerts-shop-scaled-to-max`,
  ]);
});

test('keeps messages encrypted, and as long as SQS can', () => {
  const kept = expect.objectContaining({ message_retention_seconds: FOURTEEN_DAYS, sqs_managed_sse_enabled: true });

  expect([queue, deadLetterQueue]).toEqual([kept, kept]);
});

test('brings the topic to the queue, with the envelope and a dead-letter queue', () => {
  expect(shop.all(SnsTopicSubscription)).toEqual([
    {
      topic_arn: ref('aws_sns_topic.alerts_queue_topic_DB58EBD6', 'arn'),
      protocol: 'sqs',
      endpoint: ref('aws_sqs_queue.alerts_queue_0F87CE63', 'arn'),
      redrive_policy: JSON.stringify({ deadLetterTargetArn: DEAD_LETTER_QUEUE_ARN }),
    },
  ]);
});

test('hides a message six times as long as the function may take', () => {
  const { timeout } = shop.one(LambdaFunction, 'notifier_function');

  expect(queue['visibility_timeout_seconds']).toBeGreaterThanOrEqual(6 * Number(timeout));
});

test.each([
  ['is away', undefined],
  ['always asks to wait for a second', 1000],
  ['is busy with others all the time', 0],
  ['always asks to wait for half a minute', 30_000],
])('sends nothing to the dead-letter queue while Slack %s, for six hours', (_what, retryAfterMs) => {
  // The fastest return that there is: every random number is 0.
  let receives = 0;
  for (let seconds = 0; seconds <= SIX_HOURS; receives++) {
    seconds += delaySeconds({
      receiveCount: receives + 1,
      sentAtMs: 0,
      retryAfterMs,
      nowMs: seconds * 1000,
      jitter: 0,
    });
  }

  expect(redrive.deadLetterTargetArn).toBe(DEAD_LETTER_QUEUE_ARN);
  expect(receives).toBeGreaterThan(10);
  expect(receives).toBeLessThanOrEqual(redrive.maxReceiveCount / 2);
});
