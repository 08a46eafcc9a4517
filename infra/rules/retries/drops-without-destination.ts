import { none } from '../pollers/on-demand.ts';
import { destinationOf, guide, isLimited, type Rule } from '../rule.ts';

export const dropsWithoutDestination: Rule = {
  refuses: 'a limit on attempts or age, and nowhere to put what exceeds it',
  evidence: [guide('kafka-on-failure', 'without a destination discarded records are gone')],
  proofs: [
    {
      failing: { overrides: { DestinationConfig: none, MaximumRetryAttempts: -1 } },
      passing: {
        overrides: { DestinationConfig: none, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1 },
      },
    },
    {
      about: 'attempts alone',
      failing: { overrides: { DestinationConfig: none, MaximumRecordAgeInSeconds: -1 } },
      passing: { overrides: { MaximumRecordAgeInSeconds: -1 } },
    },
  ],
  check(input) {
    const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = input.mapping;
    if (destinationOf(input) !== undefined) return undefined;
    if (!isLimited(MaximumRetryAttempts) && !isLimited(MaximumRecordAgeInSeconds)) return undefined;
    return {
      field: 'DestinationConfig',
      got: `none with MaximumRetryAttempts ${MaximumRetryAttempts ?? -1}, MaximumRecordAgeInSeconds ${MaximumRecordAgeInSeconds ?? -1}`,
      why: 'without a destination AWS drops records that it gives up on, and commits past them',
      remedy: 'keep the on-failure destination, or set both limits to -1',
    };
  },
};
