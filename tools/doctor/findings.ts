/** What a check found: one line. */
export type Finding =
  | { readonly is: 'right'; readonly what: string }
  /** A hint may be as it is meant to be. */
  | { readonly is: 'hint' | 'wrong'; readonly what: string; readonly problem: string; readonly fix: string };

const SIGNS: Readonly<Record<Finding['is'], string>> = { right: '✓', hint: '!', wrong: '✗' };

export function right(what: string): Finding {
  return { is: 'right', what };
}

export function hint(what: string, problem: string, fix: string): Finding {
  return { is: 'hint', what, problem, fix };
}

export function wrong(what: string, problem: string, fix: string): Finding {
  return { is: 'wrong', what, problem, fix };
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ is }) => is !== 'wrong');
}

/** `✗ function ecs-alerts-shop-notifier: not there → npx cdktf deploy prod-eu-west-1` */
export function shown(finding: Finding): string {
  const line = `${SIGNS[finding.is]} ${finding.what}`;
  return finding.is === 'right' ? line : `${line}: ${finding.problem} → ${finding.fix}`;
}

/** Makes a check. That it cannot be made is found too, and keeps no other from being made. */
export async function check(
  what: string,
  make: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await make()].flat();
  } catch (error) {
    return [unchecked(what, error)];
  }
}

export function unchecked(what: string, error: unknown): Finding {
  const name = error instanceof Error ? error.name : '';
  const fix = /AccessDenied|AuthorizationError|Forbidden/.test(name)
    ? 'allow these credentials what it names'
    : 'try again, or see to what it says';
  return wrong(what, `cannot be checked: ${saidBy(error)}`, fix);
}

/** An error's message, on one line. */
export function saidBy(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').trim();
}

/** What AWS calls what is not there, each service in its own way. */
const NOT_THERE = new Set([
  'ResourceNotFoundException',
  'NotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'ParameterNotFound',
]);

export function isNotThere(error: unknown): boolean {
  return error instanceof Error && NOT_THERE.has(error.name);
}

/** So many are named, more are counted. */
const NAMED = 5;

export function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
