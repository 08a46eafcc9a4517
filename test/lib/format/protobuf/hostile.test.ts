// Protobuf that nobody meant to write: whatever comes, a value or an error in bounded time and memory.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../support/property.ts';
import protobufjs from 'protobufjs';
import { protobuf } from '../../../../lib/format/protobuf.ts';
import { FormatError } from '../../../../lib/format/format-error.ts';
import { anyAll, proto, write } from './all-types.ts';
import { createSource } from '../../../support/format-source.ts';

const source = createSource();

describe('protobuf() with hostile bytes', () => {
  const attempt = (message: string, bytes: Buffer): string => {
    try {
      protobuf({ proto, message }).decode(bytes, source);
      return 'opened';
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      return error.code;
    }
  };

  test('refuses lengths beyond the end, endless varints, and bytes that are no fields', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['72ffffffff07', 'TRUNCATED'],
      ['72ffffffffffffffffff01', 'TRUNCATED'],
      ['30ffffffffffffffffffff01', 'CORRUPT'],
      ['08ffffffffffffffffffff01', 'CORRUPT'],
      ['08', 'TRUNCATED'],
      ['51010203', 'TRUNCATED'],
      ['00', 'CORRUPT'],
      ['0e', 'CORRUPT'],
      ['0c', 'CORRUPT'],
      ['7201ff', 'CORRUPT'],
      ['a20103ffffff', 'TRUNCATED'],
      ['920102080108', 'TRUNCATED'],
    ];
    for (const [hex, code] of cases) assert.equal(attempt('shop.All', Buffer.from(hex, 'hex')), code, hex);
  });

  test('refuses nesting that would exhaust the stack, in known fields and in unknown groups', () => {
    let deep = Buffer.alloc(0);
    for (let i = 0; i < 5000; i++) {
      deep = Buffer.concat([protobufjs.Writer.create().uint32(10).uint32(deep.length).finish(), deep]);
    }
    assert.equal(attempt('shop.Tree', deep), 'CORRUPT');
    assert.equal(attempt('shop.Tree', Buffer.alloc(1_000_000, 0x1b)), 'CORRUPT');
  });

  test('refuses few bytes that become many objects', () => {
    const empties = Buffer.alloc(1_000_000);
    for (let at = 0; at < empties.length; at += 2) empties[at] = 0x12; // kids = 2, length 0
    assert.equal(attempt('shop.Tree', empties), 'VALUE_TOO_LARGE');
    assert.equal(attempt('shop.Tree', empties.subarray(0, 100_000)), 'opened');
  });

  test('gives a value or a FormatError for any truncation, flipped bit or random bytes, and quotes nothing', () => {
    const format = protobuf({ proto, message: 'shop.All' });
    const probe = (bytes: Buffer): void => {
      try {
        format.decode(bytes, source);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
        assert.ok(!error.message.includes('PLANTED'));
      }
    };
    fc.assert(
      fc.property(anyAll, fc.nat(), fc.nat({ max: 7 }), (value, at, bit) => {
        const bytes = write('shop.All', { ...value, a_string: 'PLANTED' });
        probe(bytes.subarray(0, at % bytes.length));
        bytes[at % bytes.length]! ^= 1 << bit;
        probe(bytes);
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => probe(Buffer.from(bytes))));
  });
});
