import type { Rule } from '../rule.ts';

/** What the role's permissions were made for. */
const granted: ReadonlySet<string> = new Set([
  'AmazonManagedKafkaEventSourceConfig',
  'DestinationConfig',
  'EventSourceArn',
  'FunctionName',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
  'Topics',
]);

export const ungrantedOverride: Rule = {
  refuses: 'an override of what permissions are made for: source, topic, group, destination',
  evidence: [
    {
      kind: 'arithmetic',
      from: 'this package',
      says: "the role's statements follow the props, and an override changes none of them",
    },
  ],
  proofs: [
    {
      failing: { overrides: { DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } } } },
      passing: { overrides: { Tags: [{ Key: 'team', Value: 'orders' }] } },
    },
  ],
  check({ overrides }) {
    // One that is undefined takes something away, which needs no permission.
    const found = Object.keys(overrides).filter((name) => granted.has(name) && overrides[name] !== undefined);
    if (found.length === 0) return undefined;
    return {
      field: 'overrides',
      got: found.join(', '),
      why: "the role's permissions follow the props, not overrides: the mapping would deploy, and then be refused what it asks for",
      remedy:
        'use the props definition, source, groupId and onFailure, or grant it to the consumer yourself and acknowledge',
    };
  },
};
