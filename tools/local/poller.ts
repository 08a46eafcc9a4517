// One kafkajs consumer for one mapping: joins the group, reads, hands encoded records on, commits what it is told to.
// It owns its positions: kafkajs is told where to read after every (re)join, and what it delivers from elsewhere is
// dropped. Without that, a batch that was fetched before a rebalance could slip in after it and move the position on.
import kafkajs, { type Batch, type Consumer, type Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalError } from './error.ts';
import { encodeRecord, type EncodedRecord } from './event.ts';
import { readStartPositions, type Positions } from './start-position.ts';

/** What a poller reads, and who listens. */
export interface PollerOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** New partitions with their start positions. */
  readonly onAssigned: (positions: Positions) => void;
  /** Positions are given up: whatever was read before is void, no commit of it may follow. */
  readonly onRevoked: () => void;
  /** Records of one partition in offset order, following on what came before. */
  readonly onRecords: (partition: number, records: readonly EncodedRecord[], endOffset: number) => void;
  /** Whether this partition should not be read for now. */
  readonly isFull: (partition: number) => boolean;
  /** The broker has dropped offsets `from` up to, not including, `to` before they were read. */
  readonly onLost: (partition: number, from: number, to: number) => void;
  readonly onWarning: (message: string) => void;
}

/** A running poller. */
export interface Poller {
  /** Reads on where `isFull` held it and no longer does. */
  readonly resume: () => void;
  /** Commits `offset`, the next one to process; false if the partition was given up before the broker had answered. */
  readonly commit: (partition: number, offset: number) => Promise<boolean>;
  /** Leaves the group and joins it again, until it has partitions; reading goes on at what was committed. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

// Also how long a fetch waits at the broker for data, and so how late a paused partition is seen to be free again.
const maxWaitMs = 200;
// Kafka's own lower bound. librdkafka's mock cluster makes a group wait for this long, less 1 s, after a member has left.
const sessionTimeoutMs = 6000;
const heartbeatMs = 1500;
const assignmentTimeoutMs = 30_000;
const restartDelayMs = 1000;

/**
 * Starts polling; resolves once the group has given it its partitions.
 * @throws {LocalError} `NO_SUCH_TOPIC`, or `POLLER_FAILED` when there are no partitions within 30 s.
 */
export async function startPoller(options: PollerOptions): Promise<Poller> {
  const stop = new AbortController();
  let session: Session;
  let restarting: Promise<void> | undefined;

  const begin = async (): Promise<Session> =>
    await startSession(options, {
      signal: stop.signal,
      onFailure(message) {
        options.onWarning(message);
        void restart();
      },
    });
  const renew = async (): Promise<void> => {
    options.onRevoked();
    await session.close();
    while (!stop.signal.aborted) {
      try {
        session = await begin();
        return;
      } catch (error) {
        options.onWarning(toLocalError(error, options.topic).message);
        await delay(restartDelayMs);
      }
    }
  };
  const restart = async (): Promise<void> => {
    restarting ??= renew().finally(() => {
      restarting = undefined;
    });
    await restarting;
  };

  session = await begin();
  return {
    resume: () => session.resume(),
    commit: async (partition, offset) => await session.commit(partition, offset),
    restart,
    async close() {
      stop.abort();
      options.onRevoked();
      await restarting;
      await session.close();
    },
  };
}

interface Session {
  readonly resume: () => void;
  readonly commit: (partition: number, offset: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

async function startSession(
  options: PollerOptions,
  { signal, onFailure }: { readonly signal: AbortSignal; readonly onFailure: (message: string) => void },
): Promise<Session> {
  const { kafka, topic, groupId, startingPosition } = options;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: maxWaitMs,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
  });
  const admin = kafka.admin();
  const positions = new Map<number, number>();
  const paused = new Set<number>();
  const assigned = Promise.withResolvers<void>();
  let epoch = 0;
  let isAssigned = false;
  let isClosed = false;
  // It may be rejected before anybody waits for it; whoever waits later still gets the error.
  assigned.promise.catch(() => {});

  const revoke = (): void => {
    epoch++;
    positions.clear();
    options.onRevoked();
  };
  const seek = (partition: number, offset: number): void => {
    positions.set(partition, offset);
    consumer.seek({ topic, partition, offset: String(offset) });
  };
  const assign = async (partitions: readonly number[]): Promise<void> => {
    revoke();
    const mine = epoch;
    const start = await readStartPositions(admin, { topic, groupId, partitions, startingPosition });
    if (mine !== epoch || isClosed) return;
    consumer.resume([{ topic, partitions: [...paused] }]);
    paused.clear();
    for (const [partition, offset] of start.positions) seek(partition, offset);
    // Otherwise LATEST would mean another place after a restart, and what was produced in between would be skipped.
    if (startingPosition === 'LATEST')
      await commit(
        consumer,
        topic,
        start.uncommitted.map((partition) => [partition, positions.get(partition) ?? 0]),
      );
    options.onAssigned(start.positions);
    isAssigned = true;
    assigned.resolve();
  };
  const fail = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    assigned.reject(toLocalError(error, topic));
    if (isAssigned && !isClosed) onFailure(`poller of ${topic} failed: ${message}`);
  };

  const read = async (batch: Batch): Promise<void> => {
    const { partition } = batch;
    const expected = positions.get(partition);
    // Between two assignments: seek() will bring these records again.
    if (expected === undefined) return;
    const fetched = Number((batch as { readonly fetchedOffset?: string }).fetchedOffset ?? expected);
    if (fetched !== expected) {
      const bounds = await admin.fetchTopicOffsets(topic);
      const low = Number(bounds.find((entry) => entry.partition === partition)?.low ?? expected);
      if (positions.get(partition) !== expected) return;
      if (low > expected) options.onLost(partition, expected, low);
      seek(partition, Math.max(low, expected));
      return;
    }
    // Encoded here and now: a kafkajs message is a view of its whole decompressed fetch, and this project exists
    // because such messages were once kept. After this line nothing of the batch is referenced.
    const records = batch.messages.map((message) => encodeRecord(topic, partition, message));
    positions.set(partition, Number(batch.lastOffset()) + 1);
    options.onRecords(partition, records, Number(batch.highWatermark));
    if (!options.isFull(partition)) return;
    paused.add(partition);
    consumer.pause([{ topic, partitions: [partition] }]);
  };

  const { GROUP_JOIN, REBALANCING, START_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload }) => void assign(payload.memberAssignment[topic] ?? []).catch(fail));
  consumer.on(REBALANCING, revoke);
  consumer.on(START_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
    // Only control or aborted records: kafkajs moves on without telling its reader.
    const expected = positions.get(partition);
    if (batchSize === 0 && expected !== undefined)
      positions.set(partition, Math.max(expected, Number(lastOffset) + 1));
  });
  consumer.on(CRASH, ({ payload }) => {
    revoke();
    if (!payload.restart) fail(payload.error);
  });
  const close = async (): Promise<void> => {
    isClosed = true;
    revoke();
    const closed = await Promise.allSettled([consumer.disconnect(), admin.disconnect()]);
    for (const { reason } of closed.filter((result) => result.status === 'rejected')) {
      options.onWarning(`poller did not close cleanly: ${String(reason)}`);
    }
  };
  const giveUp = (): void =>
    assigned.reject(new LocalError('CLOSED', `the poller of ${topic} was closed before it had started`));

  const timer = setTimeout(() => {
    const text = `no partitions of ${topic} for group ${groupId} within ${assignmentTimeoutMs / 1000} s`;
    assigned.reject(
      new LocalError('POLLER_FAILED', `${text}; check the broker and other members of the group`),
    );
  }, assignmentTimeoutMs);
  signal.addEventListener('abort', giveUp);
  try {
    await Promise.all([consumer.connect(), admin.connect()]);
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => await read(batch) });
    await assigned.promise;
  } catch (error) {
    await close();
    throw toLocalError(error, topic);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
  return {
    resume() {
      const free = [...paused].filter((partition) => !options.isFull(partition));
      for (const partition of free) paused.delete(partition);
      if (free.length > 0 && !isClosed) consumer.resume([{ topic, partitions: free }]);
    },
    async commit(partition, offset) {
      const mine = epoch;
      // kafkajs resolves without having committed when it is stopped meanwhile.
      await commit(consumer, topic, [[partition, offset]]);
      return mine === epoch;
    },
    close,
  };
}

async function commit(
  consumer: Consumer,
  topic: string,
  offsets: readonly (readonly [partition: number, offset: number])[],
): Promise<void> {
  if (offsets.length === 0) return;
  await consumer.commitOffsets(
    offsets.map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
  );
}

function toLocalError(error: unknown, topic: string): LocalError {
  if (error instanceof LocalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // kafkajs is CommonJS: its error classes are reached through the default import only.
  if (
    error instanceof kafkajs.KafkaJSError &&
    (error as { readonly type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION'
  ) {
    return new LocalError('NO_SUCH_TOPIC', `no such topic at the broker, got ${topic}; create it first`, {
      cause: error,
    });
  }
  return new LocalError('POLLER_FAILED', `cannot poll ${topic}: ${message}; check the broker`, {
    cause: error,
  });
}
