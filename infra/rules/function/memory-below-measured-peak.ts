import type { Rule } from '../rule.ts';

export const memoryBelowMeasuredPeak: Rule = {
  refuses: 'a memory size that was seen to be too small',
  evidence: [
    {
      kind: 'arithmetic',
      from: 'memory.json of the consumer',
      says: 'the peak was measured; Lambda kills a function at its size',
    },
  ],
  proofs: [
    {
      failing: { definition: { memory: { sizeMb: 200, measuredPeakMb: 200 } } },
      passing: { definition: { memory: { sizeMb: 200, measuredPeakMb: 199 } } },
    },
  ],
  check({ definition }) {
    const { sizeMb, measuredPeakMb } = definition.memory;
    if (measuredPeakMb === undefined || measuredPeakMb < sizeMb) return undefined;
    return {
      field: 'memory.sizeMb',
      got: `${sizeMb} with measuredPeakMb ${measuredPeakMb}`,
      why: 'the consumer has already been seen to need as much or more; AWS kills a function at its size',
      remedy: `set memory.sizeMb above ${measuredPeakMb}, or measure again`,
    };
  },
};
