// The life of one batch as a pure state machine: a batch result in, actions out. Retries, record age, bisect, partial
// responses, discard and commit are decided here and nowhere else; the caller only carries actions out, in order.
//
//   begin ──> [discard]* [commit]* invoke ──result──> settle ──> [discard]* [commit]* invoke ──> ... ──> done
//
// A batch is a list of chunks, processed from the front. A function error halves the front chunk (bisect) or sends it
// again; a partial response shrinks it to the listed records. Later chunks wait: order inside a partition is kept.
import type { Admission, UnreadableCondition } from './event.ts';
import type { BatchResult, RecordPosition } from './batch-result.ts';

/** What the machine needs to know of a record. */
export interface AttemptRecord extends RecordPosition {
  /** Epoch milliseconds; the age of a record counts from here. */
  readonly timestampMs: number;
  /** What is not `deliver`, the default, is resolved without a call. */
  readonly admission?: Admission;
}

/** What a destination is told of a call. */
export interface AttemptCall {
  readonly requestId: string;
  /** Of the error that the call ended in; undefined after a response. */
  readonly errorType: string | undefined;
}

/** The mapping's error handling settings, as in its template. */
export interface RetryPolicy {
  /** 0..10000 calls after the first one, or -1 for no limit (10 where there is a destination, as AWS does silently). */
  readonly maximumRetryAttempts: number;
  /** 60..604800, or -1 for any age. */
  readonly maximumRecordAgeSeconds: number;
  readonly bisect: boolean;
  readonly hasDestination: boolean;
  /** Pause before the first retry, in milliseconds; it doubles per failure up to 30 s. 0: none. AWS's own is unknown. */
  readonly backoffMs: number;
}

/** Why records are discarded: sent to the on-failure destination, or dropped without one. */
export type DiscardCondition =
  | 'RetryAttemptsExhausted'
  | 'RecordAgeExceeded'
  | 'MaximumPayloadSizeExceeded'
  | UnreadableCondition;

/** What the caller must do, in the order given. */
export type AttemptAction<R> =
  /** Deliver to the on-failure destination if there is one; the records are resolved either way. */
  | {
      readonly kind: 'discard';
      readonly records: readonly R[];
      readonly condition: DiscardCondition;
      /** Invocations that these records went through. */
      readonly invokeCount: number;
      /** Whether the last of those ended in a function error (not a partial response). */
      readonly functionError: boolean;
      /** The last of those; undefined if there was none. */
      readonly lastCall: AttemptCall | undefined;
    }
  /** Every record of this partition in the batch is resolved: `offset` (last one + 1) may be committed. */
  | { readonly kind: 'commit'; readonly partition: number; readonly offset: number }
  /** Wait, then call the function with these records and hand the result to `settleAttempt`. Always the last action. */
  | { readonly kind: 'invoke'; readonly records: readonly R[]; readonly delayMs: number };

/** The machine between two results; the first chunk is the one being called. */
export interface AttemptState<R> {
  readonly policy: RetryPolicy;
  readonly chunks: readonly Chunk<R>[];
  readonly open: ReadonlyMap<number, OpenPartition>;
}

/** One step: the new state, and what to do. Without an `invoke` among the actions the batch is done. */
export interface AttemptStep<R> {
  readonly state: AttemptState<R>;
  readonly actions: readonly AttemptAction<R>[];
}

interface Chunk<R> {
  readonly records: readonly R[];
  /** Failed calls that count against the limit; halves inherit it, a split adds nothing (as for Kinesis). */
  readonly attempts: number;
  /** All calls, splits included. */
  readonly invokeCount: number;
  /** Calls in a row of these very records without success or run, for the pause before the next. */
  readonly failures: number;
  readonly functionError: boolean;
  /** The last call that these records were in: a half that waits for its turn was in that of its whole. */
  readonly lastCall: AttemptCall | undefined;
}

interface OpenPartition {
  readonly unresolved: number;
  readonly nextOffset: number;
}

const maxBackoffMs = 30_000;
// "Infinite retries plus any on-failure destination are capped at 10" (AWS Lambda guide, Kafka retry configurations).
const cappedRetryAttempts = 10;

/** Starts a batch; `oversize` says that it is a lone record too large for an event, which no function will see. */
export function beginAttempts<R extends AttemptRecord>(
  records: readonly R[],
  policy: RetryPolicy,
  options: { readonly nowMs: number; readonly oversize?: boolean },
): AttemptStep<R> {
  const open = new Map<number, OpenPartition>();
  for (const [partition, { count, last }] of countByPartition(records))
    open.set(partition, { unresolved: count, nextOffset: last.offset + 1 });
  const isPlain = records.every(({ admission }) => admission === undefined);
  const groups = isPlain
    ? new Map<Admission, readonly R[]>([['deliver', records]])
    : Map.groupBy(records, ({ admission }) => admission ?? 'deliver');
  const deliver = groups.get('deliver') ?? [];
  const whole: Chunk<R> = {
    records: deliver,
    attempts: 0,
    invokeCount: 0,
    failures: 0,
    functionError: false,
    lastCall: undefined,
  };
  const draft = createDraft({ policy, chunks: deliver.length === 0 ? [] : [whole], open });
  draft.resolve(groups.get('offset-only') ?? []);
  for (const condition of ['SCHEMA_NOT_FOUND', 'DESERIALIZATION_ERROR'] as const)
    draft.discard(whole, groups.get(condition) ?? [], condition);
  if (options.oversize === true) {
    draft.chunks = [];
    draft.discard(whole, whole.records, 'MaximumPayloadSizeExceeded');
  }
  return finish(draft, options.nowMs);
}

/** Takes the result for the records of the last `invoke`, which was `call`. A settled batch stays settled. */
export function settleAttempt<R extends AttemptRecord>(
  state: AttemptState<R>,
  result: BatchResult<R>,
  { nowMs, call }: { readonly nowMs: number; readonly call: AttemptCall },
): AttemptStep<R> {
  const [chunk, ...rest] = state.chunks;
  if (chunk === undefined) return { state, actions: [] };
  const draft = createDraft({ ...state, chunks: rest });
  const called = {
    ...chunk,
    invokeCount: chunk.invokeCount + 1,
    failures: chunk.failures + 1,
    lastCall: call,
  };
  switch (result.kind) {
    case 'success':
      draft.resolve(chunk.records);
      break;
    case 'notRun':
      draft.chunks = [{ ...chunk, failures: chunk.failures + 1 }, ...rest];
      break;
    case 'partial': {
      const failed = new Set<R>(result.failed);
      draft.resolve(chunk.records.filter((record) => !failed.has(record)));
      const left = chunk.records.filter((record) => failed.has(record));
      retry(draft, { ...called, records: left, functionError: false });
      break;
    }
    case 'failed':
      if (state.policy.bisect && chunk.records.length > 1) {
        const half = Math.ceil(chunk.records.length / 2);
        // Pauses are for what is sent again as it was; halves that waited for each split before them would take minutes.
        const failed = { ...called, failures: 0, functionError: result.functionError };
        const front = { ...failed, records: chunk.records.slice(0, half) };
        draft.chunks = [front, { ...failed, records: chunk.records.slice(half) }, ...rest];
      } else retry(draft, { ...called, functionError: result.functionError });
      break;
  }
  return finish(draft, nowMs);
}

/** How many records there are of each partition, and the last one of them. */
function countByPartition<R extends RecordPosition>(
  records: readonly R[],
): ReadonlyMap<number, { readonly count: number; readonly last: R }> {
  const counts = new Map<number, { count: number; last: R }>();
  let current: { count: number; last: R } | undefined;
  for (const record of records) {
    // Records of a partition mostly follow one another.
    if (current?.last.partition !== record.partition) {
      current = counts.get(record.partition) ?? { count: 0, last: record };
      counts.set(record.partition, current);
    }
    current.count++;
    current.last = record;
  }
  return counts;
}

interface Draft<R> {
  readonly policy: RetryPolicy;
  chunks: readonly Chunk<R>[];
  readonly open: Map<number, OpenPartition>;
  readonly actions: AttemptAction<R>[];
  readonly resolve: (records: readonly R[]) => void;
  readonly discard: (chunk: Chunk<R>, records: readonly R[], condition: DiscardCondition) => void;
}

function createDraft<R extends AttemptRecord>(state: AttemptState<R>): Draft<R> {
  const open = new Map(state.open);
  const actions: AttemptAction<R>[] = [];
  const resolve = (records: readonly R[]): void => {
    const resolved = countByPartition(records);
    for (const [partition, entry] of open) {
      const unresolved = entry.unresolved - (resolved.get(partition)?.count ?? 0);
      open.set(partition, { ...entry, unresolved });
      if (unresolved > 0) continue;
      open.delete(partition);
      actions.push({ kind: 'commit', partition, offset: entry.nextOffset });
    }
  };
  return {
    policy: state.policy,
    chunks: state.chunks,
    open,
    actions,
    resolve,
    discard(chunk, records, condition) {
      if (records.length === 0) return;
      const { invokeCount, functionError, lastCall } = chunk;
      actions.push({ kind: 'discard', records, condition, invokeCount, functionError, lastCall });
      resolve(records);
    },
  };
}

function retry<R extends AttemptRecord>(draft: Draft<R>, chunk: Chunk<R>): void {
  const { maximumRetryAttempts, hasDestination } = draft.policy;
  const endless = hasDestination ? cappedRetryAttempts : Infinity;
  const limit = maximumRetryAttempts === -1 ? endless : maximumRetryAttempts;
  const attempts = chunk.attempts + 1;
  if (attempts > limit) draft.discard(chunk, chunk.records, 'RetryAttemptsExhausted');
  else draft.chunks = [{ ...chunk, attempts }, ...draft.chunks];
}

// Drops what is too old from the front, then calls for what is left. Age is judged at the moment of the coming call.
function finish<R extends AttemptRecord>(draft: Draft<R>, nowMs: number): AttemptStep<R> {
  const maxAgeMs =
    draft.policy.maximumRecordAgeSeconds === -1 ? Infinity : draft.policy.maximumRecordAgeSeconds * 1000;
  for (;;) {
    const [chunk, ...rest] = draft.chunks;
    if (chunk === undefined) break;
    const delayMs = backoff(draft.policy.backoffMs, chunk.failures);
    const isOld = (record: R): boolean => nowMs + delayMs - record.timestampMs > maxAgeMs;
    const fresh = maxAgeMs === Infinity ? chunk.records : chunk.records.filter((record) => !isOld(record));
    if (fresh.length < chunk.records.length)
      draft.discard(chunk, chunk.records.filter(isOld), 'RecordAgeExceeded');
    draft.chunks = fresh.length === 0 ? rest : [{ ...chunk, records: fresh }, ...rest];
    if (fresh.length === 0) continue;
    draft.actions.push({ kind: 'invoke', records: fresh, delayMs });
    break;
  }
  return { state: { policy: draft.policy, chunks: draft.chunks, open: draft.open }, actions: draft.actions };
}

function backoff(baseMs: number, failures: number): number {
  return failures === 0 ? 0 : Math.min(maxBackoffMs, baseMs * 2 ** Math.min(failures - 1, 20));
}
