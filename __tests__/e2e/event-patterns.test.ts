import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { alerts } from '../support/synth';
import { as, type Emulator, startAws } from './emulators';

const FIXTURES = join(__dirname, '..', 'fixtures');
const PREFIX = 'eventbridge-';
const NAMES = readdirSync(FIXTURES)
  .filter((name) => name.startsWith(PREFIX))
  .map((name) => name.slice(PREFIX.length, -'.json'.length))
  .sort();
const fixture = (name: string) => readFileSync(join(FIXTURES, `${PREFIX}${name}.json`), 'utf8');

const RULES = ['task-stopped', 'deployment', 'service-action', 'scaled-to-max'] as const;
type Rule = (typeof RULES)[number];

/** What each rule lets through, of all fixtures; and nothing else. */
const EXPECTED: Readonly<Record<Rule, readonly string[]>> = {
  'task-stopped': [
    'ecs-task-elb-health-check-failed',
    'ecs-task-failed-to-start-cannot-pull-image',
    'ecs-task-failed-to-start-missing-secret',
    'ecs-task-oom',
    // Asked for, or seen before: the notifier sorts it out.
    'ecs-task-scaling',
    'ecs-task-stopped-DUPLICATE-same-version',
    'ecs-task-stopped-essential-container-exited',
    'ecs-task-stopped-user-initiated',
  ],
  deployment: [
    'ecs-deployment-COMPLETED',
    'ecs-deployment-FAILED',
    'ecs-deployment-IN_PROGRESS',
    'ecs-deployment-IN_PROGRESS-rollback',
  ],
  'service-action': [
    'ecs-service-action-ECS_OPERATION_THROTTLED',
    'ecs-service-action-SERVICE_STEADY_STATE',
    'ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE',
    'ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE-ec2-cpu',
    'ecs-service-action-SERVICE_TASK_START_IMPAIRED',
  ],
  'scaled-to-max': ['application-autoscaling-scaled-to-max'],
};

/** The rules by the ends of their names, of a cluster where the fixtures come from. */
function patternsOf(clusterName: string): Readonly<Record<Rule, string>> {
  const rules = alerts({ clusterName, region: 'us-east-1' }).all(CloudwatchEventRule);
  const patterns = RULES.map((end) => {
    const rule = rules.find(({ name }) => name === `ecs-alerts-${clusterName}-${end}`);
    return [end, String(rule?.['event_pattern'])] as const;
  });
  return Object.fromEntries(patterns) as Record<Rule, string>;
}

let aws: Emulator;
let client: EventBridgeClient;

beforeAll(async () => {
  aws = await startAws(mkdtempSync(join(tmpdir(), 'ecs-alerts-patterns-')));
  client = new EventBridgeClient(as(aws.url, '111122223333'));
});

afterAll(async () => {
  client?.destroy();
  await aws?.close();
});

async function matches(pattern: string, event: string): Promise<boolean> {
  const { Result } = await client.send(new TestEventPatternCommand({ EventPattern: pattern, Event: event }));
  return Result === true;
}

/** The fixtures that the pattern lets through. */
async function matching(pattern: string): Promise<string[]> {
  const through: string[] = [];
  for (const name of NAMES) if (await matches(pattern, fixture(name))) through.push(name);
  return through;
}

/**
 * The emulator judges, whose matcher is written after AWS's own. That it knows what the rules use is seen here, by what
 * AWS documents.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
test.each<[what: string, pattern: object, event: object, isMatch: boolean]>([
  ['one of the values', { detail: { state: ['a', 'b'] } }, { detail: { state: 'b' } }, true],
  ['none of the values', { detail: { state: ['a', 'b'] } }, { detail: { state: 'c' } }, false],
  ['one element of an array', { resources: ['a'] }, { resources: ['b', 'a'] }, true],
  [
    'a prefix of one element',
    { resources: [{ prefix: 'service/prod/' }] },
    { resources: ['x', 'service/prod/a'] },
    true,
  ],
  ['no prefix', { resources: [{ prefix: 'service/prod/' }] }, { resources: ['service/prod-eu/a'] }, false],
  ['nothing to be a prefix of', { resources: [{ prefix: 'service/prod/' }] }, { resources: [] }, false],
  ['a truth value', { detail: { max: [true] } }, { detail: { max: true } }, true],
  ['a text that reads like a truth value', { detail: { max: [true] } }, { detail: { max: 'true' } }, false],
  ['the second branch', { detail: { $or: [{ a: ['1'] }, { b: ['2'] }] } }, { detail: { b: '2' } }, true],
  ['no branch', { detail: { $or: [{ a: ['1'] }, { b: ['2'] }] } }, { detail: { a: '2', b: '1' } }, false],
  [
    'a branch but not its neighbour',
    { detail: { c: ['3'], $or: [{ a: ['1'] }, { b: ['2'] }] } },
    { detail: { a: '1' } },
    false,
  ],
  ['a field that is absent', { detail: { a: [{ 'anything-but': ['1'] }] } }, { detail: { b: '1' } }, false],
  ['that it is absent', { detail: { a: [{ exists: false }] } }, { detail: { b: '1' } }, true],
])('judges %s', async (_what, pattern, event, isMatch) => {
  const envelope = { id: '1', account: '1', source: 's', time: '2026-11-18T09:00:00Z', region: 'r', resources: [] };
  const whole = JSON.stringify({ ...envelope, 'detail-type': 't', ...event });

  expect(await matches(JSON.stringify(pattern), whole)).toBe(isMatch);
});

test.each(RULES)('the rule %s lets through what it is for', async (rule) => {
  expect(await matching(patternsOf('prod')[rule])).toEqual(EXPECTED[rule]);
  expect(await matching(patternsOf('prod-eu')[rule])).toEqual([]);
});

/** One event that each rule lets through, to be changed. */
const TYPICAL: Readonly<Record<Rule, string>> = {
  'task-stopped': fixture('ecs-task-stopped-essential-container-exited'),
  deployment: fixture('ecs-deployment-FAILED'),
  'service-action': fixture('ecs-service-action-SERVICE_TASK_PLACEMENT_FAILURE'),
  'scaled-to-max': fixture('application-autoscaling-scaled-to-max'),
};

const inCluster = (name: string) => (event: string) =>
  event.replaceAll('/prod/', `/${name}/`).replaceAll('cluster/prod"', `cluster/${name}"`);

/** A field of the detail left out: ECS's schema has most of them as optional. */
const lacking = (name: string) => (event: string) => {
  const { detail, ...envelope } = JSON.parse(event) as { detail: Record<string, unknown> };
  const { [name]: _left, ...others } = detail;
  return JSON.stringify({ ...envelope, detail: others });
};

test.each<[what: string, change: (event: string) => string, through: readonly Rule[]]>([
  ['as it is', (event) => event, RULES],
  ['of a cluster whose name begins with this one’s', inCluster('prod-eu'), []],
  ['of a cluster whose name ends with this one’s', inCluster('eu-prod'), []],
  [
    'of a service that is called like the cluster',
    (event) => inCluster('other')(event).replaceAll('/other/', '/other/prod/'),
    [],
  ],
  ['of another account', (event) => event.replaceAll('111122223333', '444455556666'), []],
  // Auto Scaling's has no region but the envelope's: it comes only where somebody forwards it to this region's bus.
  ['of another region', (event) => event.replaceAll('us-east-1', 'eu-west-1'), ['scaled-to-max']],
  ['of another source', (event) => event.replace(/"source": "aws\./, '"source": "my.'), []],
  // What was made before 2021 and never migrated: a deployment's event says nowhere which cluster it is of.
  [
    'with a short ARN',
    (event) => event.replaceAll(':service/prod/', ':service/'),
    ['task-stopped', 'service-action', 'scaled-to-max'],
  ],
  ['of a task outside of services', lacking('group'), RULES],
  ['of a task without a stop code', lacking('stopCode'), RULES],
  ['without a reason', lacking('reason'), RULES],
])('an event %s', async (_what, change, through) => {
  const patterns = patternsOf('prod');
  const found: Rule[] = [];
  for (const rule of RULES) if (await matches(patterns[rule], change(TYPICAL[rule]))) found.push(rule);

  expect(found).toEqual(through);
});
