// What keeps the hot path compiled from one invocation to the next. Own file: no other code reads it, and what it holds must
// be known to hold nothing of a record.

import type { EventRecord } from './event/event.ts';

/**
 * One object of each kind that an invocation works with for every record, held for good.
 *
 * Non-obvious: V8 throws compiled code away once the last object of a shape that it was compiled for is collected, and between
 * two invocations there is none. Each full collection was followed by compiling most of the hot path anew: over 30 events of 6 MB
 * twice as much time in the optimizing compiler (Node 24.21, 2026-11). A shape lives as long as one of its objects.
 */
export const anchors: {
  /** A lease that has ended, or will with its invocation. */
  lease?: object;
  /** A lane without records. */
  lane?: object;
  /** What a format is given beside its bytes, of an empty record. */
  source?: object;
  /** What a record's function is given beside it. */
  context?: object;
  /** The last invocation. */
  invocation?: object;
  /** A record of an event, without what it holds. */
  record?: EventRecord;
} = {};

const emptied: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['key', ''],
  ['value', ''],
  ['headers', []],
]);

/** A record of the same shape without key, value and headers. Parsed, as events are: shapes follow from how objects are made. */
export function toAnchor(record: EventRecord): EventRecord {
  const text = JSON.stringify(record, (name, value: unknown) => emptied.get(name) ?? value);
  return JSON.parse(text) as EventRecord;
}
