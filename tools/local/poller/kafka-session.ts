// One membership in a mapping's consumer group, from joining to leaving: its partitions are read, held, resumed and
// committed here. Whatever goes wrong ends it, and the next session starts at what the group has committed.
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { LocalError } from '../error.ts';
import { createCommitter, type Committer } from './committer.ts';
import { PartitionReader, type PartitionReaderOptions } from './partition-reader.ts';
import { toPollError } from './poll-error.ts';
import type { PartitionStart, Positions, StartPositions } from './start-position.ts';

/** What a session reads, and who listens. */
export interface KafkaSessionOptions extends PartitionReaderOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly startPositions: StartPositions;
  /** Whether a broker may make the topic because it is asked for. Default false: a topic that was deleted stays deleted. */
  readonly allowTopicCreation?: boolean;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  /** New partitions. */
  readonly onAssigned: (starts: readonly PartitionStart[], session: KafkaSession) => void;
  /** Partitions are lost: whatever was read before is void, no commit of it will follow. */
  readonly onRevoked: () => void;
  readonly onCommitted: (partition: number, offset: number) => void;
  /** It has broken down after it had its partitions; it must be closed. */
  readonly onFailure: (error: LocalError) => void;
}

// Also how long a fetch waits at the broker for data, and so how late a held partition is seen to be free again.
const maxWaitMs = 100;
// A fetch is in memory three times, as chunks, joined and as messages, of which small ones take several times their bytes. A
// larger record batch still comes whole (KIP-74).
const fetchBytesPerPartition = 64 * 1024;
// Kafka's own lower bound. librdkafka's mock cluster makes a group wait for this long, less 1 s, after a member has left.
const sessionTimeoutMs = 6000;
const heartbeatMs = 1500;
// How soon partitions that are added to a topic are noticed.
const metadataMaxAgeMs = 5000;
const assignmentTimeoutMs = 30_000;

/** Starts a session; resolves once the group has given it its partitions. @throws {LocalError} */
export async function startKafkaSession(options: KafkaSessionOptions): Promise<KafkaSession> {
  const session = new KafkaSession(options);
  try {
    await session.join();
    return session;
  } catch (error) {
    await session.close();
    throw toPollError(error, options.topic);
  }
}

/** A member of the group. */
export class KafkaSession {
  readonly #options: KafkaSessionOptions;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  readonly #reader: PartitionReader;
  readonly #committer: Committer;
  readonly #assigned: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Brokers that a fetch is under way from. */
  readonly #fetching = new Set<number>();
  #state: 'joining' | 'reading' | 'over' = 'joining';

  constructor(options: KafkaSessionOptions) {
    const { kafka, groupId, onCommitted, allowTopicCreation = false } = options;
    this.#options = options;
    this.#consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: allowTopicCreation,
      // A consumer that has crashed is closed, and the next session has another: kafkajs would start it again even if it was
      // closed meanwhile, as a member of the group whose partitions nobody reads. 5 retries are kafkajs's own default.
      retry: { retries: 5, restartOnFailure: async () => await Promise.resolve(false) },
      maxWaitTimeInMs: maxWaitMs,
      maxBytesPerPartition: fetchBytesPerPartition,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      metadataMaxAge: metadataMaxAgeMs,
      // As Kafka's own consumers by default: records of open and aborted transactions are read. AWS does not say.
      readUncommitted: true,
    });
    this.#admin = kafka.admin();
    this.#reader = new PartitionReader(options, this.#consumer, this.#admin);
    this.#committer = createCommitter({
      commit: async (offsets) => await this.#commitNow(offsets),
      onCommitted,
      onRefused: (error) => this.#fail(error),
    });
    // It may be rejected before anybody waits for it; whoever waits later still gets the error.
    this.#assigned.promise.catch(() => {});
    this.#listen();
  }

  /** Joins the group; resolves once it has partitions. */
  async join(): Promise<void> {
    const { topic, groupId, signal } = this.#options;
    const cancel = (): void =>
      this.#assigned.reject(new LocalError('CLOSED', `the poller of ${topic} was closed too early`));
    const timer = setTimeout(() => {
      const text = `no partitions of ${topic} for group ${groupId} within ${assignmentTimeoutMs / 1000} s`;
      this.#assigned.reject(
        new LocalError('POLLER_FAILED', `${text}; check the broker and other members of the group`),
      );
    }, assignmentTimeoutMs);
    signal.addEventListener('abort', cancel);
    try {
      await Promise.all([this.#consumer.connect(), this.#admin.connect()]);
      // Whether a partition starts at its beginning is decided by seek(); here it only says where to go on after a gap.
      await this.#consumer.subscribe({ topic, fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => await this.#reader.read(batch).catch(this.#fail),
      });
      await this.#assigned.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Reads on where `isFull` held it and no longer does. */
  resume(): void {
    this.#reader.resume();
  }

  /** Every record of the partition before `offset` is resolved: commits it soon, with what else waits. */
  commit(partition: number, offset: number): void {
    this.#committer.add(partition, offset);
  }

  /** Resolves once no commit waits. */
  async idle(): Promise<void> {
    await this.#committer.idle();
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.#state = 'over';
    this.#revoke();
    const closed = await Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()]);
    for (const { reason } of closed.filter((result) => result.status === 'rejected'))
      this.#options.onWarning(
        `the poller of ${this.#options.topic} did not close cleanly: ${String(reason)}`,
      );
  }

  #listen(): void {
    const { topic } = this.#options;
    const { GROUP_JOIN, REBALANCING, FETCH_START, FETCH, START_BATCH_PROCESS, STOP, CRASH } =
      this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => void this.#assign(payload.memberAssignment[topic] ?? []));
    this.#consumer.on(REBALANCING, () => this.#revoke());
    // After a fetch that has failed kafkajs tries again at the same offset. It may be of another topic by then, which was
    // deleted and made again.
    this.#consumer.on(FETCH_START, ({ payload: { nodeId } }) => {
      if (this.#fetching.has(nodeId)) this.#fail(new Error('a fetch has failed'));
      this.#fetching.add(nodeId);
    });
    this.#consumer.on(FETCH, ({ payload: { nodeId } }) => void this.#fetching.delete(nodeId));
    this.#consumer.on(
      START_BATCH_PROCESS,
      ({ payload }) => void this.#reader.passMarkers(payload).catch(this.#fail),
    );
    this.#consumer.on(STOP, () => this.#revoke());
    this.#consumer.on(CRASH, ({ payload }) => this.#fail(payload.error));
  }

  async #assign(partitions: number[]): Promise<void> {
    const { startPositions, onAssigned, onWarning } = this.#options;
    // It was closed while it joined, and has come back as a member that reads nothing.
    if (this.#state === 'over') {
      await this.#consumer.disconnect().catch((error: unknown) => onWarning(String(error)));
      return;
    }
    this.#revoke();
    const { epoch } = this.#reader;
    // Where the broker does not have what is committed, kafkajs would commit "earliest" before anybody has seen that.
    this.#reader.hold(partitions);
    try {
      const starts = await startPositions.read(this.#admin, partitions);
      if (epoch !== this.#reader.epoch) return;
      const first = new Map(
        starts.filter(({ isFirst }) => isFirst).map(({ partition, offset }) => [partition, offset]),
      );
      if (!(await this.#commitNow(first))) return;
      startPositions.settle(first.keys());
      for (const start of starts) this.#tellGap(start);
      this.#state = 'reading';
      onAssigned(starts, this);
      this.#reader.begin(starts);
      this.#assigned.resolve();
    } catch (error) {
      if (epoch === this.#reader.epoch) this.#fail(error);
    }
  }

  /** Says what the broker does not have of what is wanted. */
  #tellGap({ partition, wanted, offset, endOffset }: PartitionStart): void {
    const { topic, onLost, onWarning } = this.#options;
    if (wanted > endOffset)
      onWarning(
        `${topic}-${partition} ends at ${endOffset}, and is committed up to ${wanted}: the topic was deleted and made again, ` +
          'most likely; it is read from its beginning',
      );
    else if (wanted < offset) onLost(partition, wanted, offset);
  }

  /** False if the partitions were lost before the broker had answered. */
  async #commitNow(offsets: Positions): Promise<boolean> {
    const { topic } = this.#options;
    const { epoch } = this.#reader;
    const list = Array.from(offsets, ([partition, offset]) => ({ topic, partition, offset: String(offset) }));
    // kafkajs resolves without having committed when it is stopped meanwhile.
    if (list.length > 0) await this.#consumer.commitOffsets(list);
    return epoch === this.#reader.epoch;
  }

  #revoke(): void {
    this.#reader.clear();
    this.#committer.clear();
    this.#options.onRevoked();
  }

  readonly #fail = (error: unknown): void => {
    if (this.#state === 'over') return;
    const wasReading = this.#state === 'reading';
    this.#state = 'over';
    this.#revoke();
    const reason = toPollError(error, this.#options.topic);
    if (wasReading) this.#options.onFailure(reason);
    else this.#assigned.reject(reason);
  };
}
