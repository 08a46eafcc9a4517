// createConsumer: a definition and a function become a Lambda handler.

import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import type { DeadLetterStore } from '../deadletter/dead-letter.ts';
import { createS3Store } from '../deadletter/s3.ts';
import { withParts } from './consumer-parts.ts';
import { parseEvent, type BatchResponse } from './event.ts';
import { Invocation } from './invocation.ts';
import { runBatch, runRecords, type BatchFunction, type RecordFunction } from './lane-runner.ts';
import { runLanes, takeLanes } from './lanes.ts';
import { createTopicCheck } from './foreign-topic.ts';
import { toMappingResponse } from './whole-batch.ts';
import { createEnvironmentEnd } from '../memory/environment-end.ts';
import { closeLedger, openLedger } from '../memory/ledger.ts';
import { createRetentionWatch, toRetentionFields, type RetentionWatch } from '../retention/watch.ts';
import { createWatermark, type Watermark } from '../memory/watermark.ts';
import { createOpener } from './value-decoder.ts';
import { specimens, toSpecimen } from './jit-anchors.ts';
import { createLogger, readLogErrorMessages } from '../telemetry/log.ts';
import { createMetrics, publishFigures } from '../telemetry/metrics.ts';

/** What of Lambda's context object a consumer uses. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

// An event arrives as body, as text and as an object: 6, 6 and 7.4 MB of 6 (Node 24.21, 2026-11-22).
const copiesOfEvent = 3.25;
// The object alone stays while records run.
const stayingCopies = 1.25;

/** A Lambda handler for a Kafka event source mapping with `ReportBatchItemFailures`. */
export type ConsumerHandler = (event: unknown, context: InvocationContext) => Promise<BatchResponse>;

/** What may be put in place of the defaults. */
export interface ConsumerOptions {
  /** Default: the S3 bucket that `TAILRACE_DEAD_LETTER_BUCKET` names. */
  readonly deadLetters?: DeadLetterStore;
  /** Default: Powertools' logger, with the consumer's name as its service. */
  readonly logger?: Logger;
  /**
   * Powertools' metrics, published with the runtime's own at the end of every invocation; false for none. Default: the
   * runtime's own where Lambda runs the function, with the consumer's name as `service`.
   */
  readonly metrics?: Metrics | false;
  /**
   * Whether the log has the messages of exceptions that the function throws. They may quote records, so choose it only where the
   * log may hold what the topic holds. Default: true where `TAILRACE_LOG_ERROR_MESSAGES` is `1` or `true`, as local runs set it.
   */
  readonly logErrorMessages?: boolean;
  /** Default: one at the function's memory size. */
  readonly watermark?: Watermark;
  /** Watches for memory that is kept from invocation to invocation; false for nobody. Default: one at the memory size. */
  readonly retention?: RetentionWatch | false;
  /** Default: `Date.now`. */
  readonly now?: () => number;
}

/**
 * Makes the handler that Lambda calls.
 *
 * Records run lane by lane in order; a record that fails is retried, dead-lettered or skipped (see `classify`), the
 * rest of its lane waits for the retry, and near the deadline or the memory limit nothing new starts. Each invocation
 * logs one line, `batch`, with its counts and bytes, and writes the same as metrics.
 *
 * With `provisionedPollers: false` the handler throws BatchFailedError `BATCH_FAILED` for a batch with a record to deliver again.
 *
 * @throws EnvironmentError `MISSING_ENVIRONMENT` when no dead-letter store can be made
 */
export function createConsumer<V, K>(
  config: ConsumerDefinition<V, K>,
  fn: RecordFunction<V, K> | BatchFunction<V, K>,
  options: ConsumerOptions = {},
): ConsumerHandler {
  if (!('record' in fn) && !('batch' in fn)) throw new TypeError(noFunction(config.name));
  const store = options.deadLetters ?? createS3Store();
  const logger = options.logger ?? createLogger(config.name);
  const logErrorMessages = options.logErrorMessages ?? readLogErrorMessages();
  const now = options.now ?? Date.now;
  const opener = createOpener(config);
  const watermark = options.watermark ?? createWatermark();
  const retention =
    options.retention === false
      ? undefined
      : (options.retention ?? createRetentionWatch({ limitBytes: watermark.limitBytes }));
  const metrics = options.metrics === false ? undefined : (options.metrics ?? createMetrics(config.name));
  const checkTopic = createTopicCheck(config.topic, logger);
  const environmentEnd = createEnvironmentEnd({ watermark, logger, metrics });

  const handler: ConsumerHandler = async (event, context) => {
    const startedAt = now();
    const requestId = context.awsRequestId;
    watermark.begin();
    environmentEnd.beforeInvocation(requestId);
    const lanes = takeLanes(parseEvent(event), config.order);
    const ledger = openLedger(lanes);
    const first = lanes[0]?.records[0];
    checkTopic(first?.topic);
    if (first) specimens.record ??= toSpecimen(first);
    const remainingMs = context.getRemainingTimeInMillis();
    const marginMs = stopMarginMs(config.timeoutSeconds);
    const startUntil = startedAt + remainingMs - marginMs;
    const invocation = new Invocation({
      config,
      opener,
      store,
      ledger,
      watermark,
      retention,
      logger,
      now,
      requestId,
      logErrorMessages,
      startUntil,
    });
    specimens.invocation = invocation;
    const deadline = abortAfter(remainingMs - marginMs / 2);
    const around = { logger, signal: deadline.signal, requestId, logErrorMessages };
    try {
      await runLanes(lanes, config.concurrency, (lane) =>
        'record' in fn ? runRecords(lane, invocation, fn, around) : runBatch(lane, invocation, fn, around),
      );
    } finally {
      deadline.clear();
      opener.shrink();
    }
    watermark.end({
      arrivingBytes: ledger.eventBytes * copiesOfEvent,
      stayingBytes: ledger.eventBytes * stayingCopies,
      neededBytes: invocation.declinedBytes,
      remainingMs: context.getRemainingTimeInMillis(),
    });
    environmentEnd.afterInvocation(requestId);
    // What the watch finds alive shall not be this invocation's.
    lanes.length = 0;
    const verdict = retention?.observe(ledger.records, context.getRemainingTimeInMillis());
    const growth = verdict?.state === 'growing' ? verdict : undefined;
    if (growth?.isNews)
      logger.warn('memory is retained across invocations', { retention: toRetentionFields(growth) });
    const endedAt = now();
    const figures = {
      ...invocation.summary(),
      ...closeLedger(ledger, watermark, endedAt),
      retainedBytesPerInvocation: Math.round(growth?.bytesPerInvocation ?? 0),
    };
    const durationMs = endedAt - startedAt;
    logger.info('batch', { requestId, tailrace: { consumer: config.name, ...figures, durationMs } });
    if (metrics) publishFigures(metrics, figures);
    return toMappingResponse(config, invocation.tally.toResponse());
  };
  return withParts(handler, { definition: config, fn, options });
}

/** How long before the deadline no new record starts: a tenth of the timeout, between 0.5 s and 10 s. */
function stopMarginMs(timeoutSeconds: number): number {
  return Math.min(10_000, Math.max(500, timeoutSeconds * 100));
}

function abortAfter(delayMs: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException('the invocation is near its deadline', 'TimeoutError')),
    Math.max(0, delayMs),
  );
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

function noFunction(name: string): string {
  return `consumer ${JSON.stringify(name)} has no function, got neither record nor batch, expected one of them; write createConsumer(definition, { async record(record) { ... } })`;
}
