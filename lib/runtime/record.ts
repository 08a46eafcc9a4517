// The leased record: what a user's function sees of a record, for as long as that function runs. When the lease ends
// every reference to the record's bytes is dropped, so a forgotten reference holds a few numbers and no batch.

import type { EventRecord } from './event.ts';
import { toHeaders, type RecordHeaders } from './headers.ts';
import type { Ledger } from '../memory/ledger.ts';
import type { RetentionWatch } from '../retention/watch.ts';
import type { Opener } from './value-decoder.ts';

/** A record, usable from its delivery until its function settles. */
export interface LeasedRecord<V = unknown, K = unknown> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** `CREATE_TIME` or `LOG_APPEND_TIME`. */
  readonly timestampType: string;
  /** null when the record has no key; an empty key is an empty key. */
  readonly key: K | null;
  /** null when the record is a tombstone; undefined when the definition names no value format. */
  readonly value: V | null;
  /** Whether the record has no value at all; an empty value is not a tombstone. */
  readonly isTombstone: boolean;
  readonly headers: RecordHeaders;
  /** The decompressed bytes of the value in memory of their own; null for a tombstone. */
  copyBytes(): Buffer | null;
  /** The record as a plain object that outlives the lease and pins nothing but itself. */
  keep(): KeptRecord<V, K>;
}

/** What `keep()` gives: plain, detached, the user's own. */
export interface KeptRecord<V = unknown, K = unknown> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: K | null;
  readonly value: V | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

/** A record's key, value, headers or bytes were asked for after its function had settled. */
export class ReleasedError extends Error {
  override readonly name = 'ReleasedError';
  readonly code = 'RELEASED';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;

  constructor(record: LeasedRecord, member: string) {
    super(
      `record ${record.topic}-${record.partition}@${record.offset} is released, got a use of .${member} after its function settled, ` +
        'expected none; await that work inside the function, or hold on to record.keep()',
    );
    this.topic = record.topic;
    this.partition = record.partition;
    this.offset = record.offset;
  }
}

/** What of a record has been opened. */
export interface OpenedRecord<V, K> {
  readonly value: V | null;
  /** What the definition's key format gave; it is not looked at where keys are lazy. */
  readonly key: K | null;
  readonly decompressedBytes: number;
  /** Its share of the byte budget. */
  readonly budgetBytes: number;
}

/** What the leases of an invocation share. */
export interface LeaseSurroundings<V, K> {
  readonly opener: Opener<V, K>;
  readonly ledger: Ledger;
  readonly retention: RetentionWatch | undefined;
}

/** The lease itself; only the runtime may end it. */
export class Lease<V, K> implements LeasedRecord<V, K> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly isTombstone: boolean;
  /** What the byte budget gets back when the lease ends. */
  readonly budgetBytes: number;
  readonly #around: LeaseSurroundings<V, K>;
  #event: EventRecord | undefined;
  #value: V | null | undefined;
  #key: K | null | undefined;
  readonly #decompressedBytes: number;
  #headers: RecordHeaders | undefined;

  constructor(event: EventRecord, opened: OpenedRecord<V, K>, around: LeaseSurroundings<V, K>) {
    this.topic = event.topic;
    this.partition = event.partition;
    this.offset = event.offset;
    this.timestamp = event.timestamp;
    this.timestampType = event.timestampType;
    this.isTombstone = event.value === undefined || event.value === null;
    this.budgetBytes = opened.budgetBytes;
    this.#event = event;
    this.#value = opened.value;
    this.#key = opened.key;
    this.#decompressedBytes = opened.decompressedBytes;
    this.#around = around;
  }

  get key(): K | null {
    const event = this.#leased('key');
    const { opener } = this.#around;
    return (opener.isKeyLazy ? opener.openKey(event) : this.#key) as K | null;
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

  copyBytes(): Buffer | null {
    const { opener, ledger, retention } = this.#around;
    const bytes = opener.copyBytes(this.#leased('copyBytes()'));
    ledger.keptBytes += bytes?.length ?? 0;
    retention?.follow(this.topic, bytes);
    return bytes;
  }

  keep(): KeptRecord<V, K> {
    this.#leased('keep()');
    const { topic, partition, offset, timestamp, timestampType, key, value } = this;
    const headers = [...this.headers];
    // A value of objects has no size of its own that could be had cheaply: it counts as what it was read from.
    this.#around.ledger.keptBytes += headers.reduce(
      (sum, [, bytes]) => sum + bytes.length,
      this.#decompressedBytes,
    );
    return { topic, partition, offset, timestamp, timestampType, key, value, headers };
  }

  /** Ends the lease: from here on nothing reaches the bytes through this object. */
  release(): void {
    this.#event = undefined;
    this.#value = undefined;
    this.#key = undefined;
    this.#headers = undefined;
  }

  #leased(member: string): EventRecord {
    if (this.#event === undefined) throw new ReleasedError(this, member);
    return this.#event;
  }
}
