// The runtime's metrics: one line per invocation in CloudWatch's embedded metric format. Numbers only, one dimension, the consumer:
// nothing of a record can get in.

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

type Unit = 'Bytes' | 'Count' | 'Milliseconds' | 'None' | 'Percent';

/** What takes metrics, and prints those that it has taken: Powertools' `Metrics` is one. */
export interface MetricsLine {
  addMetric(name: string, unit: Unit, value: number): unknown;
  publishStoredMetrics(): unknown;
}

/** Every metric: its name, its unit, and the figure that it is. */
const metricTable: readonly (readonly [name: string, unit: Unit, figure: keyof InvocationFigures])[] = [
  ['RecordsReceived', 'Count', 'records'],
  ['RecordsDone', 'Count', 'done'],
  ['RecordsSkipped', 'Count', 'skipped'],
  ['RecordsDeadLettered', 'Count', 'deadLettered'],
  ['RecordsRetried', 'Count', 'retried'],
  ['RecordsDeclined', 'Count', 'declined'],
  ['EventBytes', 'Bytes', 'eventBytes'],
  ['DecodedBytes', 'Bytes', 'decodedBytes'],
  ['DecompressedBytes', 'Bytes', 'decompressedBytes'],
  ['InFlightBytesPeak', 'Bytes', 'inFlightPeakBytes'],
  ['KeptBytes', 'Bytes', 'keptBytes'],
  ['DecompressionRatio', 'None', 'decompressionRatio'],
  ['OldestRecordAge', 'Milliseconds', 'oldestRecordAgeMs'],
  ['RssBytes', 'Bytes', 'rssBytes'],
  ['HeapUsedBytes', 'Bytes', 'heapUsedBytes'],
  ['ExternalBytes', 'Bytes', 'externalBytes'],
  ['ArrayBufferBytes', 'Bytes', 'arrayBufferBytes'],
  ['MemoryLimitBytes', 'Bytes', 'memoryLimitBytes'],
  ['MemoryUsedPercent', 'Percent', 'memoryUsedPercent'],
  ['RetainedBytesPerInvocation', 'Bytes', 'retainedBytesPerInvocation'],
];

/**
 * Makes the metrics of one consumer, or nothing outside of Lambda, where nobody reads them.
 *
 * Namespace: `POWERTOOLS_METRICS_NAMESPACE`, else `Tailrace`. `POWERTOOLS_METRICS_DISABLED=true` silences them.
 */
export function createMetrics(consumer: string): MetricsLine | undefined {
  const { AWS_LAMBDA_FUNCTION_NAME: lambda, POWERTOOLS_METRICS_DISABLED: disabled } = process.env;
  if (!lambda || /^(?:1|on|true|yes)$/i.test(disabled ?? '')) return undefined;
  const namespace = process.env['POWERTOOLS_METRICS_NAMESPACE'] || 'Tailrace';
  let taken: { readonly name: string; readonly unit: Unit; readonly value: number }[] = [];
  return {
    addMetric: (name, unit, value) => taken.push({ name, unit, value }),
    publishStoredMetrics() {
      const metrics = taken.map(({ name, unit }) => ({ Name: name, Unit: unit }));
      const directive = { Namespace: namespace, Dimensions: [['service']], Metrics: metrics };
      const values = Object.fromEntries(taken.map(({ name, value }) => [name, value]));
      taken = [];
      // The embedded metric format, as CloudWatch's guide specifies it.
      const about = { Timestamp: Date.now(), CloudWatchMetrics: [directive] };
      process.stdout.write(`${JSON.stringify({ _aws: about, service: consumer, ...values })}\n`);
    },
  };
}

/** Prints an invocation's line. */
export function publishFigures(metrics: MetricsLine, figures: InvocationFigures): void {
  for (const [name, unit, figure] of metricTable) {
    const value = figures[figure];
    if (value !== undefined) metrics.addMetric(name, unit, value);
  }
  metrics.publishStoredMetrics();
}

/** Prints the line of an environment that ends because its memory is full. */
export function publishEnvironmentEnd(metrics: MetricsLine): void {
  metrics.addMetric('EnvironmentsEnded', 'Count', 1);
  metrics.publishStoredMetrics();
}
