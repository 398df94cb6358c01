import { inspect } from 'node:util';
import type { z } from 'zod';
import { redacted } from './redacted';

/** How mistakes are told: place, rule, value. */

export type Path = readonly PropertyKey[];

/** Throws one error with all mistakes, if there are any. */
export function refuse(place: string, mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  const message = `${place}: ${count}\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`;
  // A secret that was put in a wrong place, be it as the name of an option, must not get into a log.
  const error = new Error(redacted(message));
  // Where in our code it was noticed helps nobody.
  error.stack = error.message;
  throw error;
}

/** Where an option belongs that is none where it stands: `is an option of …`. */
export type Elsewhere = (path: Path) => string | undefined;

export function mistakesOf(
  schema: z.ZodType,
  value: unknown,
  path: Path = [],
  elsewhere: Elsewhere = () => undefined,
): string[] {
  const { error } = schema.safeParse(value, { reportInput: true });
  return (error?.issues ?? []).flatMap((issue) => told({ ...issue, path: [...path, ...issue.path] }, elsewhere));
}

function told(issue: z.core.$ZodIssue, elsewhere: Elsewhere): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => noOption([...issue.path, key], elsewhere));
  }
  // The key of a record is wrong: the place is the key, what is wrong stands inside.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => line(issue.path, message, issue.input));
  // Of a choice, the branch that got furthest says what is wrong.
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.find((branch) => branch.some(({ path }) => path.length > 0)) ?? [];
    if (inner.length > 0)
      return inner.flatMap((one) => told({ ...one, path: [...issue.path, ...one.path] }, elsewhere));
  }
  return [line(issue.path, issue.message, issue.input)];
}

export function noOption(path: Path, elsewhere: Elsewhere = () => undefined): string {
  return `${placeOf(path)}: ${elsewhere(path) ?? 'is not an option'}`;
}

export function line(path: Path, rule: string, value: unknown): string {
  return value === undefined
    ? `${placeOf(path)}: is missing, ${rule}`
    : `${placeOf(path)}: ${rule}, got ${shown(value)}`;
}

/** `clusters[1].services.api.stopped` */
export function placeOf(path: Path): string {
  if (path.length === 0) return 'the configuration';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** The value as it was written. Not as JSON: that has no NaN, and throws at what is circular. */
export function shown(value: unknown): string {
  if (typeof value !== 'string') return inspect(value, { compact: true, breakLength: Infinity });
  // A password with quotes in it would look as if it ended there.
  return JSON.stringify(value.replace(/:\/\/.*@/s, '://…@'));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The fields of what should be an object; none of what is not one, which the schema tells. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Its own field, never one of the prototype: a service may be called `constructor`. */
export function fieldOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
