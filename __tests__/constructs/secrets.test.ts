import fc from 'fast-check';
import { type AlertsConfig, EcsClusterAlerts } from '../../constructs';
import { checkConfig } from '../../constructs/check';
import { EVERY_OPTION } from '../support/every-option';
import { SHOP as PROPS, synth } from '../support/synth';

const SLACK = { channel: 'C0123456789', tokenParameter: '/slack' };
const ACCOUNTS = { prod: { id: '111122223333' } };
const SHOP = { account: 'prod', region: 'eu-west-1', name: 'shop' };
const TOKEN = 'xoxb-123456789012-abcDEF';
const WEBHOOK = 'https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/cccccccccccccccc';

const TOKEN_RULE = 'must have no Slack token in it: it would reach the state, keep it in SSM or Secrets Manager';
const WEBHOOK_RULE = 'must have no URL of hooks.slack.com in it: whoever knows it can post';
const USER_RULE = 'must have no user and no password in a URL';

const config = (more: object) => ({ slack: SLACK, accounts: ACCOUNTS, clusters: [SHOP], ...more });
const cluster = (more: object) => config({ clusters: [{ ...SHOP, ...more }] });
const endpoint = (url: string) => cluster({ dependencies: { it: { endpoint: url } } });

/** All mistakes in the configuration. */
function mistakes(given: unknown): readonly string[] {
  try {
    checkConfig(given as AlertsConfig);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
}

describe('a token', () => {
  test.each([
    ['slack.tokenParameter', config({ slack: { ...SLACK, tokenParameter: TOKEN } })],
    ['slack.channel', config({ slack: { ...SLACK, channel: TOKEN } })],
    ['clusters[0].slack.tokenSecretArn', cluster({ slack: { tokenSecretArn: TOKEN } })],
    ['slack.xox…', config({ slack: { ...SLACK, [TOKEN]: true } })],
    ['accounts.the xox…', config({ accounts: { ...ACCOUNTS, [`the ${TOKEN}`]: ACCOUNTS.prod } })],
    ['clusters[0].services.xox…', cluster({ services: { [TOKEN]: {} } })],
    [
      'clusters[0].services.api.logs[0].pattern',
      cluster({ services: { api: { logs: [{ logGroup: 'a', pattern: TOKEN }] } } }),
    ],
    ['tags.team', config({ tags: { team: TOKEN } })],
    ['s3State.keyPrefix', config({ s3State: { bucket: 'states', region: 'eu-west-1', keyPrefix: TOKEN } })],
    ['runbook', config({ runbook: `https://example.com/?token=${TOKEN}` })],
    ['the configuration', TOKEN],
  ])('that was written as %s is told once, by its place alone', (place, given) => {
    expect(mistakes(given)).toEqual([`${place}: ${TOKEN_RULE}`]);
  });

  test('is not echoed where it makes something else wrong', () => {
    expect(mistakes(config({ clusters: { token: TOKEN } }))).toEqual([
      `clusters.token: ${TOKEN_RULE}`,
      "clusters: must be a list of clusters, got { token: 'xox…' }",
    ]);
  });

  test('is found in props of the construct too', () => {
    const slack = { channel: 'C0123456789', tokenParameter: TOKEN };

    expect(() => synth((scope) => new EcsClusterAlerts(scope, 'alerts', { ...PROPS, slack }))).toThrow(
      new Error(`stack/alerts: 1 mistake\n  slack.tokenParameter: ${TOKEN_RULE}`),
    );
  });

  test.each([
    'xoxp-1-2-3-abc',
    'xoxa-2-abc',
    'XOXB-1-2',
    'xoxe.xoxp-1-Mi0yLTE',
    'xoxe-1-My0xLTE',
    'xapp-1-A0123456789-1234567890-abcdef',
  ])('is also %s', (token) => {
    expect(mistakes(config({ slack: { ...SLACK, tokenParameter: token } }))).toEqual([
      `slack.tokenParameter: ${TOKEN_RULE}`,
    ]);
  });

  test('is not what is only called so', () => {
    expect(mistakes(cluster({ services: { 'xapp-web': {}, 'linuxapp-1': {}, voxox: {}, 'proxox-api': {} } }))).toEqual(
      [],
    );
  });
});

test.each([
  [`runbook: ${WEBHOOK_RULE}`, config({ runbook: WEBHOOK })],
  [`clusters[0].dependencies.it.endpoint: ${WEBHOOK_RULE}`, endpoint(WEBHOOK)],
  [`clusters[0].dependencies.it.endpoint: ${WEBHOOK_RULE}`, endpoint('HTTPS://HOOKS.SLACK.COM/triggers/T0/1/a')],
  [`slack.channel: ${WEBHOOK_RULE}`, config({ slack: { ...SLACK, channel: WEBHOOK } })],
])('says of a webhook %s', (mistake, given) => {
  expect(mistakes(given)).toEqual([mistake]);
});

test.each([
  ['runbook', config({ runbook: 'https://me:secret@example.com' })],
  ['clusters[0].runbooks.stopped', cluster({ runbooks: { stopped: 'https://me@example.com/stopped' } })],
  [
    'clusters[0].dependencies.it.runbook',
    cluster({ dependencies: { it: { sqsQueue: 'a', runbook: 'http://a:b@c.com' } } }),
  ],
  ['clusters[0].dependencies.it.endpoint', endpoint('https://me:secret@example.com')],
  ['clusters[0].dependencies.it.endpoint', endpoint('https:////me:secret@example.com')],
  ['slack.channel', config({ slack: { ...SLACK, channel: 'postgres://me:secret@db/orders' } })],
])('refuses a user and a password in a URL as %s, and echoes neither', (place, given) => {
  expect(mistakes(given)).toEqual([`${place}: ${USER_RULE}`]);
});

test('takes an @ that is no password', () => {
  expect(mistakes(config({ runbook: 'https://example.com/@me/a@b?c@d' }))).toEqual([]);
});

test('finds every user and password that a URL would be asked with', () => {
  const url = fc.webUrl({ authoritySettings: { withUserInfo: true }, withQueryParameters: true });
  fc.assert(
    fc.property(url, (text) => {
      const { username, password } = new URL(text);
      fc.pre(text.length <= 512 && !/[\s{}<>"|\\^`]/.test(text));

      const isAsked = username !== '' || password !== '';
      const isFound = mistakes(config({ runbook: text })).length > 0;

      // `https://:@example.com` is refused too.
      expect([isAsked && !isFound, isFound && !text.includes('@')]).toEqual([false, false]);
    }),
  );
});

describe('a query of an endpoint', () => {
  const place = 'clusters[0].dependencies.it.endpoint: must have no secret in its query, it would reach the state';

  test.each([
    'token',
    'access_token',
    'accessToken',
    'key',
    'api_key',
    'apiKey',
    'apikey',
    'x-functions-key',
    'client_secret',
    'sig',
    'X-Amz-Signature',
    'PASSWORD',
    'user.passwd',
  ])('has no %s, and its value is not echoed', (key) => {
    expect(mistakes(endpoint(`https://example.com/health?deep=true&${key}=hidden`))).toEqual([`${place}, got ${key}`]);
  });

  test('has what is only alike', () => {
    expect(mistakes(endpoint('https://example.com/?monkey=1&design=2&keyboard=3&signal=4#token=5'))).toEqual([]);
  });
});

test.each([
  ['https://example.com/ ?a=b&api_key=hidden', '"https://example.com/ ?a=b&api_key=…"'],
  ['https://me:hid"den / x@example.com', '"https://…@example.com"'],
  [['https://me:hid den@example.com'], "[ 'https://…@example.com' ]"],
])('echoes of %j only %s', (value, shown) => {
  const all = mistakes(config({ s3State: value, clusters: [{ ...SHOP, region: value }] })).join('\n');

  expect(all).not.toMatch(/hid|den/);
  expect(all).toContain(`got ${shown}`);
});

test('never echoes a secret, wherever it stands', () => {
  const secret = fc.constantFrom(
    TOKEN,
    WEBHOOK,
    'xoxe.xoxp-1-abcDEF123',
    'xapp-1-A0123456789-1234567890-abcDEF',
    'https://me:abcDEF@example.com/health',
    'https://example.com/health?apiKey=abcDEF',
  );
  const near = (value: unknown): fc.Arbitrary<unknown> => {
    if (typeof value !== 'object' || value === null) {
      return fc.oneof({ arbitrary: fc.constant(value), weight: 30 }, secret);
    }
    if (Array.isArray(value)) return fc.tuple(...value.map(near));
    const fields = fc.record(Object.fromEntries(Object.entries(value).map(([key, field]) => [key, near(field)])));
    const more = fc.dictionary(secret, fc.constant(true), { maxKeys: 1 });
    return fc.oneof(
      { arbitrary: fields, weight: 30 },
      { arbitrary: fc.tuple(fields, more).map(([one, other]) => ({ ...one, ...other })), weight: 1 },
      { arbitrary: secret, weight: 1 },
    );
  };
  fc.assert(
    fc.property(near(EVERY_OPTION), (given) => {
      expect(mistakes(given).join('\n')).not.toMatch(/abcDEF|ccccc|xox[a-z]-|xapp-\d/);
    }),
    { numRuns: 200 },
  );
});
