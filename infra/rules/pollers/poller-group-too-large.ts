import { guide, type Rule } from '../rule.ts';

const maxMappings = 100;
const others = (count: number): { readonly pollerGroup: string }[] =>
  Array.from({ length: count }, () => ({ pollerGroup: 'orders' }));

export const pollerGroupTooLarge: Rule = {
  refuses: 'a poller group of more than 100 mappings, counted over the app',
  evidence: [
    guide('kafka-esm-parameters', 'a poller group holds up to 100 event source mappings'),
    {
      kind: 'documentation',
      from: 'cdk-preflight, rule pf-lambda-esm-poller-group-esm-count',
      says: 'the same limit, as a warning for one template',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      failing: { pollerGroup: 'orders', others: others(maxMappings) },
      passing: { pollerGroup: 'orders', others: others(maxMappings - 1) },
    },
  ],
  check({ mapping, pollerGroupSize }) {
    if (pollerGroupSize <= maxMappings) return undefined;
    return {
      field: 'pollerGroup',
      got: `${mapping.ProvisionedPollerConfig?.PollerGroupName} with ${pollerGroupSize} mappings`,
      why: `AWS takes at most ${maxMappings} mappings in a poller group, and fails the deployment of the next one`,
      remedy: 'give some of them another pollerGroup',
    };
  },
};
