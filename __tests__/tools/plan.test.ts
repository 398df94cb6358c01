import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { EcsAlertsStack } from '../../constructs';
import { changesOf, type ShownPlan } from '../../tools/plan/changes';
import { accountsOf, chosen, synthesizedStacks } from '../../tools/plan/stacks';
import { planSummary, type StackPlan } from '../../tools/plan/summary';
import { untraced } from '../support/synth';

/** A real one, of the AWS provider 5.100.0, without what does not change but for one resource. */
const text = readFileSync(join(__dirname, '../fixtures/terraform-plan.json'), 'utf8');
const changes = changesOf(JSON.parse(text) as ShownPlan);
const changed: StackPlan = { stack: 'prod-eu-west-1', state: 'changes', changes };
const unchanged: StackPlan = { stack: 'prod-us-east-1', state: 'unchanged' };
const failed: StackPlan = { stack: 'staging-eu-west-1', state: 'failed', error: 'Cannot assume IAM Role\n```\n' };

const SCALED_TO_MAX = 'aws_cloudwatch_event_rule.clusters_shop_rules_scaled-to-max_29B3E8FA';

test('reads from Terraform’s plan what happens to which resource, and because of which attribute', () => {
  const none = { attributes: [], forcedBy: [] };

  expect(changes).toEqual([
    {
      address: 'aws_cloudwatch_dashboard.clusters_shop_dashboard_B2449BDF',
      action: 'replace',
      attributes: ['dashboard_arn', 'dashboard_body', 'dashboard_name', 'id'],
      forcedBy: ['dashboard_name'],
    },
    { address: 'aws_cloudwatch_event_rule.renamed', action: 'move', ...none, movedFrom: SCALED_TO_MAX },
    { address: 'aws_cloudwatch_metric_alarm.added', action: 'add', ...none },
    {
      address: 'aws_cloudwatch_metric_alarm.clusters_shop_cluster-alarms_cpu-high_FCFA4399',
      action: 'change',
      attributes: ['threshold'],
      forcedBy: [],
    },
    {
      address: 'aws_cloudwatch_metric_alarm.clusters_shop_service-alarms_api_scaled-up_83F2426C',
      action: 'destroy',
      ...none,
    },
    {
      address: 'aws_ssm_parameter.token',
      action: 'change',
      attributes: ['insecure_value', 'value', 'version'],
      forcedBy: [],
    },
  ]);
});

test('tells what is replaced and destroyed first and in bold, the rest folded', () => {
  expect(planSummary([changed, unchanged, failed], 65_000)).toBe(
    `## Plan: changes in 1 of 3 stacks, 1 failed

| stack | add | change | replace | destroy |
| --- | --- | --- | --- | --- |
| prod-eu-west-1 | 1 | 2 | 1 | 1 |
| prod-us-east-1 | 0 | 0 | 0 | 0 |
| staging-eu-west-1 | **failed** |  |  |  |

### prod-eu-west-1

- **replace \`aws_cloudwatch_dashboard.clusters_shop_dashboard_B2449BDF\`**: forced by \`dashboard_name\`; \`dashboard_arn\`, \`dashboard_body\`, \`id\`
- **destroy \`aws_cloudwatch_metric_alarm.clusters_shop_service-alarms_api_scaled-up_83F2426C\`**

<details><summary>2 to change, 1 to add, 1 to move</summary>

- change \`aws_cloudwatch_metric_alarm.clusters_shop_cluster-alarms_cpu-high_FCFA4399\`: \`threshold\`
- change \`aws_ssm_parameter.token\`: \`insecure_value\`, \`value\`, \`version\`
- add \`aws_cloudwatch_metric_alarm.added\`
- move \`aws_cloudwatch_event_rule.renamed\`: from \`${SCALED_TO_MAX}\`

</details>

### staging-eu-west-1 failed

\`\`\`\`text
Cannot assume IAM Role
\`\`\`

\`\`\`\`
`,
  );
});

test('shows no value, sensitive or not', () => {
  const summary = planSummary([changed], 65_000);

  for (const value of ['never-shown-1', 'never-shown-2', '111111111111', 'MetricName']) {
    expect(text).toContain(value);
    expect(summary).not.toContain(value);
  }
});

test('says so where only outputs change', () => {
  const summary = planSummary([{ stack: 'prod-eu-west-1', state: 'changes', changes: changesOf({}) }], 65_000);

  expect(summary).toContain('No resource changes, only what Terraform keeps beside them.');
});

test('is cut to what a comment may have, and says so', () => {
  const many = Array.from({ length: 10 }, (_, stack): StackPlan => {
    const repeated = Array.from({ length: 20 }, () => changes).flat();
    return { stack: `prod-${stack}`, state: 'changes', changes: repeated };
  });
  const long: StackPlan = { ...failed, error: 'line\n'.repeat(10_000) };
  const summary = planSummary([...many, long], 65_000);

  expect(summary.length).toBeLessThanOrEqual(65_000);
  expect(summary.length).toBeGreaterThan(32_000);
  expect(summary).toMatch(/- … and \d+ more\n/);
  expect(summary).toContain('\n### prod-9\n');
  expect(summary).toMatch(
    /<\/details>[^<]*\nCut to 65000 characters: `npm run plan -- --length 1000000` shows all.\n$/,
  );
  expect(planSummary([...many, long], 200)).toMatch(/^## Plan: changes in 10 of 11 stacks, 1 failed\n\nCut to 200 /);
});

describe('of what was synthesized', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'ecs-alerts-plan-'));
  afterAll(() => rmSync(outdir, { recursive: true }));
  const place = (account: string, region: string) => ({ account, region, name: 'shop' });
  untraced(() => {
    const app = new App({ outdir });
    EcsAlertsStack.forAll(app, {
      slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
      accounts: {
        prod: { id: '111122223333', deployRoleArn: 'arn:aws:iam::111122223333:role/deploy' },
        'prod-eu': { id: '444455556666' },
      },
      clusters: [place('prod', 'eu-west-1'), place('prod', 'us-east-1'), place('prod-eu', 'eu-west-1')],
    });
    new TerraformStack(app, 'another');
    app.synth();
  });
  const stacks = synthesizedStacks(outdir);

  test('knows each stack’s account and role', () => {
    expect(stacks.find(({ name }) => name === 'prod-us-east-1')).toEqual({
      name: 'prod-us-east-1',
      folder: join(outdir, 'stacks', 'prod-us-east-1'),
      account: 'prod',
      roleArn: 'arn:aws:iam::111122223333:role/deploy',
    });
    expect(accountsOf(stacks)).toEqual([
      { account: 'another', stacks: ['another'] },
      { account: 'prod-eu', stacks: ['prod-eu-eu-west-1'] },
      { account: 'prod', stacks: ['prod-eu-west-1', 'prod-us-east-1'] },
    ]);
  });

  test('takes those that a pattern names, and names patterns that name none', () => {
    const names = (...patterns: readonly string[]) => chosen(stacks, patterns).map(({ name }) => name);

    expect(names('prod-*-west-1', 'another')).toEqual(['another', 'prod-eu-eu-west-1', 'prod-eu-west-1']);
    expect(names()).toHaveLength(4);
    expect(() => names('prod', 'prod.*', '*')).toThrow(
      'prod: must name one of the stacks another, prod-eu-eu-west-1, prod-eu-west-1, prod-us-east-1\nprod.*: must',
    );
  });
});
