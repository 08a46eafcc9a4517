// What one kafkajs consumer delivers, made into records and handed on in offset order, for as long as its partitions are ours
// and there is room. It hears of joins, rebalances and crashes as well, since all of them decide what a batch is worth.
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Batch, Consumer } from 'kafkajs';
import type { LocalError } from '../error.ts';
import { passOver, type EncodedRecord } from '../event.ts';
import type { Intake, TakenIn } from './record-pipeline.ts';
import { toPollError } from './poll-error.ts';
import {
  createSessionPositions,
  type SessionPositions,
  type SessionPositionsOptions,
} from './session-positions.ts';
import type { Positions } from './start-position.ts';

/** What is read, and who listens. */
export interface PartitionReaderOptions extends SessionPositionsOptions {
  /** Turns messages into records. When it rejects, they are read again. */
  readonly intake: Intake;
  /** New partitions with their start positions. */
  readonly onAssigned: (positions: Positions) => void;
  /** Records of one partition in offset order, following on what came before. */
  readonly onRecords: (partition: number, records: readonly EncodedRecord[], read: ReadAccount) => void;
  /** Whether this partition should not be read for now. */
  readonly isFull: (partition: number) => boolean;
  readonly onWarning: (message: string) => void;
  /** The consumer has broken down after it had its partitions; it must be closed. */
  readonly onFailure: (message: string) => void;
}

/** What is known of one read. */
export interface ReadAccount {
  /** The partition's end as the broker knows it. */
  readonly endOffset: number;
  /** Records in it, those that no filter let through included. */
  readonly polled: number;
  readonly filtered: number;
}

/** A reader that listens to its consumer. */
export interface PartitionReader {
  /** Settles with the first assignment, or with what prevented it. */
  readonly assigned: Promise<void>;
  readonly giveUp: (error: LocalError) => void;
  readonly read: (batch: Batch) => Promise<void>;
  /** Reads on where `isFull` held it and no longer does. */
  readonly resume: () => void;
  /** False if the partitions were given up before the broker had answered. */
  readonly commit: (offsets: Positions) => Promise<boolean>;
  readonly end: () => void;
}

// Before records are read again that could not be taken in; within a session's time.
const retryMs = 500;

interface Parts {
  readonly options: PartitionReaderOptions;
  readonly consumer: Consumer;
  readonly positions: SessionPositions;
  readonly paused: Set<number>;
}

/** Listens to a consumer that is not running yet. */
export function createPartitionReader(
  options: PartitionReaderOptions,
  consumer: Consumer,
  admin: Admin,
): PartitionReader {
  const { topic } = options;
  const positions = createSessionPositions(options, consumer, admin);
  const parts: Parts = { options, consumer, positions, paused: new Set() };
  const first = Promise.withResolvers<void>();
  // It may be rejected before anybody waits for it; whoever waits later still gets the error.
  first.promise.catch(() => {});
  let state: 'starting' | 'assigned' | 'ended' = 'starting';

  const assign = async (partitions: readonly number[]): Promise<void> => {
    const taken = await positions.take(partitions);
    if (taken === undefined || state === 'ended') return;
    unpause(parts, [...parts.paused]);
    state = 'assigned';
    options.onAssigned(taken);
    first.resolve();
  };
  const fail = (error: unknown): void => {
    const reason = toPollError(error, topic);
    first.reject(reason);
    if (state === 'assigned') options.onFailure(reason.message);
  };
  const { GROUP_JOIN, REBALANCING, START_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload }) => {
    // Its restart was under way when it was closed.
    if (state === 'ended') consumer.disconnect().catch((error: unknown) => options.onWarning(String(error)));
    else assign(payload.memberAssignment[topic] ?? []).catch(fail);
  });
  consumer.on(REBALANCING, positions.revoke);
  consumer.on(START_BATCH_PROCESS, ({ payload }) => passControl(payload, parts));
  consumer.on(CRASH, ({ payload }) => {
    positions.revoke();
    // With `restart`, kafkajs comes back by itself and joins again.
    if (!payload.restart) fail(payload.error);
  });

  return {
    assigned: first.promise,
    giveUp: first.reject,
    read: async (batch) => await readBatch(batch, parts),
    resume() {
      const free = [...parts.paused].filter((partition) => !options.isFull(partition));
      if (free.length > 0 && state === 'assigned') unpause(parts, free);
    },
    commit: positions.commit,
    end() {
      state = 'ended';
      positions.revoke();
    },
  };
}

function unpause({ options, consumer, paused }: Parts, partitions: number[]): void {
  for (const partition of partitions) paused.delete(partition);
  consumer.resume([{ topic: options.topic, partitions }]);
}

// Only control records: kafkajs moves on without telling its reader.
function passControl(
  batch: {
    readonly partition: number;
    readonly batchSize: number;
    readonly lastOffset: string;
    readonly highWatermark: string;
  },
  { options, positions }: Parts,
): void {
  const { partition, batchSize } = batch;
  const expected = positions.at(partition);
  const last = Number(batch.lastOffset);
  if (batchSize > 0 || expected === undefined || last < expected) return;
  positions.advance(partition, last + 1);
  const read = { endOffset: Number(batch.highWatermark), polled: 0, filtered: 0 };
  options.onRecords(partition, [passOver(partition, last)], read);
}

async function readBatch(batch: Batch, parts: Parts): Promise<void> {
  const { options, consumer, positions, paused } = parts;
  const { partition } = batch;
  const expected = positions.at(partition);
  // Between two assignments: seek() will bring these records again.
  if (expected === undefined) return;
  // Missing in kafkajs's types; messages[0] would not do, since offsets may have gaps (compaction, transactions).
  const { fetchedOffset } = batch as Batch & { readonly fetchedOffset: string };
  if (Number(fetchedOffset) !== expected) {
    await positions.realign(partition);
    return;
  }
  const mine = positions.epoch();
  const taken = await takeIn(batch, expected, options);
  if (mine !== positions.epoch()) return;
  if (taken === undefined) {
    positions.seek(partition, expected);
    return;
  }
  const { records, polled, filtered } = taken;
  const last = Number(batch.lastOffset());
  positions.advance(partition, last + 1);
  // Behind the last record may lie offsets without one, such as the end of a transaction; they are done with it.
  const rest = (records.at(-1)?.offset ?? last) < last ? [passOver(partition, last)] : [];
  const read = { endOffset: Number(batch.highWatermark), polled, filtered };
  options.onRecords(partition, [...records, ...rest], read);
  if (!options.isFull(partition)) return;
  paused.add(partition);
  consumer.pause([{ topic: options.topic, partitions: [partition] }]);
}

// A kafkajs message is a view of its whole decompressed fetch, and this project exists because such messages were once kept.
// What the intake gives refers to none of them. Undefined after a pause when it gives nothing: its registry, most likely;
// nothing is known of the records then, so they are read again.
async function takeIn(
  batch: Batch,
  fromOffset: number,
  options: PartitionReaderOptions,
): Promise<TakenIn | undefined> {
  try {
    return await options.intake(batch.partition, batch.messages, fromOffset);
  } catch (error) {
    options.onWarning(error instanceof Error ? error.message : String(error));
    await delay(retryMs);
    return undefined;
  }
}
