import type { Rule } from '../rule.ts';

export const ageBelowWindowAndTimeout: Rule = {
  refuses: 'records that are too old for a retry once a batch has waited and timed out',
  evidence: [
    {
      kind: 'arithmetic',
      from: 'AWS Lambda developer guide, invocation-eventsourcemapping and kafka-retry-configurations',
      says: 'the first call starts when the window closes; a call that times out ends a timeout later',
    },
  ],
  proofs: [
    {
      failing: {
        definition: {
          timeoutSeconds: 90,
          batch: { maximumBatchingWindowSeconds: 30 },
          retry: { maxAgeSeconds: 120 },
        },
      },
      passing: {
        definition: {
          timeoutSeconds: 90,
          batch: { maximumBatchingWindowSeconds: 30 },
          retry: { maxAgeSeconds: 121 },
        },
      },
    },
    {
      about: 'without a retry the window alone counts',
      failing: {
        definition: {
          batch: { maximumBatchingWindowSeconds: 60 },
          retry: { maxAgeSeconds: 60, maxAttempts: 1 },
        },
      },
      passing: {
        definition: {
          batch: { maximumBatchingWindowSeconds: 59 },
          retry: { maxAgeSeconds: 60, maxAttempts: 1 },
        },
      },
    },
  ],
  check({ definition, mapping }) {
    const { MaximumRecordAgeInSeconds: age, MaximumRetryAttempts: retries } = mapping;
    if (age === undefined || age < 0) return undefined;
    const window = mapping.MaximumBatchingWindowInSeconds ?? 0.5; // AWS's own where none is set
    const isRetried = retries !== 0;
    const needed = isRetried ? window + definition.timeoutSeconds : window;
    if (age > needed) return undefined;
    return {
      field: 'retry.maxAgeSeconds',
      got: `${age} with batch.maximumBatchingWindowSeconds ${window} and timeoutSeconds ${definition.timeoutSeconds}`,
      why: isRetried
        ? 'a record that waited for the window and met one timeout is too old, so AWS gives it up without the retries that were asked for'
        : 'a record that waited for the window is too old, so AWS gives it up without calling the function',
      remedy: `set retry.maxAgeSeconds above ${needed}, or shorten the window or the timeout`,
    };
  },
};
