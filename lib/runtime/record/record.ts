// The leased record: what a user's function sees of a record, for as long as that function runs. When the lease ends
// every reference to the record's bytes is dropped, so a forgotten reference holds a few numbers and no batch.

import type { EventRecord } from '../event/event.ts';
import { toHeaders, toJsonHeaders, type RecordHeaders } from '../event/headers.ts';

// Ambient classes, not interfaces: TypeScript then refuses `{ ...record }.value`, as accessors of a class are not spread.
/** What every leased record has. */
declare abstract class AnyLeasedRecord<V, K> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds, or whatever number the producer wrote; -1 for none. */
  readonly timestamp: number;
  /** `CREATE_TIME`, `LOG_APPEND_TIME` or `NO_TIMESTAMP_TYPE`. */
  readonly timestampType: string;
  /**
   * The key as the definition's key format decodes it; without a key format the key as text, or null if it is not UTF-8. Null if
   * the record has no key; `''` if the key is empty.
   */
  get key(): K | null;
  /** The key's bytes, in memory of their own; null if the record has no key. */
  get keyBytes(): Buffer | null;
  get headers(): RecordHeaders;
  /** The decompressed bytes of the value in memory of their own; null for a tombstone. */
  toBuffer(): Buffer | null;
  /** The record as a plain object that outlives the lease and pins nothing but itself. */
  keep(): KeptRecord<V, K>;
  /** What `JSON.stringify(record)` writes. */
  toJSON(): RecordJson<V, K>;
}

/** A record with a value, which may be of zero bytes. */
declare abstract class LeasedValue<V, K> extends AnyLeasedRecord<V, K> {
  get isTombstone(): false;
  /** The value as the definition's value format decodes it; undefined if there is no format. */
  get value(): V;
}

/** A record without a value. */
declare abstract class LeasedTombstone<V, K> extends AnyLeasedRecord<V, K> {
  get isTombstone(): true;
  get value(): null;
}

/**
 * A record, usable from its delivery until its function settles; from then on key, value, headers and bytes throw ReleasedError
 * `RELEASED`. `isTombstone` tells a record without a value from all others. Not to be spread: use `keep()`.
 */
export type LeasedRecord<V = unknown, K = unknown> = LeasedValue<V, K> | LeasedTombstone<V, K>;

/** What `keep()` returns: a plain object that may outlive the record. */
export interface KeptRecord<V = unknown, K = unknown> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: K | null;
  readonly keyBytes: Buffer | null;
  /** null for a tombstone. */
  readonly value: V | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

/** A record as JSON has it. */
export interface RecordJson<V = unknown, K = unknown> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: K | null;
  /** The key in base64 where it is no text and no format reads it. */
  readonly keyBase64?: string;
  readonly value: V | null;
  /** `[name, text]`, or `[name, base64, "base64"]` for bytes that are no UTF-8. */
  readonly headers: readonly (readonly string[])[];
}

/** A record's key, value, headers or bytes were asked for after its function had settled. */
export class ReleasedError extends Error {
  override readonly name = 'ReleasedError';
  readonly code = 'RELEASED';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The member that was used, such as `value` or `keep()`. */
  readonly member: string;

  readonly #source: object | undefined;

  constructor(record: Pick<EventRecord, 'topic' | 'partition' | 'offset'>, member: string, source?: object) {
    super(
      `record ${record.topic}-${record.partition}@${record.offset} is released, got a use of .${member} after its function settled, ` +
        'expected none; await that work inside the function, or hold on to record.keep()',
    );
    this.topic = record.topic;
    this.partition = record.partition;
    this.offset = record.offset;
    this.member = member;
    this.#source = source;
  }

  /** Whether the record was leased by `source`. */
  isOf(source: object): boolean {
    return this.#source === source;
  }
}

/** What a lease asks for while it lasts. */
export interface LeaseSource<K> {
  /** Undefined where a key format has given the key when the record was loaded. */
  readonly toKey: ((record: EventRecord) => K | null) | undefined;
  toKeyBytes(record: EventRecord): Buffer | null;
  toBuffer(record: EventRecord): Buffer | null;
  /** Takes note of `bytes` that were handed out for good. */
  handOut(bytes: number): void;
}

/** A value that has been loaded. */
export interface LoadedValue<V> {
  readonly value: V | null;
  readonly decompressedBytes: number;
  /** Its share of the byte budget. */
  readonly budgetBytes: number;
}

/** The lease itself; only the runtime may end it. */
export class Lease<V, K> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly isTombstone: boolean;
  readonly #source: LeaseSource<K>;
  readonly #decompressedBytes: number;
  #budgetBytes: number;
  #event: EventRecord | undefined;
  #value: V | null | undefined;
  #key: K | null | undefined;
  #headers: RecordHeaders | undefined;

  /** `key` is what the definition's key format gave; it is not looked at where keys are read from the event. */
  constructor(event: EventRecord, source: LeaseSource<K>, loaded: LoadedValue<V>, key: K | null) {
    this.topic = event.topic;
    this.partition = event.partition;
    this.offset = event.offset;
    this.timestamp = event.timestamp;
    this.timestampType = event.timestampType;
    this.isTombstone = event.value === undefined || event.value === null;
    this.#source = source;
    this.#decompressedBytes = loaded.decompressedBytes;
    this.#budgetBytes = loaded.budgetBytes;
    this.#event = event;
    this.#value = loaded.value;
    this.#key = key;
  }

  get key(): K | null {
    const event = this.#leased('key');
    const { toKey } = this.#source;
    return toKey ? toKey(event) : (this.#key as K | null);
  }

  get keyBytes(): Buffer | null {
    return this.#source.toKeyBytes(this.#leased('keyBytes'));
  }

  get value(): V | null {
    this.#leased('value');
    return this.#value as V | null;
  }

  get headers(): RecordHeaders {
    this.#leased('headers');
    // Read through the lease each time: a headers object that was kept must not reach the event either.
    this.#headers ??= toHeaders(() => this.#leased('headers').headers);
    return this.#headers;
  }

  toBuffer(): Buffer | null {
    const event = this.#leased('toBuffer()');
    const bytes = this.#source.toBuffer(event);
    this.#source.handOut(bytes?.length ?? 0);
    return bytes;
  }

  keep(): KeptRecord<V, K> {
    this.#leased('keep()');
    const { topic, partition, offset, timestamp, timestampType, key, keyBytes, value } = this;
    const headers = [...this.headers];
    // A value of objects has no size of its own that could be had cheaply: it counts as what it was read from.
    const keptBytes = headers.reduce((sum, [, bytes]) => sum + bytes.length, this.#decompressedBytes);
    this.#source.handOut(keptBytes + (keyBytes?.length ?? 0));
    return { topic, partition, offset, timestamp, timestampType, key, keyBytes, value, headers };
  }

  toJSON(): RecordJson<V, K> {
    this.#leased('toJSON()');
    const { topic, partition, offset, timestamp, timestampType, key, value } = this;
    const keyBase64 = key === null ? this.keyBytes?.toString('base64') : undefined;
    return {
      topic,
      partition,
      offset,
      timestamp,
      timestampType,
      key,
      ...(keyBase64 !== undefined && { keyBase64 }),
      value,
      headers: toJsonHeaders(this.headers),
    };
  }

  /** Ends the lease: from here on nothing reaches the bytes through this object. Gives the budget's bytes that are free now. */
  release(): number {
    const bytes = this.#budgetBytes;
    this.#budgetBytes = 0;
    this.#event = undefined;
    this.#value = undefined;
    this.#key = undefined;
    this.#headers = undefined;
    return bytes;
  }

  #leased(member: string): EventRecord {
    if (this.#event === undefined) throw new ReleasedError(this, member, this.#source);
    return this.#event;
  }
}
