import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App } from 'cdktf';
import { type AlertsConfig, EcsAlertsStack } from '../../constructs';
import { REGION } from './emulators';
import { PROD } from './stage';
import { Terraform } from './terraform';
import type { World } from './world';

const FIXTURE = join(__dirname, '..', 'fixtures', 'first-deployment');
const [STACK, FILE] = ['prod-eu-west-1', 'cdk.tf.json'];
/** Of the fixture. */
const ACCOUNT = '111111111111';

/** What the fixture was made of. */
const CONFIG: AlertsConfig = {
  slack: { channel: 'C000000001', tokenParameter: '/ecs-alerts/slack-bot-token' },
  accounts: { prod: { id: PROD } },
  clusters: [{ account: 'prod', region: REGION, name: 'shop', services: { api: {}, worker: {} } }],
};

/** The same stack in versions, over one state. */
export interface Versions {
  readonly first: Terraform;
  readonly today: Terraform;
  /** Today's with the table under another address. */
  readonly renamed: Terraform;
  /** Path of the state. */
  readonly state: string;
}

export async function versionsIn(world: World): Promise<Versions> {
  const folder = join(world.folder, 'upgrade');
  mkdirSync(folder);
  const state = join(folder, `terraform.${STACK}.tfstate`);
  const today = synthesized(folder, state, world.environment['AWS_PROVIDER_VERSION']);
  const text = readFileSync(join(today, FILE), 'utf8');

  const [first, renamed] = [join(folder, 'first'), join(folder, 'renamed')];
  cpSync(FIXTURE, first, { recursive: true });
  const stack = JSON.parse(readFileSync(join(first, FILE), 'utf8').replaceAll(ACCOUNT, PROD)) as FirstStack;
  // State and provider are this machine's.
  const { terraform } = JSON.parse(text) as { readonly terraform: object };
  writeFileSync(join(first, FILE), JSON.stringify({ ...stack, terraform, import: await makeQueues(stack, world) }));
  cpSync(today, renamed, { recursive: true });
  writeFileSync(join(renamed, FILE), text.replaceAll('shop_table_', 'shop_renamed_'));

  const initialized = async (place: string) => {
    const terraform = new Terraform(place, world.environment);
    await terraform.init();
    return terraform;
  };
  return {
    first: await initialized(first),
    today: await initialized(today),
    renamed: await initialized(renamed),
    state,
  };
}

/** The folder of the stack. */
function synthesized(folder: string, state: string, awsProviderVersion: string | undefined): string {
  const app = new App({ outdir: folder });
  for (const stack of EcsAlertsStack.forAll(app, { ...CONFIG, ...(awsProviderVersion && { awsProviderVersion }) })) {
    stack.addOverride('terraform.backend.local.path', state);
  }
  app.synth();
  return join(folder, 'stacks', STACK);
}

interface FirstStack {
  readonly resource: { readonly aws_sqs_queue: Readonly<Record<string, Queue>> };
}

interface Queue {
  readonly name: string;
  readonly policy: string;
  readonly message_retention_seconds: number;
  readonly visibility_timeout_seconds?: number;
  readonly redrive_policy?: string;
}

/**
 * The provider waits 25 s for each queue that it makes, one after the other: these are there before, as it would make them.
 *
 * @returns what imports them
 */
async function makeQueues({ resource }: FirstStack, world: World): Promise<readonly object[]> {
  const queues = resource.aws_sqs_queue;
  const sqs = new SQSClient(world.as(PROD));
  const imports: object[] = [];
  // That of the dead letters first: the other one refers to it.
  for (const [id, queue] of Object.entries(queues).sort(([, { redrive_policy }]) => (redrive_policy ? 1 : -1))) {
    const { name: QueueName, policy: Policy, visibility_timeout_seconds = 30, redrive_policy } = queue;
    const Attributes = {
      Policy,
      MessageRetentionPeriod: String(queue.message_retention_seconds),
      VisibilityTimeout: String(visibility_timeout_seconds),
      SqsManagedSseEnabled: 'true',
      MaximumMessageSize: String(256 * 1024),
      ...(redrive_policy && { RedrivePolicy: redrive_policy.replace(ARN, (_, of: string) => arn(queues[of])) }),
    };
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    imports.push({ to: `aws_sqs_queue.${id}`, id: QueueUrl });
  }
  sqs.destroy();
  return imports;
}

/** What refers to another queue. */
const ARN = /\$\{aws_sqs_queue\.([\w-]+)\.arn\}/;
const arn = (queue: Queue | undefined) => `arn:aws:sqs:${REGION}:${PROD}:${queue?.name}`;
