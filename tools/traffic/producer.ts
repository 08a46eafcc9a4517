// Brings generated traffic to a topic: in order per key, acknowledged by all replicas, never further ahead of the
// consumers than the backlog allows, and with the place of every record noted in the ledger.
import kafkajs, {
  type IHeaders,
  type Kafka,
  type Message,
  type PartitionMetadata,
  type Producer,
} from 'kafkajs';
import { ensureTopic } from '../broker/topic.ts';
import { createAhead } from './producer-lead.ts';
import type { Backlog } from './backpressure.ts';
import { frame, type Framing } from './framing.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { TrafficError } from './error.ts';
import { createPace } from './pace.ts';
import { toHeaderPairs, type TrafficRecord } from './record.ts';

/** What to produce, where to, and how far ahead. */
export interface ProduceOptions {
  readonly kafka: Kafka;
  /** Topic; created if it is not there. */
  readonly topic: string;
  /** Records with sequences from 0. */
  readonly records: Iterable<TrafficRecord>;
  /** How keys and values name their schemas; default: they name none. The ledger has them as they are without. */
  readonly framing?: Framing;
  /** Limits how far the producer runs ahead; default: not at all limited. */
  readonly backlog?: Backlog;
  /** Pace; default: as fast as the broker and the backlog allow. */
  readonly recordsPerSecond?: number;
  /** Where to note the records; default a new ledger. */
  readonly ledger?: Ledger;
  /** Ends the production early, between two batches; not an error. */
  readonly signal?: AbortSignal;
  /** Called after each batch; default: nobody. */
  readonly onProduced?: (progress: ProduceProgress) => void;
}

/** How far the production is. */
export interface ProduceProgress {
  /** Records so far. */
  readonly records: number;
  /** Bytes of their values so far. */
  readonly valueBytes: number;
}

/** The end of a production. */
export interface Produced extends ProduceProgress {
  readonly ledger: Ledger;
  /** Partitions of the topic. */
  readonly partitions: number;
  /** Per partition that got any: the offset behind its last record. */
  readonly endOffsets: ReadonlyMap<number, number>;
  /** Whether the signal ended it before the last record. */
  readonly aborted: boolean;
}

const maxBatchRecords = 500;
const maxBatchBytes = 512 * 1024;
/** Upper bound of what Kafka's record format adds to key, value and headers of one of our records, in bytes. */
const recordOverheadBytes = 96;

/**
 * Produces all records and resolves when the last one is acknowledged.
 * A failed send is not tried again: its batch may or may not have landed, and a second copy would break the proof.
 * @throws kafkajs's error when the broker refuses or fails; {TrafficError} `TRAFFIC_OPTION` for a partition that the topic lacks
 */
export async function produceTraffic(options: ProduceOptions): Promise<Produced> {
  const { kafka, topic, records } = options;
  const signal = options.signal ?? new AbortController().signal;
  const partitions = await ensureTopic(kafka, { topic });
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: { retries: 0 },
  });
  const run = createRun(options, producer, partitions);
  const toPartition = createPartitioner(topic, partitions);
  const pace = createPace(options.recordsPerSecond, signal);
  let aborted = false;
  try {
    await producer.connect();
    for (const record of records) {
      if (pace.isEarly()) await run.flush();
      await pace.wait();
      const partition = toPartition(record);
      await run.makeRoom(partition, sizeOf(record), signal);
      aborted = signal.aborted;
      if (aborted) break;
      run.add(partition, record);
    }
    await run.flush();
  } finally {
    await producer.disconnect();
  }
  return { ...run.progress(), ledger: run.ledger, partitions, endOffsets: run.ledger.endOffsets(), aborted };
}

interface Run {
  readonly ledger: Ledger;
  progress(): ProduceProgress;
  add(partition: number, record: TrafficRecord): void;
  makeRoom(partition: number, bytes: number, signal: AbortSignal): Promise<void>;
  flush(): Promise<void>;
}

interface Pending {
  readonly record: TrafficRecord;
  readonly partition: number;
  readonly timestampMs: number;
}

// One production's state: what waits to be sent, and what was sent but not yet read by every consumer.
function createRun(options: ProduceOptions, producer: Producer, partitions: number): Run {
  const { topic, backlog } = options;
  const ledger = options.ledger ?? createLedger();
  const ahead = backlog === undefined ? [] : Array.from({ length: partitions }, () => createAhead());
  let pending: Pending[] = [];
  let pendingBytes = 0;
  let valueBytes = 0;
  const progress = (): ProduceProgress => ({ records: ledger.count, valueBytes });

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const batch = pending;
    pending = [];
    pendingBytes = 0;
    const messages = batch.map((each) => toMessage(each, options.framing));
    const acknowledged = await producer.send({ topic, acks: -1, messages });
    const offsets = new Map(acknowledged.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    for (const { record, partition, timestampMs } of batch) {
      const offset = offsets.get(partition);
      if (offset === undefined) throw new Error(`no acknowledgement for partition ${partition} of ${topic}`);
      offsets.set(partition, offset + 1); // a batch is stored in the order of its messages
      ledger.append(record, { partition, offset, timestampMs });
      ahead[partition]?.landed(sizeOf(record), offset + 1);
      valueBytes += record.value?.length ?? 0;
    }
    options.onProduced?.(progress());
  };

  return {
    ledger,
    progress,
    flush,
    add(partition, record) {
      // The broker's clock may be another, and what lands is compared with what was sent.
      pending.push({ record, partition, timestampMs: record.timestampMs ?? Date.now() });
      pendingBytes += sizeOf(record);
      ahead[partition]?.waits(sizeOf(record));
    },
    async makeRoom(partition, bytes, signal) {
      if (pending.length >= maxBatchRecords || pendingBytes + bytes > maxBatchBytes) await flush();
      const own = ahead[partition];
      if (backlog === undefined || own === undefined) return;
      while (!signal.aborted && own.exceeds(backlog.maxBytes - bytes, backlog.consumed(partition))) {
        // Sent first: what is pending is part of what the consumers must read before there is room.
        if (pending.length > 0) await flush();
        else await backlog.changed(signal);
      }
    },
  };
}

function sizeOf({ key, value, headers }: TrafficRecord): number {
  const headerBytes = toHeaderPairs(headers).reduce(
    (sum, [name, bytes]) => sum + name.length + bytes.length + 4,
    0,
  );
  return (value?.length ?? 0) + (key?.length ?? 0) + headerBytes + recordOverheadBytes;
}

function toMessage(
  { record: { key, value, headers }, partition, timestampMs }: Pending,
  framing: Framing | undefined,
): Message {
  const framed = (bytes: Buffer | null, schema: string | undefined): Buffer | null =>
    framing === undefined || schema === undefined || bytes === null
      ? bytes
      : frame(framing.type, schema, bytes);
  return {
    key: framed(toBuffer(key), framing?.keySchema),
    value: framed(value, framing?.valueSchema),
    headers: toHeaders(headers),
    partition,
    timestamp: String(timestampMs),
  };
}

function toHeaders(headers: TrafficRecord['headers']): IHeaders {
  const byName: Record<string, Buffer[]> = {};
  for (const [name, value] of toHeaderPairs(headers)) (byName[name] ??= []).push(Buffer.from(value));
  return byName;
}

function toBuffer(key: TrafficRecord['key']): Buffer | null {
  return key === null ? null : Buffer.from(key as string);
}

// The same answer as a Java producer's (murmur2), asked beforehand since room is counted per partition.
function createPartitioner(topic: string, partitions: number): (record: TrafficRecord) => number {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId): PartitionMetadata => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return ({ key, partition }) => {
    if (partition === undefined)
      return partitioner({ topic, partitionMetadata, message: { key: toBuffer(key), value: null } });
    if (partition < partitions) return partition;
    throw new TrafficError('partition', partition, `0..${partitions - 1} in topic ${topic}`);
  };
}
