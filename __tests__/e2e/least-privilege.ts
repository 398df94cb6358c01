import { applies, isAllowed, list, type Statement } from './iam-policy';
import type { FunctionCall } from './launcher';
import type { DeployedResource } from './world';

/** A function with what it may do. */
export interface Permitted {
  readonly arn: string;
  readonly account: string;
  readonly cluster: string;
  /** `notifier`, `watcher` */
  readonly kind: string;
  readonly statements: readonly Statement[];
}

/** An action that a statement of this kind of function allows. Clusters and accounts are the same to it. */
export interface Permission {
  readonly kind: string;
  readonly action: string;
  readonly resource: Statement['Resource'];
  readonly condition?: Statement['Condition'];
}

/** All functions of a stack, with the policies of their roles as Terraform deployed them. */
export function permitted(resources: readonly DeployedResource[]): Permitted[] {
  const all = (type: string) =>
    resources
      .filter((resource) => resource.type === type)
      .map(({ attributes }) => attributes as Readonly<Record<string, string>>);
  const policies = all('aws_iam_role_policy');
  return all('aws_lambda_function').map(({ arn = '', function_name: name = '', role = '' }) => {
    const [, cluster = '', kind = ''] = /^ecs-alerts-(.+)-(\w+)$/.exec(name) ?? [];
    const own = policies.filter((policy) => role.endsWith(`/${policy['role']}`));
    const statements = own.flatMap(({ policy = '' }) => (JSON.parse(policy) as { Statement: Statement[] }).Statement);
    return { arn, account: arn.split(':')[4] ?? '', cluster, kind, statements };
  });
}

/** What functions asked for and may not. */
export function refused(functions: readonly Permitted[], calls: readonly FunctionCall[]): FunctionCall[] {
  const statementsOf = new Map(functions.map(({ arn, statements }) => [arn, statements]));
  return calls.filter((call) => !isAllowed(statementsOf.get(call.function) ?? [], call));
}

/** What functions may and none of this kind asked for, of a resource that the statement names. */
export function unused(functions: readonly Permitted[], calls: readonly FunctionCall[]): Permission[] {
  const isUsed = new Map<string, boolean>();
  for (const { arn, account, cluster, kind, statements } of functions) {
    const own = calls.filter((call) => call.function === arn);
    for (const statement of statements.filter(({ Effect }) => Effect === 'Allow')) {
      for (const action of list(statement.Action)) {
        const permission = { kind, action, resource: statement.Resource, condition: statement.Condition };
        const anywhere = JSON.stringify(permission)
          .replaceAll(new RegExp(`\\b${cluster}\\b`, 'g'), 'CLUSTER')
          .replaceAll(account, 'ACCOUNT');
        const isUsedHere = own.some((call) => applies({ ...statement, Action: action }, call));
        isUsed.set(anywhere, isUsed.get(anywhere) === true || isUsedHere);
      }
    }
  }
  return [...isUsed].filter(([, is]) => !is).map(([permission]) => JSON.parse(permission) as Permission);
}
