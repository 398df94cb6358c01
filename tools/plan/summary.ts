import type { Action, Change } from './changes';

/** What a plan of a stack came to. */
export type StackPlan = { readonly stack: string } & (
  | { readonly state: 'unchanged' }
  | { readonly state: 'changes'; readonly changes: readonly Change[] }
  | { readonly state: 'failed'; readonly error: string }
);

/** What may not be overlooked, then what is folded. */
const LOUD: readonly Action[] = ['replace', 'destroy', 'forget'];
const FOLDED: readonly Action[] = ['change', 'add', 'import', 'move'];

const COLUMNS: readonly Action[] = ['add', 'change', 'replace', 'destroy'];

/**
 * Markdown for a comment. Lists are cut, all at the same number of lines, until it is no longer than that.
 *
 * @param length in characters
 */
export function planSummary(plans: readonly StackPlan[], length: number): string {
  const whole = rendered(plans, Number.POSITIVE_INFINITY);
  if (whole.length <= length) return whole;
  const sentence = `\nCut to ${length} characters: \`npm run plan -- --length 1000000\` shows all.\n`;
  for (let lines = whole.split('\n').length; lines > 0; lines = Math.floor(lines / 2)) {
    const cut = rendered(plans, lines);
    if (cut.length + sentence.length <= length) return `${cut}${sentence}`;
  }
  return `${headline(plans)}\n${sentence}`;
}

/** @param most so many lines of each list */
function rendered(plans: readonly StackPlan[], most: number): string {
  const told = plans.filter(({ state }) => state !== 'unchanged');
  return [headline(plans), '', ...table(plans), ...told.flatMap((plan) => section(plan, most))].join('\n').concat('\n');
}

function headline(plans: readonly StackPlan[]): string {
  const count = (state: StackPlan['state']) => plans.filter((plan) => plan.state === state).length;
  const failed = count('failed') === 0 ? '' : `, ${count('failed')} failed`;
  return `## Plan: changes in ${count('changes')} of ${plans.length} stacks${failed}`;
}

function table(plans: readonly StackPlan[]): readonly string[] {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const cells = (plan: StackPlan) => {
    if (plan.state === 'failed') return ['**failed**', '', '', ''];
    return COLUMNS.map((action) => (plan.state === 'changes' ? count(plan.changes, action) : 0));
  };
  return [
    row(['stack', ...COLUMNS]),
    row(['---', ...COLUMNS.map(() => '---')]),
    ...plans.map((plan) => row([plan.stack, ...cells(plan)])),
  ];
}

function section(plan: StackPlan, most: number): readonly string[] {
  if (plan.state === 'failed') return ['', `### ${plan.stack} failed`, '', ...fenced(plan.error, most)];
  if (plan.state === 'unchanged') return [];
  const { changes } = plan;
  const of = (actions: readonly Action[]) =>
    actions.flatMap((action) => changes.filter((change) => change.action === action));
  const loud = of(LOUD).map((change) => `- **${change.action} \`${change.address}\`**${why(change)}`);
  const folded = of(FOLDED).map((change) => `- ${change.action} \`${change.address}\`${why(change)}`);
  const counts = FOLDED.map((action) => `${count(changes, action)} to ${action}`).filter(
    (one) => !one.startsWith('0 '),
  );
  return [
    '',
    `### ${plan.stack}`,
    ...(loud.length === 0 ? [] : ['', ...first(loud, most)]),
    ...(folded.length === 0
      ? []
      : ['', `<details><summary>${counts.join(', ')}</summary>`, '', ...first(folded, most), '', '</details>']),
    ...(changes.length === 0 ? ['', 'No resource changes, only what Terraform keeps beside them.'] : []),
  ];
}

function count(changes: readonly Change[], wanted: Action): number {
  return changes.filter(({ action }) => action === wanted).length;
}

function why({ attributes, forcedBy, movedFrom }: Change): string {
  const names = (list: readonly string[]) => list.map((name) => `\`${name}\``).join(', ');
  const forced = forcedBy.length === 0 ? [] : [`forced by ${names(forcedBy)}`];
  const rest = attributes.filter((name) => !forcedBy.includes(name));
  const moved = movedFrom === undefined ? [] : [`from \`${movedFrom}\``];
  const parts = [...moved, ...forced, ...(rest.length === 0 ? [] : [names(rest)])];
  return parts.length === 0 ? '' : `: ${parts.join('; ')}`;
}

function first(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `- … and ${lines.length - most} more`];
}

/** The fence is longer than any that the text has. */
function fenced(text: string, most: number): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...first(text.split('\n'), most), fence];
}
