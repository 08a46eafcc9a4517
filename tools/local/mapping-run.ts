// One mapping at work: poller -> batches -> invocations -> verdicts -> commit or destination. It carries out what
// batch.ts and attempts.ts decide, and decides nothing itself.
import type { Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { beginAttempts, settleAttempt, type AttemptAction, type RetryPolicy } from './attempts.ts';
import { createBatchCutter, maxEventBytes, type CutBatch } from './batch.ts';
import type { Deliver } from './destination.ts';
import type { EncodedRecord, EventEnvelope } from './event.ts';
import type { OnLocalEvent } from './events.ts';
import type { Fault } from './fault.ts';
import type { Intake } from './intake.ts';
import type { Invoke } from './invoker.ts';
import type { Mapping } from './mapping.ts';
import type { StatusCounter } from './mapping-status.ts';
import { startPoller, type Poller } from './poller.ts';

/** What a mapping runs with. */
export interface MappingRunOptions {
  readonly mapping: Mapping;
  readonly envelope: EventEnvelope;
  readonly kafka: Kafka;
  readonly intake: Intake;
  readonly invoke: Invoke;
  readonly deliver: Deliver;
  readonly status: StatusCounter;
  /** Pause before a first retry, in milliseconds. */
  readonly backoffMs: number;
  readonly onEvent: OnLocalEvent;
}

/** A running mapping. */
export interface MappingRun {
  readonly restartPoller: () => Promise<void>;
  /** Stops polling; batches in flight are abandoned uncommitted. */
  readonly stop: () => Promise<void>;
  /** Resolves once no batch is in flight; after `stop()`. */
  readonly idle: () => Promise<void>;
}

// "up to 5 MB/s or 5 concurrent invocations" (AWS Lambda guide, Kafka scaling modes).
const concurrentInvocationsPerPoller = 5;
// Bounds of what waits in this process: a partition may fill one event by itself; when all of them together hold more
// than the second figure, only those that hold less than the third are read on. So a partition that is stuck in retries
// cannot keep the others from being read, and lag cannot fill the memory.
const partitionBufferBytes = maxEventBytes;
const totalBufferBytes = 32 * 1024 * 1024;
const leastBufferBytes = 1024 * 1024;
const unavailableDelayMs = 200;

/** Starts polling and invoking; resolves once the poller has its partitions. */
export async function startMappingRun(options: MappingRunOptions): Promise<MappingRun> {
  const { mapping, envelope, status, onEvent } = options;
  const { consumer } = mapping;
  const cutter = createBatchCutter({ envelope, maxRecords: mapping.batchSize, windowMs: mapping.windowMs });
  const flying = new Set<Promise<void>>();
  let lease = new AbortController();
  let windowTimer: NodeJS.Timeout | undefined;
  let poller: Poller | undefined;

  const pump = (): void => {
    clearTimeout(windowTimer);
    if (lease.signal.aborted) return;
    while (flying.size < concurrentInvocationsPerPoller) {
      const batch = cutter.cut(Date.now());
      if (batch === undefined) break;
      fly(batch);
    }
    poller?.resume();
    const dueAtMs = flying.size < concurrentInvocationsPerPoller ? cutter.dueAtMs() : undefined;
    if (dueAtMs !== undefined) windowTimer = setTimeout(pump, Math.max(1, dueAtMs - Date.now()));
  };
  const fly = (batch: CutBatch): void => {
    const { signal } = lease;
    const flight = workOff(batch, { ...options, signal, commit, restartPoller })
      .catch(async (error: unknown) => {
        // A commit that the broker refused, most likely: start over from what it has.
        if (signal.aborted) return;
        onEvent({
          kind: 'warning',
          consumer,
          message: error instanceof Error ? error.message : String(error),
        });
        await restartPoller();
      })
      .finally(() => {
        flying.delete(flight);
        cutter.release(new Set(batch.records.map(({ partition }) => partition)));
        pump();
      });
    flying.add(flight);
  };
  const commit = async (partition: number, offset: number): Promise<void> => {
    if ((await poller?.commit(partition, offset)) !== true) return;
    const event = { kind: 'committed', consumer, partition, offset } as const;
    status.count(event);
    onEvent(event);
  };
  const restartPoller = async (): Promise<void> => await poller?.restart();

  poller = await startPoller({
    kafka: options.kafka,
    topic: mapping.topic,
    groupId: mapping.consumerGroupId,
    startingPosition: mapping.startingPosition,
    intake: options.intake,
    onAssigned(positions) {
      lease = new AbortController();
      for (const [partition, offset] of positions) status.start(partition, offset);
      onEvent({ kind: 'assigned', consumer, partitions: [...positions.keys()] });
      pump();
    },
    onRevoked() {
      lease.abort();
      clearTimeout(windowTimer);
      cutter.clear();
    },
    onRecords(partition, records, { polled, filtered, endOffset }) {
      const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
      const event = {
        kind: 'polled',
        consumer,
        partition,
        records: polled,
        filtered,
        bytes,
        endOffset,
      } as const;
      status.count(event);
      onEvent(event);
      cutter.add(records);
      pump();
    },
    isFull: (partition) => isFull(cutter.queuedBytes(partition), cutter.totalBytes()),
    onLost: (partition, from, to) => onEvent({ kind: 'lost', consumer, partition, from, to }),
    onWarning: (message) => onEvent({ kind: 'warning', consumer, message }),
  });
  const { close } = poller;
  return {
    restartPoller,
    stop: close,
    async idle() {
      await Promise.all(flying);
    },
  };
}

function isFull(partitionBytes: number, totalBytes: number): boolean {
  if (partitionBytes >= partitionBufferBytes) return true;
  return totalBytes >= totalBufferBytes && partitionBytes >= leastBufferBytes;
}

interface Work extends MappingRunOptions {
  /** Aborted once the batch's partitions are no longer ours: nothing more may be done for it. */
  readonly signal: AbortSignal;
  readonly commit: (partition: number, offset: number) => Promise<void>;
  readonly restartPoller: () => Promise<void>;
}

/** Carries out a batch's actions until it is done or no longer ours. */
async function workOff(batch: CutBatch, work: Work): Promise<void> {
  const { mapping, signal } = work;
  const policy: RetryPolicy = {
    maximumRetryAttempts: mapping.maximumRetryAttempts,
    maximumRecordAgeSeconds: mapping.maximumRecordAgeSeconds,
    bisect: mapping.bisect,
    hasDestination: mapping.onFailure !== undefined,
    backoffMs: work.backoffMs,
  };
  let step = beginAttempts(batch.records, policy, { nowMs: Date.now(), oversize: batch.oversize });
  let requestId: string | undefined;
  for (;;) {
    const call = step.actions.at(-1);
    for (const action of step.actions) {
      if (signal.aborted) return;
      if (action.kind === 'discard') await discard(action, requestId, work);
      else if (action.kind === 'commit') await work.commit(action.partition, action.offset);
    }
    if (call?.kind !== 'invoke') return;
    if (call.delayMs > 0 && !(await pause(call.delayMs, signal))) return;
    const { verdict, invocation } = await work.invoke(call.records, {
      onFault: (fault: Fault['kind']) => {
        if (fault === 'restart-poller') void work.restartPoller();
      },
    });
    requestId = invocation.requestId;
    // The function never ran, so no attempt is counted and nothing else slows this loop down.
    if (verdict.kind === 'notRun' && !(await pause(unavailableDelayMs, signal))) return;
    step = settleAttempt(step.state, verdict, Date.now());
  }
}

async function discard(
  action: Extract<AttemptAction<EncodedRecord>, { readonly kind: 'discard' }>,
  requestId: string | undefined,
  { mapping, deliver, status, onEvent }: Work,
): Promise<void> {
  const { records, condition } = action;
  const about = {
    kind: 'destination',
    consumer: mapping.consumer,
    condition,
    records: records.length,
  } as const;
  let outcome: { readonly target: string | undefined; readonly error: string | undefined };
  try {
    outcome = { target: await deliver({ ...action, requestId }, Date.now()), error: undefined };
  } catch (error) {
    // As on AWS: what the destination does not take (after the SDK's own retries) is dropped, and the partition goes on.
    outcome = { target: undefined, error: error instanceof Error ? error.message : String(error) };
  }
  const event = { ...about, ...outcome };
  status.count(event);
  onEvent(event);
}

/** Waits; false if the wait was cut short. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    // AbortError, the only one: the batch is not ours any more.
    return false;
  }
}
