// The alarms of a consumer as data: what each looks at, when it rings, what missing data says, and what the person who is
// woken up reads.

import { Duration } from 'aws-cdk-lib';
import { MathExpression, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { rootStackName } from '../../root-stack-name.ts';
import type { AlarmKey } from './alarm-options.ts';
import { memoryKills } from './memory-kill-filter.ts';
import { functionMetric, mappingMetric, period, runtimeMetric, type MappingMetricGroup } from '../metrics.ts';

/**
 * How an alarm reaches somebody. `symptom`: through one composite alarm of the consumer, since one cause sets off several.
 * `loss` and `notice`: by itself.
 */
export type AlarmGroup = 'symptom' | 'loss' | 'notice';

/** One alarm of a consumer. */
export interface AlarmSpec {
  readonly group: AlarmGroup;
  /** Metric groups of the mapping that it looks at; without them there is no such alarm. */
  readonly needs: readonly MappingMetricGroup[];
  readonly metric: (consumer: KafkaConsumer) => IMetric;
  /** It rings above this. */
  readonly threshold: (consumer: KafkaConsumer) => number;
  /** What a threshold is counted in. */
  readonly unit: string;
  readonly minutes: number;
  readonly missing: TreatMissingData;
  /** What it means; one sentence. */
  readonly means: string;
  /** What to do first. */
  readonly first: string;
  /** Where the rest is told, as a command and a page of the documentation. */
  readonly runbook?: (consumer: KafkaConsumer) => string;
}

const { BREACHING, IGNORE, NOT_BREACHING } = TreatMissingData;
const maxOldMs = 15 * 60 * 1000;

/** Every alarm, by its key. */
export const alarmTable: Readonly<Record<AlarmKey, AlarmSpec>> = {
  stuck: {
    group: 'symptom',
    needs: ['EventCount', 'KafkaMetrics'],
    // Other partitions may go on: then the worst one's lag grows while records fail.
    metric: (consumer) =>
      math('IF(lag > 0 AND (FILL(committed, 0) == 0 OR (FILL(failed, 0) > 0 AND DIFF(lag) > 0)), 1, 0)', {
        lag: mappingMetric(consumer, 'MaxOffsetLag', { statistic: 'Maximum' }),
        committed: mappingMetric(consumer, 'CommittedEventCount', { statistic: 'Sum' }),
        failed: mappingMetric(consumer, 'FailedInvokeEventCount', { statistic: 'Sum' }),
      }),
    threshold: () => 0,
    unit: 'yes or no',
    minutes: 15,
    missing: IGNORE, // a poller that has fallen silent has not got going again
    means:
      'A partition has records waiting, and its committed offset does not move, as behind a poison record.',
    first:
      'Run the query "Failures by place": the offset that comes back in every batch blocks the partition. Dead-letter it (DeadLetterError), or let retry.maxAttempts send it to the on-failure destination.',
  },
  recordAge: {
    group: 'symptom',
    needs: [],
    metric: (consumer) => runtimeMetric(consumer, 'OldestRecordAge', { statistic: 'Maximum' }),
    threshold: ({ definition }) => Math.min(maxOldMs, (definition.retry.maxAgeSeconds * 1000) / 2),
    unit: 'milliseconds',
    minutes: 15,
    missing: NOT_BREACHING, // nothing was delivered; whether something waits is for `stuck` and `notPolling` to say
    means:
      'Records are delivered long after they were produced: the consumer is behind, or retries old records.',
    first:
      'Compare records in with records done on the dashboard. If more come in, raise provisionedPollers.max, up to the number of partitions. If both are equal, see "failing".',
  },
  failing: {
    group: 'symptom',
    needs: ['EventCount'],
    metric: (consumer) =>
      math('100 * failed / invoked', {
        failed: mappingMetric(consumer, 'FailedInvokeEventCount', { statistic: 'Sum' }),
        invoked: mappingMetric(consumer, 'InvokedEventCount', { statistic: 'Sum' }),
      }),
    threshold: () => 5,
    unit: 'percent of the records sent to the function',
    minutes: 15,
    missing: NOT_BREACHING, // nothing was sent to the function
    means: 'Records fail and are delivered again. Every record of a batch with a failure counts.',
    first:
      'Run the query "Failures by place": its error names tell whether your code, the data or a downstream service fails.',
  },
  notPolling: {
    group: 'symptom',
    needs: ['EventCount'],
    metric: (consumer) => mappingMetric(consumer, 'PolledEventCount', { statistic: 'SampleCount' }),
    threshold: () => 0,
    unit: 'yes or no',
    minutes: 15,
    missing: BREACHING, // even an empty poll counts 0, so no data is no poller
    means:
      'Nobody polls the topic: the mapping is disabled, still starting, or cannot reach or log in to Kafka.',
    first:
      'Run aws lambda get-event-source-mapping: State and StateTransitionReason say why. A new mapping triggers this alarm in its first minutes.',
  },
  timeouts: {
    group: 'symptom',
    needs: [],
    metric: (consumer) =>
      math(`100 * duration / ${consumer.definition.timeoutSeconds * 1000}`, {
        duration: functionMetric(consumer, 'Duration', { statistic: 'Maximum' }),
      }),
    threshold: () => 90,
    unit: 'percent of the timeout',
    minutes: 15,
    missing: NOT_BREACHING, // no invocation
    means:
      'Invocations take nearly all the time of their timeout. Near the deadline the runtime starts no further record, so records are delivered again; a call that ignores its signal is abandoned.',
    first:
      'Look for a slow dependency. If there is none, lower batch.maxRecords, or raise timeoutSeconds (at most 840).',
  },
  outOfMemory: {
    group: 'symptom',
    needs: [],
    metric: memoryKills,
    threshold: () => 0,
    unit: 'log lines in 5 minutes',
    minutes: 5,
    missing: NOT_BREACHING, // the filter counts only lines that match
    means:
      'Lambda killed the function because it used too much memory. The same batch is delivered again and may kill it again.',
    first:
      'Raise memory.sizeMb now. Then look at the memory panel: if memory rises within one batch, a limit is too high; if it rises over hours or days, the function keeps memory.',
  },
  memory: {
    group: 'symptom',
    needs: [],
    metric: (consumer) => runtimeMetric(consumer, 'MemoryUsedPercent', { statistic: 'Maximum' }),
    threshold: () => 85,
    unit: 'percent of the memory size',
    minutes: 5,
    missing: IGNORE, // an idle process is as large as it was
    means:
      'Resident memory is near the memory size. If it rises further, the runtime declines records; at 100 percent Lambda kills the function.',
    first:
      'Compare limit, resident memory and bytes in flight on the dashboard. Raise memory.sizeMb, or lower limits.maxDecompressedBytesInFlight.',
  },
  environmentsEnded: {
    group: 'notice',
    needs: [],
    metric: (consumer) => runtimeMetric(consumer, 'EnvironmentsEnded', { statistic: 'Sum' }),
    threshold: () => 0,
    unit: 'execution environments in 5 minutes',
    minutes: 5,
    missing: NOT_BREACHING, // written only when one ends
    means:
      'An execution environment was full of memory that its function keeps, and ended itself. A new one has taken over, and one batch was delivered again.',
    first:
      'Run the query "Full environments". If the environments lived for 100 invocations or more, look for a leak with the query "Retention" and with tailrace soak. If not, raise memory.sizeMb.',
  },
  retained: {
    group: 'notice',
    needs: [],
    metric: (consumer) => runtimeMetric(consumer, 'RetainedBytesPerInvocation', { statistic: 'Maximum' }),
    threshold: () => 0,
    unit: 'bytes per invocation',
    minutes: 5,
    missing: IGNORE, // the next invocation tells
    means: 'Memory grows from invocation to invocation: the function keeps records, or parts of them.',
    first:
      'Run the query "Retention": it shows how much memory grows, since when, and how many invocations are left.',
  },
  dropped: {
    group: 'loss',
    needs: ['EventCount'],
    metric: (consumer) => mappingMetric(consumer, 'DroppedEventCount', { statistic: 'Sum' }),
    threshold: () => 0,
    unit: 'records in 5 minutes',
    minutes: 5,
    missing: NOT_BREACHING, // none
    means:
      'The mapping discarded records, and no destination has them. They stay in Kafka until the retention of the topic deletes them.',
    first:
      'Repair the destination: check that it exists and that the role of the function may write to it. Then read the discarded offsets again.',
  },
  destinationFailures: {
    group: 'loss',
    needs: ['ErrorCount'],
    metric: (consumer) =>
      math('FILL(ofFunction, 0) + FILL(ofMapping, 0)', {
        ofFunction: functionMetric(consumer, 'DestinationDeliveryFailures', { statistic: 'Sum' }),
        ofMapping: mappingMetric(consumer, 'OnFailureDestinationDeliveryErrorCount', { statistic: 'Sum' }),
      }),
    threshold: () => 0,
    unit: 'errors in 5 minutes',
    minutes: 5,
    missing: NOT_BREACHING, // both count only errors
    means: 'The mapping could not deliver to its on-failure destination.',
    first: 'Check that the destination exists and that the role of the function may write to it.',
  },
  deadLetters: {
    group: 'notice',
    needs: ['EventCount'],
    metric: (consumer) =>
      math('FILL(byFunction, 0) + FILL(byMapping, 0)', {
        byFunction: runtimeMetric(consumer, 'RecordsDeadLettered', { statistic: 'Sum' }),
        byMapping: mappingMetric(consumer, 'OnFailureDestinationDeliveredEventCount', { statistic: 'Sum' }),
      }),
    threshold: () => 0,
    unit: 'records in 5 minutes',
    minutes: 5,
    missing: NOT_BREACHING, // none arrived
    means: 'New dead letters were stored. They are safe, but nothing processes them until you do.',
    first: 'Run the query "Dead letters by error code". Each dead letter has its record and the error.',
    runbook: (consumer) =>
      `npx tailrace dead-letters list --stack ${rootStackName(consumer)}; then follow docs/guides/redrive.md of tailrace.`,
  },
};

function math(expression: string, usingMetrics: Readonly<Record<string, IMetric>>): IMetric {
  return new MathExpression({ expression, usingMetrics: { ...usingMetrics }, period });
}

/** `minutes` as evaluation periods. */
export function toPeriods(minutes: number): number {
  return Duration.minutes(minutes).toSeconds() / period.toSeconds();
}
