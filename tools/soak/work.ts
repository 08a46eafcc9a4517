// How much of its work a function has done, from its answers and its log: what is not processed takes no memory either, and proves
// nothing about it.

import type { InvocationResult } from '../local/batch-result.ts';

/** Records of some invocations. */
export interface Work {
  /** Sent. */
  readonly records: number;
  /** Of invocations that failed, and dead-lettered ones. */
  readonly failedRecords: number;
  /** Reported for another delivery. */
  readonly reportedRecords: number;
  /** In words, three at most. */
  readonly firstFailures: readonly string[];
}

/** Nothing sent yet. */
export const noWork: Work = { records: 0, failedRecords: 0, reportedRecords: 0, firstFailures: [] };

const mostFailures = 3;

/** With one more invocation of so many records. */
export function addInvocation(work: Work, result: InvocationResult, records: number): Work {
  const isError = result.kind === 'error';
  return {
    records: work.records + records,
    failedRecords: work.failedRecords + (isError ? records : 0),
    reportedRecords: work.reportedRecords + (result.kind === 'response' ? countReported(result.body) : 0),
    firstFailures: addFailures(work, isError ? [`${result.errorType}: ${result.errorMessage}`] : []),
  };
}

/** With what the log has said of records. */
export function addLog(work: Work, { deadLettered, failures }: LogCounts): Work {
  return {
    ...work,
    failedRecords: work.failedRecords + deadLettered,
    firstFailures: addFailures(work, failures),
  };
}

function addFailures({ firstFailures }: Work, failures: readonly string[]): readonly string[] {
  return [...firstFailures, ...failures].slice(0, mostFailures);
}

/** What a round's log lines say. Of a worker thread a line may come after its response: it counts with the next round. */
export interface LogCounts {
  readonly declined: number;
  readonly deadLettered: number;
  readonly failures: readonly string[];
}

/** Reads log lines one by one. */
export function createLogReader(): {
  readonly read: (line: string) => void;
  readonly take: () => LogCounts;
  /** Whether Tailrace has ended the environment for want of memory. */
  readonly isFull: () => boolean;
} {
  let [declined, deadLettered] = [0, 0];
  let failures: string[] = [];
  let isFull = false;
  return {
    read(line) {
      declined += readMetric(line, 'RecordsDeclined');
      deadLettered += readMetric(line, 'RecordsDeadLettered');
      isFull ||= readMetric(line, 'EnvironmentsEnded') > 0;
      const failure = failures.length < mostFailures ? readFailure(line) : undefined;
      if (failure !== undefined) failures.push(failure);
    },
    take() {
      const taken = { declined, deadLettered, failures };
      [declined, deadLettered, failures] = [0, 0, []];
      return taken;
    },
    isFull: () => isFull,
  };
}

/** Of the records that were sent so many must have been processed: what is not processed is not held on to either. */
const leastProcessed = 0.9;

/** Why a function's work is not enough to judge it by; empty when it is. */
export function toWorkDoubts({
  records,
  reportedRecords,
  failedRecords,
  firstFailures,
}: Work): readonly string[] {
  const processed = records - reportedRecords - failedRecords;
  if (processed >= leastProcessed * records) return [];
  const reasons = firstFailures.length > 0 ? ` The first failures: ${firstFailures.join('; ')}` : '';
  return [
    `no verdict on a function that does not do its work, got ${processed} of ${records} records processed, expected 90 % at least; --logs shows all of it.${reasons}`,
  ];
}

// Of a line of metrics in CloudWatch's embedded format, as lib/telemetry/metrics.ts writes it.
function readMetric(
  line: string,
  name: 'EnvironmentsEnded' | 'RecordsDeadLettered' | 'RecordsDeclined',
): number {
  if (!line.startsWith('{"_aws"')) return 0;
  return Number(new RegExp(`"${name}":(\\d+)`).exec(line)?.[1] ?? 0);
}

// A line of the runtime about a record that failed: its error's name, code and, on a developer's machine, message.
function readFailure(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"error":{')) return undefined;
  try {
    const { error } = JSON.parse(line) as {
      readonly error?: { readonly name?: string; readonly code?: string; readonly message?: string };
    };
    return [error?.name, error?.code, error?.message].filter((part) => part !== undefined).join(': ');
  } catch {
    // No line of ours.
    return undefined;
  }
}

/** Records that an answer reports for another delivery. */
function countReported(body: string): number {
  const { batchItemFailures } = (JSON.parse(body) ?? {}) as { readonly batchItemFailures?: unknown };
  return Array.isArray(batchItemFailures) ? batchItemFailures.length : 0;
}
