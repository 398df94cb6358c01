import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DynamodbTableItem } from '@cdktf/provider-aws/lib/dynamodb-table-item';
import fc from 'fast-check';
import {
  type AlertsConfig,
  type Dependency,
  defineAlerts,
  EcsAlertsStack,
  type ServiceOptions,
} from '../../constructs';
import { KINDS, POLICIES, SEVERITIES } from '../../functions/settings';
import { type Body, Synth, testApp, untraced } from '../support/synth';

/** Nothing is too odd as long as the check has nothing to say about it. */

const name = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'abXY09_-'), minLength: 1, maxLength }).filter((one) => one !== '__proto__');
const some = (of: Record<string, fc.Arbitrary<unknown>>) => fc.record(of, { requiredKeys: [] });
const url = fc.webUrl().filter((one) => one.length <= 512 && !/[\s{}<>"|\\^`]/.test(one));

const telling = { policy: fc.constantFrom(...POLICIES), severity: fc.constantFrom(...SEVERITIES) };
const whole = (min: number, max: number) => fc.integer({ min, max });
const toggle = (of: Record<string, fc.Arbitrary<unknown>> = {}) => fc.oneof(fc.boolean(), some({ ...telling, ...of }));
const utilization = toggle({ percent: whole(1, 1000), minutes: whole(1, 60) });

const watch = {
  cpu: utilization,
  memory: utilization,
  saturated: utilization,
  stopped: toggle({ minutes: whole(1, 60) }),
  scaledUp: toggle(),
  scaledDown: toggle(),
  scaledToMax: toggle(),
  underDesired: toggle({ minutes: whole(1, 60) }),
  taskStopped: toggle(),
  crashLoop: toggle({ stops: whole(2, 100), minutes: whole(1, 1440) }),
  deployment: toggle(),
  deploymentFailed: toggle(),
  serviceProblem: toggle(),
  logPattern: toggle(),
  quietMinutes: whole(1, 10_080),
  remindMinutes: whole(0, 10_080),
  runbook: url,
  runbooks: some(Object.fromEntries(KINDS.map((kind) => [kind, url]))),
};
const forAll = {
  ...watch,
  dependency: toggle(),
  containerInsights: fc.boolean(),
  dashboard: fc.boolean(),
  opsTopicArn: fc.constant('arn:aws:sns:eu-west-1:111122223333:platform'),
  tags: fc.dictionary(name(128), name(256), { maxKeys: 47 }),
};

/** What would be one for Terraform, were it not escaped. */
const expressions = fc.string({
  unit: fc.constantFrom('$', '%', '{', '}', '"', 'a', '~'),
  minLength: 1,
  maxLength: 40,
});

const log = fc.record(
  {
    logGroup: name(100),
    pattern: fc.oneof(fc.string({ minLength: 1, maxLength: 1024 }), expressions),
    count: whole(1, 1_000_000),
    minutes: whole(1, 1440),
  },
  { requiredKeys: ['logGroup', 'pattern'] },
);
const service: fc.Arbitrary<ServiceOptions> = some({
  ...watch,
  maxTasks: whole(1, 10_000),
  logs: fc.array(log, { maxLength: 3 }),
}).map(({ saturated, ...own }) =>
  own['maxTasks'] === undefined || saturated === undefined ? own : { ...own, saturated },
) as fc.Arbitrary<ServiceOptions>;

const percent = fc.oneof(fc.boolean(), some({ percent: whole(1, 100), minutes: whole(1, 60) }));
const dependency = fc
  .tuple(
    fc.oneof(
      fc.record({ rdsInstance: fc.constant('orders'), cpu: percent }),
      fc.record({ auroraCluster: fc.constant('orders'), cpu: percent }),
      fc.constant({ loadBalancer: 'app/shop/50dc6c495c0c9188' }),
      fc.constant({ loadBalancer: 'app/shop/50dc6c495c0c9188', targetGroup: 'targetgroup/shop/50dc6c495c0c9188' }),
      fc.record({ elastiCacheCluster: fc.constant('orders'), memory: percent }),
      fc.constant({ sqsQueue: 'orders.fifo' }),
      fc.constant({ dynamoDbTable: 'orders' }),
      fc.record({ endpoint: url, minutes: whole(1, 60) }),
    ),
    some({ ...telling, runbook: url }),
  )
  .map(([of, how]) => ({ ...of, ...how }) as Dependency);

const cluster = fc
  .record({
    name: name(255),
    services: fc.dictionary(name(255), service, { maxKeys: 4 }),
    dependencies: fc.dictionary(name(64), dependency, { maxKeys: 3 }),
    more: some(forAll),
  })
  .map(({ more, services, dependencies, ...rest }) => ({
    ...more,
    ...rest,
    dependencies,
    services: Object.fromEntries(
      Object.entries(services).map(([one, own]) => [one, { ...own, dependsOn: Object.keys(dependencies) }]),
    ),
    account: 'prod',
    region: 'eu-west-1',
  }));

const config = fc
  .record({
    more: some(forAll),
    clusters: fc.uniqueArray(cluster, { minLength: 1, maxLength: 2, selector: (one) => one.name }),
  })
  .map(
    ({ more, clusters }) =>
      ({
        slack: { channel: 'C0123456789', tokenParameter: '/slack' },
        accounts: { prod: { id: '111122223333' } },
        ...more,
        clusters,
      }) as AlertsConfig,
  );

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsOf(inner)]);
}

/** What Terraform would evaluate, besides references to what is made here. A `$` before it is an escape. */
function isExpression(text: string): boolean {
  return /(?<!\$)\$\{|(?<!%)%\{/.test(text.replace(/(?<!\$)\$\{aws_\w+\.[\w-]+\.\w+\}/g, ''));
}

/** Of an alarm that CloudWatch takes. */
function expectTaken(body: Body): void {
  const { period = 60, evaluation_periods: of, datapoints_to_alarm: needed, tags, metric_query: queries = [] } = body;
  expect(String(body['alarm_name']).length).toBeLessThanOrEqual(255);
  expect(String(body['alarm_description']).replace(/([$%])\1\{/g, '$1{').length).toBeLessThanOrEqual(1024);
  expect(Number(period) * Number(of)).toBeLessThanOrEqual(86_400);
  expect(Number(needed)).toBeLessThanOrEqual(Number(of));
  expect(Object.keys(tags as object).length).toBeLessThanOrEqual(50);
  for (const { expression = '' } of queries as readonly { expression?: string }[]) {
    expect(expression.length).toBeLessThanOrEqual(1024);
  }
}

test('any valid configuration makes what AWS takes, and the notifier knows all of it', () => {
  fc.assert(
    fc.property(config, (given) => {
      for (const stack of untraced(() => EcsAlertsStack.forAll(testApp(), defineAlerts(given)))) {
        const synth = new Synth(stack);
        const alarms = synth.all(CloudwatchMetricAlarm);
        const names = alarms.map(({ alarm_name }) => String(alarm_name));
        const known = synth.all(DynamodbTableItem).flatMap(({ item }) => {
          const { settings } = JSON.parse(String(item)) as { settings: { S: string } };
          return Object.keys((JSON.parse(settings.S) as { alarms: object }).alarms);
        });

        for (const alarm of alarms) expectTaken(alarm);
        expect(new Set(names).size).toBe(names.length);
        expect(new Set(known)).toEqual(new Set(names.filter((one) => !one.startsWith('ecs-alerts/'))));
        for (const { event_pattern = '' } of synth.all(CloudwatchEventRule)) {
          expect(String(event_pattern).length).toBeLessThanOrEqual(2048);
        }
        expect(synth.text).not.toMatch(/undefined|NaN|\[object|TfToken/);
        expect(stringsOf(JSON.parse(synth.text)).filter(isExpression)).toEqual([]);
      }
    }),
    { numRuns: 25 },
  );
});
