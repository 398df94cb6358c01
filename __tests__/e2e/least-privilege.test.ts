import { type Asked, applies, isAllowed, type Statement } from './iam-policy';
import { permitted, refused, unused } from './least-privilege';

/** The check of what is deployed can fail: here are the policies that it has to find. */
const ACCOUNT = '111122223333';
const queue = (name: string) => `arn:aws:sqs:eu-west-1:${ACCOUNT}:ecs-alerts-${name}`;
const allow = (Action: string | string[], Resource: string | string[]): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

function deployed(cluster: string, ...Statement: readonly Statement[]) {
  const name = `ecs-alerts-${cluster}-notifier`;
  const arn = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`;
  const role = `arn:aws:iam::${ACCOUNT}:role/${name}-role`;
  return permitted([
    { type: 'aws_lambda_function', attributes: { arn, function_name: name, role } },
    { type: 'aws_iam_role_policy', attributes: { role: `${name}-role`, policy: JSON.stringify({ Statement }) } },
    { type: 'aws_iam_role_policy', attributes: { role: 'another', policy: '{}' } },
  ]);
}

const call = (cluster: string, action: string, resource: string) => ({
  ...{ function: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:ecs-alerts-${cluster}-notifier`, action, resource },
  context: {},
});

const send = (cluster: string) => allow(['sqs:SendMessage'], queue(`${cluster}-dead-letters`));
const sent = call('shop', 'sqs:SendMessage', queue('shop-dead-letters'));

test('finds a call that no statement allows, be it only of another resource', () => {
  expect(refused(deployed('shop', send('shop')), [sent])).toEqual([]);
  expect(refused(deployed('shop', allow('ecs:ListServices', '*')), [sent])).toEqual([sent]);
  expect(refused(deployed('shop', send('books')), [sent])).toEqual([sent]);
  expect(refused(deployed('books', send('shop')), [sent])).toEqual([sent]);
});

test('finds an action that nothing used, where no cluster’s function used it', () => {
  const own = { kind: 'notifier', resource: `arn:aws:sqs:eu-west-1:ACCOUNT:ecs-alerts-CLUSTER-alerts` };
  const functions = [...deployed('shop', send('shop')), ...deployed('books', send('books'))];
  const both = allow(['sqs:SendMessage', 'sqs:PurgeQueue'], queue('shop-alerts'));

  expect(unused(functions, [sent])).toEqual([]);
  expect(unused(deployed('shop', send('shop'), both), [sent])).toEqual([
    { ...own, action: 'sqs:SendMessage' },
    { ...own, action: 'sqs:PurgeQueue' },
  ]);
});

test('reads policies as IAM does', () => {
  const arn = (resource: string) => `arn:aws:ecs:eu-west-1:${ACCOUNT}:${resource}`;
  const asked: Asked = {
    action: 'ecs:DescribeServices',
    resource: arn('service/shop/api'),
    context: { 'ecs:cluster': arn('cluster/shop') },
  };
  const inCluster = (operator: string, cluster: string) => ({
    ...allow('ecs:*', '*'),
    Condition: { [operator]: { 'ecs:cluster': arn(`cluster/${cluster}`) } },
  });

  expect(isAllowed([allow('ECS:describe*', [arn('service/books/*'), arn('service/sh?p/*')])], asked)).toBe(true);
  expect(isAllowed([allow('ecs:Describe', '*')], asked)).toBe(false);
  expect(isAllowed([allow('ecs:DescribeServices', arn('service/shop/ap'))], asked)).toBe(false);
  expect(isAllowed([allow('*', '*'), { ...allow('ecs:*', '*'), Effect: 'Deny' }], asked)).toBe(false);
  expect(isAllowed([inCluster('ArnEquals', 'sh*')], asked)).toBe(true);
  expect(isAllowed([inCluster('StringEquals', 'sh*')], asked)).toBe(false);
  expect(isAllowed([inCluster('StringEquals', 'shop')], { ...asked, context: {} })).toBe(false);
});

test('fails on what it does not know', () => {
  const asked = { action: 'ecs:ListServices', resource: '*', context: {} };
  const strange = { ...allow('*', '*'), NotAction: 'ecs:*' };

  expect(() => applies(strange, asked)).toThrow('not understood in a policy: NotAction');
  expect(() => applies({ ...allow('*', '*'), Condition: { Bool: { a: 'true' } } }, asked)).toThrow('Bool');
});
