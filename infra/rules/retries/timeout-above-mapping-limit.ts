import { guide, type Rule } from '../rule.ts';

const maxTimeoutSeconds = 840;

export const timeoutAboveMappingLimit: Rule = {
  refuses: 'a function timeout above 840 seconds',
  evidence: [guide('with-msk', 'Lambda supports function timeouts of at most 14 minutes for Kafka mappings')],
  proofs: [
    {
      failing: { hand: { timeoutSeconds: 841 } },
      passing: { definition: { timeoutSeconds: 840 } },
    },
  ],
  check({ definition }) {
    if (definition.timeoutSeconds <= maxTimeoutSeconds) return undefined;
    return {
      field: 'timeoutSeconds',
      got: definition.timeoutSeconds,
      why: `a Kafka mapping takes functions of at most ${maxTimeoutSeconds} s; AWS deploys the function and then stops the mapping as not valid`,
      remedy: `set it to ${maxTimeoutSeconds} or less`,
    };
  },
};
