// Every rule, by the name that it is acknowledged by.

import { deadLetterTopicIsSource } from './destination/dead-letter-topic-is-source.ts';
import { destinationIsFifo } from './destination/destination-is-fifo.ts';
import { destinationNotWritable } from './destination/destination-not-writable.ts';
import { ungrantedOverride } from './destination/ungranted-override.ts';
import { functionDiffersFromDefinition } from './function/function-differs-from-definition.ts';
import { managedInstancesLogs } from './function/managed-instances-logs.ts';
import { managedInstancesMemory } from './function/managed-instances-memory.ts';
import { memoryBelowBudget } from './function/memory-below-budget.ts';
import { memoryBelowMeasuredPeak } from './function/memory-below-measured-peak.ts';
import { runtimeNotSupported } from './function/runtime-not-supported.ts';
import { tracingNotForKafka } from './function/tracing-not-for-kafka.ts';
import { kafkaDestinationWithoutPollers } from './pollers/kafka-destination-without-pollers.ts';
import { mappingLogsWithoutPollers } from './pollers/mapping-logs-without-pollers.ts';
import { partialResponsesWithoutPollers } from './pollers/partial-responses-without-pollers.ts';
import { pollerGroupTooLarge } from './pollers/poller-group-too-large.ts';
import { pollersAbovePartitions } from './pollers/pollers-above-partitions.ts';
import { retryControlsWithoutPollers } from './pollers/retry-controls-without-pollers.ts';
import { schemaRegistryWithoutPollers } from './pollers/schema-registry-without-pollers.ts';
import { queueHasNoOrder } from './queue/queue-has-no-order.ts';
import { queueHasNoStartingPosition } from './queue/queue-has-no-starting-position.ts';
import { queueHasNoWindow } from './queue/queue-has-no-window.ts';
import { queueNeedsSelfManaged } from './queue/queue-needs-self-managed.ts';
import { filterNotOnValue } from './reading/filter-not-on-value.ts';
import { filterOnCompressedValue } from './reading/filter-on-compressed-value.ts';
import { formatAgainstRegistry } from './reading/format-against-registry.ts';
import { latestMissesRecords } from './reading/latest-misses-records.ts';
import { recordAboveEventLimit } from './reading/record-above-event-limit.ts';
import { startTimeInFuture } from './reading/start-time-in-future.ts';
import { startTimeMoves } from './reading/start-time-moves.ts';
import { ageBelowWindowAndTimeout } from './retries/age-below-window-and-timeout.ts';
import { bisectWithoutPartialResponses } from './retries/bisect-without-partial-responses.ts';
import { dropsWithoutDestination } from './retries/drops-without-destination.ts';
import { infiniteRetriesCapped } from './retries/infinite-retries-capped.ts';
import { partialResponsesOff } from './retries/partial-responses-off.ts';
import { timeoutAboveMappingLimit } from './retries/timeout-above-mapping-limit.ts';
import { clusterPolicyUnseen } from './source/cluster-policy-unseen.ts';
import { groupNotUnique } from './source/group-not-unique.ts';
import { privateBrokersWithoutNetwork } from './source/private-brokers-without-network.ts';
import { serverlessWithoutIam } from './source/serverless-without-iam.ts';
import { sourceElsewhere } from './source/source-elsewhere.ts';
import type { Rule } from './rule.ts';

/** All of them; a new one is added here. */
export const rules = {
  AGE_BELOW_WINDOW_AND_TIMEOUT: ageBelowWindowAndTimeout,
  BISECT_WITHOUT_PARTIAL_RESPONSES: bisectWithoutPartialResponses,
  CLUSTER_POLICY_UNSEEN: clusterPolicyUnseen,
  DEAD_LETTER_TOPIC_IS_SOURCE: deadLetterTopicIsSource,
  DESTINATION_IS_FIFO: destinationIsFifo,
  DESTINATION_NOT_WRITABLE: destinationNotWritable,
  DROPS_WITHOUT_DESTINATION: dropsWithoutDestination,
  FILTER_NOT_ON_VALUE: filterNotOnValue,
  FILTER_ON_COMPRESSED_VALUE: filterOnCompressedValue,
  FORMAT_AGAINST_REGISTRY: formatAgainstRegistry,
  FUNCTION_DIFFERS_FROM_DEFINITION: functionDiffersFromDefinition,
  GROUP_NOT_UNIQUE: groupNotUnique,
  INFINITE_RETRIES_CAPPED: infiniteRetriesCapped,
  KAFKA_DESTINATION_WITHOUT_POLLERS: kafkaDestinationWithoutPollers,
  LATEST_MISSES_RECORDS: latestMissesRecords,
  MANAGED_INSTANCES_LOGS: managedInstancesLogs,
  MANAGED_INSTANCES_MEMORY: managedInstancesMemory,
  MAPPING_LOGS_WITHOUT_POLLERS: mappingLogsWithoutPollers,
  MEMORY_BELOW_BUDGET: memoryBelowBudget,
  MEMORY_BELOW_MEASURED_PEAK: memoryBelowMeasuredPeak,
  PARTIAL_RESPONSES_OFF: partialResponsesOff,
  PARTIAL_RESPONSES_WITHOUT_POLLERS: partialResponsesWithoutPollers,
  POLLER_GROUP_TOO_LARGE: pollerGroupTooLarge,
  POLLERS_ABOVE_PARTITIONS: pollersAbovePartitions,
  PRIVATE_BROKERS_WITHOUT_NETWORK: privateBrokersWithoutNetwork,
  QUEUE_HAS_NO_ORDER: queueHasNoOrder,
  QUEUE_HAS_NO_STARTING_POSITION: queueHasNoStartingPosition,
  QUEUE_HAS_NO_WINDOW: queueHasNoWindow,
  QUEUE_NEEDS_SELF_MANAGED: queueNeedsSelfManaged,
  RECORD_ABOVE_EVENT_LIMIT: recordAboveEventLimit,
  RETRY_CONTROLS_WITHOUT_POLLERS: retryControlsWithoutPollers,
  RUNTIME_NOT_SUPPORTED: runtimeNotSupported,
  SCHEMA_REGISTRY_WITHOUT_POLLERS: schemaRegistryWithoutPollers,
  SERVERLESS_WITHOUT_IAM: serverlessWithoutIam,
  SOURCE_ELSEWHERE: sourceElsewhere,
  START_TIME_IN_FUTURE: startTimeInFuture,
  START_TIME_MOVES: startTimeMoves,
  TIMEOUT_ABOVE_MAPPING_LIMIT: timeoutAboveMappingLimit,
  TRACING_NOT_FOR_KAFKA: tracingNotForKafka,
  UNGRANTED_OVERRIDE: ungrantedOverride,
} as const satisfies Readonly<Record<string, Rule>>;

/** The name of a rule. */
export type RuleId = keyof typeof rules;

/** Every name. */
export const ruleIds: readonly RuleId[] = Object.keys(rules) as RuleId[];
