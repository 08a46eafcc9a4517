// createConsumer: a definition and a function become a Lambda handler.

import type { ConsumerFunction, InvocationInfo, LambdaContext } from './consumer-function.ts';
import { withParts } from './consumer-parts.ts';
import { Admission } from './admission/admission.ts';
import { readConcurrency } from './lanes/concurrency.ts';
import { Deadline } from './admission/deadline.ts';
import { requireDefinition, type ConsumerDefinition } from '../definition/define-consumer.ts';
import type { DeadLetterStore } from '../deadletter/dead-letter.ts';
import { createS3Store } from '../deadletter/s3.ts';
import type { BatchResponse } from './event/event.ts';
import { Invocation } from './invocation/invocation.ts';
import { createTopicCheck } from './event/foreign-topic.ts';
import { anchors, toAnchor } from './jit-anchors.ts';
import { runInvocation } from './invocation/invocation-run.ts';
import { dealLanes, Lane } from './lanes/lanes.ts';
import { createEnvironmentEnd, type EnvironmentEnd } from '../memory/environment-end.ts';
import { ByteBudget } from '../memory/budget.ts';
import { closeLedger, openLedger } from '../memory/ledger.ts';
import { countThreads } from '../memory/thread-share.ts';
import { createWatermark, type Stay, type Watermark } from '../memory/watermark.ts';
import {
  createRetentionWatch,
  toRetentionFields,
  type RetentionOptions,
  type RetentionWatch,
} from '../retention/watch.ts';
import { takeRecords, type RecordGroup } from './event/take-records.ts';
import { createLogger, readLogErrorMessages, toLog, type LineLogger } from '../telemetry/log.ts';
import { createMetrics, publishFigures, type MetricsLine } from '../telemetry/metrics.ts';
import { ValueDecoder } from './record/value-decoder.ts';
import { toMappingResponse } from './outcome/whole-batch.ts';

/** A Lambda handler for a Kafka event source mapping with `ReportBatchItemFailures`. */
export type ConsumerHandler = (event: unknown, context: LambdaContext) => Promise<BatchResponse>;

/** Options of `createConsumer()`; every field is optional. */
export interface ConsumerOptions {
  /** Where dead letters are stored. Default: the S3 bucket that `TAILRACE_DEAD_LETTER_BUCKET` names. */
  readonly deadLetters?: DeadLetterStore;
  /**
   * Your own Powertools `Logger`, or another logger with the same methods. Default: a Powertools `Logger` with the consumer's name
   * as `service`.
   */
  readonly logger?: LineLogger;
  /**
   * Your own Powertools `Metrics`, published with the runtime's metrics at the end of every invocation; false for no metrics.
   * Default: only the runtime's metrics, on Lambda, with the consumer's name as `service`.
   */
  readonly metrics?: MetricsLine | false;
  /**
   * Whether the log has the messages of exceptions that the function throws. They may quote records, so turn it on only if the log
   * may contain what the topic contains. Default: true if `TAILRACE_LOG_ERROR_MESSAGES` is `1` or `true`, which local runs set;
   * else false.
   */
  readonly logErrorMessages?: boolean;
  /** Keeps the process below its memory limit. Default: `createWatermark()`, with the function's memory size as limit. */
  readonly watermark?: Watermark;
  /**
   * The watch for memory that is kept from invocation to invocation; false turns it off. Default: on, with the function's memory
   * size as limit.
   */
  readonly retention?: RetentionOptions | false;
}

/** Seams for tests; no part of the public API. */
export interface ConsumerSeams {
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** In place of the watch that `retention` describes. */
  readonly retentionWatch?: RetentionWatch;
}

// An event arrives as body, as text and as an object: 6, 6 and 7.4 MB of 6 (Node 24.21, 2026-11-22).
const copiesOfEvent = 3.25;
// The object alone stays while records run.
const stayingCopies = 1.25;

/**
 * Creates the handler that Lambda calls. Lanes run in parallel; records of a lane run in order. A record that fails is retried,
 * dead-lettered or skipped (see `docs/reference/handler.md`). After a retry the rest of its lane is delivered again, too. Near the
 * deadline or the memory limit no new record starts. Each invocation logs one line, `batch`, with its counts and bytes, and writes
 * the same as metrics. The handler answers before the deadline, whatever the function does. It rejects with EventError
 * `INVALID_EVENT` or EventUsedError `EVENT_USED`. With `provisionedPollers: false` it also rejects with BatchFailedError
 * `BATCH_FAILED` if a record must be delivered again.
 *
 * @throws DefinitionError `INVALID_DEFINITION` if `defineConsumer` did not make the definition; TypeError for no function, or two;
 * EnvironmentError `MISSING_ENVIRONMENT` if no dead-letter store can be created; RangeError if `TAILRACE_CONCURRENCY` is not a
 * number of lanes
 */
export function createConsumer<V, K>(
  definition: ConsumerDefinition<V, K>,
  fn: ConsumerFunction<V, K>,
  options: ConsumerOptions = {},
  seams: ConsumerSeams = {},
): ConsumerHandler {
  requireDefinition(definition);
  requireFunction(definition.name, fn);
  const consumer = toParts(definition, fn, options, seams);
  const handler: ConsumerHandler = (event, context) => invoke(consumer, event, context);
  return withParts(handler, { definition, fn, options });
}

function requireFunction(name: string, fn: unknown): void {
  const given = ['record', 'batch'].filter((member) => {
    return typeof fn === 'object' && fn !== null && typeof Reflect.get(fn, member) === 'function';
  });
  if (given.length === 1) return;
  throw new TypeError(
    `consumer ${JSON.stringify(name)} has ${given.length === 0 ? 'no function' : 'two functions'}, got ` +
      `${given.length === 0 ? 'neither record nor batch' : 'record and batch'}, expected one of them; ` +
      'write createConsumer(definition, { async record(record) { ... } })',
  );
}

/** What the invocations of a consumer have in common. */
interface Consumer<V, K> {
  /** Lanes at once. */
  readonly concurrency: number;
  readonly definition: ConsumerDefinition<V, K>;
  readonly fn: ConsumerFunction<V, K>;
  readonly decoder: ValueDecoder<V, K>;
  readonly store: DeadLetterStore;
  readonly logger: LineLogger;
  readonly logErrorMessages: boolean;
  readonly metrics: MetricsLine | undefined;
  readonly watermark: Watermark;
  readonly budget: ByteBudget;
  readonly admission: Admission;
  readonly environmentEnd: EnvironmentEnd;
  readonly checkTopic: (topic: string | undefined) => void;
  readonly retention: RetentionWatch | undefined;
  readonly now: () => number;
}

function toParts<V, K>(
  definition: ConsumerDefinition<V, K>,
  fn: ConsumerFunction<V, K>,
  options: ConsumerOptions,
  { now = Date.now, retentionWatch }: ConsumerSeams,
): Consumer<V, K> {
  const { name, limits } = definition;
  const watermark = options.watermark ?? createWatermark();
  const logger = options.logger ?? createLogger(name);
  const metrics = options.metrics === false ? undefined : (options.metrics ?? createMetrics(name));
  const decoder = new ValueDecoder(definition);
  const maxRecordBytes = limits.maxDecompressedBytesPerRecord;
  return {
    concurrency: readConcurrency(definition),
    definition,
    fn,
    decoder,
    store: options.deadLetters ?? createS3Store(),
    logger,
    logErrorMessages: options.logErrorMessages ?? readLogErrorMessages(),
    metrics,
    watermark,
    budget: new ByteBudget(Math.max(1, Math.floor(limits.maxDecompressedBytesInFlight / countThreads()))),
    admission: new Admission({ watermark, now, maxRecordBytes, decoder }),
    environmentEnd: createEnvironmentEnd({ watermark, logger, metrics }),
    checkTopic: createTopicCheck(definition.topic, logger),
    retention:
      options.retention === false
        ? undefined
        : (retentionWatch ?? createRetentionWatch({ limitBytes: watermark.markBytes, ...options.retention })),
    now,
  };
}

async function invoke<V, K>(
  consumer: Consumer<V, K>,
  event: unknown,
  lambdaContext: LambdaContext,
): Promise<BatchResponse> {
  const startedAt = consumer.now();
  const stay = consumer.watermark.begin();
  let invocation: Invocation<V, K> | undefined;
  try {
    if (stay.isAlone) consumer.environmentEnd.beforeInvocation(lambdaContext.awsRequestId);
    const groups = takeRecords(event);
    const remainingMs = lambdaContext.getRemainingTimeInMillis();
    const { timeoutSeconds } = consumer.definition;
    const deadline = new Deadline({ timeoutSeconds, remainingMs, startedAt });
    invocation = open(consumer, groups, { deadline, lambdaContext });
    const lanes = dealLanes<V, K>(groups, consumer.definition.order, consumer.fn.batch !== undefined);
    groups.length = 0;
    return await work(consumer, lanes, { invocation, deadline, startedAt, stay });
  } finally {
    // Others of this process wait for what it has taken, whatever it came to.
    invocation?.leave();
    stay.end();
  }
}

function open<V, K>(
  consumer: Consumer<V, K>,
  groups: readonly RecordGroup[],
  { deadline, lambdaContext }: { readonly deadline: Deadline; readonly lambdaContext: LambdaContext },
): Invocation<V, K> {
  const first = groups[0]?.records[0];
  consumer.checkTopic(first?.topic);
  if (first && !first.fault) anchors.record ??= toAnchor(first);
  anchors.lane ??= new Lane([], '');
  const requestId = lambdaContext.awsRequestId;
  const info: InvocationInfo = {
    signal: deadline.signal,
    log: toLog(consumer.logger, { requestId }),
    requestId,
    lambdaContext,
  };
  const invocation = new Invocation({
    ...consumer,
    isSampled: consumer.retention?.isSampling ?? false,
    hooks: consumer.fn,
    ledger: openLedger(groups.reduce((sum, { records }) => sum + records.length, 0)),
    startUntil: deadline.startUntil,
    info,
    groups: new Set(groups.map(({ group }) => group)),
  });
  anchors.invocation = invocation;
  return invocation;
}

/** An invocation that has begun. */
interface Begun<V, K> {
  readonly invocation: Invocation<V, K>;
  readonly deadline: Deadline;
  readonly startedAt: number;
  readonly stay: Stay;
}

async function work<V, K>(
  consumer: Consumer<V, K>,
  lanes: Lane<V, K>[],
  { invocation, deadline, startedAt, stay }: Begun<V, K>,
): Promise<BatchResponse> {
  const { definition, concurrency, fn, decoder, logger, metrics, watermark } = consumer;
  const { environmentEnd, retention, now } = consumer;
  const { requestId, lambdaContext } = invocation.info;
  const isInTime = await runInvocation({ fn, concurrency, lanes, invocation, deadline });
  invocation.leave();
  // What the watch finds alive shall not be this invocation's.
  lanes.length = 0;
  const { isAlone } = stay;
  if (isAlone) decoder.shrink();
  const { eventBytes } = invocation.ledger;
  const arrivingBytes = eventBytes * copiesOfEvent;
  // Where something hangs there is just time to answer.
  if (isInTime) {
    stay.end({
      arrivingBytes,
      stayingBytes: eventBytes * stayingCopies,
      neededBytes: invocation.declinedBytes,
      remainingMs: lambdaContext.getRemainingTimeInMillis(),
    });
    if (isAlone) environmentEnd.afterInvocation(requestId);
  }
  const verdict = retention?.observe(lambdaContext.getRemainingTimeInMillis(), arrivingBytes, isAlone);
  const growth = verdict?.state === 'growing' ? verdict : undefined;
  if (growth?.isNews)
    logger.warn('memory is retained across invocations', { requestId, retention: toRetentionFields(growth) });
  const endedAt = now();
  const memory = { peakBytes: stay.peakBytes, limitBytes: watermark.limitBytes };
  const figures = {
    ...invocation.summary(),
    ...closeLedger(invocation.ledger, memory, endedAt),
    retainedBytesPerInvocation: Math.round(growth?.bytesPerInvocation ?? 0),
  };
  const durationMs = endedAt - startedAt;
  logger.info('batch', { requestId, tailrace: { consumer: definition.name, ...figures, durationMs } });
  if (metrics) publishFigures(metrics, figures);
  return toMappingResponse(definition, invocation.tally.toResponse());
}
