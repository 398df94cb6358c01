/** What is asked of IAM. */
export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const KNOWN = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: isLike,
  ArnEquals: isLike,
  ArnLike: isLike,
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html */
export function isAllowed(statements: readonly Statement[], asked: Asked): boolean {
  const effects = statements.filter((statement) => applies(statement, asked)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

/** Fails on what it does not know, such as NotAction: it never takes a statement for less than it is. */
export function applies(statement: Statement, { action, resource, context }: Asked): boolean {
  const unknown = Object.keys(statement).filter((element) => !KNOWN.includes(element));
  if (unknown.length > 0) throw new Error(`not understood in a policy: ${unknown.join(', ')}`);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const compare = OPERATORS[operator];
      if (compare === undefined) throw new Error(`not understood in a policy: ${operator}`);
      const value = context[key];
      return value !== undefined && list(wanted).some((one) => compare(value, one));
    }),
  );
  return (
    // Actions are the same in upper and in lower case.
    list(statement.Action).some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    list(statement.Resource).some((pattern) => isLike(resource, pattern)) &&
    conditions.every(Boolean)
  );
}

export function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** `*` is anything, `?` any one character. */
function isLike(value: string, pattern: string): boolean {
  const parts = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${parts.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(value);
}
