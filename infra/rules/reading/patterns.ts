// The filter patterns of a mapping, read back from their text.

import type { RuleInput } from '../rule.ts';

/** Every pattern that is an object; one that is known only at deployment, or is no JSON, is left out. */
export function readPatterns(criteria: RuleInput['mapping']['FilterCriteria']): readonly object[] {
  return (criteria?.Filters ?? []).flatMap(({ Pattern }) => {
    const pattern = parseJson(Pattern ?? '{}');
    return typeof pattern === 'object' && pattern !== null ? [pattern] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An override's pattern that is known only at deployment, or no JSON, which AWS refuses by itself.
    return undefined;
  }
}
