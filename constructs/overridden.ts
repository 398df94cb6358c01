import { KIND_OF } from './watching';

/**
 * What holds further up, then what is said here, field by field. What is left open here takes nothing away; `true`, or
 * options of a kind, switch on with what holds further up, whether it is off by `false` or by its policy; a list is
 * replaced as a whole.
 */
export function overridden<Up extends object, Own extends object>(up: Up, own: Own): Up & Own {
  const known = up as Readonly<Record<string, unknown>>;
  const said = Object.entries(own).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, laidOver(key, Object.hasOwn(known, key) ? known[key] : undefined, value)]],
  );
  return { ...up, ...Object.fromEntries(said) } as Up & Own;
}

function laidOver(key: string, up: unknown, own: unknown): unknown {
  if (!isFields(up)) return own;
  // A tag may be called `policy` too.
  const known = Object.hasOwn(KIND_OF, key) ? on(up) : up;
  if (own === true) return known;
  return isFields(own) ? overridden(known, own) : own;
}

function on(switched: object): object {
  return 'policy' in switched && switched.policy === 'off' ? { ...switched, policy: undefined } : switched;
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
