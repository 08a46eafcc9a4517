// Avro against avsc, which writes the bytes and says what they mean; then what avsc does not promise: bounds.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../support/property.ts';
import { z } from 'zod';
import { avro, type AvroOptions } from '../../../lib/format/avro.ts';
import { FormatError } from '../../../lib/format/format-error.ts';
import { anyOrder, order, toType, type Schema } from './avro/order.ts';
import { createSource } from '../../support/format-source.ts';

const source = createSource();
const open = (schema: Schema | string, bytes: Buffer, options?: AvroOptions): unknown =>
  avro(schema, options).decode(bytes, source);
/** A value as avsc writes it, read by us. */
const reread = (schema: Schema, value: unknown, options?: AvroOptions): unknown =>
  open(schema, toType(schema).toBuffer(value), options);

/** A zig-zag varint. */
function toLong(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

describe('avro()', () => {
  test('reads whatever avsc writes, of every type', () => {
    const type = toType(order);
    const format = avro(order);
    fc.assert(
      fc.property(anyOrder, (value) => {
        assert.deepEqual(format.decode(type.toBuffer(value), source), value);
      }),
      { numRuns: 300 },
    );
  });

  test('reads integers at their limits, and refuses what a number would round', () => {
    for (const value of [0, -1, 1, 63, 64, -64, -65, 2 ** 27, -(2 ** 27) - 1, 2 ** 31 - 1, -(2 ** 31)]) {
      assert.equal(reread({ type: 'int' }, value), value);
    }
    const edges = [
      0n,
      -1n,
      2n ** 27n,
      2n ** 28n - 1n,
      2n ** 53n - 1n,
      1n - 2n ** 53n,
      2n ** 55n,
      -(2n ** 56n),
    ];
    for (const value of [...edges, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
      assert.equal(open('long', toLong(value), { longs: 'bigint' }), value);
      if (Number.isSafeInteger(Number(value))) assert.equal(open('long', toLong(value)), Number(value));
      else assert.throws(() => open('long', toLong(value)), { code: 'UNSAFE_INTEGER' });
    }
    assert.throws(() => open('int', toLong(2n ** 31n)), { code: 'CORRUPT' });
    assert.throws(() => open('long', Buffer.alloc(11, 0xff)), { code: 'CORRUPT' });
    assert.equal(open('long', Buffer.from(`82${'80'.repeat(8)}00`, 'hex')), 1);
  });

  test('gives bytes that do not change with the scratch they came from', () => {
    const scratch = Buffer.from('0661626306616263', 'hex');
    const fields = [
      { name: 'a', type: 'bytes' },
      { name: 'b', type: { type: 'fixed', name: 'F', size: 4 } },
    ];
    const value = open({ type: 'record', name: 'R', fields } as Schema, scratch) as { a: Buffer; b: Buffer };
    scratch.fill(0);
    assert.equal(value.a.toString(), 'abc');
    assert.equal(value.b.toString('hex'), '06616263');
    assert.equal(value.a.buffer.byteLength, 3);
  });

  test('shows logical types exactly', () => {
    const logical = (type: string, logicalType: string, more: object = {}): Schema =>
      ({ type, logicalType, ...more }) as Schema;
    const instant = Date.UTC(2026, 10, 22, 12, 0, 0, 123);
    const decimal = { precision: 9, scale: 2 };
    const cases: readonly (readonly [Schema, Buffer, unknown])[] = [
      [logical('long', 'timestamp-millis'), toLong(BigInt(instant)), new Date(instant)],
      [logical('long', 'timestamp-micros'), toLong(1_700_000_000_123_456n), 1_700_000_000_123_456],
      [logical('long', 'timestamp-nanos'), toLong(1_700_000_000_123_456_789n), 1_700_000_000_123_456_789n],
      [logical('long', 'local-timestamp-millis'), toLong(BigInt(instant)), instant],
      [logical('int', 'date'), toLong(20_779n), '2026-11-22'],
      [logical('int', 'date'), toLong(-1n), '1969-12-31'],
      [logical('int', 'time-millis'), toLong(1000n), 1000],
      [logical('bytes', 'decimal', decimal), Buffer.from('0404d2', 'hex'), '12.34'],
      [logical('bytes', 'decimal', decimal), Buffer.from('02ff', 'hex'), '-0.01'],
      [logical('bytes', 'decimal', { precision: 4 }), Buffer.from('0200', 'hex'), '0'],
      [logical('string', 'uuid'), Buffer.from('\x04ab'), 'ab'],
      [
        logical('fixed', 'uuid', { name: 'U', size: 16 }),
        Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
        '00112233-4455-6677-8899-aabbccddeeff',
      ],
      [
        logical('fixed', 'duration', { name: 'D', size: 12 }),
        Buffer.from('010000000200000003000000', 'hex'),
        { months: 1, days: 2, milliseconds: 3 },
      ],
      [logical('int', 'no-such-type'), toLong(5n), 5],
      [logical('bytes', 'decimal', { precision: 2, scale: 3 }), Buffer.from('0201', 'hex'), Buffer.of(1)],
    ];
    for (const [schema, bytes, expected] of cases) assert.deepEqual(open(schema, bytes), expected);
    assert.throws(() => open(logical('long', 'timestamp-millis'), toLong(2n ** 53n - 1n)), {
      code: 'OUT_OF_RANGE',
    });
  });

  test('keeps a map key that would be a prototype an ordinary key', () => {
    const value = open({ type: 'map', values: 'string' }, Buffer.from('\x02\x12__proto__\x02x\0')) as object;
    assert.deepEqual([Object.keys(value), Object.getPrototypeOf(value)], [['__proto__'], Object.prototype]);
  });

  test('checks the decoded value with a Standard Schema', () => {
    const format = avro(order, { schema: z.object({ id: z.string().startsWith('o-') }) });
    const value = fc.sample(anyOrder, 1)[0]!;
    const write = (id: string): Buffer => toType(order).toBuffer({ ...value, id });
    assert.deepEqual(format.decode(write('o-1'), source), { id: 'o-1' });
    assert.throws(() => format.decode(write('x-1'), source), { code: 'SCHEMA_MISMATCH' });
  });

  test('refuses a schema that makes no sense, naming the place', () => {
    const bad: readonly unknown[] = [
      '{',
      'nonsense',
      7,
      { type: 'record', name: 'R' },
      { type: 'record', name: 'R', fields: [{ name: 'a b', type: 'int' }] },
      { type: 'record', name: 'R', fields: [{ name: '__proto__', type: 'int' }] },
      { type: 'array', items: 'Missing' },
      ['int', 'int'],
      [],
      { type: 'enum', name: 'E', symbols: [] },
      { type: 'fixed', name: 'F', size: -1 },
      { type: 'record', name: 'R', fields: [{ name: 'a', type: { type: 'fixed', name: 'R', size: 1 } }] },
    ];
    for (const schema of bad) assert.throws(() => avro(schema as string), { code: 'INVALID_SCHEMA' });
    let deep: unknown = 'int';
    for (let i = 0; i < 10_000; i++) deep = { type: 'array', items: deep };
    assert.throws(() => avro(deep as object), { code: 'INVALID_SCHEMA' });
  });
});

describe('avro() with hostile bytes', () => {
  const refused = (schema: Schema | string, bytes: Buffer, code: string): void =>
    assert.throws(() => open(schema, bytes), { name: 'FormatError', code });
  const list: Schema = { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] };
  const huge = Buffer.concat([toLong(10n ** 12n), Buffer.of(0)]);

  test('refuses counts and lengths that the bytes cannot hold, before it allocates', () => {
    for (const items of ['int', 'string', 'double'] as const) {
      refused({ type: 'array', items }, huge, 'TRUNCATED');
      refused({ type: 'map', values: items }, huge, 'TRUNCATED');
    }
    refused({ type: 'array', items: 'null' }, huge, 'VALUE_TOO_LARGE');
    refused(
      { type: 'array', items: { type: 'record', name: 'E', fields: [] } },
      Buffer.concat([toLong(-5_000_000_000n), toLong(0n)]),
      'VALUE_TOO_LARGE',
    );
    refused('string', huge, 'TRUNCATED');
    refused('bytes', huge, 'TRUNCATED');
    refused('string', toLong(-3n), 'CORRUPT');
    refused('bytes', toLong(2n ** 62n), 'CORRUPT');
  });

  test('refuses few bytes that become many objects', () => {
    const blocks = Buffer.concat([...Array.from({ length: 50 }, () => toLong(100_000n)), Buffer.of(0)]);
    refused({ type: 'array', items: 'null' }, blocks, 'VALUE_TOO_LARGE');
    const fields = Array.from({ length: 30 }, (_, at) => ({ name: `f${at}`, type: 'null' }));
    const wide = { type: 'record', name: 'W', fields: [...fields, { name: 'b', type: 'boolean' }] };
    const count = 100_000;
    const bytes = Buffer.concat([toLong(BigInt(count)), Buffer.alloc(count + 1)]);
    refused({ type: 'array', items: wide } as Schema, bytes, 'VALUE_TOO_LARGE');
    const many = Buffer.concat([toLong(1_000_000n), Buffer.alloc(1_000_001)]);
    refused(
      { type: 'array', items: { type: 'long', logicalType: 'timestamp-millis' } },
      many,
      'VALUE_TOO_LARGE',
    );
    const { length } = open({ type: 'array', items: 'int' }, bytes) as unknown[];
    assert.equal(length, count);
  });

  test('counts items that have no bytes, also where they are passed over', () => {
    const nulls: Schema = { type: 'array', items: 'null' };
    const of = (...counts: readonly number[]): Buffer =>
      Buffer.concat([...counts.map((count) => toLong(BigInt(count))), Buffer.of(0)]);
    assert.equal((open(nulls, of(65_536)) as unknown[]).length, 65_536);
    assert.equal((open(nulls, of(65_000, 536)) as unknown[]).length, 65_536);
    for (const counts of [[65_537], [65_000, 537]]) refused(nulls, of(...counts), 'VALUE_TOO_LARGE');
    const writer: Schema = { type: 'record', name: 'W', fields: [{ name: 'gone', type: nulls }] };
    const reader: Schema = { type: 'record', name: 'W', fields: [] };
    assert.deepEqual(open(writer, of(65_536), { reader }), {});
    assert.throws(() => open(writer, of(65_537), { reader }), { code: 'VALUE_TOO_LARGE' });
  });

  test('refuses nesting that would exhaust the stack, also where it is passed over', () => {
    refused(list, Buffer.alloc(1_000_000, 2), 'CORRUPT');
    const writer: Schema = { type: 'record', name: 'W', fields: [{ name: 'gone', type: list }] };
    const reader: Schema = { type: 'record', name: 'W', fields: [] };
    assert.throws(() => open(writer, Buffer.alloc(1_000_000, 2), { reader }), { code: 'CORRUPT' });
    assert.deepEqual(open(list, Buffer.from('020200', 'hex')), { next: { next: { next: null } } });
  });

  test('refuses indexes of nothing, booleans that are neither, malformed text and rests', () => {
    refused(['null', 'int'], Buffer.of(8), 'CORRUPT');
    refused({ type: 'enum', name: 'E', symbols: ['A'] }, Buffer.of(2), 'CORRUPT');
    refused('boolean', Buffer.of(2), 'CORRUPT');
    refused('string', Buffer.from('02ff', 'hex'), 'CORRUPT');
    refused('int', Buffer.from('0202', 'hex'), 'CORRUPT');
    refused('double', Buffer.alloc(7), 'TRUNCATED');
    refused('null', Buffer.of(0), 'CORRUPT');
    assert.equal(open('string', Buffer.concat([Buffer.of(6), Buffer.from('\ufffd')])), '\ufffd');
  });

  test('gives a value or a FormatError for any truncation, flipped bit or random bytes, and quotes nothing', () => {
    const type = toType(order);
    const format = avro(order);
    const attempt = (bytes: Buffer): unknown => {
      try {
        return format.decode(bytes, source);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
        assert.ok(!error.message.includes('PLANTED'));
        return error;
      }
    };
    fc.assert(
      fc.property(anyOrder, fc.nat(), fc.nat({ max: 7 }), (value, at, bit) => {
        const bytes = type.toBuffer({ ...value, id: 'PLANTED' });
        assert.ok(attempt(bytes.subarray(0, at % bytes.length)) instanceof FormatError);
        bytes[at % bytes.length]! ^= 1 << bit;
        attempt(bytes);
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void attempt(Buffer.from(bytes))));
  });
});
