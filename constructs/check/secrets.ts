import { type Path, placeOf } from './mistakes';
import { secretRule } from './redacted';
import { writtenIn } from './written';

/** All mistakes, secrets first: of a secret only its place and the rule are told, and nothing else of that place. */
export function withSecrets(given: unknown, mistakes: readonly string[]): readonly string[] {
  const rules = new Map<string, string>();
  for (const { path, text } of writtenIn(given)) {
    const rule = secretRule(text);
    if (rule !== undefined) rules.set(beginning(path), rule);
  }
  return [
    ...[...rules].map(([place, rule]) => `${place}${rule}`),
    ...mistakes.filter((mistake) => ![...rules.keys()].some((place) => mistake.startsWith(place))),
  ];
}

function beginning(path: Path): string {
  return `${placeOf(path)}: `;
}
