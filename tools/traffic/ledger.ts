// What was produced and where it landed, for the proof at the end: compact enough for a million records (47 bytes each, digests
// for all content), looked up by number or by partition and offset.
import {
  digestHeaders,
  digestKey,
  toHeaderPairs,
  trafficKinds,
  type TrafficKind,
  type TrafficRecord,
} from './record.ts';

/** One produced record and its place in the topic. */
export interface LedgerEntry {
  /** The record's number in the traffic, from 0. */
  readonly sequence: number;
  readonly kind: TrafficKind;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds, as the producer has set it. */
  readonly timestampMs: number;
  /** digest64 of the key, 0n for none. */
  readonly keyDigest: bigint;
  /** The lower half of the headers' digest; see `toHeadersDigest`. */
  readonly headersDigest: number;
  /** digest64 of the document before packing, 0n for a tombstone. */
  readonly documentDigest: bigint;
  /** digest64 of the value as produced, 0n for a tombstone. */
  readonly valueDigest: bigint;
}

/** Where the broker put a record, and when it was made. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}

/** All produced records, in the order of their sequence. */
export interface Ledger extends Iterable<LedgerEntry> {
  readonly count: number;
  /** How many records of a kind. */
  countOf(kind: TrafficKind): number;
  /** Notes a record. @throws {RangeError} unless it is the next of the traffic, and the furthest yet of its partition */
  append(record: TrafficRecord, place: Place): void;
  /** The record of this number, or undefined. */
  get(sequence: number): LedgerEntry | undefined;
  /** The record at this place of the topic, or undefined. */
  find(partition: number, offset: number): LedgerEntry | undefined;
  /** Per partition that got any: the offset behind its last record, as a consumer that is done commits it. */
  endOffsets(): ReadonlyMap<number, number>;
}

/** What a ledger keeps of the headers' digest. */
export function toHeadersDigest(headers: Parameters<typeof digestHeaders>[0]): number {
  return Number(digestHeaders(headers) & 0xffff_ffffn);
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array | BigUint64Array;

interface Columns {
  kind: Uint8Array;
  partition: Uint16Array;
  offset: Float64Array;
  timestamp: Float64Array;
  key: BigUint64Array;
  headers: Uint32Array;
  document: BigUint64Array;
  value: BigUint64Array;
}

/** Makes an empty ledger; it doubles its arrays as it fills. */
export function createLedger(): Ledger {
  const columns = createColumns(1_024);
  const counts = new Map<TrafficKind, number>();
  const partitions = new Map<number, PartitionIndex>();
  let count = 0;

  const read = (row: number): LedgerEntry => ({
    sequence: row,
    kind: trafficKinds[columns.kind[row] ?? 0] ?? 'good',
    partition: columns.partition[row] ?? 0,
    offset: columns.offset[row] ?? 0,
    timestampMs: columns.timestamp[row] ?? 0,
    keyDigest: columns.key[row] ?? 0n,
    headersDigest: columns.headers[row] ?? 0,
    documentDigest: columns.document[row] ?? 0n,
    valueDigest: columns.value[row] ?? 0n,
  });

  return {
    get count() {
      return count;
    },
    countOf: (kind) => counts.get(kind) ?? 0,
    append(record, { partition, offset, timestampMs }) {
      checkAppend(record.sequence, count, offset, partitions.get(partition)?.end ?? 0);
      if (count === columns.kind.length) growColumns(columns, count * 2);
      const row = count;
      columns.kind[row] = trafficKinds.indexOf(record.kind);
      columns.partition[row] = partition;
      columns.offset[row] = offset;
      columns.timestamp[row] = timestampMs;
      columns.key[row] = digestKey(record.key);
      columns.headers[row] = toHeadersDigest(toHeaderPairs(record.headers));
      columns.document[row] = record.documentDigest;
      columns.value[row] = record.valueDigest;
      indexRow(partitions, partition, offset, row);
      counts.set(record.kind, (counts.get(record.kind) ?? 0) + 1);
      count += 1;
    },
    get: (sequence) => (sequence >= 0 && sequence < count ? read(sequence) : undefined),
    find(partition, offset) {
      const row = findRow(partitions.get(partition), columns.offset, offset);
      return row === undefined ? undefined : read(row);
    },
    endOffsets: () => new Map(Array.from(partitions, ([partition, { end }]) => [partition, end])),
    *[Symbol.iterator]() {
      for (let row = 0; row < count; row += 1) yield read(row);
    },
  };
}

function checkAppend(sequence: number, count: number, offset: number, end: number): void {
  if (sequence !== count)
    throw new RangeError(`record out of turn, got sequence ${sequence}, expected ${count}`);
  if (offset < end)
    throw new RangeError(`record at a place already taken, got offset ${offset}, expected ${end} or more`);
}

function createColumns(rows: number): Columns {
  return {
    kind: new Uint8Array(rows),
    partition: new Uint16Array(rows),
    offset: new Float64Array(rows),
    timestamp: new Float64Array(rows),
    key: new BigUint64Array(rows),
    headers: new Uint32Array(rows),
    document: new BigUint64Array(rows),
    value: new BigUint64Array(rows),
  };
}

function growColumns(columns: Columns, rows: number): void {
  const grown = createColumns(rows);
  for (const name of Object.keys(columns) as (keyof Columns)[]) {
    // `name` picks arrays of one kind on both sides, which the type of set() cannot express.
    (grown[name] as { set(from: Column): void }).set(columns[name]);
  }
  Object.assign(columns, grown);
}

// The rows of one partition, whose offsets rise with the row.
interface PartitionIndex {
  rows: Uint32Array;
  count: number;
  end: number;
}

function indexRow(
  partitions: Map<number, PartitionIndex>,
  partition: number,
  offset: number,
  row: number,
): void {
  let index = partitions.get(partition);
  if (index === undefined) {
    index = { rows: new Uint32Array(256), count: 0, end: 0 };
    partitions.set(partition, index);
  }
  if (index.count === index.rows.length) {
    const grown = new Uint32Array(index.count * 2);
    grown.set(index.rows);
    index.rows = grown;
  }
  index.rows[index.count] = row;
  index.count += 1;
  index.end = offset + 1;
}

function findRow(
  index: PartitionIndex | undefined,
  offsets: Float64Array,
  offset: number,
): number | undefined {
  let low = 0;
  let high = (index?.count ?? 0) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const row = index?.rows[middle] ?? 0;
    const found = offsets[row] ?? 0;
    if (found === offset) return row;
    if (found < offset) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
