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

/** What every function of a consumer is given. */
export interface InvocationInfo {
  /** Aborts shortly before the invocation's deadline: half a margin, which is a tenth of the timeout, 0.5 to 10 s. */
  readonly signal: AbortSignal;
  /** Logs with the request id on each line. */
  readonly log: Log;
  /** Lambda's id of this invocation; a record that is delivered again comes with another. */
  readonly requestId: string;
  /** Lambda's context object, as the handler was given it. */
  readonly lambdaContext: LambdaContext;
}

/** What a function is given beside its record or records. */
export interface FunctionContext extends InvocationInfo {
  /** Logs with the request id and the place of the record, or of the batch's first record, on each line. */
  readonly log: Log;
}

/** A record whose processing failed; usable until `onError` returns. */
export type FailedRecord<V, K> = Omit<LeasedRecord<V, K>, 'value' | 'key'> & {
  /** undefined where the record could not be opened, or the definition names no format. */
  readonly value: V | null | undefined;
  /** null where the record could not be opened and a format reads its keys. */
  readonly key: K | null;
};

/** What a consumer may have beside its function. */
export interface ConsumerHooks<V, K> {
  /**
   * Decides what becomes of a record that failed: `retry` reports it for another delivery, `dead-letter` keeps a copy and goes on,
   * `skip` goes on without. Called for whatever failed: opening the record, its function, or a batch function while the record was under
   * way. Undefined leaves it to the runtime (see `docs/reference/handler.md`). What it throws, or gives otherwise, means `retry`.
   */
  onError?(error: unknown, record: FailedRecord<V, K>): Disposition | undefined;
  /** Called before the first record of an invocation starts. When it fails, no record starts and all are reported. */
  beforeInvocation?(info: InvocationInfo): unknown;
  /**
   * Called once every record has settled: the place to flush what records have gathered. When it fails, or does not settle in time,
   * every record that was processed is reported for another delivery.
   */
  afterInvocation?(info: InvocationInfo): unknown;
}

/** A function that is called for each record in turn. */
export interface RecordFunction<V, K> extends ConsumerHooks<V, K> {
  /** The record is usable until what this returns has settled. */
  record(record: LeasedRecord<V, K>, context: FunctionContext): unknown;
  readonly batch?: undefined;
}

/** A function that is called once per lane: a partition, a key, or with order `none` the whole event. */
export interface BatchFunction<V, K> extends ConsumerHooks<V, K> {
  /**
   * Each record is usable until the next one is asked for. The batch succeeds or fails as a whole when what this returns
   * settles: after an exception every record is reported for another delivery; one whose loop was left early, or that
   * was never asked for, is reported in any case. A DeadLetterError or SkipError concerns the record under way alone: it is
   * dead-lettered or skipped, and the others are reported.
   */
  batch(records: AsyncIterable<LeasedRecord<V, K>>, context: FunctionContext & Place): unknown;
  readonly record?: undefined;
}

/** The functions of a consumer. */
export type ConsumerFunction<V, K> = RecordFunction<V, K> | BatchFunction<V, K>;
