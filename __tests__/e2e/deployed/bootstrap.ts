import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import { EcsAlertsStack } from '../../../constructs';
import { capture, succeed } from '../command';
import { type Emulator, environmentAs, REGION, startStrictAws, TLS_FILE } from '../emulators';
import { assumedByGitHub, type Credentials } from '../github';
import { readmeCommand } from '../readme';
import type { Stage } from '../stage';
import { terraformEnvironment } from '../tools';
import type { Group } from './group';

const ROOT = join(__dirname, '..', '..', '..');
/** Those of the README. */
const [STATE, PROD] = ['999988887777', '111122223333'] as const;
const REPOSITORY = 'our-org@1234/alerts@5678';
const BUCKET = 'our-terraform-state';

/** `docs/bootstrap`, applied to an AWS that enforces policies, as GitHub finds it. */
export function theBootstrap(stage: Stage): Group {
  let aws: Emulator | undefined;
  let applied: Promise<unknown> = Promise.resolve();
  let commands = 0;
  const folder = () => join(stage.world.folder, 'bootstrap');
  const environment = () => ({
    ...process.env,
    ...terraformEnvironment(stage.world.folder),
    TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'),
    ...environmentAs(`${aws?.url}`, STATE),
    AWS_CA_BUNDLE: TLS_FILE,
  });
  const command = (path: string, credentials: Credentials, args: readonly string[]) => {
    const log = join(folder(), `command-${++commands}.log`);
    return { args, cwd: join(folder(), path), env: { ...environment(), ...credentials }, log };
  };

  /** As the README says: by the owner of each account. */
  const apply = async () => {
    for (const part of ['bootstrap', 'policies']) {
      cpSync(join(ROOT, 'docs', part), join(folder(), 'docs', part), { recursive: true });
    }
    const once = async (beginning: string, account: string, more: readonly string[] = []) => {
      const owner = { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: 'none' };
      const vars = more.map((variable) => `-var=${variable}`);
      const apply = ['-input=false', '-auto-approve', ...vars].join(' ');
      const unasked = { TF_CLI_ARGS_init: '-input=false', TF_CLI_ARGS_apply: apply };
      await succeed('bash', command('', { ...owner, ...unasked }, ['-ec', readmeCommand(beginning)]));
    };
    await once('cd docs/bootstrap\n', STATE);
    await once('cd docs/bootstrap/account\n', PROD, OPTIONAL);
  };

  const assume = (role: string, subject: string) =>
    assumedByGitHub(`${aws?.url}`, `arn:aws:iam::${STATE}:role/github-ecs-alerts-${role}`, `repo:${subject}`);

  const assumed = async (role: string, subject: string): Promise<Credentials> => {
    const credentials = await assume(role, `${REPOSITORY}:${subject}`);
    if (credentials === undefined) throw new Error(`${role} cannot be assumed for ${subject}`);
    return credentials;
  };

  const before = async () => {
    mkdirSync(join(folder(), 'state'), { recursive: true });
    writeFileSync(join(folder(), 'state', 'main.tf.json'), JSON.stringify(ANYTHING_OF_PROD));
    aws = await startStrictAws(stage.world.folder);
    // The provider waits a minute for the rules of a bucket: the accounts are deployed meanwhile.
    applied = apply().catch((error: unknown) => error);
  };

  const tests = () => {
    afterAll(() => aws?.close());

    test('is applied in the account of the state, and in another, with all filled in', async () => {
      expect(await applied).toBeUndefined();

      for (const file of ['terraform.tfstate', 'account/prod.tfstate']) {
        const state = readFileSync(join(folder(), 'docs/bootstrap', file), 'utf8');
        expect(state).toContain(file === 'terraform.tfstate' ? 'role/plan-ecs-alerts' : 'alarm:our-ecs/*');
        if (file !== 'terraform.tfstate') expect(state).toContain('role/on-call');
        expect(
          state.match(/\b(?:ACCOUNT_ID|REPOSITORY|ENVIRONMENT|STATE_BUCKET|(?:KMS_KEY|GITHUB_ROLE|BOUNDARY)_ARN)\b/g),
        ).toBeNull();
      }
    });

    test.each([
      ['plan', `${REPOSITORY}:pull_request`, true],
      ['plan', `${REPOSITORY}:ref:refs/heads/main`, true],
      ['plan', `${REPOSITORY}:ref:refs/heads/feature`, false],
      ['plan', `${REPOSITORY}:environment:prod`, false],
      ['plan', 'their-org@3/alerts@4:pull_request', false],
      ['deploy-prod', `${REPOSITORY}:environment:prod`, true],
      ['deploy-prod', `${REPOSITORY}:environment:staging`, false],
      ['deploy-prod', `${REPOSITORY}:ref:refs/heads/main`, false],
      ['deploy-prod', `${REPOSITORY}:pull_request`, false],
      ['deploy-staging', `${REPOSITORY}:environment:staging`, true],
    ])('gives the role %s to %s: %s', async (role, subject, isTrusted) => {
      expect((await assume(role, subject)) !== undefined).toBe(isTrusted);
    });

    const terraform = async (credentials: Credentials, ...args: readonly string[]) => {
      const all = command('state', credentials, [...args, '-input=false', '-no-color']);
      const { code, output } = await capture('terraform', all);
      return { code, isForbidden: /StatusCode:[\s│]+403/.test(output) };
    };
    const done = { code: 0, isForbidden: false };
    const forbidden = { code: 1, isForbidden: true };

    test('lets an environment lock and write its state, and no other read it', async () => {
      const own = await assumed('deploy-prod', 'environment:prod');
      expect(await terraform(own, 'init')).toEqual(done);
      expect(await terraform(own, 'apply', '-auto-approve')).toEqual(done);
      expect(await terraform(own, 'plan', '-detailed-exitcode')).toEqual(done);

      const other = await assumed('deploy-staging', 'environment:staging');
      expect(await terraform(other, 'plan', '-lock=false')).toEqual(forbidden);
    });

    test('lets a pull request read the state, but neither lock nor write it', async () => {
      const plan = await assumed('plan', 'pull_request');
      const anew = ['-auto-approve', '-lock=false', '-replace=terraform_data.any'];

      expect(await terraform(plan, 'plan', '-detailed-exitcode', '-lock=false')).toEqual(done);
      expect(await terraform(plan, 'plan')).toEqual(forbidden);
      expect(await terraform(plan, 'apply', ...anew)).toEqual(forbidden);
    });

    test('lets a pull request plan in an account, with the role that only reads', async () => {
      synthesize(join(folder(), 'cdktf.out'), terraformEnvironment(folder())['AWS_PROVIDER_VERSION']);
      const tool = ['-r', join(ROOT, 'node_modules/ts-node/register/transpile-only'), join(ROOT, 'tools', 'plan.ts')];
      const who = await assumed('plan', 'pull_request');
      const plan = (...args: readonly string[]) =>
        capture(process.execPath, command('', who, [...tool, '--skip-synth', ...args]));

      const planned = await plan('--role-name', 'plan-ecs-alerts');
      expect(planned.stdout).toMatch(/^\| prod-us-east-1 \| \d\d \| 0 \| 0 \| 0 \|$/m);
      expect(planned.code).toBe(2);

      const refused = await plan();
      expect(refused.stdout).toMatch(/^### prod-us-east-1 failed$[\s\S]*role\/deploy-ecs-alerts\) cannot be assumed/m);
      expect(refused.code).toBe(1);
    });
  };
  return { name: 'the bootstrap', before, run: tests };
}

/** All that an account may have. */
const OPTIONAL = [
  'name_prefix=our-',
  'vpc=true',
  `person_arn=arn:aws:iam::${PROD}:role/on-call`,
  `kms_key_arn=arn:aws:kms:${REGION}:${PROD}:key/1`,
  `permissions_boundary_arn=arn:aws:iam::${PROD}:policy/boundary`,
];

/** Of the S3 backend what cdktf writes, and what the emulator needs. */
const BACKEND = { bucket: BUCKET, region: REGION, encrypt: true, use_lockfile: true, use_path_style: true };

const ANYTHING_OF_PROD = {
  terraform: { backend: { s3: { ...BACKEND, key: 'ecs-alerts/prod-eu-west-1.tfstate' } } },
  resource: { terraform_data: { any: { input: 'a' } } },
};

/** A stack with the bootstrap's bucket and role. */
function synthesize(outdir: string, awsProviderVersion: string | undefined): void {
  const app = new App({ outdir });
  const [stack] = EcsAlertsStack.forAll(app, {
    slack: { channel: 'C0123456789', tokenParameter: '/ecs-alerts/slack-bot-token' },
    accounts: { prod: { id: PROD, deployRoleArn: `arn:aws:iam::${PROD}:role/deploy-ecs-alerts` } },
    s3State: { bucket: BUCKET, region: REGION },
    clusters: [{ account: 'prod', region: 'us-east-1', name: 'shop' }],
    ...(awsProviderVersion === undefined ? {} : { awsProviderVersion }),
  });
  stack?.addOverride('terraform.backend.s3.use_path_style', true);
  app.synth();
}
