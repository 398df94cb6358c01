import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import { differencesOf, registeredBy } from '../../functions/notifier/explain/changes';
import type { Difference, Phrase } from '../../functions/notifier/explain/explanation';

const fixture = (revision: number): TaskDefinition => {
  const file = join(__dirname, `../fixtures/ecs-describe-task-definition-api-${revision}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { taskDefinition: TaskDefinition }).taskDefinition;
};
const [API_41, API_42] = [fixture(41), fixture(42)];
const REGISTRY = '444455556666.dkr.ecr.us-east-1.amazonaws.com';
const SSM = 'arn:aws:ssm:us-east-1:111122223333:parameter';
const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret';

const read = (phrase: Phrase) => phrase.map((part) => (typeof part === 'string' ? part : `‹${part.quote}›`)).join('');
const line = ({ container, what, change }: Difference) =>
  `${container === undefined ? '' : `${container}: `}${what} ${read(change)}`;

const ONLY: ContainerDefinition = { name: 'api', image: `${REGISTRY}/shop/api:1.41.0` };
const taskOf = (...containerDefinitions: ContainerDefinition[]): TaskDefinition => ({ containerDefinitions });
const lines = (good: TaskDefinition, failing: TaskDefinition, digests = {}) =>
  differencesOf(good, failing, digests).map(line);
/** What is told of one container that was `was` and is `is`. */
const told = (was: ContainerDefinition, is: ContainerDefinition, digests = {}) =>
  lines(taskOf({ ...ONLY, ...was }), taskOf({ ...ONLY, ...is }), digests);

test('tells of two real revisions what their deployment changed, and nothing that AWS set itself', () => {
  expect(lines(API_41, API_42)).toEqual(['image ‹api:1.41.0› → ‹api:1.42.0›', 'env + ‹PAYMENTS_V2›']);
});

test('tells nothing of a revision and itself', () => {
  expect(lines(API_42, API_42)).toEqual([]);
});

test('takes an empty list for what was never registered', () => {
  const bare = { ...ONLY, environment: undefined, mountPoints: [], systemControls: [], interactive: false };

  expect(told({}, bare)).toEqual([]);
});

describe('the image', () => {
  const digest = (hex: string) => new Map([['api', `sha256:${hex.repeat(8)}`]]);
  const pinned = (hex: string) => `${REGISTRY}/shop/api@sha256:${hex.repeat(8)}`;

  test.each<[string, string, string, string, object]>([
    [
      'of the same repository is its tag',
      `${REGISTRY}/shop/api:1`,
      `${REGISTRY}/shop/api:2`,
      '‹shop/api:1› → ‹shop/api:2›',
      {},
    ],
    ['without a tag is the latest', 'nginx', 'nginx:1.29', '‹nginx:latest› → ‹nginx:1.29›', {}],
    ['of another repository is named with it', `${REGISTRY}/api:1`, `${REGISTRY}/web:1`, '‹api:1› → ‹web:1›', {}],
    [
      'of another registry is named with it',
      'ghcr.io/shop/api:1',
      'localhost:5000/shop/api:1',
      '‹ghcr.io/shop/api:1› → ‹localhost:5000/shop/api:1›',
      {},
    ],
    [
      'that is pinned is its short digest',
      pinned('9f3c1a2b'),
      pinned('77abcdef'),
      '‹shop/api@9f3c1a2b› → ‹shop/api@77abcdef›',
      {},
    ],
    [
      'of the same tag is told by its digest',
      'api:prod',
      'api:prod',
      '‹api:prod@9f3c1a2b› → ‹api:prod@77abcdef›',
      { good: digest('9f3c1a2b'), failing: digest('77abcdef') },
    ],
    [
      'of another tag may be the same',
      'api:1',
      'api:2',
      '‹api:1› → ‹api:2›, the same image',
      { good: digest('9f3c1a2b'), failing: digest('9f3c1a2b') },
    ],
  ])('%s', (_name, was, is, expected, digests) => {
    expect(told({ image: was }, { image: is }, digests)).toEqual([`image ${expected}`]);
  });

  test.each<[string, object]>([
    ['is the same when only one digest is known', { good: digest('9f3c1a2b') }],
    ['is the same when both digests are', { good: digest('9f3c1a2b'), failing: digest('9f3c1a2b') }],
  ])('%s', (_name, digests) => {
    expect(told({ image: 'api:prod' }, { image: 'api:prod' }, digests)).toEqual([]);
  });
});

describe('a variable', () => {
  const env = (...names: string[]) => ({ environment: names.map((name) => ({ name, value: 'hunter2' })) });
  const secret = (valueFrom: string) => ({ secrets: [{ name: 'DB', valueFrom }] });

  test.each<[string, ContainerDefinition, ContainerDefinition, readonly string[]]>([
    ['that is gone comes before one that is new', env('OLD'), env('NEW'), ['env - ‹OLD›', 'env + ‹NEW›']],
    ['has no value in what is told', { environment: [{ name: 'DB', value: 'one' }] }, env('DB'), ['env ‹DB› changed']],
    ['may change its place in the list', env('A', 'B'), env('B', 'A'), []],
    ['may have lost its value', env('DB'), { environment: [{ name: 'DB', value: '' }] }, ['env ‹DB› changed']],
    ['may have become a secret', env('DB'), secret(`${SSM}/db`), ['secret ‹DB› was in env before']],
    ['may have been a secret', secret(`${SSM}/db`), env('DB'), ['env ‹DB› was a secret before']],
    ['from a secret can be gone', secret(`${SSM}/db`), {}, ['secret - ‹DB›']],
    ['from a secret can be new', {}, secret(`${SSM}/db`), ['secret + ‹DB›']],
  ])('%s', (_name, was, is, expected) => {
    expect(told(was, is)).toEqual(expected);
  });

  test.each<[string, string, string, string]>([
    ['another parameter', `${SSM}/prod/db`, `${SSM}/prod/db2`, ': ‹/prod/db› → ‹/prod/db2›'],
    ['another store', `${SSM}/prod/db`, `${SECRET}:prod/db-AbCdEf`, ': ‹/prod/db› → ‹prod/db›'],
    [
      'another key of the same secret',
      `${SECRET}:db-AbCdEf:url::`,
      `${SECRET}:db-AbCdEf:uri::`,
      ': ‹db:url› → ‹db:uri›',
    ],
    ['a secret that was made again', `${SECRET}:db-AbCdEf`, `${SECRET}:db-GhIjKl`, ': ‹db-AbCdEf› → ‹db-GhIjKl›'],
    [
      'another version',
      `${SECRET}:db-AbCdEf::AWSCURRENT:`,
      `${SECRET}:db-AbCdEf::AWSPREVIOUS:`,
      ': ‹db-AbCdEf::AWSCURRENT:› → ‹db-AbCdEf::AWSPREVIOUS:›',
    ],
    [
      'another account',
      `${SSM}/db`,
      `${SSM.replace('111122223333', '444455556666')}/db`,
      ': ‹111122223333 us-east-1› → ‹444455556666 us-east-1›',
    ],
    ['what is no ARN, and may be the secret itself', `${SSM}/db`, 'hunter2', ' points elsewhere'],
  ])('can point to %s', (_name, was, is, expected) => {
    expect(told(secret(was), secret(is))).toEqual([`secret ‹DB›${expected}`]);
  });
});

describe('of a container is told', () => {
  test.each<[string, ContainerDefinition, ContainerDefinition, readonly string[]]>([
    [
      'an environment file',
      {},
      { environmentFiles: [{ value: 'arn:aws:s3:::shop/prod.env', type: 's3' }] },
      ['env file + ‹shop/prod.env›'],
    ],
    ['its CPU', { cpu: 256 }, { cpu: 512 }, ['CPU 256 → 512 units']],
    ['its memory', { memory: 512 }, {}, ['memory 512 → none MiB']],
    [
      'its memory reservation',
      { memoryReservation: 256 },
      { memoryReservation: 128 },
      ['memory reservation 256 → 128 MiB'],
    ],
    ['that its command changed, not how', { command: ['a'] }, { command: ['--token', 'hunter2'] }, ['command changed']],
    ['that its entry point is new, not which', {}, { entryPoint: ['sh', '-c', 'hunter2'] }, ['entry point added']],
    [
      'its working directory',
      { workingDirectory: '/app' },
      { workingDirectory: '/srv' },
      ['working directory ‹/app› → ‹/srv›'],
    ],
    ['its user', {}, { user: 'node' }, ['user none → ‹node›']],
    [
      'its port',
      { portMappings: [{ containerPort: 80 }] },
      { portMappings: [{ containerPort: 8080, hostPort: 0 }] },
      ['port ‹80/tcp› → ‹8080/tcp›'],
    ],
    ['its stop timeout', { stopTimeout: 30 }, { stopTimeout: 120 }, ['stop timeout 30 → 120 s']],
    ['what it depends on', {}, { dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] }, ['depends on added']],
    ['whether it is essential', { essential: true }, { essential: false }, ['essential ‹yes› → ‹no›']],
    ['whether its root can be written', {}, { readonlyRootFilesystem: true }, ['read-only root ‹no› → ‹yes›']],
    [
      'its log driver',
      { logConfiguration: { logDriver: 'awslogs' } },
      { logConfiguration: { logDriver: 'splunk' } },
      ['logs ‹awslogs› → ‹splunk›'],
    ],
    [
      'which option of its logs, not its value',
      { logConfiguration: { logDriver: 'splunk', options: { 'splunk-token': 'a' } } },
      { logConfiguration: { logDriver: 'splunk', options: { 'splunk-token': 'hunter2' } } },
      ['logs ‹splunk-token› changed'],
    ],
    [
      'a field without a row of its own',
      { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }] },
      {},
      ['ulimits removed'],
    ],
  ])('%s', (_name, was, is, expected) => {
    expect(told(was, is)).toEqual(expected);
  });

  test('what of its health check changed, without the command', () => {
    const command = ['CMD-SHELL', 'curl -H "Authorization: hunter2" localhost'];
    const was = { healthCheck: { command: ['CMD', 'true'], interval: 30, retries: 3 } };

    expect(told(was, { healthCheck: { command, interval: 10, retries: 3, startPeriod: 5 } })).toEqual([
      'health check command changed, interval 30 → 10 s, start period default → 5 s',
    ]);
    expect(told(was, {})).toEqual(['health check removed']);
  });

  test('a field that this version does not know', () => {
    expect(told({}, { quantumMode: { level: 9 } } as ContainerDefinition)).toEqual(['quantum mode added']);
  });
});

describe('of a task is told', () => {
  test.each<[string, TaskDefinition, TaskDefinition, readonly string[]]>([
    [
      'its CPU and memory',
      { cpu: '256', memory: '512' },
      { cpu: '512', memory: '1024' },
      ['task CPU 256 → 512 units', 'task memory 512 → 1024 MiB'],
    ],
    [
      'its role',
      { taskRoleArn: 'arn:aws:iam::1:role/a' },
      { taskRoleArn: 'arn:aws:iam::1:role/b' },
      ['task role ‹a› → ‹b›'],
    ],
    [
      'its role in another account',
      { executionRoleArn: 'arn:aws:iam::1:role/a' },
      { executionRoleArn: 'arn:aws:iam::2:role/a' },
      ['execution role ‹arn:aws:iam::1:role/a› → ‹arn:aws:iam::2:role/a›'],
    ],
    ['its network mode', { networkMode: 'bridge' }, { networkMode: 'awsvpc' }, ['network mode ‹bridge› → ‹awsvpc›']],
    [
      'its architecture',
      { runtimePlatform: { cpuArchitecture: 'X86_64' } },
      { runtimePlatform: { cpuArchitecture: 'ARM64' } },
      ['architecture ‹X86_64› → ‹ARM64›'],
    ],
    ['its ephemeral storage', {}, { ephemeralStorage: { sizeInGiB: 50 } }, ['ephemeral storage none → 50 GiB']],
    ['that its volumes changed', { volumes: [{ name: 'a' }] }, { volumes: [{ name: 'b' }] }, ['volumes changed']],
    ['a field without a row of its own', {}, { enableFaultInjection: true }, ['enable fault injection added']],
  ])('%s', (_name, was, is, expected) => {
    expect(lines(was, is)).toEqual(expected);
  });
});

test('names the container where there are several, and what came and went', () => {
  const before = taskOf({ name: 'api', image: 'api:1' }, { name: 'proxy', image: 'envoy:1' });
  const after = taskOf({ name: 'api', image: 'api:2' }, { name: 'proxy', image: 'envoy:1' }, { name: 'logs' });

  expect(lines(before, after)).toEqual(['container + ‹logs›', 'api: image ‹api:1› → ‹api:2›']);
  expect(lines(after, before)).toEqual(['container - ‹logs›', 'api: image ‹api:2› → ‹api:1›']);
});

test('takes the only container under another name for the same', () => {
  expect(lines(taskOf(ONLY), taskOf({ ...ONLY, name: 'app', cpu: 1 }))).toEqual([
    'container ‹api› → ‹app›',
    'CPU none → 1 units',
  ]);
});

test('tells once what limits the only container and the task alike', () => {
  const small = { ...taskOf({ ...ONLY, cpu: 256, memory: 512 }), cpu: '256', memory: '512' };
  const large = { ...taskOf({ ...ONLY, cpu: 512, memory: 900 }), cpu: '512', memory: '1024' };

  expect(lines(small, large)).toEqual([
    'task CPU 256 → 512 units',
    'task memory 512 → 1024 MiB',
    'memory 512 → 900 MiB',
  ]);
});

test('tells the most telling first', () => {
  const was = { ...taskOf({ ...ONLY, user: 'a', command: ['a'] }), cpu: '1' };
  const is = {
    ...taskOf({
      ...ONLY,
      user: 'b',
      command: ['b'],
      image: 'x',
      healthCheck: { command: ['true'] },
      environment: [{ name: 'A' }],
    }),
    cpu: '2',
  };

  expect(differencesOf(was, is).map(({ what }) => what)).toEqual([
    'image',
    'env',
    'task CPU',
    'command',
    'health check',
    'user',
  ]);
});

test('shortens names, and bears definitions without anything in them', () => {
  const name = 'N'.repeat(10_000);

  expect(lines(taskOf({}), taskOf({ environment: [{ name }] }))[0]?.length).toBeLessThan(100);
  expect(lines({}, {})).toEqual([]);
  expect(lines({}, taskOf({}))).toEqual(['container + ‹none›']);
  expect(told({ secrets: [{ name: '', valueFrom: '' }] }, { secrets: [{ name: '', valueFrom: ':' }] })).toEqual([
    'secret ‹› points elsewhere',
  ]);
});

describe('who registered a revision', () => {
  const assumed = 'arn:aws:sts::111122223333:assumed-role';

  test.each([
    ['a role with its session', `${assumed}/deploy/GitHubActions`, 'deploy (GitHubActions)'],
    ['a role whose session has its name', `${assumed}/deploy/deploy`, 'deploy'],
    ['a role whose session an SDK named', `${assumed}/deploy/botocore-session-1763456789`, 'deploy'],
    [
      'a person of IAM Identity Center',
      `${assumed}/AWSReservedSSO_Admin_0123456789abcdef/jane@x.com`,
      'jane@x.com (Admin)',
    ],
    ['a user, without the path', 'arn:aws:iam::111122223333:user/people/jane', 'jane'],
    ['the root user', 'arn:aws:iam::111122223333:root', 'root'],
    ['a federated user', 'arn:aws:sts::111122223333:federated-user/bob', 'bob'],
    ['what is no ARN as it is', 'somebody', 'somebody'],
    ['nothing', '', ''],
  ])('is %s', (_name, arn, expected) => {
    expect(registeredBy(arn)).toBe(expected);
  });
});
