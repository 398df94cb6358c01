import type { Message } from '../../functions/notifier/render/blocks';
import type { DataVisualizationBlock } from '../../functions/notifier/render/chart';

/** All text in the blocks of a message, a block each. */
export function textsOf({ blocks }: Message): readonly string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'section') return [block.text?.text ?? ''];
    return block.type === 'context' ? block.elements.map((one) => ('text' in one ? one.text : '')) : [];
  });
}

/** Slack's date tokens, as we write them. */
export const DATES = /<!date\^\d+\^(\{time\}\||\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d )\d\d:\d\d UTC>/g;

/** https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
function beyondChart(block: DataVisualizationBlock): readonly string[] {
  const { series, axis_config } = block.chart;
  const { categories, x_label = '', y_label = '' } = axis_config;
  const names = series.map(({ name }) => name);
  const labels = [...names, ...categories];
  const isComplete = series.every(({ data }) => data.map(({ label }) => label).join() === categories.join());
  const hasValues = series.every(({ data }) => data.every(({ value }) => Number.isFinite(value)));
  return [
    ...(block.title === '' || block.title.length > 50 ? [`a title of ${block.title.length} characters`] : []),
    ...(series.length < 1 || series.length > 6 ? [`${series.length} series`] : []),
    ...(categories.length < 1 || categories.length > 20 ? [`${categories.length} categories`] : []),
    ...(new Set(names).size < names.length || new Set(categories).size < categories.length ? ['a name twice'] : []),
    ...labels.flatMap((label) => (label === '' || label.length > 20 ? [`a label: ${label}`] : [])),
    ...([x_label, y_label].some((label) => label.length > 50) ? ['a long label of an axis'] : []),
    ...(isComplete ? [] : ['a series without a point for each category']),
    ...(hasValues ? [] : ['a value that is no number']),
    ...(/[<>]/.test([block.title, ...labels].join()) ? ['markup in the chart'] : []),
  ];
}

/**
 * Why Slack would not take the message, or would read a mention or a command of somebody else's making in it.
 * https://docs.slack.dev/reference/block-kit/blocks; 13,200 characters over all blocks: measured, not documented.
 */
export function beyondLimits(message: Message): readonly string[] {
  const texts = textsOf(message);
  const { text, blocks } = message;
  const isMention = /<[!@#]/.test([text, ...texts].join('\n').replaceAll(DATES, ''));
  return [
    ...([...text].length > 120 || text === '' ? [`text of ${text.length} characters`] : []),
    ...(blocks.length > 50 ? [`${blocks.length} blocks`] : []),
    ...(texts.join('').length > 10_000 ? ['more than 10,000 characters over all blocks'] : []),
    ...texts.flatMap((one) => (one === '' || one.length > 3000 ? [`a block of ${one.length} characters`] : [])),
    ...blocks.flatMap((block) => (block.type === 'data_visualization' ? beyondChart(block) : [])),
    ...(isMention ? [`a mention: ${JSON.stringify(message)}`] : []),
  ];
}

/** Slack takes the message, and nothing in it is a mention or a command of somebody else's making. */
export function expectWithinLimits(message: Message): void {
  expect(beyondLimits(message)).toEqual([]);
}
