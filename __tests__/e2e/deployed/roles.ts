import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applies, isAllowed, list, type Statement } from '../iam-policy';
import { type RoleCall, roleCalls } from '../launcher';
import { PROD, STAGING, type Stage } from '../stage';

const POLICIES = join(__dirname, '..', '..', '..', 'docs', 'policies');
const PROVIDER = 'https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service';

/**
 * What Terraform asks only where something that is deployed is changed, or loses a tag: nothing is here. Where the provider
 * does.
 */
const ON_CHANGES: Readonly<Record<string, string>> = {
  'cloudwatch:UntagResource': `${PROVIDER}/cloudwatch/tags_gen.go`,
  'dynamodb:UntagResource': `${PROVIDER}/dynamodb/tags_gen.go`,
  'dynamodb:UpdateContinuousBackups': `${PROVIDER}/dynamodb/table.go`,
  'dynamodb:UpdateItem': `${PROVIDER}/dynamodb/table_item.go`,
  'dynamodb:UpdateTable': `${PROVIDER}/dynamodb/table.go`,
  'events:UntagResource': `${PROVIDER}/events/tags_gen.go`,
  'iam:UntagRole': `${PROVIDER}/iam/tags.go`,
  'iam:UpdateAssumeRolePolicy': `${PROVIDER}/iam/role.go`,
  'lambda:UntagResource': `${PROVIDER}/lambda/tags_gen.go`,
  'lambda:UpdateEventSourceMapping': `${PROVIDER}/lambda/event_source_mapping.go`,
  'lambda:UpdateFunctionCode': `${PROVIDER}/lambda/function.go`,
  'lambda:UpdateFunctionConfiguration': `${PROVIDER}/lambda/function.go`,
  'logs:UntagResource': `${PROVIDER}/logs/tags_gen.go`,
  'sns:SetSubscriptionAttributes': `${PROVIDER}/sns/topic_subscription.go`,
  'sns:UntagResource': `${PROVIDER}/sns/tags_gen.go`,
  'sqs:SetQueueAttributes': `${PROVIDER}/sqs/queue.go`,
  'sqs:UntagQueue': `${PROVIDER}/sqs/tags_gen.go`,
};

/** A policy of `docs/policies`, as it is in an account. */
function policyOf(name: string, account: string): readonly Statement[] {
  const text = readFileSync(join(POLICIES, `${name}.json`), 'utf8').replaceAll('ACCOUNT_ID', account);
  return (JSON.parse(text) as { readonly Statement: readonly Statement[] }).Statement;
}

/** What Terraform asked with the deploy role and the plan role, from the first deployment to the end of all. */
export function theRoles(stage: Stage): void {
  let calls: readonly RoleCall[] = [];
  const of = (name: string) => calls.filter(({ role }) => role.endsWith(`:role/${name}`));
  const accounts = [PROD, STAGING];

  beforeAll(async () => {
    calls = await roleCalls(stage.world.as(PROD));
  });

  describe.each(['deploy', 'plan'])('%s', (name) => {
    test('allow all that Terraform asks for, in its own account', () => {
      const refused = of(name).filter((call) => !isAllowed(policyOf(name, call.role.split(':')[4] ?? ''), call));

      expect(new Set(of(name).map(({ role }) => role))).toEqual(
        new Set(accounts.map((account) => `arn:aws:iam::${account}:role/${name}`)),
      );
      expect(refused).toEqual([]);
    });

    test('allow nothing else, but what changes need', () => {
      const unused = policyOf(name, PROD).flatMap((statement) =>
        list(statement.Action).filter((Action) => !of(name).some((call) => applies({ ...statement, Action }, call))),
      );

      expect([...new Set(unused)].sort()).toEqual(name === 'deploy' ? Object.keys(ON_CHANGES) : []);
    });
  });
}
