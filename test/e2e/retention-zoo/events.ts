// Events for the zoo, quickly: a few texts are made beforehand, and each invocation parses one, as the runtime client does.

import type { EventRecord, KafkaEvent } from '../../../lib/runtime/event/event.ts';
import type { Diet, Order } from './animal.ts';

/** Events one after the other, each an object of its own, with offsets that go on. */
export interface Feeder {
  next(): KafkaEvent;
  /** How many the last event had. */
  readonly records: number;
}

// Powers of about 3 between 4 KB and 6 MB of JSON; how often each comes falls with its size.
const mixedRecords = [4, 12, 40, 120, 400, 1200, 4000];
const partitions = 3;

/** Prepares the texts that `diet` asks for. The same diet gives the same events in the same order. */
export function createFeeder(diet: Diet): Feeder {
  const { records = 20, recordBytes = 800, isMixed = false, otherRecords = records } = diet;
  const random = createRandom(records + recordBytes);
  const texts = isMixed
    ? mixedRecords.map((count) => toText(count, recordBytes, random))
    : Array.from({ length: 4 }, (_, i) => toText(i % 2 === 0 ? records : otherRecords, recordBytes, random));
  let offset = 0;
  let turn = 0;
  let firstOffset = 0;
  return {
    get records() {
      return offset - firstOffset;
    },
    next() {
      firstOffset = offset;
      const pick = isMixed ? Math.floor(mixedRecords.length * random() ** 2) : turn++ % texts.length;
      const event = JSON.parse(texts[pick] ?? '') as KafkaEvent;
      for (const group of Object.values(event.records)) {
        for (const record of group) (record as { offset: number }).offset = offset++;
      }
      return event;
    },
  };
}

/** Mulberry32, 0..1. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function toText(records: number, recordBytes: number, random: () => number): string {
  const groups: Record<string, EventRecord[]> = {};
  for (let i = 0; i < records; i++) {
    const partition = i % partitions;
    (groups[`orders-${partition}`] ??= []).push({
      topic: 'orders',
      partition,
      offset: 0,
      timestamp: 1_767_225_600_000,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`customer-${Math.floor(random() * 1e6)}`).toString('base64'),
      value: Buffer.from(JSON.stringify(toOrder(recordBytes, random))).toString('base64'),
      headers: [],
    });
  }
  return JSON.stringify({ eventSource: 'aws:kafka', records: groups });
}

function toOrder(bytes: number, random: () => number): Order {
  const word = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 36).toString(36)).join('');
  return {
    id: word(12),
    customer: word(16),
    items: Array.from({ length: 5 }, () => ({ sku: word(10), quantity: 1 + Math.floor(random() * 9) })),
    note: bytes > 10_000 ? word(1000).repeat(Math.ceil(bytes / 1000)) : word(Math.max(0, bytes - 260)),
  };
}
