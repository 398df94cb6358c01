import type { Message } from '../../functions/notifier/render/blocks';

/** All text in the blocks of a message, a block each. */
function textsOf({ blocks }: Message): readonly string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'section') return [block.text?.text ?? ''];
    return block.type === 'context' ? block.elements.map((one) => ('text' in one ? one.text : '')) : [];
  });
}

/**
 * Slack takes the message, and nothing in it is a mention or a command of somebody else's making.
 * https://docs.slack.dev/reference/block-kit/blocks; 13,200 characters over all blocks: measured, not documented.
 */
export function expectWithinLimits(message: Message): void {
  const texts = textsOf(message);
  expect([...message.text].length).toBeLessThanOrEqual(120);
  expect(message.blocks.length).toBeLessThanOrEqual(50);
  expect(texts.join('').length).toBeLessThanOrEqual(10_000);
  for (const one of texts) {
    expect(one.length).toBeGreaterThan(0);
    expect(one.length).toBeLessThanOrEqual(3000);
  }
  const dates = /<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>/g;
  expect([message.text, ...texts].join('\n').replaceAll(dates, '')).not.toMatch(/<[!@#]/);
}
