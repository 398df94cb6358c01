import type { Message } from '../../functions/notifier/render/blocks';

/** All text in the blocks of a message, a block each. */
export function textsOf({ blocks }: Message): readonly string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'section') return [block.text?.text ?? ''];
    return block.type === 'context' ? block.elements.map((one) => ('text' in one ? one.text : '')) : [];
  });
}

const DATES = /<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>/g;

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
    ...(isMention ? [`a mention: ${JSON.stringify(message)}`] : []),
  ];
}

/** Slack takes the message, and nothing in it is a mention or a command of somebody else's making. */
export function expectWithinLimits(message: Message): void {
  expect(beyondLimits(message)).toEqual([]);
}
