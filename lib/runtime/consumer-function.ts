// What a user writes: the functions of a consumer, and what they are given beside their records.

import type { LeasedRecord } from './record/record.ts';
import type { Disposition } from './outcome/classify.ts';
import type { Log, Place } from '../telemetry/log.ts';

/** Lambda's context object, as far as it is used and handed on; the rest of it is there, too. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
  readonly functionName?: string;
  readonly functionVersion?: string;
  readonly invokedFunctionArn?: string;
  /** Megabytes, as text. */
  readonly memoryLimitInMB?: string;
  readonly logGroupName?: string;
  readonly logStreamName?: string;
}

/** What every function of a consumer gets about the invocation. */
export interface InvocationInfo {
  /** Aborts shortly before the invocation's deadline: by half of the margin, which is a tenth of the timeout, 0.5 to 10 s. */
  readonly signal: AbortSignal;
  /** Logs with the request id on each line. */
  readonly log: Log;
  /** Lambda's id of this invocation; another delivery of the record has another id. */
  readonly requestId: string;
  /** Lambda's context object, as the handler was given it. */
  readonly lambdaContext: LambdaContext;
}

/** What a function gets in addition to its record or records. */
export interface FunctionContext extends InvocationInfo {
  /** Logs with the request id and the place of the record, or of the batch's first record, on each line. */
  readonly log: Log;
}

/** A record that failed; it can be used until `onError` returns. */
export type FailedRecord<V, K> = Omit<LeasedRecord<V, K>, 'value' | 'key'> & {
  /** undefined if the record could not be decoded, or the definition has no format. */
  readonly value: V | null | undefined;
  /** null if the record could not be decoded and the definition has a key format. */
  readonly key: K | null;
};

/** Functions that a consumer may have in addition to `record` or `batch`. */
export interface ConsumerHooks<V, K> {
  /**
   * Decides what happens to a record that failed: `retry` has it delivered again, `dead-letter` stores a copy and continues,
   * `skip` continues without a copy, undefined lets the runtime decide (see `docs/reference/handler.md`). Called for every
   * failure: of decoding, of the record's function, or of a batch function during this record. If it throws, or returns anything
   * else, the record is retried.
   */
  onError?(error: unknown, record: FailedRecord<V, K>): Disposition | undefined;
  /** Called before the first record of an invocation starts. If it fails, no record starts, and all are delivered again. */
  beforeInvocation?(info: InvocationInfo): unknown;
  /**
   * Called after every record has settled: flush buffers here. If it fails, or does not settle in time, every processed record is
   * delivered again.
   */
  afterInvocation?(info: InvocationInfo): unknown;
}

/** A function that is called for each record in turn. */
export interface RecordFunction<V, K> extends ConsumerHooks<V, K> {
  /** The record can be used until this returns, or until the promise that it returns settles. */
  record(record: LeasedRecord<V, K>, context: FunctionContext): unknown;
  readonly batch?: undefined;
}

/** A function that is called once per lane: for a partition, for a key, or with order `none` for the whole event. */
export interface BatchFunction<V, K> extends ConsumerHooks<V, K> {
  /**
   * Each record can be used until the next one is requested. The batch succeeds or fails as a whole when the returned promise
   * settles. After an exception every record is delivered again. A record that was never requested, or at which the loop was left,
   * is delivered again in any case. A DeadLetterError or SkipError applies only to the current record; the others are delivered
   * again.
   */
  batch(records: AsyncIterable<LeasedRecord<V, K>>, context: FunctionContext & Place): unknown;
  readonly record?: undefined;
}

/** The functions of a consumer. */
export type ConsumerFunction<V, K> = RecordFunction<V, K> | BatchFunction<V, K>;
