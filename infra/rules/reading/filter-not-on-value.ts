import { guide, type Rule } from '../rule.ts';
import { readPatterns } from './patterns.ts';

export const filterNotOnValue: Rule = {
  refuses: 'filters by anything but the value',
  evidence: [guide('kafka-filtering', 'for Kafka the key of a pattern is value')],
  proofs: [
    {
      failing: { filters: [{ key: ['a'] }] },
      passing: { filters: [{ value: ['a'] }], definition: { compression: 'none' } },
    },
  ],
  check({ mapping }) {
    const fields = readPatterns(mapping.FilterCriteria).flatMap((pattern) => Object.keys(pattern));
    const others = [...new Set(fields.filter((name) => name !== 'value'))];
    if (others.length === 0) return undefined;
    return {
      field: 'filters',
      got: others,
      why: 'for Kafka AWS filters by value alone; other fields match in no documented way, and what does not match is committed unread',
      remedy: 'filter by value, or in the handler',
    };
  },
};
