// One poller of a mapping at work: what it reads is cut into batches, and a few of them are in flight at a time. It carries
// out what batch.ts decides.
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { workOff, type BatchTools } from '../batch-runner.ts';
import { createBatchCutter, maxEventBytes, type CutBatch } from '../batch-builder.ts';
import type { EventEnvelope } from '../event.ts';
import { createBusyClock } from './busy-clock.ts';
import { createCommitter } from './committer.ts';
import type { Intake } from './record-pipeline.ts';
import type { TextBlocks } from '../text-blocks.ts';
import { startPoller, type Poller } from './poller.ts';

/** What a poller runs with. */
export interface PollerRunOptions extends BatchTools {
  readonly envelope: EventEnvelope;
  readonly kafka: Kafka;
  readonly intake: Intake;
  /** Where the intake lets records' texts stand; what is worked off is given back. */
  readonly blocks: TextBlocks;
  /** Pollers that the mapping has at the moment: they share its memory. */
  readonly pollers: () => number;
  /** Ends the run, also in the middle of a start: nothing is invoked or committed from then on. `stop()` is still due. */
  readonly signal: AbortSignal;
}

/** A running poller. */
export interface PollerRun {
  readonly restart: () => Promise<void>;
  /** Share of the time, 0..1, that records waited for invocations to end, since the last call. */
  readonly busy: () => number;
  /** Begins no further batch, commits those in flight if they end within `patienceMs`, then stops. */
  readonly leave: (patienceMs: number) => Promise<void>;
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

/** Starts polling and invoking; resolves once the poller has its partitions. */
export async function startPollerRun(options: PollerRunOptions): Promise<PollerRun> {
  const { mapping, envelope, status, onEvent } = options;
  const { consumer } = mapping;
  const cutter = createBatchCutter({ envelope, maxRecords: mapping.batchSize, windowMs: mapping.windowMs });
  const flying = new Set<Promise<void>>();
  const clock = createBusyClock();
  let lease = new AbortController();
  let windowTimer: NodeJS.Timeout | undefined;
  let poller: Poller | undefined;
  let isLeaving = false;

  const pump = (): void => {
    clearTimeout(windowTimer);
    if (lease.signal.aborted || isLeaving || options.signal.aborted) return;
    while (flying.size < concurrentInvocationsPerPoller) {
      const batch = cutter.cut(Date.now());
      if (batch === undefined) break;
      fly(batch);
    }
    clock.set(flying.size > 0 && cutter.totalBytes() > 0);
    poller?.resume();
    const dueAtMs = flying.size < concurrentInvocationsPerPoller ? cutter.dueAtMs() : undefined;
    if (dueAtMs !== undefined) windowTimer = setTimeout(pump, Math.max(1, dueAtMs - Date.now()));
  };
  const fly = (batch: CutBatch): void => {
    const { signal } = lease;
    const work = async (): Promise<void> => {
      await workOff(batch, { ...options, signal, commit: committer.add, restartPoller });
      // After a revocation an invocation may still be reading it.
      if (!signal.aborted) options.blocks.giveBack(batch.records);
    };
    const flight = work()
      .catch((error: unknown) => {
        startOver(error, signal);
      })
      .finally(() => {
        flying.delete(flight);
        cutter.release(new Set(batch.records.map(({ partition }) => partition)));
        pump();
      });
    flying.add(flight);
  };
  const restartPoller = async (): Promise<void> => await poller?.restart();
  // From what the broker has.
  const startOver = (error: unknown, signal: AbortSignal): void => {
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    onEvent({ kind: 'warning', consumer, message });
    void restartPoller();
  };
  const committer = createCommitter({
    commit: async (offsets) => (await poller?.commit(offsets)) === true,
    onCommitted(partition, offset) {
      const event = { kind: 'committed', consumer, partition, offset } as const;
      status.count(event);
      onEvent(event);
    },
    onRefused: (error) => startOver(error, lease.signal),
  });
  const revoke = (): void => {
    lease.abort();
    committer.clear();
    clearTimeout(windowTimer);
    cutter.clear();
    clock.set(false);
  };
  // At once: what is in flight is about to fail, and must not be taken for the function's failure.
  options.signal.addEventListener('abort', revoke);

  poller = await startPoller({
    kafka: options.kafka,
    topic: mapping.topic,
    groupId: mapping.consumerGroupId,
    startingPosition: mapping.startingPosition,
    intake: options.intake,
    stopSignal: options.signal,
    onAssigned(positions) {
      lease = new AbortController();
      for (const [partition, offset] of positions) status.start(partition, offset);
      onEvent({ kind: 'assigned', consumer, partitions: [...positions.keys()] });
      pump();
    },
    onRevoked: revoke,
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
    isFull: (partition) =>
      isFull(cutter.queuedBytes(partition), cutter.totalBytes(), totalBufferBytes / options.pollers()),
    onLost: (partition, from, to) => onEvent({ kind: 'lost', consumer, partition, from, to }),
    onWarning: (message) => onEvent({ kind: 'warning', consumer, message }),
  });
  const { close } = poller;
  const stop = async (): Promise<void> => {
    await close();
    // The mapping outlives its pollers, and would keep each that has left.
    options.signal.removeEventListener('abort', revoke);
  };
  const idle = async (): Promise<void> => {
    await Promise.all(flying);
    await committer.idle();
  };
  return {
    restart: restartPoller,
    busy: clock.take,
    async leave(patienceMs) {
      isLeaving = true;
      clearTimeout(windowTimer);
      const patience = new AbortController();
      const { signal } = options;
      // Rejects with an AbortError alone, when it is over or the run ends: both end the wait.
      const wait = delay(patienceMs, undefined, { signal: AbortSignal.any([signal, patience.signal]) });
      await Promise.race([idle(), wait.catch(() => {})]);
      patience.abort();
      await stop();
    },
    stop,
    idle,
  };
}

function isFull(partitionBytes: number, totalBytes: number, maxTotalBytes: number): boolean {
  if (partitionBytes >= partitionBufferBytes) return true;
  return totalBytes >= maxTotalBytes && partitionBytes >= leastBufferBytes;
}
