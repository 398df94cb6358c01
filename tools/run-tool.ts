/** Something that is wrong with what a tool was given. */
export class WrongOptionError extends Error {
  override readonly name = 'WrongOptionError';
}

/** The number that an option has. */
export function whole(option: string, text: string, least = 0): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new WrongOptionError(`${option}: must be a whole number from ${least} on, got "${text}"`);
}

/** Runs a tool. What is wrong with its options is told without the place in our code that noticed it. */
export function runTool(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(
      `${isMistake(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  });
}

/** https://nodejs.org/api/errors.html: `parseArgs` says so of an option that it does not know. */
function isMistake(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof WrongOptionError || code.startsWith('ERR_PARSE_ARGS');
}
