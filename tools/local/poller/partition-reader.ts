// What one kafkajs consumer delivers, made into records and handed on in offset order, while there is room. It owns its
// positions: kafkajs is told where to read after every (re)join, and what it delivers from elsewhere is dropped. Without
// that, a batch that was fetched before a rebalance could slip in after it and move the position on.
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Batch, Consumer, ConsumerStartBatchProcessEvent } from 'kafkajs';
import { toOffsetOnly, type PolledRecord } from '../event.ts';
import type { OffsetRange } from '../events.ts';
import type { PipelineResult, RecordPipeline } from './record-pipeline.ts';
import type { PartitionStart } from './start-position.ts';

/** What is read, and who listens. */
export interface PartitionReaderOptions {
  readonly topic: string;
  /** Turns messages into records. When it rejects, they are read again. */
  readonly pipeline: RecordPipeline;
  /** Records of one partition in offset order, following on what came before. */
  readonly onRecords: (partition: number, records: readonly PolledRecord[], read: ReadAccount) => void;
  /** Whether this partition should not be read for now. */
  readonly isFull: (partition: number) => boolean;
  /** The broker has dropped offsets `from` up to, not including, `to` before they were read. */
  readonly onLost: (partition: number, from: number, to: number) => void;
  readonly onWarning: (message: string) => void;
}

/** What is known of one read. */
export interface ReadAccount {
  /** The partition's end as the broker knows it. */
  readonly endOffset: number;
  /** Records in it, those that no filter let through included. */
  readonly polled: number;
  readonly filtered: readonly OffsetRange[];
}

// Before records are read again that the pipeline could not take; within a session's time.
const retryMs = 500;

/** Reads the partitions of one session. */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  /** The next offset to read, by partition; empty while nothing is to be read. */
  readonly #positions = new Map<number, number>();
  /** The offset at which the broker was asked again, by partition; see `#isGap`. */
  readonly #asked = new Map<number, number>();
  readonly #held = new Set<number>();
  #epoch = 0;

  constructor(options: PartitionReaderOptions, consumer: Consumer, admin: Admin) {
    this.#options = options;
    this.#consumer = consumer;
    this.#admin = admin;
  }

  /** Another number once what was read before is void. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Keeps kafkajs from reading these partitions until `begin` or `resume`. */
  hold(partitions: number[]): void {
    if (partitions.length === 0) return;
    for (const partition of partitions) this.#held.add(partition);
    this.#consumer.pause([{ topic: this.#options.topic, partitions }]);
  }

  /** Reads these partitions from now on. */
  begin(starts: readonly PartitionStart[]): void {
    for (const { partition, offset } of starts) this.#seek(partition, offset);
    this.#release([...this.#held]);
  }

  /** Reads no partition any more. */
  clear(): void {
    this.#epoch++;
    this.#positions.clear();
    this.#asked.clear();
  }

  /** Reads on where `isFull` held it and no longer does. */
  resume(): void {
    // Otherwise kafkajs may have no group, and would throw.
    if (this.#positions.size === 0) return;
    this.#release([...this.#held].filter((partition) => !this.#options.isFull(partition)));
  }

  /** Takes what kafkajs has fetched. @throws {Error} when a position lies behind its partition's end */
  async read(batch: Batch): Promise<void> {
    const { partition } = batch;
    const expected = this.#positions.get(partition);
    // Fetched before an assignment that has just changed: seek() will bring these records again.
    if (expected === undefined) return;
    const start = Number(batch.firstOffset());
    if (start !== expected && !(await this.#isGap(partition, expected, start))) return;
    const epoch = this.#epoch;
    const result = await this.#process(batch);
    if (epoch !== this.#epoch) return;
    if (result === undefined) {
      this.#seek(partition, expected);
      return;
    }
    const { records, filtered } = result;
    const last = Number(batch.lastOffset());
    // Behind the last record may lie offsets without one, such as the end of a transaction; they are done with it.
    const rest = (records.at(-1)?.offset ?? last) < last ? [toOffsetOnly(partition, last)] : [];
    const read = { endOffset: Number(batch.highWatermark), polled: batch.messages.length, filtered };
    this.#advance(partition, last, [...records, ...rest], read);
    if (this.#options.isFull(partition)) this.hold([partition]);
  }

  /**
   * Takes what kafkajs is about to process where that is transactions' markers alone: it moves on then without handing them to
   * its reader.
   */
  async passMarkers(batch: ConsumerStartBatchProcessEvent['payload']): Promise<void> {
    const { partition, batchSize } = batch;
    const expected = this.#positions.get(partition);
    const last = Number(batch.lastOffset);
    if (batchSize > 0 || expected === undefined || last < expected) return;
    const start = Number(batch.firstOffset ?? last);
    if (start > expected && this.#asked.get(partition) !== expected) {
      this.#seek(partition, expected);
      await this.#isGap(partition, expected, start);
      return;
    }
    const read = { endOffset: Number(batch.highWatermark), polled: 0, filtered: [] };
    this.#advance(partition, last, [toOffsetOnly(partition, last)], read);
  }

  // A kafkajs message is a view of its whole decompressed fetch, and this project exists because such messages were once kept.
  // What the pipeline gives refers to none of them. Undefined after a pause when it gives nothing: its registry, most likely;
  // nothing is known of the records then, so they are read again.
  async #process(batch: Batch): Promise<PipelineResult | undefined> {
    try {
      return await this.#options.pipeline(batch.partition, batch.messages);
    } catch (error) {
      this.#options.onWarning(error instanceof Error ? error.message : String(error));
      await delay(retryMs);
      return undefined;
    }
  }

  /**
   * Whether nothing lies between the offset that is expected and the one that came. A compacted topic has gaps. But kafkajs may
   * also be elsewhere: it has delivered a fetch from before a rebalance, or the broker does not have what we want and kafkajs
   * went on at the earliest offset there is. So the broker is asked once more, at the very offset that is expected.
   */
  async #isGap(partition: number, expected: number, start: number): Promise<boolean> {
    const { topic, onLost } = this.#options;
    const bounds = (await this.#admin.fetchTopicOffsets(topic)).find(
      (entry) => entry.partition === partition,
    );
    if (this.#positions.get(partition) !== expected) return false;
    const low = Number(bounds?.low ?? expected);
    const high = Number(bounds?.high ?? expected);
    if (expected > high)
      throw new Error(`offset ${expected} lies behind the end of ${topic}-${partition}, which is ${high}`);
    if (low > expected) onLost(partition, expected, low);
    else if (start > expected && this.#asked.get(partition) === expected) return true;
    else this.#asked.set(partition, expected);
    this.#seek(partition, Math.max(low, expected));
    return false;
  }

  #seek(partition: number, offset: number): void {
    this.#positions.set(partition, offset);
    this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(offset) });
  }

  /** Hands records on and moves the position behind `last`. */
  #advance(partition: number, last: number, records: readonly PolledRecord[], read: ReadAccount): void {
    this.#positions.set(partition, last + 1);
    this.#asked.delete(partition);
    this.#options.onRecords(partition, records, read);
  }

  #release(partitions: number[]): void {
    if (partitions.length === 0) return;
    for (const partition of partitions) this.#held.delete(partition);
    this.#consumer.resume([{ topic: this.#options.topic, partitions }]);
  }
}
