import { guide, type Rule } from '../rule.ts';

export const startTimeInFuture: Rule = {
  refuses: '`startAt` in the future',
  evidence: [guide('kafka-starting-positions', 'StartingPositionTimestamp cannot be in the future')],
  proofs: [
    {
      failing: { startAt: new Date('2999-01-01T00:00:00Z') },
      passing: { startAt: new Date('2026-11-29T12:00:00Z') },
    },
  ],
  check({ mapping, now }) {
    const seconds = mapping.StartingPositionTimestamp;
    if (seconds === undefined || seconds * 1000 <= now) return undefined;
    return {
      field: 'startAt',
      got: new Date(seconds * 1000).toISOString(),
      why: 'AWS refuses a starting position in the future, and the deployment fails',
      remedy: 'name a moment that has passed, or will have by the time of deployment',
    };
  },
};
