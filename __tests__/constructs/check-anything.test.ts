import fc from 'fast-check';
import type { AlertsConfig } from '../../constructs';
import { checkConfig } from '../../constructs/check';
import { EVERY_OPTION } from '../support/every-option';

const SLACK = { channel: 'C0123456789', tokenParameter: '/slack' };
const ACCOUNTS = { prod: { id: '111122223333' } };
const SHOP = { account: 'prod', region: 'eu-west-1', name: 'shop' };

const config = (more: object) => ({ slack: SLACK, accounts: ACCOUNTS, clusters: [SHOP], ...more });

/** The message about a configuration that comes from plain JavaScript; undefined when there is nothing to say. */
function refusal(given: unknown): string | undefined {
  try {
    checkConfig(given as AlertsConfig);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    return error.message;
  }
}

test.each([
  [null, ['the configuration: must be an object, got null']],
  [undefined, ['the configuration: is missing, must be an object']],
  ['prod', ['the configuration: must be an object, got "prod"']],
  [
    {},
    [
      'slack: is missing, must be an object',
      'accounts: is missing, must be an object',
      'clusters: is missing, must be a list of clusters',
    ],
  ],
  [config({ accounts: null }), ['accounts: must be an object, got null']],
  [
    config({ clusters: [{}, {}] }),
    [0, 1].flatMap((index) => [
      `clusters[${index}].account: is missing, must be a key of accounts`,
      `clusters[${index}].region: is missing, must be a region such as eu-west-1`,
      `clusters[${index}].name: is missing, must be the name of an ECS cluster: 1 to 255 letters, digits, - and _`,
    ]),
  ],
])('gives a readable list for %j from plain JavaScript', (given, expected) => {
  const [heading, ...lines] = refusal(given)?.split('\n  ') ?? [];

  expect(heading).toMatch(/^alerts configuration: \d mistakes?$/);
  expect(lines).toEqual(expected);
});

describe('never throws anything but the list', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const hostile = fc.oneof(
    anything,
    fc.constantFrom<unknown>(Symbol('symbol'), Number.NaN, () => 'function', circular(), { toString: null }),
  );
  /** A configuration in which some of the values are anything. */
  const near = (value: unknown): fc.Arbitrary<unknown> => {
    if (typeof value !== 'object' || value === null)
      return fc.oneof({ arbitrary: fc.constant(value), weight: 9 }, hostile);
    const inner: fc.Arbitrary<unknown> = Array.isArray(value)
      ? fc.tuple(...value.map(near))
      : fc.record(Object.fromEntries(Object.entries(value).map(([key, field]) => [key, near(field)])));
    return fc.oneof({ arbitrary: inner, weight: 9 }, hostile);
  };
  const full = {
    slack: { ...SLACK, broadcast: ['info'] },
    accounts: ACCOUNTS,
    clusters: [{ ...SHOP, cpu: { percent: 90 }, services: { api: { stopped: true } }, slack: {} }, SHOP],
    s3State: { bucket: 'states', region: 'eu-west-1' },
    awsProviderVersion: '6.25.0',
  };
  const [shop] = EVERY_OPTION.clusters;

  test.each([
    ['anything', hostile, 300],
    ['nearly a configuration', near(full), 700],
    ['nearly every option', near(EVERY_OPTION), 300],
    ['nearly every dependency', near(config({ clusters: [{ ...SHOP, dependencies: shop?.dependencies }] })), 300],
    ['nearly every option of a service', near(config({ clusters: [{ ...SHOP, services: shop?.services }] })), 300],
  ])('given %s', (_, arbitrary, numRuns) => {
    fc.assert(
      fc.property(arbitrary, (given) => {
        expect(refusal(given) ?? 'alerts configuration: ').toMatch(/^alerts configuration: /);
      }),
      { numRuns },
    );
  });
});

function circular(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
