import { noControls, none } from '../pollers/on-demand.ts';
import { destinationOf, guide, isLimited, type Rule } from '../rule.ts';

const automaticRetries = 10;

export const infiniteRetriesCapped: Rule = {
  refuses: 'endless retries with a destination: AWS stops after 10',
  evidence: [
    guide(
      'kafka-retry-configurations',
      'with infinite retries and an on-failure destination, Lambda applies at most 10 retries by itself',
    ),
  ],
  proofs: [
    {
      failing: { overrides: { MaximumRetryAttempts: -1 } },
      passing: { overrides: { MaximumRetryAttempts: 10_000 } },
    },
    {
      about: 'nothing said is for ever',
      failing: { overrides: { MaximumRetryAttempts: none } },
      passing: {
        overrides: {
          ...noControls,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          DestinationConfig: none,
        },
      },
    },
  ],
  check(input) {
    const { MaximumRetryAttempts } = input.mapping;
    // A definition without pollers says 11 attempts already, which is what AWS does then.
    if (input.definition.provisionedPollers === false) return undefined;
    if (isLimited(MaximumRetryAttempts) || destinationOf(input) === undefined) return undefined;
    return {
      field: 'MaximumRetryAttempts',
      got: `${MaximumRetryAttempts ?? 'none'} (forever) with a destination`,
      why: `AWS gives up after ${automaticRetries} retries if there is a destination`,
      remedy: `say how often: retry.maxAttempts ${automaticRetries + 1} is what it would be; or take the destination away`,
    };
  },
};
