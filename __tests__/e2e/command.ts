import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Output goes into a file: a slow reader would slow the command. */
  readonly log: string;
}

/** Runs a command to its end and returns its exit code. */
export function run(program: string, command: Command): Promise<number> {
  return ended(program, start(program, command));
}

/** What a command came to. */
export interface Result {
  readonly code: number;
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** All that it said, errors too. */
  readonly output: string;
}

/** Runs a command that says little to its end. */
export async function capture(program: string, { args, cwd, env }: Omit<Command, 'log'>): Promise<Result> {
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, output] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const code = await ended(program, child);
  return { code, stdout, output };
}

/** Runs a command that has to succeed; else its last lines are in the error. */
export async function succeed(program: string, command: Command): Promise<void> {
  const code = await run(program, command);
  if (code === 0) return;
  const lines = readFileSync(command.log, 'utf8').trimEnd().split('\n').slice(-40).join('\n');
  throw new Error(`${program} ${command.args.join(' ')} ended with ${code}:\n${lines}`);
}

/** When all that it wrote is there. */
function ended(program: string, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`)));
    child.once('close', (code) => resolve(code ?? -1));
  });
}

/** Starts a server; whoever starts it ends it. */
export function start(program: string, { args, cwd, env, log }: Command): ChildProcess {
  const file = openSync(log, 'a');
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: ['ignore', file, file] });
  closeSync(file);
  return child;
}

export async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Asks until the answer is there. Says what it waited for when it is not. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1000;
  for (;;) {
    let cause: unknown;
    const answer = await ask().catch((error: unknown) => {
      cause = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    if (Date.now() > giveUpAt) throw new Error(`waited ${seconds} s in vain for: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
