// What a record under chaos is, for the one who writes it, the consumer that notes it and the account that looks for it.
import { createHash } from 'node:crypto';

/** The topic, and the group that reads it. */
export const topic = 'chaos';
export const groupId = 'chaos-group';
/** Of the topic. */
export const partitions = 12;

/** A value that can be processed. */
export interface ChaosRecord {
  /** Which record it is, from 0. */
  readonly n: number;
}

/** A record before it is written. */
export interface ChaosMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
}

const keys = 997;
// About as large as the orders of the incident that this project comes from are when they are packed.
const padding = 'x'.repeat(200);

/** The key of record `n`, a number below `keyCount`. */
export function keyOf(n: number): number {
  return n % keys;
}

/** How many different keys there are. */
export const keyCount: number = keys;

/** Whether record `n` is one that no consumer can read: it has to become a dead letter. */
export function isPoison(n: number): boolean {
  return n % 5003 === 17;
}

/** The message of record `n`; all of one key are in one partition. */
export function toMessage(n: number): ChaosMessage {
  const key = keyOf(n);
  const value = isPoison(n) ? `poison ${n}` : JSON.stringify({ n, padding });
  const headers = { source: 'chaos', number: String(n) };
  return { key: `key-${key}`, value, headers, partition: key % partitions };
}

/** The number of a value as it was written, poisonous or not; NaN for any other. */
export function readNumber(value: string): number {
  return Number(/^(?:poison |\{"n":)(\d+)/.exec(value)?.[1] ?? Number.NaN);
}

type Bytes = string | Uint8Array;

/** Bytes of a digest. */
export const digestBytes = 8;

/** A digest of everything that a consumer gets of a record: any changed byte changes it. */
export function digestOf(
  key: Bytes,
  value: Bytes,
  headers: Iterable<readonly [name: string, value: Bytes]>,
): Buffer {
  const hash = createHash('sha1');
  // Each with its length, so that nothing can move from one to the next.
  const add = (part: Bytes): void => void hash.update(`${Buffer.byteLength(part)}:`).update(part);
  add(key);
  add(value);
  for (const [name, bytes] of headers) {
    add(name);
    add(bytes);
  }
  return hash.digest().subarray(0, digestBytes);
}

/** The digest of record `n` as it was written. */
export function expectedDigest(n: number): Buffer {
  const { key, value, headers } = toMessage(n);
  return digestOf(key, value, Object.entries(headers));
}
