// What became of a record, as far as history tells: joined from invocations, discards, dead letters' log lines and what is committed.
import type { KeptBatch, KeptCall } from './batch-store.ts';
import { readNamed } from './call-detail.ts';
import type { RecordOutcome } from '../record-wire.ts';
import type { OffsetSpan, PartitionState } from '../wire.ts';

/** What is known of one record. */
export interface Outcome {
  readonly outcome: RecordOutcome;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly attempts: number;
}

/** Finds outcomes of one consumer's records. */
export type FindOutcome = (partition: number, offset: number) => Outcome;

/** Reads history once; `batches` newest first. */
export function createOutcomes(
  consumer: string,
  batches: readonly KeptBatch[],
  partitions: readonly PartitionState[],
): FindOutcome {
  const own = batches.filter((batch) => batch.consumer === consumer);
  const letters = new Map<string, { readonly code: string | null; readonly requestId: string }>();
  for (const { calls } of own)
    for (const { call, logs } of calls)
      for (const { line } of logs) {
        const named = line.includes('"record dead-lettered"') ? readNamed(line) : undefined;
        if (named !== undefined)
          letters.set(`${named.partition}@${named.offset}`, { code: named.code, requestId: call.requestId });
      }
  return (partition, offset) => {
    const found = findCalls(own, partition, offset);
    const { attempts } = found;
    const requestId = found.last?.call.requestId ?? null;
    const letter = letters.get(`${partition}@${offset}`);
    if (letter !== undefined) return { outcome: 'dead-lettered', ...letter, attempts };
    if (found.condition !== undefined)
      return { outcome: 'discarded', code: found.errorType ?? found.condition, requestId, attempts };
    if (found.last !== undefined) {
      const isFailed = found.last.call.unresolved.some((span) => isIn(span, partition, offset));
      return {
        outcome: isFailed ? 'retrying' : 'processed',
        code: isFailed ? found.last.call.errorType : null,
        requestId,
        attempts,
      };
    }
    const committed = partitions.find((each) => each.partition === partition)?.committed ?? 0;
    return {
      outcome: offset < committed ? 'committed' : 'waiting',
      code: null,
      requestId: null,
      attempts: 0,
    };
  };
}

function findCalls(
  batches: readonly KeptBatch[],
  partition: number,
  offset: number,
): {
  readonly last: KeptCall | undefined;
  readonly attempts: number;
  readonly condition: string | undefined;
  readonly errorType: string | undefined;
} {
  for (const { calls, discards } of batches) {
    const own = calls.filter(({ call }) => call.delivered.some((span) => isIn(span, partition, offset)));
    const discard = discards.find(({ ranges }) => ranges.some((span) => isIn(span, partition, offset)));
    if (own.length === 0 && discard === undefined) continue;
    const last = own.at(-1);
    return {
      last,
      attempts: own.length,
      condition: discard?.condition,
      errorType: last?.call.errorType ?? undefined,
    };
  }
  return { last: undefined, attempts: 0, condition: undefined, errorType: undefined };
}

/** Whether a span has the record. */
export function isIn(span: OffsetSpan, partition: number, offset: number): boolean {
  return span.partition === partition && offset >= span.from && offset < span.to;
}
