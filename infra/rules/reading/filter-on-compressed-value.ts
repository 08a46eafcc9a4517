import { guide, type Rule } from '../rule.ts';
import { readPatterns } from './patterns.ts';
import { isValidated } from './registry.ts';

const schemaRegistry = {
  type: 'glue',
  registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/orders',
  recordFormat: 'JSON',
} as const;

export const filterOnCompressedValue: Rule = {
  refuses:
    'filters by a value that may be compressed, which AWS ignores; not where a schema registry decodes the value first',
  evidence: [
    guide('kafka-filtering', 'a value that is not valid UTF-8 text or JSON is not filtered by its data'),
  ],
  proofs: [
    {
      failing: { filters: [{ value: { kind: ['order'] } }] },
      passing: { filters: [{ value: { kind: ['order'] } }], definition: { compression: 'none' } },
    },
    {
      about: 'unless a registry reads it first',
      failing: {
        filters: [{ value: { kind: ['order'] } }],
        schemaRegistry: { ...schemaRegistry, attributes: ['KEY'] },
      },
      passing: { filters: [{ value: { kind: ['order'] } }], schemaRegistry },
    },
  ],
  check(input) {
    const { definition, mapping } = input;
    const hasValue = readPatterns(mapping.FilterCriteria).some((pattern) => 'value' in pattern);
    if (!hasValue || definition.compression === 'none' || isValidated(input, 'VALUE')) return undefined;
    return {
      field: 'filters',
      got: `a filter by value with compression ${JSON.stringify(definition.compression)}`,
      why: 'a compressed value is no text to AWS, which then ignores the filter and lets every record pass',
      remedy: "set compression to 'none' where values are never compressed, or filter in the handler",
    };
  },
};
