import { guide, type Rule } from '../rule.ts';
import { queue } from './example.ts';

export const queueHasNoStartingPosition: Rule = {
  refuses: 'queue mode with a starting position: the broker sets where a share group starts',
  evidence: [
    guide(
      'kafka-esm-parameters',
      'StartingPosition and StartingPositionTimestamp do not apply in Queue mode',
    ),
  ],
  proofs: [
    {
      about: 'a moment',
      failing: (kit) => ({ ...queue.selfManaged(kit), startAt: new Date('2026-11-29T12:00:00Z') }),
      passing: queue.selfManaged,
    },
    {
      about: 'the end of the topic',
      failing: (kit) => ({
        ...queue.selfManaged(kit),
        definition: { ...queue.settings.definition, startingPosition: 'LATEST' },
      }),
      passing: queue.selfManaged,
    },
  ],
  check({ definition, mapping, startAt }) {
    if (mapping.SelfManagedKafkaEventSourceConfig?.ConsumptionMode !== 'Queue') return undefined;
    const isAsked =
      startAt !== undefined ||
      definition.startingPosition !== 'TRIM_HORIZON' ||
      mapping.StartingPosition !== undefined;
    if (!isAsked) return undefined;
    return {
      field: startAt === undefined ? 'startingPosition' : 'startAt',
      got: startAt?.toISOString() ?? mapping.StartingPosition ?? definition.startingPosition,
      why: 'a share group starts where the broker says (share.auto.offset.reset, by default at the end of the topic); AWS accepts no position for it',
      remedy: 'leave it out, and set share.auto.offset.reset of the group to earliest on the cluster',
    };
  },
};
