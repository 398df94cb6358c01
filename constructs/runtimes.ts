/** Runtimes of the functions, and which AWS providers know them. */

/** @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
export const DEFAULT_RUNTIME = 'nodejs24.x';
/** The newest that every AWS provider knows. */
export const OLDER_RUNTIME = 'nodejs22.x';

/** What the functions are built for: functions/build.mjs. */
const OLDEST_NODE = 20;
/** The first AWS provider that knows nodejs24.x. */
const KNOWS_NODE_24 = [6, 19] as const;

export function isRuntime(runtime: string): boolean {
  return /^nodejs\d+\.x$/.test(runtime) && nodeOf(runtime) >= OLDEST_NODE;
}

/** Whether an AWS provider takes the runtime; the newest one takes all. */
export function isKnownTo(version: string | undefined, runtime: string): boolean {
  if (version === undefined || nodeOf(runtime) < nodeOf(DEFAULT_RUNTIME)) return true;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [knowingMajor, knowingMinor] = KNOWS_NODE_24;
  return major > knowingMajor || (major === knowingMajor && minor >= knowingMinor);
}

function nodeOf(runtime: string): number {
  return Number(/\d+/.exec(runtime)?.[0]);
}
