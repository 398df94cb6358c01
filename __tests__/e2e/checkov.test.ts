import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checked, checked, exceptions, folderOf, synthesizeAll } from '../../tools/checkov';

const ROOT = join(__dirname, '..', '..');
const BAD = { resource: { aws_sqs_queue: { bad: { name: 'bad', sqs_managed_sse_enabled: false } } } };

describe('checkov', () => {
  let found: Checked = { passed: {}, failed: [], excepted: [], vain: [] };

  beforeAll(() => {
    const out = mkdtempSync(join(tmpdir(), 'ecs-alerts-checkov-'));
    synthesizeAll(out);
    mkdirSync(join(out, 'bad'));
    writeFileSync(join(out, 'bad', 'cdk.tf.json'), JSON.stringify(BAD));
    found = checked(out);
  });

  test('looks at all that is synthesized, and at the bootstrap', () => {
    const { default: usual = 0, 'every-option': everyOption = 0, bootstrap = 0 } = found.passed;

    expect(usual).toBeGreaterThan(100);
    expect(everyOption).toBeGreaterThan(140);
    expect(bootstrap).toBeGreaterThan(40);
  });

  test('finds what is bad on purpose, and nothing else', () => {
    expect(new Set(found.failed.map(folderOf))).toEqual(new Set(['bad']));
    expect(found.failed.map(({ check_id }) => check_id)).toContain('CKV_AWS_27');
  });

  test('needs no exception for a key where one is brought along', () => {
    const keys = ['CKV_AWS_26', 'CKV_AWS_119', 'CKV_AWS_158'];
    const lacking = found.excepted.filter((one) => folderOf(one) === 'every-option' && keys.includes(one.check_id));

    expect(lacking.map(({ resource, check_id }) => `${check_id} ${resource}`)).toEqual([]);
  });

  test('needs all exceptions, and SECURITY.md lists them', () => {
    const listed = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').match(/\bCKV2?_AWS_\d+/g) ?? [];

    expect(found.vain).toEqual([]);
    expect([...listed].sort()).toEqual([...exceptions()].sort());
  });
});
