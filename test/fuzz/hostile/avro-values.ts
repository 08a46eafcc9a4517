// Avro that becomes much for its length: counts of items that have no bytes, records of absent fields, defaults, maps of numeric names.

import { avro } from '../../../lib/format/avro.ts';
import type { Format } from '../../../lib/format/format.ts';
import type { Random } from './random.ts';

const wide = {
  type: 'record',
  name: 'Wide',
  fields: Array.from({ length: 60 }, (_, index) => ({ name: `f${index}`, type: ['null', 'long', 'bytes'] })),
};
const empty = { type: 'record', name: 'Empty', fields: [] };
const tree = {
  type: 'record',
  name: 'Tree',
  fields: [{ name: 'kids', type: { type: 'array', items: 'Tree' } }],
};
const extended = {
  type: 'record',
  name: 'Extended',
  fields: [
    { name: 'list', type: { type: 'array', items: 'int' }, default: Array.from({ length: 500 }, () => 7) },
    { name: 'raw', type: 'bytes', default: '\u0000'.repeat(100) },
    { name: 'map', type: { type: 'map', values: 'string' }, default: { 900: 'a', b: 'c' } },
  ],
};
const logical = (type: string, logicalType: string, more: object = {}): object => ({
  type,
  logicalType,
  ...more,
});

/** What is in the lists and maps. */
const items: readonly object[] = [
  { type: 'null' },
  empty,
  wide,
  tree,
  { type: 'bytes' },
  { type: 'string' },
  { type: 'double' },
  logical('long', 'timestamp-millis'),
  logical('bytes', 'decimal', { precision: 900, scale: 9 }),
  logical('fixed', 'duration', { name: 'D', size: 12 }),
  { type: 'fixed', name: 'Nothing', size: 0 },
  { type: 'array', items: { type: 'array', items: 'null' } },
  { type: 'map', values: { type: 'map', values: 'null' } },
];

/** Formats, each of one kind of list or map. */
export const avroFormats: readonly Format<unknown>[] = [
  ...items.map((item) => avro({ type: 'array', items: item })),
  ...items.map((item) => avro({ type: 'map', values: item })),
  ...['bigint', 'number'].map((longs) =>
    avro({ type: 'array', items: 'long' }, { longs: longs as 'bigint' }),
  ),
  avro({ type: 'array', items: { ...extended, fields: [] } }, { reader: { type: 'array', items: extended } }),
  avro(
    { type: 'record', name: 'R', fields: [{ name: 'gone', type: { type: 'array', items: 'null' } }] },
    { reader: { type: 'record', name: 'R', fields: [] } },
  ),
];

/** A value that each of those reads: nothing in a list, a map, or the list in a record. */
export const goodAvro: Buffer = Buffer.of(0);

/** Bytes of at most about `most`: blocks that say how many items follow, and bytes that stand for them. */
export function hostileAvro(random: Random, most: number): Buffer {
  const size = random.size(most);
  const parts: Buffer[] = [];
  for (let blocks = 1 + random.below(4); blocks > 0; blocks--) {
    const body = toBody(random, Math.ceil(size / blocks));
    const count = random.pick([
      body.length,
      body.length / 2,
      body.length / 62,
      2 ** random.below(32),
      4_000_000,
    ]);
    parts.push(toLong(Math.floor(count)), body);
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

function toBody(random: Random, size: number): Buffer {
  switch (random.below(6)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return Buffer.alloc(size, random.pick([0, 2, 4]));
    case 2:
      return Buffer.from('06393030'.repeat(size / 4), 'hex'); // the name 900
    case 3:
      return Buffer.from(Array.from({ length: Math.min(size, 20_000) }, () => random.below(256)));
    case 4:
      return Buffer.concat(
        Array.from({ length: Math.min(size / 6, 20_000) }, (_, index) =>
          Buffer.concat([Buffer.of(8), Buffer.from(String(1000 + (index % 9000)))]),
        ),
      );
    default:
      return Buffer.alloc(size, '0201');
  }
}

function toLong(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value) << 1n;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}
