/**
 * What holds further up, then what is said here, field by field. What is left open here takes nothing away; `true`
 * switches on with what holds further up; a list is replaced as a whole.
 */
export function overridden<Up extends object, Own extends object>(up: Up, own: Own): Up & Own {
  const known = up as Readonly<Record<string, unknown>>;
  const said = Object.entries(own).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, laidOver(Object.hasOwn(known, key) ? known[key] : undefined, value)]],
  );
  return { ...up, ...Object.fromEntries(said) } as Up & Own;
}

function laidOver(up: unknown, own: unknown): unknown {
  if (!isFields(up)) return own;
  if (own === true) return on(up);
  return isFields(own) ? overridden(up, own) : own;
}

function on(switched: object): object {
  return 'policy' in switched && switched.policy === 'off' ? { ...switched, policy: undefined } : switched;
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
