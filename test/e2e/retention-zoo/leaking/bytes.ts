// Consumers that leak text and bytes, often more than they know: a slice keeps what it was cut out of.

import { createGzip, type Gzip } from 'node:zlib';

import { bytes, text } from '../../../../lib/index.ts';
import { oncePer20, piece, type Animal, type Order } from '../animal.ts';

/** Text, buffers, and pieces of them. */
export const bytesAndTexts: readonly Animal[] = [
  {
    name: 'one string of 20 KB an invocation',
    hatch() {
      const kept: string[] = [];
      return { record: oncePer20(() => kept.push(piece(20_480))) };
    },
  },
  {
    name: 'copied bytes, 24 KB an invocation',
    diet: { records: 2, recordBytes: 12_000 },
    hatch() {
      const kept: Buffer[] = [];
      return {
        format: bytes(),
        record: (record) => {
          const copy = record.toBuffer();
          if (copy) kept.push(copy);
        },
      };
    },
  },
  {
    name: 'slices of 1 MB texts',
    diet: { records: 1, recordBytes: 1_000_000 },
    hatch() {
      const ids: string[] = [];
      return { format: text(), record: (record) => ids.push(String(record.value).slice(7, 43)) };
    },
  },
  {
    name: 'subarrays of raw values',
    diet: { records: 3, recordBytes: 300_000 },
    hatch() {
      const ids: Buffer[] = [];
      return {
        raw(event) {
          for (const record of Object.values(event.records).flat())
            ids.push(Buffer.from(record.value ?? '', 'base64').subarray(0, 16));
        },
      };
    },
  },
  {
    name: 'small buffers that pin pool slabs',
    diet: { records: 40 },
    hatch() {
      const ids: Buffer[] = [];
      let count = 0;
      return {
        raw(event) {
          for (const record of Object.values(event.records).flat()) {
            const copy = Buffer.from(record.value ?? '', 'base64');
            if (count++ % 40 === 0) ids.push(copy.subarray(0, 16));
          }
        },
      };
    },
  },
  {
    name: 'slices of raw base64',
    diet: { records: 2, recordBytes: 40_000 },
    hatch() {
      const heads: string[] = [];
      return {
        raw(event) {
          for (const record of Object.values(event.records).flat())
            heads.push((record.value ?? '').slice(0, 40));
        },
      };
    },
  },
  {
    name: 'ids of 2 MB events in a Set',
    diet: { records: 1500, recordBytes: 1400 },
    hatch() {
      const seen = new Set<string>();
      return { record: (record) => seen.add(`${(record.value as Order).id}-${record.offset}`) };
    },
  },
  {
    name: 'groups of a regular expression over 40 KB texts',
    diet: { records: 1, recordBytes: 40_000 },
    hatch() {
      const ids: string[] = [];
      return {
        format: text(),
        record(record) {
          const id = /"customer":"([^"]+)"/.exec(String(record.value))?.[1];
          if (id !== undefined) ids.push(id);
        },
      };
    },
  },
  {
    // Node counts them among array buffers, and V8 nowhere.
    name: 'a Blob of each event, 75 KB',
    hatch() {
      const blobs: Blob[] = [];
      return { record: oncePer20(() => blobs.push(new Blob([Buffer.alloc(76_800, 1)]))) };
    },
  },
  {
    // A stream holds 200 KB of zlib's own memory, of which V8 knows 30.
    name: 'streams that never end',
    hatch() {
      const streams: Gzip[] = [];
      return { record: oncePer20(() => streams.push(createGzip())) };
    },
  },
  {
    name: 'a text that grows',
    hatch() {
      let journal = '';
      return {
        record(record) {
          journal += `${JSON.stringify(record.value)}\n`;
          return journal.length;
        },
      };
    },
  },
];
