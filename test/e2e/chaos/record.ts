// What a record under chaos is, for the one who writes it, the consumer that notes it and the account that looks for it.
import { randomUUID } from 'node:crypto';

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
export function toMessage(n: number): {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
} {
  const key = keyOf(n);
  const value = isPoison(n) ? `poison ${n}` : JSON.stringify({ n, padding });
  return { key: `key-${key}`, value, partition: key % partitions };
}

/** The number of a poisonous value. */
export function readPoison(value: string): number {
  return Number(/^poison (\d+)$/.exec(value)?.[1] ?? Number.NaN);
}

/** Prefix of the notes. */
export const landingPrefix = 'landed/';

/** The name of a note that was begun at this moment, in nanoseconds; names are in the order of time. */
export function landingKey(startedAt: bigint): string {
  return `${landingPrefix}${String(startedAt).padStart(20, '0')}-${randomUUID()}`;
}
