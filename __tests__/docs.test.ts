import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { EcsAlertsStack } from '../constructs';
import { KIND_OF } from '../constructs/watching';
import { wrong } from '../functions/notifier/render/words';
import { KINDS } from '../functions/settings';
import { API, at } from './support/alerts';
import { EVERY_OPTION } from './support/every-option';
import { alerts, type Body, Synth, statements, testApp, untraced } from './support/synth';

/** What the pages say is what the code does, as far as both can be read. */

const ROOT = join(__dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const ALARMS = read('docs/alarms.md');
const MESSAGES = read('docs/messages.md');
const PERMISSIONS = read('docs/permissions.md');
const TROUBLESHOOTING = read('docs/troubleshooting.md');

const spansOf = (page: string) => [...page.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
const wordsOf = (page: string) => new Set(spansOf(page).flatMap((span) => span.split(/[^\w-]+/)));
const rowsOf = (page: string) =>
  [...page.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()));
/** What stands under a heading, up to the next one of its kind. */
const sectionOf = (page: string, heading: string) => page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`));

describe('links', () => {
  const pages = [
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    ...readdirSync(join(ROOT, 'docs')).map((one) => `docs/${one}`),
  ];
  const present = pages.filter((page) => page.endsWith('.md') && existsSync(join(ROOT, page)));

  /** As GitHub makes them: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
  const anchorsOf = (page: string) =>
    [...page.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    );

  test.each(present)('of %s lead somewhere', (page) => {
    const text = read(page);
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].map(([, link, source]) => link ?? source ?? '');
    const dead = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? page : join(dirname(page), file);
        return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(read(target)).includes(anchor));
      });
    expect(dead).toEqual([]);
  });
});

describe('alarms.md', () => {
  /** Stands for what has no default. */
  const N = 777;
  const made = untraced(() =>
    alerts({
      clusterName: 'CLUSTER',
      opsTopicArn: 'arn:aws:sns:eu-west-1:111122223333:operators',
      services: {
        SERVICE: { maxTasks: N, logs: [{ logGroup: '/ecs/api', pattern: 'ERROR', name: 'NAME' }] },
        FRUGAL: { cpu: { percent: N }, memory: { percent: N } },
      },
      dependencies: {
        rds: { rdsInstance: 'orders', connections: { count: N } },
        aurora: { auroraCluster: 'orders', connections: { count: N } },
        edge: { loadBalancer: 'app/shop/50dc6c495c0c9188' },
        api: {
          targetGroup: 'targetgroup/orders/73e2d6bc24d8a067',
          loadBalancer: 'app/shop/50dc6c495c0c9188',
          responseTime: { seconds: N },
        },
        cache: { elastiCacheCluster: 'orders-001' },
        jobs: { sqsQueue: 'jobs' },
        carts: { dynamoDbTable: 'carts' },
        payments: { endpoint: 'https://payments.example.com/health' },
      },
    }),
  );
  const alarms = made.all(CloudwatchMetricAlarm);

  test('has each alarm as it is made, and no other', () => {
    const rows = rowsOf(ALARMS).filter(([, , , datapoints]) => / of \d+ × /.test(datapoints ?? ''));
    const said = rows.map((row) => row.slice(0, 5).join(' | '));

    expect(new Set(said)).toEqual(new Set(alarms.map((alarm) => rowOf(alarm, N))));
  });

  test('has each kind with its option', () => {
    const said = rowsOf(ALARMS).map(([kind, option]) => `${kind} ${option}`);
    const options = Object.entries(KIND_OF).map(([option, kind]) => `\`${kind}\` \`${option}\``);

    expect(options.filter((option) => !said.includes(option))).toEqual([]);
    expect(KINDS.filter((kind) => !Object.values(KIND_OF).includes(kind))).toEqual([]);
  });

  test('has each rule', () => {
    const names = made.all(CloudwatchEventRule).map(({ name }) => String(name));

    expect(names.filter((name) => !spansOf(ALARMS).includes(name))).toEqual([]);
  });

  /** Of a cluster, these have nothing to do with alarms; of the others each has to be on the page. */
  const OTHERS = 'dashboard kmsKeyArn logRetentionDays permissionsBoundaryArn pointInTimeRecovery runtime'.split(' ');

  test.each([
    ['watch-options.ts', /^(?!ExplainOptions)/],
    ['dependency-options.ts', /^/],
    ['options.ts', /^(LogPattern|ServiceOptions|ClusterOptions)$/],
  ])('has each option of %s that is about alarms', (file, which) => {
    const options = optionsIn(file, which).filter((option) => !OTHERS.includes(option));
    const said = wordsOf(ALARMS);

    expect(options.length).toBeGreaterThan(10);
    expect(options.filter((option) => !said.has(option))).toEqual([]);
  });

  test('and troubleshooting.md have each alarm on the alerting itself', () => {
    const ops = alarms.map(nameOf).filter((name) => name.startsWith('ecs-alerts/'));
    const ends = new Set(ops.map((name) => endOf(name).replace('RULE', '…')));
    const said = spansOf(TROUBLESHOOTING);

    expect(ends.size).toBeGreaterThan(5);
    expect([...ends].filter((end) => !said.includes(end))).toEqual([]);
  });
});

describe('messages.md', () => {
  const golden = join(__dirname, 'golden');
  const lines = new Set(readdirSync(golden).flatMap((file) => linesOf(readFileSync(join(golden, file), 'utf8'))));

  test('shows messages as they are', () => {
    const cells = rowsOf(MESSAGES).map(([first = '']) => first);
    const quoted = [...MESSAGES.matchAll(/^> (.+)$/gm)].map(([, line = '']) => line);
    const shown = [...cells.filter((cell) => /^(🔴|🟠|🔵|🟢) /u.test(cell)), ...quoted].map(unstyled);

    expect(shown.length).toBeGreaterThan(30);
    expect(shown.filter((message) => !lines.has(message))).toEqual([]);
  });

  test('calls the problems of ECS as the thread does', () => {
    const problems = rowsOf(MESSAGES).filter(([name]) => /^`[A-Z_]+`$/.test(name ?? ''));

    expect(problems.length).toBeGreaterThan(5);
    for (const [name = '', said] of problems) {
      const alert = { kind: 'service-problem', name: name.replaceAll('`', ''), isError: true } as const;
      expect(wrong({ ...alert, subject: API, identity: 'one', atMs: at('14:02') })).toBe(said);
    }
  });
});

describe('troubleshooting.md', () => {
  test('has each rule by which an alert is not told', () => {
    const source = read('functions/notifier/thread/untold.ts');
    const rules = [...source.matchAll(/^ {2}\| '([^']+)'/gm)].map(([, rule = '']) => rule);
    const said = rowsOf(TROUBLESHOOTING).map(([rule]) => rule);

    expect(rules.length).toBeGreaterThan(5);
    expect(rules.filter((rule) => !said.includes(`\`${rule}\``))).toEqual([]);
  });

  test('quotes lines that the functions log', () => {
    const sources = readdirSync(join(ROOT, 'functions'), { recursive: true, encoding: 'utf8' });
    const code = sources.filter((file) => file.endsWith('.ts')).map((file) => read(join('functions', file)));
    const all = code.join('\n');
    const quoted = rowsOf(sectionOf(TROUBLESHOOTING, 'Look at the log') ?? '').map(([line = '']) => line);
    const logged = quoted.filter((line) => line.startsWith('`')).map((line) => line.replaceAll('`', ''));

    expect(logged.length).toBeGreaterThan(5);
    expect(logged.filter((line) => !all.includes(line))).toEqual([]);
  });
});

describe('permissions.md', () => {
  const stacks = untraced(() => EcsAlertsStack.forAll(testApp(), EVERY_OPTION).map((stack) => new Synth(stack)));
  const all = [alerts(), ...stacks];
  const actionsIn = (section: string) =>
    spansOf(sectionOf(PERMISSIONS, section) ?? '').filter((span) => /^\w+:[A-Z][A-Za-z]+\*?$/.test(span));
  const shared = [...actionsIn('In a VPC'), ...actionsIn('With a key of your own')];
  const allowedTo = (role: string) =>
    all
      .flatMap((one) => one.all(IamRolePolicy))
      .filter(({ name }) => name === role)
      .flatMap(({ policy }) => allowed(policy));

  test.each(['notifier', 'watcher'])('has what the %s may do, and no more', (role) => {
    const may = new Set(allowedTo(role).flatMap(({ Action }) => Action));
    const said = new Set(actionsIn(`The ${role}`));

    expect([...may].filter((action) => !said.has(action) && !shared.includes(action))).toEqual([]);
    expect([...said].filter((action) => !may.has(action))).toEqual([]);
  });

  test.each(['notifier', 'watcher'])('says of what the %s may do on everything', (role) => {
    const rows = rowsOf(sectionOf(PERMISSIONS, `The ${role}`) ?? '');
    const said = rows.filter(([, on = '']) => on.startsWith('`*`')).flatMap(([may = '']) => spansOf(may));
    const may = allowedTo(role).filter(({ Resource }) => Resource === '*');
    const actions = may.flatMap(({ Action }) => Action).filter((action) => !shared.includes(action));

    expect(new Set(actions)).toEqual(new Set(said));
  });

  test('says who may send', () => {
    const said = spansOf(sectionOf(PERMISSIONS, 'Who may send') ?? '');
    const policies = all.flatMap((one) => [...one.all(SnsTopic), ...one.all(SqsQueue)]).map(({ policy }) => policy);
    const senders = policies.flatMap((policy) => statements(policy) as readonly Sender[]);

    expect(senders.length).toBeGreaterThan(5);
    for (const { Principal, Action } of senders)
      expect(said).toEqual(expect.arrayContaining([Principal.Service, Action]));
  });

  test('has a policy for a key that lets all of them send, and the functions write their logs', () => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(sectionOf(PERMISSIONS, 'With a key of your own') ?? '') ?? [];
    const granted = statements(json) as readonly Granted[];
    const grants = (service: string) => granted.filter(({ Principal }) => Principal.Service === service);
    const policies = [alerts().one(SnsTopic), ...alerts().all(SqsQueue)].map(({ policy }) => policy);
    const senders = new Set(policies.flatMap((policy) => statements(policy) as readonly Sender[]).map(serviceOf));

    expect(senders).toEqual(new Set(['cloudwatch.amazonaws.com', 'sns.amazonaws.com', 'events.amazonaws.com']));
    for (const sender of senders) {
      expect(grants(sender)).toEqual([expect.objectContaining({ Effect: 'Allow', Resource: '*' })]);
      expect(grants(sender)[0]?.Action.map((action) => action.replace('*', ''))).toEqual([
        'kms:Decrypt',
        'kms:GenerateDataKey',
      ]);
    }
    // EventBridge drops its events in silence where there is a condition.
    expect(grants('events.amazonaws.com')[0]).not.toHaveProperty('Condition');
    const [logs] = grants('logs.eu-west-1.amazonaws.com');
    const [of = ''] = Object.values(logs?.Condition?.['ArnLike'] ?? {});
    for (const { name } of alerts().all(CloudwatchLogGroup)) {
      expect(`arn:aws:logs:eu-west-1:111122223333:log-group:${name}`.startsWith(of.replace('*', ''))).toBe(true);
    }
  });

  test('and the policies for who looks after it have what doctor and test alert need', () => {
    const said = actionsIn('Who deploys, and who looks after it').filter((action) => action !== 'sts:AssumeRole');
    const policies = ['doctor', 'deploy'].flatMap(
      (name) => statements(read(`docs/policies/${name}.json`)) as readonly Sender[],
    );
    const may = new Set(policies.flatMap(({ Action }) => Action));

    // What a key of one's own needs is in deploy-kms.json.
    expect(said.filter((action) => !may.has(action) && action !== 'kms:GenerateDataKey')).toEqual([]);
  });

  test('has each scope of the Slack app', () => {
    const scopes = [...read('slack-app-manifest.yaml').matchAll(/^ {6}- (\S+)$/gm)].map(([, scope = '']) => scope);

    expect(scopes).toContain('chat:write');
    expect(scopes.filter((scope) => !spansOf(PERMISSIONS).includes(scope))).toEqual([]);
  });
});

interface Sender {
  readonly Principal: { readonly Service: string };
  readonly Action: string | readonly string[];
}

interface Granted extends Sender {
  readonly Action: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function serviceOf({ Principal }: Sender): string {
  return Principal.Service;
}

interface Allowed {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
}

function allowed(policy: unknown): readonly Allowed[] {
  return (statements(policy) as readonly Allowed[]).filter(({ Effect }) => Effect === 'Allow');
}

/** The options of those interfaces of a file. */
function optionsIn(file: string, which: RegExp): readonly string[] {
  const bodies = [...read(`constructs/${file}`).matchAll(/^(?:export )?interface (\w+).*\{\n([\s\S]*?)^\}/gm)];
  const chosen = bodies.filter(([, name = '']) => which.test(name));
  return chosen.flatMap(([, , body = '']) =>
    [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, one = '']) => one),
  );
}

const OPERATORS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '≥',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '≤',
};

interface Query {
  readonly id: string;
  readonly expression?: string;
  readonly period?: number;
  readonly metric?: { readonly metric_name: string; readonly stat: string; readonly period: number };
}

/** An alarm as the page has it: its end of the name, what it looks at, and when it fires. */
function rowOf(alarm: Body, n: number): string {
  const { comparison_operator, threshold, datapoints_to_alarm, evaluation_periods, treat_missing_data } = alarm;
  const queries = (alarm['metric_query'] ?? []) as readonly Query[];
  const [period] = [alarm['period'], ...queries.map(({ metric, period: own }) => metric?.period ?? own)].filter(Number);
  const cells = [
    `\`${endOf(nameOf(alarm))}\``,
    queries.length === 0
      ? measured(alarm['metric_name'], alarm['statistic'] ?? alarm['extended_statistic'])
      : computed(queries),
    `${OPERATORS[String(comparison_operator)]} ${threshold}`,
    `${datapoints_to_alarm} of ${evaluation_periods} × ${Number(period) / 60} min`,
    treat_missing_data,
  ];
  return cells.join(' | ').replaceAll(String(n), 'N');
}

function measured(metric: unknown, statistic: unknown): string {
  return `\`${metric}\` ${statistic}`.replace('/FRUGAL/', '/SERVICE/');
}

function computed(queries: readonly Query[]): string {
  const { expression = '' } = queries.at(-1) ?? {};
  const selected = /^SELECT (\S+) /.exec(expression)?.[1];
  if (selected !== undefined) return `\`${selected}\` of each service`;
  const metrics = queries.flatMap(({ id, metric }) =>
    metric === undefined ? [] : [`${id}: ${measured(metric.metric_name, metric.stat)}`],
  );
  return [`\`${expression}\``, ...metrics].join(', ');
}

function nameOf(alarm: Body): string {
  return String(alarm['alarm_name']);
}

/** Of the rules there is one each. */
function endOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/^rule-.*-failed$/, 'rule-RULE-failed');
}

/** Every line of a message's blocks, without its style. */
function linesOf(message: string): readonly string[] {
  const { blocks } = JSON.parse(message) as {
    readonly blocks: readonly { readonly text?: { readonly text: string } }[];
  };
  return blocks.flatMap(({ text }) => text?.text.split('\n') ?? []).map(unstyled);
}

function unstyled(text: string): string {
  return text.replaceAll(/[*`]/g, '').replaceAll('\u00a0', ' ');
}
