import type { Rule } from '../rule.ts';

export const startTimeMoves: Rule = {
  refuses: '`startAt` read off a clock: it differs with each synth, and so replaces the mapping',
  evidence: [
    {
      kind: 'api-model',
      from: 'CloudFormation resource schema of AWS::Lambda::EventSourceMapping, createOnlyProperties',
      says: 'StartingPosition and StartingPositionTimestamp are create-only: a change replaces the mapping',
      date: '2026-11',
    },
    {
      kind: 'reported',
      from: 'serverless issue 12377, SAM issue 1320, aws-cdk pull request 21791',
      says: 'the new mapping is made before the old one goes, and fails with 409: the consumer group exists already',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      about: 'now',
      failing: () => ({ startAt: new Date() }),
      passing: { startAt: new Date('2026-11-29T12:00:00Z') },
    },
    {
      about: 'an hour ago',
      failing: () => ({ startAt: new Date(Math.floor(Date.now() / 1000) * 1000 - 3_599_877) }),
      passing: { startAt: new Date('2026-11-29T11:00:00Z') },
    },
  ],
  check({ startAt, now }) {
    if (startAt === undefined || startAt.getTime() > now) return undefined;
    // A moment that a person wrote down has no fraction of a second, of which AWS takes none, and lies before this process.
    const isOfThisRun = startAt.getTime() >= now - process.uptime() * 1000;
    if (!isOfThisRun && startAt.getMilliseconds() === 0) return undefined;
    return {
      field: 'startAt',
      got: `${startAt.toISOString()}, ${isOfThisRun ? 'a moment of this very synth' : 'with a fraction of a second, as a clock gives it'}`,
      why: 'the next synth gives another one; AWS replaces a mapping whose starting position changes, the new one before the old one goes, and fails with 409 since the old one holds the consumer group',
      remedy:
        "write the moment down in whole seconds, such as new Date('2026-11-29T12:00:00Z'), and leave it there",
    };
  },
};
