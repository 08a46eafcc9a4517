// The runtime's metrics: one line per invocation in CloudWatch's embedded metric format, made by Powertools. Numbers only,
// one dimension, the consumer: nothing of a record can get in.

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LedgerSummary } from '../memory/ledger.ts';

/** What became of an invocation's records; those that were retried include those that were declined. */
export interface RecordCounts {
  readonly records: number;
  readonly done: number;
  readonly skipped: number;
  readonly deadLettered: number;
  readonly retried: number;
  /** Not started, because memory was near its limit. */
  readonly declined: number;
}

/** What an invocation reports; what is undefined is left out of its line. */
export interface InvocationFigures extends LedgerSummary, RecordCounts {
  /** The most that was taken of the byte budget at once. */
  readonly inFlightPeakBytes: number;
  readonly retainedBytesPerInvocation: number;
}

const { Count, Bytes, NoUnit, Milliseconds, Percent } = MetricUnit;

/** Every metric: its name, its unit, and the figure that it is. */
const metricTable: readonly (readonly [
  name: string,
  unit: (typeof MetricUnit)[keyof typeof MetricUnit],
  figure: keyof InvocationFigures,
])[] = [
  ['RecordsReceived', Count, 'records'],
  ['RecordsDone', Count, 'done'],
  ['RecordsSkipped', Count, 'skipped'],
  ['RecordsDeadLettered', Count, 'deadLettered'],
  ['RecordsRetried', Count, 'retried'],
  ['RecordsDeclined', Count, 'declined'],
  ['EventBytes', Bytes, 'eventBytes'],
  ['DecodedBytes', Bytes, 'decodedBytes'],
  ['DecompressedBytes', Bytes, 'decompressedBytes'],
  ['InFlightBytesPeak', Bytes, 'inFlightPeakBytes'],
  ['KeptBytes', Bytes, 'keptBytes'],
  ['DecompressionRatio', NoUnit, 'decompressionRatio'],
  ['OldestRecordAge', Milliseconds, 'oldestRecordAgeMs'],
  ['RssBytes', Bytes, 'rssBytes'],
  ['HeapUsedBytes', Bytes, 'heapUsedBytes'],
  ['ExternalBytes', Bytes, 'externalBytes'],
  ['ArrayBufferBytes', Bytes, 'arrayBufferBytes'],
  ['MemoryLimitBytes', Bytes, 'memoryLimitBytes'],
  ['MemoryUsedPercent', Percent, 'memoryUsedPercent'],
  ['RetainedBytesPerInvocation', Bytes, 'retainedBytesPerInvocation'],
];

/**
 * Makes the metrics of one consumer, or nothing outside of Lambda, where nobody reads them.
 *
 * Namespace: `POWERTOOLS_METRICS_NAMESPACE`, else `Tailrace`. `POWERTOOLS_METRICS_DISABLED=true` silences them.
 */
export function createMetrics(consumer: string): Metrics | undefined {
  if (!process.env['AWS_LAMBDA_FUNCTION_NAME']) return undefined;
  const namespace = process.env['POWERTOOLS_METRICS_NAMESPACE'] || 'Tailrace';
  return new Metrics({ serviceName: consumer, namespace });
}

/** Prints an invocation's line. */
export function publishFigures(metrics: Metrics, figures: InvocationFigures): void {
  for (const [name, unit, figure] of metricTable) {
    const value = figures[figure];
    if (value !== undefined) metrics.addMetric(name, unit, value);
  }
  metrics.publishStoredMetrics();
}

/** Prints the line of an environment that ends because its memory is full. */
export function publishEnvironmentEnd(metrics: Metrics): void {
  metrics.addMetric('EnvironmentsEnded', Count, 1);
  metrics.publishStoredMetrics();
}
