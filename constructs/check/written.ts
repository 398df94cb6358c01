import { isObject, type Path } from './mistakes';

export interface Written {
  readonly path: Path;
  readonly text: string;
}

/** Every string of a configuration, the names of options too. What is circular is looked at once. */
export function writtenIn(value: unknown): readonly Written[] {
  const seen = new Set<object>();
  const visit = (inner: unknown, path: Path): readonly Written[] => {
    if (typeof inner === 'string') return [{ path, text: inner }];
    if (!isObject(inner) || seen.has(inner)) return [];
    seen.add(inner);
    return Object.entries(inner).flatMap(([key, field]) => {
      const place = [...path, Array.isArray(inner) ? Number(key) : key];
      return [...(Array.isArray(inner) ? [] : [{ path: place, text: key }]), ...visit(field, place)];
    });
  };
  return visit(value, []);
}
