import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Construct } from 'constructs';
import { arn, type Place } from '../functions/arns';
import { type NamedPlace, resourceName } from './names';
import { NOTIFIER_TIMEOUT_SECONDS } from './notifier';
import { policy } from './policy';
import { ruleArns } from './rules';

const RETENTION_SECONDS = 14 * 24 * 3600;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: at least six times the function's timeout. */
const VISIBILITY_TIMEOUT_SECONDS = 6 * NOTIFIER_TIMEOUT_SECONDS;
/**
 * With the notifier’s back-off, a day of a Slack that asks to wait and five of one that is down send nothing to the dead-letter
 * queue. The most that SQS takes:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
const MAX_RECEIVE_COUNT = 1000;

export interface QueueProps extends NamedPlace {
  /** A topic that is there already, instead of one made here. */
  readonly topicArn: string | undefined;
  /** Key that encrypts the topic made here, and the queues. */
  readonly kmsKeyArn: string | undefined;
}

/** The topic that alarms publish to, the queue that everything ends in, and the queue of what could not be told. */
export class Queue extends Construct {
  /** Not where there was one already. */
  readonly topic: SnsTopic | undefined;
  readonly topicArn: string;
  readonly queue: SqsQueue;
  readonly deadLetterQueue: SqsQueue;

  constructor(scope: Construct, id: string, props: QueueProps) {
    super(scope, id);
    const topicName = resourceName('topic', props, 'alarms');
    const topicArn = props.topicArn ?? arn(props, 'sns', topicName);
    if (props.topicArn === undefined) {
      this.topic = new SnsTopic(this, 'topic', {
        name: topicName,
        policy: alarmsMayPublish(props, topicArn),
        // The key that AWS keeps for SNS would not let alarms publish: it is this one or none.
        ...(props.kmsKeyArn === undefined ? {} : { kmsMasterKeyId: props.kmsKeyArn }),
      });
    }
    this.topicArn = this.topic?.arn ?? topicArn;

    const deadLetterName = resourceName('queue', props, 'dead-letters');
    const queueName = resourceName('queue', props, 'alerts');
    const encrypted =
      props.kmsKeyArn === undefined ? { sqsManagedSseEnabled: true } : { kmsMasterKeyId: props.kmsKeyArn };
    // Policies inside of the queues: as resources of their own each would take another 25 s to create.
    this.deadLetterQueue = new SqsQueue(this, 'dead-letter-queue', {
      name: deadLetterName,
      messageRetentionSeconds: RETENTION_SECONDS,
      ...encrypted,
      policy: mayBeSentTo(props, arn(props, 'sqs', deadLetterName), topicArn),
    });
    this.queue = new SqsQueue(this, 'queue', {
      name: queueName,
      messageRetentionSeconds: RETENTION_SECONDS,
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      ...encrypted,
      policy: mayBeSentTo(props, arn(props, 'sqs', queueName), topicArn),
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: this.deadLetterQueue.arn,
        maxReceiveCount: MAX_RECEIVE_COUNT,
      }),
    });
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
function alarmsMayPublish(place: Place, topicArn: string): string {
  return policy([
    {
      Sid: 'AlarmsOfThisAccount',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'SNS:Publish',
      Resource: topicArn,
      Condition: {
        StringEquals: { 'aws:SourceAccount': place.accountId },
        ArnLike: { 'aws:SourceArn': arn(place, 'cloudwatch', 'alarm:*') },
      },
    },
  ]);
}

/** The topic and the rules of this cluster, nobody else. */
function mayBeSentTo(place: NamedPlace, queueArn: string, topicArn: string): string {
  const from = (sid: string, service: string, sources: readonly string[]) => ({
    Sid: sid,
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: { ArnEquals: { 'aws:SourceArn': sources } },
  });
  return policy([
    from('Topic', 'sns.amazonaws.com', [topicArn]),
    from('Rules', 'events.amazonaws.com', ruleArns(place)),
  ]);
}
