import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the lint of `npm run check` does not know: whether what the workflows name is there. */
const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const FOLDER = '.github/workflows';
const workflows = readdirSync(join(ROOT, FOLDER)).map((name) => ({ name, text: read(`${FOLDER}/${name}`) }));
const deploy = read(`${FOLDER}/deploy.yml`);
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);

/** What a job makes itself. */
const MADE = ['cdktf.out/', 'plan/', 'plans/', 'comment.md'];

test.each(workflows)('$name runs commands that package.json has', ({ text }) => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: object };
  const commands = found(text, /npm run (?:--silent )?([\w:-]+)/g);

  expect(commands.length).toBeGreaterThan(0);
  expect(commands.filter((command) => !(command in scripts))).toEqual([]);
});

test.each(workflows)('$name names files that are there', ({ text }) => {
  const files = found(text, /(?<![\w./@-])((?:[\w.-]+\/)+[\w.*-]+|[\w.-]+\.(?:ts|md|json))(?![\w/@-])/g);
  const own = files.filter((file) => existsSync(join(ROOT, file.split('/')[0] ?? '')) || !file.includes('/'));
  const wanted = own.filter((file) => !MADE.some((made) => file.startsWith(made)));

  expect(wanted.length).toBeGreaterThan(0);
  expect(wanted.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('the tool that plans knows the options that deploy.yml gives it', () => {
  const options = found(deploy, /npm run --silent plan -- (.*)$/gm).flatMap((line) => found(line, /--([\w-]+)/g));

  expect(options).toEqual(['list', 'role-name', 'length']);
  for (const option of options) expect(read('tools/plan.ts')).toContain(` *   --${option} `);
});

test('deploy.yml reads the variables, and assumes the roles, that docs/bootstrap gives', () => {
  const state = read('docs/bootstrap/main.tf');
  const account = read('docs/bootstrap/account/main.tf');
  const variables = new Set(found(deploy, /vars\.(\w+)/g));

  expect([...variables].sort()).toEqual(['AWS_DEPLOY_ROLE_ARN', 'AWS_PLAN_ROLE_ARN', 'AWS_REGION']);
  expect(found(state, /^output "(\w+)"/gm)).toEqual(['AWS_PLAN_ROLE_ARN', 'AWS_DEPLOY_ROLE_ARN']);
  const [planRole = ''] = found(deploy, /--role-name ([\w-]+)/g);
  expect(account).toContain(`"${planRole}"`);
  expect(read('docs/policies/github-plan.json')).toContain(`:role/${planRole}"`);
});

test('everything installs the same Terraform', () => {
  const versions = workflows.flatMap(({ text }) => found(text, /terraform_version: (\S+)/g));
  const installs = workflows.flatMap(({ text }) => found(text, /uses: (hashicorp\/setup-terraform)@/g));

  expect(versions).toHaveLength(installs.length);
  expect(new Set(versions).size).toBe(1);
});
