import { guide, type Rule } from '../rule.ts';

export const latestMissesRecords: Rule = {
  refuses: '`LATEST`: records produced while the mapping starts are never read',
  evidence: [
    guide(
      'kafka-starting-positions',
      'creating a mapping takes minutes; with LATEST events can be missed meanwhile',
    ),
  ],
  proofs: [
    {
      failing: { definition: { startingPosition: 'LATEST' } },
      passing: { definition: { startingPosition: 'LATEST' }, startAt: new Date('2026-11-29T12:00:00Z') },
    },
  ],
  check({ mapping }) {
    if (mapping.StartingPosition !== 'LATEST') return undefined;
    return {
      field: 'startingPosition',
      got: 'LATEST',
      why: 'the mapping takes minutes to start, and what is produced meanwhile is never read',
      remedy:
        "use TRIM_HORIZON, or the prop startAt with a moment that stays in the code, such as new Date('2026-11-29T12:00:00Z'); or acknowledge, saying why records may be missed",
    };
  },
};
