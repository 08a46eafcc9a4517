// One kafkajs consumer from its connection to its end: joins the group, waits for its partitions, hands them to a reader.
import type { Kafka } from 'kafkajs';
import { askForRows } from '../../broker/polled-rows.ts';
import { LocalError } from '../error.ts';
import { createPartitionReader, type PartitionReaderOptions } from './partition-reader.ts';
import { toPollError } from './poll-error.ts';
import type { Positions } from './start-position.ts';

/** What a session reads, and who listens. */
export interface PollSessionOptions extends PartitionReaderOptions {
  readonly kafka: Kafka;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
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
  const reader = createPartitionReader(options, consumer, admin);
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
    await askForRows(async () => {
      await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => await reader.read(batch) });
    });
    await reader.assigned;
  } catch (error) {
    await close();
    throw toPollError(error, topic);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
  return { resume: reader.resume, commit: reader.commit, close };
}
