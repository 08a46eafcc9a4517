// Consumers that gather something and let go of it together.

import { gzipSync } from 'node:zlib';

import type { Animal } from '../animal.ts';
import { createRandom } from '../events.ts';

/** Collects values and drops them all every `period` invocations of 20 records. */
const flushed = (period: number): Animal['hatch'] => {
  return () => {
    let buffer: unknown[] = [];
    return {
      record(record) {
        buffer.push(record.value);
        if (buffer.length >= 20 * period) buffer = [];
      },
    };
  };
};

/** Buffers, rings and timers. */
export const buffers: readonly Animal[] = [
  { name: 'buffer that is flushed every 10', hatch: flushed(10) },
  { name: 'buffer that is flushed every 24', hatch: flushed(24) },
  { name: 'buffer that is flushed every 50', hatch: flushed(50) },
  {
    name: 'previous batch, until the next',
    diet: { isMixed: true },
    hatch() {
      let previous: unknown[] = [];
      let current: unknown[] = [];
      let lastLane = -1;
      return {
        record(record) {
          // Partition 0 comes first in each invocation.
          if (record.partition < lastLane) [previous, current] = [current, []];
          lastLane = record.partition;
          current.push(record.value);
          return previous.length;
        },
      };
    },
  },
  {
    name: 'archive that is compressed every 20',
    hatch() {
      let lines: string[] = [];
      return {
        record(record) {
          lines.push(JSON.stringify(record.value));
          if (lines.length < 400) return;
          gzipSync(lines.join('\n'));
          lines = [];
        },
      };
    },
  },
  {
    name: 'ring of the last 50 buffers',
    hatch() {
      const ring: Buffer[] = [];
      let count = 0;
      return {
        record() {
          if (count++ % 20 === 0) ring.push(Buffer.alloc(200_000, 1));
          if (ring.length > 50) ring.shift();
        },
      };
    },
  },
  {
    name: 'timers that are cleared two invocations later',
    hatch() {
      const pending: NodeJS.Timeout[] = [];
      return {
        record(record) {
          const { value } = record;
          pending.push(setTimeout(() => value, 60_000).unref());
          if (pending.length > 40) clearTimeout(pending.shift());
        },
      };
    },
  },
  {
    name: 'log lines, written at 64 KB',
    hatch() {
      let lines: string[] = [];
      let length = 0;
      return {
        record(record) {
          const line = JSON.stringify(record.value);
          lines.push(line);
          length += line.length;
          if (length < 65_536) return;
          Buffer.from(lines.join('\n'));
          lines = [];
          length = 0;
        },
      };
    },
  },
  {
    name: 'buffer that is flushed after 5 to 40',
    hatch() {
      const random = createRandom(14);
      let buffer: unknown[] = [];
      let flushAt = 400;
      return {
        record(record) {
          buffer.push(record.value);
          if (buffer.length < flushAt) return;
          buffer = [];
          flushAt = 100 + Math.floor(700 * random());
        },
      };
    },
  },
];
