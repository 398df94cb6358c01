import { NotYetError, PermanentError, RetryableError } from '../../functions/notifier/deliver/errors';
import type { About } from '../../functions/notifier/explain/about';
import type { LookedUp } from '../../functions/notifier/explain/explanation';
import type { ExplainRequest } from '../../functions/notifier/explain/request';
import { handle } from '../../functions/notifier/handler';
import { EXPLAIN_PARTS } from '../../functions/settings';
import { startTable } from '../../tools/table';
import { aNotifier, aRecord, aStopRecord as aStop, SETTINGS, someSettings } from '../support/notifier';

let table: Awaited<ReturnType<typeof startTable>>;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => table.close());

/** A notifier that explains; what it asked is at hand, and what it looks up is counted. */
function setUp() {
  const notifier = aNotifier(table);
  const lookedUp: About[] = [];
  const lookUp = async function* (about: About): AsyncGenerator<LookedUp> {
    lookedUp.push(about);
    yield { isWhole: true, isComplete: true, explanation: { why: { what: ['because'] } } };
  };
  const cluster = { ...SETTINGS, explain: EXPLAIN_PARTS };
  const deps = { ...notifier.deps, lookUp, settings: async () => someSettings({ cluster }) };
  const request = (nth = 0) => notifier.asked[nth]?.request as ExplainRequest;
  /** Sent now, by the notifier's clock. */
  const asked = (body: object | string, receiveCount = 1) =>
    aRecord(body, { sentAtMs: deps.now().getTime(), receiveCount });
  const replies = () => notifier.slack.replies(notifier.slack.parents()[0]).map(({ text }) => text);
  return { ...notifier, deps, lookedUp, request, asked, replies };
}

test('explains what it asked itself, by what the incident is now', async () => {
  const { deps, request, asked, lookedUp, replies } = setUp();
  await handle([aStop('api')], deps);

  expect(await handle([asked(request())], deps)).toEqual([]);
  expect(lookedUp).toMatchObject([{ stop: { revision: 'api:42' }, parts: EXPLAIN_PARTS, leansOn: [] }]);
  expect(replies()).toEqual(['api: because']);
});

test('answers a request once, however often it comes', async () => {
  const { deps, request, asked, lookedUp, replies } = setUp();
  await handle([aStop('api')], deps);
  await handle([asked(request()), asked(request())], deps);
  await handle([asked(request())], deps);

  expect(lookedUp).toHaveLength(1);
  expect(replies()).toHaveLength(1);
});

test('tells the alerts of a batch before it explains', async () => {
  const { deps, slack, request, asked } = setUp();
  await handle([aStop('api')], deps);
  await handle([asked(request()), aStop('worker')], deps);

  expect([...slack.messages.values()].map(({ text }) => text)).toEqual([
    expect.stringContaining('api: task stopped'),
    expect.stringContaining('worker: task stopped'),
    'api: because',
  ]);
});

test('waits while alerts are told in the channel, looks nothing up meanwhile, and counts no failure', async () => {
  const { deps, request, asked, lookedUp, givenBack, counted } = setUp();
  await handle([aStop('api')], deps);
  Object.assign(deps.pace, {
    free: () => Promise.reject(new NotYetError('alerts go first', { retryAfterMs: 5000 })),
  });
  const record = asked(request(), 40);

  expect(await handle([record], deps)).toEqual([record.id]);
  expect(givenBack).toMatchObject([{ id: record.id, seconds: expect.any(Number) }]);
  expect(lookedUp).toEqual([]);
  expect(counted).toEqual([]);
});

test('takes its turn after five minutes of waiting', async () => {
  const { deps, request, asked, replies, pass } = setUp();
  await handle([aStop('api')], deps);
  const record = asked(request());
  pass(5 * 60_000 + 1);
  Object.assign(deps.pace, { free: () => Promise.reject(new NotYetError('alerts go first')) });

  expect(await handle([record], deps)).toEqual([]);
  expect(replies()).toHaveLength(1);
});

test.each([
  ['comes again when Slack is unwell', new RetryableError('Slack answered 503'), 1, 'again'],
  ['comes again when the table is unwell, however often it gave way', new Error('throttled'), 30, 'again'],
  ['is left when only a person can help', new PermanentError('not_in_channel'), 1, 'left'],
])('%s, and counts no failure of an alert', async (_what, error, receiveCount, then) => {
  const { deps, slack, request, asked, counted, logged, deadLetters } = setUp();
  await handle([aStop('api')], deps);
  slack.before = () => {
    throw error;
  };
  const record = asked(request(), receiveCount);

  expect(await handle([record], deps)).toEqual(then === 'again' ? [record.id] : []);
  expect(deadLetters).toEqual([]);
  expect(logged.some(({ message }) => message === 'not explained')).toBe(then === 'left');
  expect(counted).toEqual([]);
});

test('gives the rest back after five seconds, so that alerts have their turn', async () => {
  const { deps, slack, request, asked, givenBack, pass } = setUp();
  for (const service of ['one', 'two', 'three']) await handle([aStop(service)], deps);
  slack.before = (method) => (method === 'post' ? pass(3000) : undefined);
  const records = [0, 1, 2].map((nth) => asked(request(nth)));

  expect(await handle(records, deps)).toEqual([records[2]?.id]);
  expect(givenBack).toEqual([{ id: records[2]?.id, seconds: 0 }]);
});

test('explains nothing of an incident that is another one by now, nor of a thread that is not there', async () => {
  const { deps, request, asked, lookedUp, replies } = setUp();
  await handle([aStop('api')], deps);
  const { subject } = request();
  const other = { ...request(), openedAtMs: request().openedAtMs - 1000 };
  const nowhere = { ...request(), subject: { ...subject, service: 'nowhere' } };

  expect(await handle([asked(other), asked(nowhere)], deps)).toEqual([]);
  expect(lookedUp).toEqual([]);
  expect(replies()).toEqual([]);
  expect(await deps.store.read([`${subject.account}/${subject.region}/${subject.cluster}/nowhere`])).toEqual([]);
});

test.each([
  ['no subject', { subject: undefined }],
  ['no topics', { topics: [] }],
  ['another kind', { kind: 'other' }],
  ['no time', { openedAtMs: 'soon' }],
])('shows what only looks like a request: %s', async (_what, more) => {
  const { deps, slack, request, asked } = setUp();
  await handle([aStop('api')], deps);
  await handle([asked({ ...request(), ...more })], deps);

  expect(slack.parents().at(-1)?.text).toMatch(/unknown event: ecs-alerts\.notifier/);
});
