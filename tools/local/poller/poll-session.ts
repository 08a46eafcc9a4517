// One kafkajs consumer: joins the group, reads, hands encoded records on, commits what it is told to.
// It owns its positions: kafkajs is told where to read after every (re)join, and what it delivers from elsewhere is
// dropped. Without that, a batch that was fetched before a rebalance could slip in after it and move the position on.
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type Batch, type Consumer, type Kafka } from 'kafkajs';
import { LocalError } from '../error.ts';
import { passOver, type EncodedRecord } from '../event.ts';
import type { Intake, TakenIn } from './intake.ts';
import { readStartPositions, type Positions, type StartingPosition } from './start-position.ts';

/** What a session reads, and who listens. */
export interface PollSessionOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly startingPosition: StartingPosition;
  /** Turns messages into records. When it rejects, they are read again. */
  readonly intake: Intake;
  /** New partitions with their start positions. */
  readonly onAssigned: (positions: Positions) => void;
  /** Positions are given up: whatever was read before is void, no commit of it may follow. */
  readonly onRevoked: () => void;
  /** Records of one partition in offset order, following on what came before. */
  readonly onRecords: (partition: number, records: readonly EncodedRecord[], read: ReadAccount) => void;
  /** Whether this partition should not be read for now. */
  readonly isFull: (partition: number) => boolean;
  /** The broker has dropped offsets `from` up to, not including, `to` before they were read. */
  readonly onLost: (partition: number, from: number, to: number) => void;
  readonly onWarning: (message: string) => void;
  /** The session has broken down after it had started; it must be closed. */
  readonly onFailure: (message: string) => void;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

/** What is known of one read. */
export interface ReadAccount {
  /** The partition's end as the broker knows it. */
  readonly endOffset: number;
  /** Records in it, those that no filter let through included. */
  readonly polled: number;
  readonly filtered: number;
}

/** A session that has its partitions. */
export interface PollSession {
  readonly resume: () => void;
  readonly commit: (offsets: Positions) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

// Also how long a fetch waits at the broker for data, and so how late a paused partition is seen to be free again.
const maxWaitMs = 200;
// A fetch is in memory three times, as chunks, joined and as messages. With kafkajs's own 1 MB and 12 partitions the runner
// took 30 MB more; a larger record batch still comes whole (KIP-74).
const fetchBytesPerPartition = 256 * 1024;
// Kafka's own lower bound. librdkafka's mock cluster makes a group wait for this long, less 1 s, after a member has left.
const sessionTimeoutMs = 6000;
const heartbeatMs = 1500;
const assignmentTimeoutMs = 30_000;
// Before records are read again that could not be taken in; within a session's time.
const retryMs = 500;

/** Starts a session; resolves once the group has given it its partitions. @throws {LocalError} */
export async function startPollSession(options: PollSessionOptions): Promise<PollSession> {
  const { kafka, topic, groupId, signal } = options;
  let isClosed = false;
  const consumer = kafka.consumer({
    groupId,
    // kafkajs restarts a consumer that has crashed, also one that was disconnected in the middle of that: it came back as a
    // member of the group whose partitions nobody reads. 5 retries are kafkajs's own default.
    retry: { retries: 5, restartOnFailure: async () => !isClosed },
    maxWaitTimeInMs: maxWaitMs,
    maxBytesPerPartition: fetchBytesPerPartition,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    // As Kafka's own consumers by default: records of open and aborted transactions are read. AWS does not say.
    readUncommitted: true,
  });
  const admin = kafka.admin();
  const reader = createReader(options, consumer, admin);
  const close = async (): Promise<void> => {
    isClosed = true;
    reader.end();
    const closed = await Promise.allSettled([consumer.disconnect(), admin.disconnect()]);
    for (const { reason } of closed.filter((result) => result.status === 'rejected')) {
      options.onWarning(`poller of ${topic} did not close cleanly: ${String(reason)}`);
    }
  };
  const giveUp = (): void =>
    reader.giveUp(new LocalError('CLOSED', `the poller of ${topic} was closed too early`));
  const timer = setTimeout(() => {
    const text = `no partitions of ${topic} for group ${groupId} within ${assignmentTimeoutMs / 1000} s`;
    reader.giveUp(
      new LocalError('POLLER_FAILED', `${text}; check the broker and other members of the group`),
    );
  }, assignmentTimeoutMs);
  signal.addEventListener('abort', giveUp);
  try {
    await Promise.all([consumer.connect(), admin.connect()]);
    // Whether a partition starts at its beginning is decided by seek(); here it only says where to go on after a gap.
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => await reader.read(batch) });
    await reader.assigned;
  } catch (error) {
    await close();
    throw toLocalError(error, topic);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
  return { resume: reader.resume, commit: reader.commit, close };
}

interface Reader {
  /** Settles with the first assignment, or with what prevented it. */
  readonly assigned: Promise<void>;
  readonly giveUp: (error: LocalError) => void;
  readonly read: (batch: Batch) => Promise<void>;
  readonly resume: () => void;
  readonly commit: (offsets: Positions) => Promise<boolean>;
  readonly end: () => void;
}

function createReader(options: PollSessionOptions, consumer: Consumer, admin: Admin): Reader {
  const { topic } = options;
  const positions = new Map<number, number>();
  const paused = new Set<number>();
  const first = Promise.withResolvers<void>();
  // It may be rejected before anybody waits for it; whoever waits later still gets the error.
  first.promise.catch(() => {});
  let epoch = 0;
  let state: 'starting' | 'assigned' | 'ended' = 'starting';

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
    const start = await readStartPositions(admin, { ...options, partitions });
    if (mine !== epoch || state === 'ended') return;
    consumer.resume([{ topic, partitions: [...paused] }]);
    paused.clear();
    for (const [partition, offset] of start.positions) seek(partition, offset);
    // Otherwise the end would be another place after a restart, and what was produced in between would be skipped.
    if (options.startingPosition !== 'TRIM_HORIZON') {
      await commitOffsets(
        consumer,
        topic,
        new Map([...start.positions].filter(([p]) => start.uncommitted.includes(p))),
      );
      if (mine !== epoch) return;
    }
    state = 'assigned';
    options.onAssigned(start.positions);
    first.resolve();
  };
  const fail = (error: unknown): void => {
    const reason = toLocalError(error, topic);
    first.reject(reason);
    if (state === 'assigned') options.onFailure(reason.message);
  };
  // kafkajs is somewhere else than we are: it has delivered a fetch from before a rebalance, or the broker no longer
  // has what we want and kafkajs went on at the earliest offset there is.
  const realign = async (partition: number, expected: number): Promise<void> => {
    const bounds = await admin.fetchTopicOffsets(topic);
    const low = Number(bounds.find((entry) => entry.partition === partition)?.low ?? expected);
    if (positions.get(partition) !== expected) return;
    if (low > expected) options.onLost(partition, expected, low);
    seek(partition, Math.max(low, expected));
  };

  const { GROUP_JOIN, REBALANCING, START_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload }) => {
    // Its restart was under way when it was closed.
    if (state === 'ended') {
      consumer.disconnect().catch((error: unknown) => options.onWarning(String(error)));
      return;
    }
    assign(payload.memberAssignment[topic] ?? []).catch(fail);
  });
  consumer.on(REBALANCING, revoke);
  consumer.on(START_BATCH_PROCESS, ({ payload }) => {
    const { partition, batchSize, lastOffset, highWatermark } = payload;
    // Only control records: kafkajs moves on without telling its reader.
    const expected = positions.get(partition);
    const last = Number(lastOffset);
    if (batchSize > 0 || expected === undefined || last < expected) return;
    positions.set(partition, last + 1);
    const read = { endOffset: Number(highWatermark), polled: 0, filtered: 0 };
    options.onRecords(partition, [passOver(partition, last)], read);
  });
  consumer.on(CRASH, ({ payload }) => {
    revoke();
    // With `restart`, kafkajs comes back by itself and joins again.
    if (!payload.restart) fail(payload.error);
  });

  return {
    assigned: first.promise,
    giveUp: first.reject,
    async read(batch) {
      const { partition } = batch;
      const expected = positions.get(partition);
      // Between two assignments: seek() will bring these records again.
      if (expected === undefined) return;
      // Missing in kafkajs's types; messages[0] would not do, since offsets may have gaps (compaction, transactions).
      const { fetchedOffset } = batch as Batch & { readonly fetchedOffset: string };
      if (Number(fetchedOffset) !== expected) {
        await realign(partition, expected);
        return;
      }
      // A kafkajs message is a view of its whole decompressed fetch, and this project exists because such messages were
      // once kept. What the intake gives refers to none of them.
      const mine = epoch;
      let taken: TakenIn;
      try {
        taken = await options.intake(partition, batch.messages);
      } catch (error) {
        // Its registry, most likely. Nothing is known of the records, so they are read again.
        options.onWarning(error instanceof Error ? error.message : String(error));
        await delay(retryMs);
        if (mine === epoch) seek(partition, expected);
        return;
      }
      if (mine !== epoch) return;
      const { records, filtered } = taken;
      const last = Number(batch.lastOffset());
      positions.set(partition, last + 1);
      // Behind the last record may lie offsets without one, such as the end of a transaction; they are done with it.
      const rest = (records.at(-1)?.offset ?? last) < last ? [passOver(partition, last)] : [];
      options.onRecords(partition, [...records, ...rest], {
        endOffset: Number(batch.highWatermark),
        polled: batch.messages.length,
        filtered,
      });
      if (!options.isFull(partition)) return;
      paused.add(partition);
      consumer.pause([{ topic, partitions: [partition] }]);
    },
    resume() {
      const free = [...paused].filter((partition) => !options.isFull(partition));
      if (free.length === 0 || state !== 'assigned') return;
      for (const partition of free) paused.delete(partition);
      consumer.resume([{ topic, partitions: free }]);
    },
    async commit(offsets) {
      const mine = epoch;
      // kafkajs resolves without having committed when it is stopped meanwhile.
      await commitOffsets(consumer, topic, offsets);
      return mine === epoch;
    },
    end() {
      state = 'ended';
      revoke();
    },
  };
}

async function commitOffsets(consumer: Consumer, topic: string, offsets: Positions): Promise<void> {
  if (offsets.size === 0) return;
  await consumer.commitOffsets(
    Array.from(offsets, ([partition, offset]) => ({ topic, partition, offset: String(offset) })),
  );
}

function toLocalError(error: unknown, topic: string): LocalError {
  if (error instanceof LocalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // kafkajs is CommonJS: its error classes are reached through the default import only.
  const type = error instanceof kafkajs.KafkaJSError ? (error as { readonly type?: string }).type : undefined;
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return new LocalError('NO_SUCH_TOPIC', `the broker has no such topic, got ${topic}; create it first`, {
      cause: error,
    });
  }
  return new LocalError('POLLER_FAILED', `cannot poll ${topic}: ${message}; check the broker`, {
    cause: error,
  });
}
