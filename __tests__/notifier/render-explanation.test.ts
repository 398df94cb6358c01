import fc from 'fast-check';
import type { Explanation } from '../../functions/notifier/explain/explanation';
import type { Message } from '../../functions/notifier/render/blocks';
import { chartBlock, sparkline, withoutChart } from '../../functions/notifier/render/chart';
import { renderExplanation } from '../../functions/notifier/render/explanation';
import { logUrl } from '../../functions/notifier/render/links';
import { plainText } from '../../functions/notifier/render/look';
import { API, at } from '../support/alerts';
import { EXPLANATIONS, longest, minutes } from '../support/explanations';
import { expectGolden } from '../support/golden';
import { expectWithinLimits, textsOf } from '../support/limits';
import { markupIn } from '../support/neutral';

const render = (explanation: Explanation): Message => renderExplanation(explanation, { subject: API });
const named = (name: string): Explanation => EXPLANATIONS[name] ?? {};

describe.each(Object.entries(EXPLANATIONS))('the explanation: %s', (name, explanation) => {
  const message = render(explanation);

  test('reads as it should', () => expectGolden(`explanation ${name}`, message));

  test('is one that Slack takes, and nothing in it is of somebody else’s making', () => {
    expectWithinLimits(message);
    expect(markupIn(message)).toEqual([]);
    expect(JSON.stringify(message.blocks).length).toBeLessThan(13_000);
  });

  test('names the service on the phone', () => expect(message.text).toMatch(/^api: /));
});

test('stays within the limits whatever AWS sends', () => {
  const parts = ['<!channel>', '`', '```', '*', '\n', '&', '>', '\u202e', '\ud800', '🟢', 'x', ' ', '_', 'www.'];
  const text = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 40 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, (hostile) => {
      const message = render(longest(hostile));
      expectWithinLimits(message);
      expect(markupIn(message)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

describe('what the phone shows first', () => {
  const { why, changes, ...rest } = named('crash loop with a missing variable');
  const { cause: _cause, ...vague } = why ?? { what: [] };
  const nothingMissing = changes === undefined ? {} : { changes: { ...changes, missing: [] } };

  test.each<[string, Explanation, string]>([
    [
      'the missing variable',
      { ...rest, why: vague, ...(changes ? { changes } : {}) },
      'DATABASE_URL is read but set in',
    ],
    ['else the cause', { ...rest, ...nothingMissing, ...(why ? { why } : {}) }, 'not set in api:42'],
    ['else what happened', { ...rest, ...nothingMissing, why: vague }, 'container app exited with 1'],
    ['else what it leans on', named('CPU with what it leans on'), 'orders-db: CPU 96'],
    ['else what changed', { ...rest, ...nothingMissing }, 'what changed: image api:9f3c1d2 → api:77ab0e4'],
    ['else the last line', rest, "api: last line: KeyError: 'DATABASE_URL'"],
    ['else what ECS says', named('only events'), 'ECS says: was unable to place a task'],
    ['else the line of the chart', { chart: minutes([1, 2]) }, 'CPU'],
  ])('%s', (_what, explanation, expected) => expect(render(explanation).text).toContain(expected));
});

describe('the chart', () => {
  test('has no minute that has no value', () => {
    const block = chartBlock(minutes([88, undefined, 90]));
    expect(block?.chart.axis_config.categories).toEqual(['13:43', '13:45']);
    expect(block?.chart.series.map(({ name, data }) => [name, data.map(({ value }) => value)])).toEqual([
      ['CPU', [88, 90]],
      ['limit', [85, 85]],
    ]);
  });

  test('has no time and no name twice', () => {
    const twice = [at('14:00'), at('14:00') + 30_000, at('14:01')].map((atMs, value) => ({ atMs, value }));
    const block = chartBlock({ ...minutes([]), measure: 'limit', points: twice });
    expect(block?.chart.axis_config.categories).toEqual(['14:00', '14:01']);
    expect(block?.chart.series.map(({ name }) => name)).toEqual(['limit', 'the limit']);
  });

  test.each([[[]], [[93]], [[Number.NaN, 93]]])('is not drawn of %j', (values) => {
    expect(chartBlock(minutes(values))).toBeUndefined();
  });

  test('can be left out when Slack refuses it, and its line stays', () => {
    const message = render(named('CPU with what it leans on'));
    const without = withoutChart(message);
    expect(without).toEqual({ ...message, blocks: message.blocks.slice(0, -1) });
    expect(plainText(message)).toContain('▄▄▅▅▆▆▇███');
    expect(plainText(without ?? message)).toBe(plainText(message));
    expect(withoutChart(without ?? message)).toBeUndefined();
  });
});

describe('the line of bars', () => {
  test.each<[readonly number[], number | undefined, string]>([
    [[0, 50, 100], undefined, '▁▅█'],
    [[91, 92], undefined, '██'],
    [[10, 20], 100, '▂▂'],
    [[-5, 0, 5], undefined, '▁▅█'],
    [[0, 0], undefined, '▁▁'],
    [[Number.NaN, 1], undefined, '█'],
    [[], 85, ''],
    [Array.from({ length: 11 }, (_, index) => index), undefined, '▁▂▄▅▇█'],
  ])('of %j with limit %s', (values, threshold, expected) => {
    expect(sparkline(values, threshold === undefined ? {} : { threshold })).toBe(expected);
  });
});

test('links to the log stream as the console writes it, or to the group', () => {
  const group = '/ecs/shop/api';
  const home = 'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group';
  expect(logUrl(API, { group, stream: 'api/app/0f1e[$LATEST]' })).toBe(
    `${home}/$252Fecs$252Fshop$252Fapi/log-events/api$252Fapp$252F0f1e$255B$2524LATEST$255D`,
  );
  expect(logUrl(API, { group })).toBe(`${home}/$252Fecs$252Fshop$252Fapi`);
  expect(textsOf(render(named('log lines that matched')))[0]).toMatch(/\|Log group>$/);
});
