// What AWS gives only to mappings with pollers of their own (its provisioned mode), and how many of them can have work.

import { destinationOf, isProvisioned, type Finding, type RuleInput } from './rule.ts';

const remedy =
  'keep ProvisionedPollerConfig, or leave these out as well, and let the handler throw instead of reporting';

/** `RETRY_CONTROLS_WITHOUT_POLLERS` */
export function retryControlsWithoutPollers(input: RuleInput): Finding | undefined {
  const { MaximumRetryAttempts, MaximumRecordAgeInSeconds, BisectBatchOnFunctionError } = input.mapping;
  const set = Object.entries({
    MaximumRetryAttempts,
    MaximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: BisectBatchOnFunctionError === true ? true : undefined,
  }).filter(([, value]) => value !== undefined);
  if (isProvisioned(input) || set.length === 0) return undefined;
  return {
    field: 'ProvisionedPollerConfig',
    got: `none beside ${set.map(([name, value]) => `${name} ${value}`).join(', ')}`,
    why: 'AWS has retry controls for Kafka in provisioned mode only; a batch that fails would be retried until Kafka drops it, its partition standing still',
    remedy,
  };
}

/** `PARTIAL_RESPONSES_WITHOUT_POLLERS` */
export function partialResponsesWithoutPollers(input: RuleInput): Finding | undefined {
  const { FunctionResponseTypes = [] } = input.mapping;
  if (isProvisioned(input) || FunctionResponseTypes.length === 0) return undefined;
  return {
    field: 'ProvisionedPollerConfig',
    got: `none beside FunctionResponseTypes ${FunctionResponseTypes.join(', ')}`,
    why: 'AWS reads partial responses for Kafka in provisioned mode only; records reported for another attempt would be committed as done',
    remedy,
  };
}

/** `KAFKA_DESTINATION_WITHOUT_POLLERS` */
export function kafkaDestinationWithoutPollers(input: RuleInput): Finding | undefined {
  const destination = destinationOf(input);
  if (isProvisioned(input) || destination?.startsWith('kafka://') !== true) return undefined;
  return {
    field: 'ProvisionedPollerConfig',
    got: `none beside destination ${destination}`,
    why: 'AWS writes to a Kafka topic in provisioned mode only; what fails would be stored nowhere',
    remedy: 'keep ProvisionedPollerConfig, or choose an S3 bucket, SQS queue or SNS topic',
  };
}

/** `MAPPING_LOGS_WITHOUT_POLLERS` */
export function mappingLogsWithoutPollers(input: RuleInput): Finding | undefined {
  const level = input.mapping.LoggingConfig?.SystemLogLevel;
  if (isProvisioned(input) || level === undefined) return undefined;
  return {
    field: 'ProvisionedPollerConfig',
    got: `none beside SystemLogLevel ${level}`,
    why: 'AWS lets mappings log in provisioned mode only; there would be no such log',
    remedy: 'keep ProvisionedPollerConfig, or leave mappingLogLevel out',
  };
}

/** `POLLERS_ABOVE_PARTITIONS` */
export function pollersAbovePartitions({ mapping, partitions }: RuleInput): Finding | undefined {
  const { MaximumPollers, MinimumPollers } = mapping.ProvisionedPollerConfig ?? {};
  const most = Math.max(MaximumPollers ?? 0, MinimumPollers ?? 0);
  if (partitions === undefined || most <= partitions) return undefined;
  return {
    field: 'provisionedPollers.max',
    got: `${most} for ${partitions} partitions`,
    why: 'a partition has one poller at a time, so AWS stops at the number of partitions without a word and the throughput counted on never comes',
    remedy: `set provisionedPollers.max to at most ${partitions}, or add partitions`,
  };
}
