import type { Rule } from '../rule.ts';

export const groupNotUnique: Rule = {
  refuses: 'a consumer group that another consumer of the app reads as',
  evidence: [
    {
      kind: 'api-model',
      from: 'Lambda service model, ConsumerGroupId',
      says: 'the consumer group ID must be unique among all your Kafka event sources',
      date: '2026-11',
    },
    {
      kind: 'reported',
      from: 'serverless issue 13112',
      says: 'the 409 names event source and group together, and one group on two clusters is run by its reporter: such a pair may be acknowledged',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      failing: { groupId: 'orders', others: [{ groupId: 'orders' }] },
      passing: { groupId: 'orders-2', others: [{ groupId: 'orders' }] },
    },
  ],
  check({ groupId, groupOwner }) {
    if (groupOwner === undefined) return undefined;
    return {
      field: 'groupId',
      got: `${groupId}, which is also that of ${groupOwner}`,
      why: "AWS takes a group's name for one mapping only, and fails the deployment of the second; where it did not, each would get a share of the partitions",
      remedy: 'give one of them another groupId; or acknowledge, where the two read from different clusters',
    };
  },
};
