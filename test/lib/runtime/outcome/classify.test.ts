import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../support/property.ts';

import { CodecError, FormatError, NotReadyError, RegistryError } from '../../../../lib/index.ts';
import type * as formatErrors from '../../../../lib/format/format-error.ts';
import * as classes from '../../../../lib/runtime/outcome/classify.ts';
import { RecordError } from '../../../../lib/runtime/event/event.ts';
import { oddThrowables } from '../../../support/odd-throwables.ts';

const { classify, DeadLetterError, SkipError } = classes;
const dead = (): Error => new DeadLetterError('NO_ACCOUNT', 'x');
const skip = (): Error => new SkipError('x');
const plain = (options?: ErrorOptions): Error => new Error('x', options);

describe('what becomes of a record whose processing failed', () => {
  test('follows from the error', () => {
    const codec = { codec: undefined, compressedBytes: 1, maxBytes: 1 };
    assert.deepEqual(
      [
        plain(),
        dead(),
        skip(),
        new CodecError('CORRUPT', 'x', codec),
        new FormatError('INVALID_JSON', 'x'),
        new FormatError('VALIDATOR_FAILED', 'x', [], { cause: plain() }),
        new RecordError('INVALID_RECORD', 'text', { value: 1 }),
        new RecordError('UNSAFE_OFFSET', 'an integer', { offset: 1 }),
        new RegistryError('REGISTRY_UNAVAILABLE', 'x', { cause: dead() }),
        new NotReadyError('x'),
      ].map(classify),
      [
        'retry',
        'dead-letter',
        'skip',
        'dead-letter',
        'dead-letter',
        'dead-letter',
        'dead-letter',
        'retry',
        'retry',
        'retry',
      ],
    );
  });

  test('follows from a cause, the outermost that says something', () => {
    assert.equal(classify(plain({ cause: plain({ cause: dead() }) })), 'dead-letter');
    assert.equal(classify(plain({ cause: skip() })), 'skip');
    assert.equal(classify(new DeadLetterError('A', 'x', { cause: skip() })), 'dead-letter');
    assert.equal(classify(new FormatError('VALIDATOR_FAILED', 'x', [], { cause: skip() })), 'skip');
  });

  test('follows from the members of an aggregate: one dead letter, or a skip of all', () => {
    const of = (...errors: readonly unknown[]): string => classify(new AggregateError(errors, 'x'));
    assert.equal(of(plain(), dead(), skip()), 'dead-letter');
    assert.equal(of(skip(), skip()), 'skip');
    assert.equal(of(skip(), plain()), 'retry');
    assert.equal(of(), 'retry');
    assert.equal(of(plain({ cause: dead() }), 'text'), 'dead-letter');
    assert.equal(of(new AggregateError([skip()], 'x')), 'skip');
    const same = skip();
    assert.equal(of(same, same), 'skip');
    const other = new Error('other');
    assert.equal(of(other, other, same), 'retry');
  });

  test('is understood from another copy of the library', async () => {
    const copy = new URL('../../../../lib/runtime/outcome/classify.ts?copy', import.meta.url).href;
    const other = (await import(copy)) as typeof classes;
    assert.notEqual(other.SkipError, SkipError);
    assert.equal(classify(new other.SkipError('x')), 'skip');
    assert.equal(classify(plain({ cause: new other.DeadLetterError('A', 'x') })), 'dead-letter');
    const format = new URL('../../../../lib/format/format-error.ts?copy', import.meta.url).href;
    const { FormatError: Other } = (await import(format)) as typeof formatErrors;
    assert.equal(classify(new Other('CORRUPT', 'x')), 'dead-letter');
  });

  test('does not follow from fields, which a record may have given', () => {
    const fields = {
      name: 'SkipError',
      code: 'SKIPPED',
      constructor: { name: 'SkipError' },
      'tailrace.disposition': 'skip',
    };
    assert.equal(classify(Object.assign(plain(), fields)), 'retry');
    assert.equal(classify(fields), 'retry');
    assert.equal(classify(Object.assign(plain(), { name: 'FormatError', code: 'CORRUPT' })), 'retry');
  });

  test('is a retry for whatever says nothing, in bounded time', () => {
    fc.assert(fc.property(oddThrowables('x'), (toThrown) => assert.equal(classify(toThrown()), 'retry')));
    const circular = plain();
    circular.cause = new AggregateError([circular, circular], 'x', { cause: circular });
    assert.equal(classify(circular), 'retry');
    let wide: Error = plain();
    for (let depth = 0; depth < 30; depth++) wide = new AggregateError(Array(1000).fill(wide), 'x');
    assert.equal(classify(wide), 'retry');
  });
});
