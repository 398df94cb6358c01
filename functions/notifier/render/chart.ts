import type { Chart } from '../explain/explanation';
import { shorten } from '../shorten';
import { type Message, oneLine, words } from './blocks';
import { amount, capital, duration } from './words';

/**
 * Slack's own chart. `@slack/types` 3.2 does not have it yet.
 * https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
 */
export interface DataVisualizationBlock {
  readonly type: 'data_visualization';
  readonly title: string;
  readonly chart: {
    readonly type: 'line';
    readonly series: readonly Series[];
    readonly axis_config: {
      readonly categories: readonly string[];
      readonly x_label?: string;
      readonly y_label?: string;
    };
  };
}

/** Has a point for every category. */
export interface Series {
  readonly name: string;
  readonly data: readonly { readonly label: string; readonly value: number }[];
}

/** Slack takes no more; all three are in its reference. */
const TITLE_MAX = 50;
const NAME_MAX = 20;
const CATEGORIES_MAX = 20;
/** A single point is no line. */
const POINTS_MIN = 2;

/**
 * The metric and its limit over the last minutes. None where there is no line to draw.
 *
 * The block has no gaps: every series needs a value for each category. So a minute without a value is left out, and the
 * axis shows by its times that it is missing. A zero or the value before would be made up, and somebody would act on it.
 */
export function chartBlock(chart: Chart): DataVisualizationBlock | undefined {
  const data = lastPoints(chart);
  if (data.length < POINTS_MIN) return undefined;
  const { title, measure, unit, threshold } = chart;
  const name = plain(measure, NAME_MAX);
  // Slack refuses two series of one name.
  const limit = name === 'limit' ? 'the limit' : 'limit';
  const flat = threshold === undefined ? [] : [{ name: limit, data: data.map((at) => ({ ...at, value: threshold })) }];
  return {
    type: 'data_visualization',
    title: plain(title, TITLE_MAX),
    chart: {
      type: 'line',
      series: [{ name, data }, ...flat],
      axis_config: {
        categories: data.map(({ label }) => label),
        x_label: 'UTC',
        ...(unit === '' ? {} : { y_label: plain(unit, TITLE_MAX) }),
      },
    },
  };
}

/** `*CPU* ▂▃▅▆▇ 91 %, limit 85 % (last 20 min)`: what the chart says where there is none to be seen. */
export function chartLine(chart: Chart): string | undefined {
  const { title, unit, threshold } = chart;
  const known = knownPoints(chart);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const bars = sparkline(
    known.map(({ value }) => value),
    threshold === undefined ? {} : { threshold },
  );
  const limit = threshold === undefined ? '' : `, limit\u00a0${quantity(threshold, unit)}`;
  // The last point lasts as long as the shortest of the others.
  const steps = known.slice(1).map(({ atMs }, index) => atMs - (known[index]?.atMs ?? atMs));
  const span = steps.length === 0 ? '' : ` (last ${duration(last.atMs - first.atMs + Math.min(...steps))})`;
  return `*${capital(words(title, TITLE_MAX))}*  ${bars}  ${quantity(last.value, unit)}${limit}${span}`;
}

/** A unit is what somebody wrote, at most a few letters. */
export function quantity(value: number, unit: string): string {
  return amount(value, unit === '' ? '' : words(unit, NAME_MAX));
}

/** The same without the chart, when Slack refuses it; `undefined` when it was not the chart that Slack refused. */
export function withoutChart(message: Message): Message | undefined {
  const blocks = message.blocks.filter(({ type }) => type !== 'data_visualization');
  return blocks.length === message.blocks.length ? undefined : { ...message, blocks };
}

const BARS = '▁▂▃▄▅▆▇█';
/** More is one black block on a phone. */
const BARS_MAX = 10;

/**
 * A line of bars. They begin at zero and end at the highest value or the limit: scaled by their own lowest and highest,
 * 92 % after 91 % would look like a mountain. The packages that draw such lines bring colours for terminals along.
 */
export function sparkline(values: readonly number[], { threshold = 0 }: { readonly threshold?: number } = {}): string {
  const peaks = peaksOf(values.filter(Number.isFinite));
  const bottom = Math.min(0, ...peaks);
  const span = Math.max(threshold, ...peaks) - bottom;
  const bar = (value: number) => (span > 0 ? Math.round(((value - bottom) / span) * (BARS.length - 1)) : 0);
  return peaks.map((value) => BARS.charAt(bar(value))).join('');
}

/** Where there are too many, the highest of each few: it is peaks that alarm. The last few are never fewer. */
function peaksOf(values: readonly number[]): readonly number[] {
  const each = Math.max(1, Math.ceil(values.length / BARS_MAX));
  const [first, ...starts] = values.map((_, index) => index).filter((index) => (values.length - index) % each === 0);
  if (first === undefined) return values;
  const bounds = [0, ...(first === 0 ? starts : [first, ...starts]), values.length];
  return bounds.slice(1).map((end, index) => Math.max(...values.slice(bounds[index], end)));
}

/** Its times are unique, as Slack wants its categories: of two values in one minute the later one stays. */
function lastPoints(chart: Chart): Series['data'] {
  const byTime = new Map(knownPoints(chart).map(({ atMs, value }) => [utc(atMs), Math.round(value * 100) / 100]));
  return [...byTime].map(([label, value]) => ({ label, value }));
}

function knownPoints({ points }: Chart): Chart['points'] {
  return points.filter(({ value }) => Number.isFinite(value)).slice(-CATEGORIES_MAX);
}

function utc(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16);
}

/** Whether Slack reads markup in a chart is not documented: as text it may show escapes, so there is nothing to escape. */
function plain(text: string, max: number): string {
  const line = oneLine(text).replaceAll('<', '‹').replaceAll('>', '›');
  return line === '' ? '?' : withinUnits(line, max);
}

/** Whether Slack counts characters or their halves is not documented: neither may be more. */
function withinUnits(line: string, max: number): string {
  for (let length = max; ; length--) {
    const fitting = shorten(line, length);
    if (fitting.length <= max) return fitting;
  }
}
