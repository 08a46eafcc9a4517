import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { z } from 'zod';
import { json, jsonReader, type JsonOptions } from '../../../../lib/format/json.ts';
import { mayHoldUnsafeInteger } from '../../../../lib/format/json/integers.ts';
import { createSource } from '../../../support/format-source.ts';

const source = createSource();
const open = (text: string, options?: JsonOptions): unknown =>
  json(options).decode(Buffer.from(text), source);

test('refuses an integer that a number would round, wherever it stands', () => {
  for (const unsafe of ['9007199254740992', '-9007199254740992', '9007199254740993', '73314510714175488']) {
    for (const text of [
      unsafe,
      `{"id":${unsafe}}`,
      `[1, ${unsafe}]`,
      `{"a":{"b":[${unsafe}\n]}}`,
      ` ${unsafe} `,
    ]) {
      assert.throws(() => open(text), { name: 'FormatError', code: 'UNSAFE_INTEGER' }, text);
      const ofText = (): unknown => json().decodeText?.(text, source);
      assert.throws(ofText, { code: 'UNSAFE_INTEGER' });
    }
  }
  for (const schema of [z.object({ id: z.number() }), z.object({ id: z.int() })])
    assert.throws(() => json(schema).decode(Buffer.from('{"id":9007199254740993}'), source), {
      code: 'UNSAFE_INTEGER',
    });
});

test('takes integers at the limits, other numbers, and digits in strings', () => {
  const texts = [
    '[9007199254740991,-9007199254740991,1234567890123456]',
    '{"a":1e300,"b":0.12345678901234567890,"c":12345678901234567890.5,"d":12345678901234567890e1}',
    '{"id":"12345678901234567890","12345678901234567890":["a 12345678901234567890","a, 12345678901234567890"]}',
    `["${'7'.repeat(1000)}"]`,
  ];
  for (const text of texts) assert.deepEqual(open(text), JSON.parse(text));
});

test('gives such integers exactly on request, and all others as they were', () => {
  const text = '{"a":9007199254740993,"b":[-18446744073709551615,1,1.5,"9007199254740993"]}';
  assert.deepEqual(open(text, { integers: 'bigint' }), {
    a: 9_007_199_254_740_993n,
    b: [-18_446_744_073_709_551_615n, 1, 1.5, '9007199254740993'],
  });
  assert.deepEqual(open(text, { integers: 'string' }), {
    a: '9007199254740993',
    b: ['-18446744073709551615', 1, 1.5, '9007199254740993'],
  });
  assert.deepEqual(open(text, { integers: 'rounded' }), JSON.parse(text));
});

test('misses no integer beyond the limits, whatever stands around it', () => {
  const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
  const around = fc.array(fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(null)), { maxLength: 4 });
  fc.assert(
    fc.property(around, integer, around, (before, value, after) => {
      const parts = [...before.map((each) => JSON.stringify(each)), String(value)];
      const text = `[${[...parts, ...after.map((each) => JSON.stringify(each))].join(',')}]`;
      const found = (open(text, { integers: 'bigint' }) as unknown[])[before.length];
      const isSafe = value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n;
      assert.equal(found, isSafe ? Number(value) : value);
      if (!isSafe) assert.ok(mayHoldUnsafeInteger(text));
    }),
    { numRuns: 500 },
  );
});

test('reads a key that would be a prototype as an ordinary one, exactly too', () => {
  const value = open('{"__proto__":9007199254740993}', { integers: 'bigint' }) as object;
  assert.deepEqual([Object.keys(value), Object.getPrototypeOf(value)], [['__proto__'], Object.prototype]);
});

test('refuses nesting that exact reading cannot follow, and reads it rounded', () => {
  const text = `${'['.repeat(20_000)}9007199254740993${']'.repeat(20_000)}`;
  assert.throws(() => open(text, { integers: 'bigint' }), { code: 'VALUE_TOO_LARGE' });
  assert.ok(Array.isArray(open(text, { integers: 'rounded' })));
});

test('takes options beside a schema, and refuses those that are none', () => {
  const format = json(z.object({ id: z.bigint() }), { integers: 'bigint' });
  assert.deepEqual(format.decode(Buffer.from('{"id":9007199254740993}'), source), {
    id: 9_007_199_254_740_993n,
  });
  const reader = jsonReader({ integers: 'string' });
  assert.ok('read' in reader);
  assert.equal(reader.read(Buffer.from('9007199254740993'), source), '9007199254740993');
  assert.throws(() => json({ integers: 'exact' as 'string' }), RangeError);
});
