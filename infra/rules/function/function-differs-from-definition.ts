import type { Rule } from '../rule.ts';

export const functionDiffersFromDefinition: Rule = {
  refuses: "a function that exists already, with another memory size or timeout than the definition's",
  evidence: [
    {
      kind: 'arithmetic',
      from: 'this package',
      says: 'the runtime keeps its memory contract and its deadline by the definition',
    },
  ],
  proofs: [
    {
      about: 'the memory size',
      failing: { function: { memorySize: 128 } },
      passing: { function: { memorySize: 256 } },
    },
    { about: 'the timeout', failing: { function: { timeout: 3 } }, passing: { function: { timeout: 60 } } },
  ],
  check({ definition, function: { memorySizeMb, timeoutSeconds } }) {
    const settings = [
      ['memorySize', memorySizeMb, definition.memory.sizeMb, 'memory.sizeMb'],
      ['timeout', timeoutSeconds, definition.timeoutSeconds, 'timeoutSeconds'],
    ] as const;
    for (const [field, got, expected, name] of settings) {
      if (got === undefined || got === expected) continue;
      return {
        field: `function.${field}`,
        got: `${got}, but ${name} ${expected} in the definition`,
        why: 'the runtime declines records by the definition: with less memory or time AWS kills it first, with more it pays for what it never uses',
        remedy: `give the function ${field} by definition.${name}`,
      };
    }
    return undefined;
  },
};
