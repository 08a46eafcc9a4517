import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../support/property.ts';

import { DeadLetterError, FormatError, SkipError } from '../../../lib/index.ts';
import { toErrorFields } from '../../../lib/telemetry/error-fields.ts';
import { oddThrowables } from '../../support/odd-throwables.ts';

const silent = { all: false };
const fieldsOf = (
  thrown: unknown,
  policy: Parameters<typeof toErrorFields>[1] = silent,
): ReturnType<typeof toErrorFields> => toErrorFields(thrown, policy);
const nameAndCode = (thrown: unknown): readonly unknown[] => {
  const { name, code } = fieldsOf(thrown);
  return [name, code];
};

class StockError extends Error {
  readonly code = 'OUT_OF_STOCK';
}

describe('what is logged of an error', () => {
  test('is its class and a code that stands in code', () => {
    assert.deepEqual(nameAndCode(new StockError('x')), ['StockError', 'OUT_OF_STOCK']);
    assert.deepEqual(nameAndCode(new DeadLetterError('NO_ACCOUNT', 'x')), ['DeadLetterError', 'NO_ACCOUNT']);
    assert.deepEqual(nameAndCode(new SkipError('x')), ['SkipError', 'SKIPPED']);
    assert.deepEqual(nameAndCode(new FormatError('CORRUPT', 'x')), ['FormatError', 'CORRUPT']);
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    assert.deepEqual(nameAndCode(refused), ['Error', 'ECONNREFUSED']);
    const invalid = Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.deepEqual(nameAndCode(invalid), ['TypeError', 'ERR_INVALID_ARG_TYPE']);
    const slow = Object.assign(new Error('x'), { name: 'SlowDown' });
    assert.deepEqual(nameAndCode(slow), ['SlowDown', undefined]);
    const bundled = class extends StockError {};
    Object.defineProperty(bundled, 'name', { value: 'BundledError' });
    assert.equal(fieldsOf(new bundled('x')).name, 'BundledError');
  });

  test('is no word that a record may have given', () => {
    const words = ['token-abcdefghijkl', 'SECRET_TOKEN', 'DE89370400440532013000', 'Alice', 'x'.repeat(100)];
    for (const word of words) {
      const named = { [word]: class extends Error {} }[word] as typeof Error;
      const assigned = Object.assign(new Error('x'), { code: word, name: word, constructor: { name: word } });
      for (const thrown of [assigned, new named('x'), Object.assign(new StockError('x'), { code: word })])
        assert.ok(!JSON.stringify(fieldsOf(thrown)).includes(word), word);
    }
    const given: string = words[2]!;
    // @ts-expect-error a code that is no literal does not compile
    assert.deepEqual(nameAndCode(new DeadLetterError(given, 'x')), ['DeadLetterError', undefined]);
  });

  test("has the messages only where they were asked for, and the runtime's own", () => {
    const error = new Error('outer', { cause: new Error('inner') });
    assert.ok(!/outer|inner/.test(JSON.stringify(fieldsOf(error))));
    const own = fieldsOf(error, { all: false, own: error.message });
    assert.deepEqual([own.message, own.cause?.message], ['outer', undefined]);
    const all = fieldsOf(error, { all: true });
    assert.deepEqual([all.message, all.cause?.message], ['outer', 'inner']);
    assert.equal(fieldsOf('text', { all: true }).message, 'text');
    assert.equal(fieldsOf(new Error('x'.repeat(5000)), { all: true }).message?.length, 1000);
  });

  test('goes into causes and members, to a depth of four', () => {
    let error: Error = new StockError('innermost');
    for (let depth = 0; depth < 10; depth++) error = new AggregateError([error], 'x', { cause: error });
    let fields: ReturnType<typeof toErrorFields> | undefined = fieldsOf(error);
    let depth = 0;
    for (; fields?.cause; depth++) fields = fields.cause;
    assert.equal(depth, 4);
    const many = fieldsOf(new AggregateError(Array.from({ length: 50 }, () => new StockError('x'))));
    assert.deepEqual(
      many.errors?.map(({ name }) => name),
      Array(4).fill('StockError'),
    );
  });

  test('names the type of what is no error', () => {
    const names = [null, undefined, 1, 'x', Symbol('x'), { message: 'x' }, () => 0].map(
      (thrown) => fieldsOf(thrown).name,
    );
    assert.deepEqual(names, ['null', 'undefined', 'number', 'string', 'symbol', 'Object', 'Function']);
  });

  test('never throws, whatever was thrown, and can be written as JSON', () => {
    fc.assert(
      fc.property(oddThrowables('odd'), fc.boolean(), (toThrown, all) => {
        assert.equal(typeof JSON.stringify(toErrorFields(toThrown(), { all, own: 'x' })), 'string');
      }),
    );
  });
});
