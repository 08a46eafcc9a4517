// One record to produce, whoever thought of it: the seeded orders, a file of the user's own, or a schema.

import { digest64 } from './digest.ts';

/** What a record is; the last three are poison, each in its own way. */
export type TrafficKind = 'good' | 'tombstone' | 'undecodable' | 'invalid' | 'over-limit';

/** All kinds, in the order of their numbers in the ledger. */
export const trafficKinds: readonly TrafficKind[] = [
  'good',
  'tombstone',
  'undecodable',
  'invalid',
  'over-limit',
];

/** A record's headers; a name may have several values. */
export type TrafficHeaders = Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>;

/** One record to produce. */
export interface TrafficRecord {
  /** Its number, from 0. */
  readonly sequence: number;
  readonly kind: TrafficKind;
  /** As `order-000123`; null for none. */
  readonly key: string | Uint8Array | null;
  /** Packed bytes; null for a tombstone. */
  readonly value: Buffer | null;
  readonly headers: TrafficHeaders;
  /** Default: where its key leads; without a key the next one in turn. */
  readonly partition?: number;
  /** Epoch milliseconds. Default: when it is sent. */
  readonly timestampMs?: number;
  /** digest64 of the document before packing (and spoiling): what a consumer lands; 0n for a tombstone. */
  readonly documentDigest: bigint;
  /** digest64 of the value as produced: what a dead letter carries; 0n for a tombstone. */
  readonly valueDigest: bigint;
}

/** Whether a record of this kind is one that its consumer shall process. */
export function isGood(kind: TrafficKind): boolean {
  return kind === 'good' || kind === 'tombstone';
}

/** digest64 of a key; 0n for none. */
export function digestKey(key: string | Uint8Array | null): bigint {
  return key === null ? 0n : digest64(key);
}

/** One header as it is told in many places: a name and bytes. */
export type HeaderPair = readonly [name: string, value: Uint8Array];

/** Headers in the order in which they are sent. */
export function toHeaderPairs(headers: TrafficHeaders): readonly HeaderPair[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value: string | Uint8Array): HeaderPair => [
      name,
      typeof value === 'string' ? Buffer.from(value) : value,
    ]),
  );
}

/** digest64 of headers, in their order; 0n for none. */
export function digestHeaders(headers: readonly HeaderPair[]): bigint {
  if (headers.length === 0) return 0n;
  const list = headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return digest64(JSON.stringify(list));
}
