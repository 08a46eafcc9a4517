// How often and how long a failing batch is tried, and what becomes of it then.

import { destinationOf, isLimited, type Finding, type RuleInput } from './rule.ts';

const automaticRetries = 10; // with a destination and no limit (AWS guide, Kafka retry configurations)
const maxTimeoutSeconds = 840; // 14 minutes, for functions behind Kafka mappings

/** `INFINITE_RETRIES_CAPPED` */
export function infiniteRetriesCapped(input: RuleInput): Finding | undefined {
  const { MaximumRetryAttempts } = input.mapping;
  if (isLimited(MaximumRetryAttempts) || destinationOf(input) === undefined) return undefined;
  return {
    field: 'MaximumRetryAttempts',
    got: `${MaximumRetryAttempts ?? 'none'} (for ever) beside a destination`,
    why: `AWS gives up after ${automaticRetries} retries all the same once there is a destination`,
    remedy: `say how often: retry.maxAttempts ${automaticRetries + 1} is what it would be; or take the destination away`,
  };
}

/** `DROPS_WITHOUT_DESTINATION` */
export function dropsWithoutDestination(input: RuleInput): Finding | undefined {
  const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = input.mapping;
  if (destinationOf(input) !== undefined) return undefined;
  if (!isLimited(MaximumRetryAttempts) && !isLimited(MaximumRecordAgeInSeconds)) return undefined;
  return {
    field: 'DestinationConfig',
    got: `none beside MaximumRetryAttempts ${MaximumRetryAttempts ?? -1}, MaximumRecordAgeInSeconds ${MaximumRecordAgeInSeconds ?? -1}`,
    why: 'AWS drops what it gives up when it has nowhere to put it, and commits past it',
    remedy: 'keep the on-failure destination, or set both limits to -1',
  };
}

/** `PARTIAL_RESPONSES_OFF` */
export function partialResponsesOff({ mapping }: RuleInput): Finding | undefined {
  const { FunctionResponseTypes = [] } = mapping;
  if (FunctionResponseTypes.includes('ReportBatchItemFailures')) return undefined;
  return {
    field: 'FunctionResponseTypes',
    got: FunctionResponseTypes,
    why: 'AWS ignores the response then, in which the runtime lists what to deliver again: those records would be committed as done, and lost',
    remedy: 'keep ReportBatchItemFailures, unless the handler is your own and throws for a failed batch',
  };
}

/** `BISECT_WITHOUT_PARTIAL_RESPONSES` */
export function bisectWithoutPartialResponses({ mapping }: RuleInput): Finding | undefined {
  const { BisectBatchOnFunctionError, FunctionResponseTypes = [] } = mapping;
  if (BisectBatchOnFunctionError !== true || FunctionResponseTypes.includes('ReportBatchItemFailures')) {
    return undefined;
  }
  return {
    field: 'retry.bisect',
    got: 'true without ReportBatchItemFailures',
    why: 'AWS halves a failed batch down to its bad record and runs every good one again each time, up to 14 times in a batch of 10000',
    remedy: 'keep ReportBatchItemFailures, or set retry.bisect to false',
  };
}

/** `AGE_BELOW_WINDOW_AND_TIMEOUT` */
export function ageBelowWindowAndTimeout({ definition, mapping }: RuleInput): Finding | undefined {
  const { MaximumRecordAgeInSeconds: age, MaximumRetryAttempts: retries } = mapping;
  if (age === undefined || age < 0) return undefined;
  const window = mapping.MaximumBatchingWindowInSeconds ?? 0.5; // AWS's own where none is set
  // The first call starts when the window closes; one that times out ends a timeout later, and only then comes a retry.
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
}

/** `TIMEOUT_ABOVE_MAPPING_LIMIT` */
export function timeoutAboveMappingLimit({ definition }: RuleInput): Finding | undefined {
  if (definition.timeoutSeconds <= maxTimeoutSeconds) return undefined;
  return {
    field: 'timeoutSeconds',
    got: definition.timeoutSeconds,
    why: `a Kafka mapping takes functions of at most ${maxTimeoutSeconds} s; AWS deploys the function and then stops the mapping as not valid`,
    remedy: `set it to ${maxTimeoutSeconds} or less`,
  };
}
