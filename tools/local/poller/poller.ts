// One poller of a mapping: what its session reads is cut into batches, and a few of them are in flight at a time. A session
// ends in many ways (a fault asked for, a broker that went away, a commit refused), and all of them end in the same: the
// next one starts at what is committed.
import type { Kafka } from 'kafkajs';
import { createBatchBuilder, type Batch, type BatchBuilder } from '../batch-builder.ts';
import { runBatch, type BatchTools } from '../batch-runner.ts';
import type { LocalError } from '../error.ts';
import type { EventEnvelope, PolledRecord } from '../event.ts';
import { createBusyClock } from './busy-clock.ts';
import { startKafkaSession, type KafkaSession } from './kafka-session.ts';
import type { ReadAccount } from './partition-reader.ts';
import { pause } from './pause.ts';
import { isMissingTopic, toPollError } from './poll-error.ts';
import type { RecordPipeline } from './record-pipeline.ts';
import type { PartitionStart, StartPositions } from './start-position.ts';

/** What a poller runs with. */
export interface PollerOptions extends BatchTools {
  readonly envelope: EventEnvelope;
  readonly kafka: Kafka;
  /** Whether the broker may make the topic because it is asked for. Default false. */
  readonly allowTopicCreation?: boolean;
  readonly pipeline: RecordPipeline;
  readonly startPositions: StartPositions;
  /** Pollers that the mapping has at the moment: they share its memory. */
  readonly pollers: () => number;
  /** Ends the poller, also in the middle of a start: nothing is invoked or committed from then on. `stop()` is still due. */
  readonly signal: AbortSignal;
  /** It polls no longer, and never will: its topic is gone. `stop()` is still due. */
  readonly onEnd: (reason: LocalError) => void;
}

// "up to 5 MB/s or 5 concurrent invocations" (AWS Lambda guide, Kafka scaling modes).
const concurrentInvocations = 5;
// Bounds of what waits in this process, as JSON; in V8's heap it takes about twice as much, and V8 lets its heap grow to a multiple
// of what is alive. When all partitions of all pollers together hold the first figure, only those that hold less than the second
// figure are read on, and those that the next batch still has room for. So a partition that is stuck in retries cannot keep the
// others from being read, a batch becomes as large as it may, and lag cannot fill the memory.
const totalBufferBytes = 3 * 1024 * 1024;
const leastBufferBytes = 64 * 1024;
const restartDelayMs = 1000;
// How long a topic may be away that is deleted and made again.
const missingTopicPatienceMs = 10_000;

/** Starts a poller; resolves once it has its partitions. @throws {LocalError} `NO_SUCH_TOPIC`, or `POLLER_FAILED` after 30 s */
export async function startPoller(options: PollerOptions): Promise<Poller> {
  const poller = new Poller(options);
  await poller.start();
  return poller;
}

/** A member of the mapping's group. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #builder: BatchBuilder;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #clock = createBusyClock();
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  /** Aborted once the partitions are no longer ours. */
  #lease = new AbortController();
  #windowTimer: NodeJS.Timeout | undefined;
  #session: KafkaSession | undefined;
  #restarting: Promise<void> | undefined;
  #isLeaving = false;

  constructor(options: PollerOptions) {
    const { envelope, mapping, signal } = options;
    this.#options = options;
    this.#builder = createBatchBuilder({
      envelope,
      maxRecords: mapping.batchSize,
      windowMs: mapping.windowMs,
    });
    this.#signal = AbortSignal.any([this.#stopping.signal, signal]);
    // At once: what is in flight is about to fail, and must not be taken for the function's failure.
    this.#signal.addEventListener('abort', () => this.#revoke());
  }

  /** Joins the group. */
  async start(): Promise<void> {
    await this.#startSession();
  }

  /** Leaves the group and joins it again, until it has partitions; reading goes on at what was committed. */
  async restart(): Promise<void> {
    this.#restarting ??= this.#renew().finally(() => {
      this.#restarting = undefined;
    });
    await this.#restarting;
  }

  /** Share of the time, 0..1, that records waited for invocations to end, since the last call. */
  busyShare(): number {
    return this.#clock.take();
  }

  /** Begins no further batch, commits those in flight if they end within `patienceMs`, then stops. */
  async leave(patienceMs: number): Promise<void> {
    this.#isLeaving = true;
    clearTimeout(this.#windowTimer);
    const done = new AbortController();
    await Promise.race([this.idle(), pause(patienceMs, AbortSignal.any([this.#signal, done.signal]))]);
    done.abort();
    await this.stop();
  }

  /** Stops polling; batches in flight are abandoned uncommitted. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#restarting;
    await this.#session?.close();
  }

  /** Resolves once no batch is in flight; after `stop()`. */
  async idle(): Promise<void> {
    await Promise.all(this.#inFlight);
    await this.#session?.idle();
  }

  /** Resolves once a session has its partitions. */
  async #startSession(): Promise<void> {
    const {
      kafka,
      mapping,
      allowTopicCreation = false,
      pipeline,
      startPositions,
      status,
      onEvent,
    } = this.#options;
    const { consumer, topic, consumerGroupId: groupId } = mapping;
    await startKafkaSession({
      kafka,
      topic,
      groupId,
      allowTopicCreation,
      pipeline,
      startPositions,
      signal: this.#signal,
      onAssigned: (starts, session) => this.#take(starts, session),
      onRevoked: () => this.#revoke(),
      onRecords: (partition, records, read) => this.#add(partition, records, read),
      onCommitted(partition, offset) {
        const event = { kind: 'committed', consumer, partition, offset } as const;
        status.count(event);
        onEvent(event);
      },
      isFull: (partition) => this.#isFull(partition),
      onLost: (partition, from, to) => onEvent({ kind: 'lost', consumer, partition, from, to }),
      onWarning: (message) => this.#warn(message),
      onFailure: (error) => this.#startOver(error),
    });
  }

  async #renew(): Promise<void> {
    const { topic } = this.#options.mapping;
    this.#revoke();
    await this.#session?.close();
    const startedMs = performance.now();
    let told = '';
    while (!this.#signal.aborted) {
      try {
        await this.#startSession();
        return;
      } catch (error) {
        const reason = toPollError(error, topic);
        if (isMissingTopic(reason) && performance.now() - startedMs > missingTopicPatienceMs) {
          this.#options.onEnd(reason);
          return;
        }
        if (reason.message !== told) this.#warn(reason.message);
        told = reason.message;
        await pause(restartDelayMs, this.#signal);
      }
    }
  }

  #take(starts: readonly PartitionStart[], session: KafkaSession): void {
    const { mapping, status, onEvent } = this.#options;
    this.#session = session;
    this.#lease = new AbortController();
    for (const { partition, offset, endOffset } of starts) status.start(partition, { offset, endOffset });
    const partitions = starts.map(({ partition }) => partition);
    onEvent({ kind: 'assigned', consumer: mapping.consumer, partitions });
    this.#sendDue();
  }

  #revoke(): void {
    this.#lease.abort();
    clearTimeout(this.#windowTimer);
    this.#builder.clear();
    this.#clock.set(false);
  }

  #add(partition: number, records: readonly PolledRecord[], read: ReadAccount): void {
    const { mapping, status, onEvent } = this.#options;
    const { polled, filtered, endOffset } = read;
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    const { consumer } = mapping;
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
    this.#builder.add(records);
    this.#sendDue();
  }

  /** Sends the batches that are due, as many as may be in flight. */
  #sendDue(): void {
    clearTimeout(this.#windowTimer);
    if (this.#lease.signal.aborted || this.#isLeaving || this.#signal.aborted) return;
    while (this.#inFlight.size < concurrentInvocations) {
      const batch = this.#builder.cut(Date.now());
      if (batch === undefined) break;
      this.#send(batch);
    }
    this.#clock.set(this.#inFlight.size > 0 && this.#builder.totalBytes() > 0);
    this.#session?.resume();
    const dueAtMs = this.#inFlight.size < concurrentInvocations ? this.#builder.dueAtMs() : undefined;
    if (dueAtMs !== undefined)
      this.#windowTimer = setTimeout(() => this.#sendDue(), Math.max(1, dueAtMs - Date.now()));
  }

  #send(batch: Batch): void {
    const { signal } = this.#lease;
    const flight = runBatch(batch, {
      ...this.#options,
      signal,
      commit: (partition, offset) => this.#session?.commit(partition, offset),
      restartPoller: async () => await this.restart(),
    })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#startOver(error);
      })
      .finally(() => {
        this.#inFlight.delete(flight);
        this.#builder.release(new Set(batch.records.map(({ partition }) => partition)));
        this.#sendDue();
      });
    this.#inFlight.add(flight);
  }

  #startOver(error: unknown): void {
    if (this.#signal.aborted) return;
    this.#warn(error instanceof Error ? error.message : String(error));
    void this.restart();
  }

  #warn(message: string): void {
    this.#options.onEvent({ kind: 'warning', consumer: this.#options.mapping.consumer, message });
  }

  #isFull(partition: number): boolean {
    const builder = this.#builder;
    const maxTotalBytes = totalBufferBytes / this.#options.pollers();
    return (
      builder.totalBytes() >= maxTotalBytes &&
      builder.queuedBytes(partition) >= leastBufferBytes &&
      builder.isSatisfied(partition)
    );
  }
}
