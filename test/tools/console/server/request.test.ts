import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readConfirmation,
  readDeadLetterChoice,
  readRunAgainRequest,
  readSendRequest,
  toNumber,
} from '../../../../tools/console/server/request.ts';

const again = { consumer: 'archive', partition: 0, offset: 7 };
const send = { consumer: 'archive', lines: '{"value":1}', compression: 'none' };

test('takes what the page sends', () => {
  for (const value of [undefined, null, 'text'])
    assert.deepEqual(readRunAgainRequest({ ...again, value }), { ...again, value });
  assert.deepEqual(readSendRequest(send), send);
  const choice = { consumer: 'archive', code: 'CORRUPT', records: ['orders-0@7'], to: 'function' };
  assert.deepEqual(readDeadLetterChoice(choice), choice);
  assert.deepEqual(readDeadLetterChoice({}), {});
  assert.deepEqual(readConfirmation({ plan: 'p' }), { plan: 'p' });
});

test('takes whole numbers of an address, and no other text', () => {
  assert.deepEqual(['12', '-1', '', ' ', null].map(toNumber), [12, -1, undefined, undefined, undefined]);
  for (const text of ['0.5', 'x', 'NaN', 'Infinity', '1e400', '9007199254740993'])
    assert.throws(
      () => toNumber(text),
      { name: 'RequestError', message: /^not a whole number, got "/ },
      text,
    );
});

test('refuses anything else, and names the field without a word of what it holds', () => {
  const cases: readonly (readonly [read: (body: unknown) => unknown, body: unknown, says: RegExp])[] = [
    [readRunAgainRequest, null, /^the body is not an object, expected consumer, partition, offset, value$/],
    [readRunAgainRequest, ['secret'], /^the body is not an object/],
    [readRunAgainRequest, {}, /^consumer is not valid, got nothing, expected text$/],
    [
      readRunAgainRequest,
      { ...again, offset: 0.5 },
      /^offset is not valid, got another number, expected a whole/,
    ],
    [readRunAgainRequest, { ...again, partition: -1 }, /^partition is not valid, got another number/],
    [
      readRunAgainRequest,
      { ...again, value: 5 },
      /^value is not valid, got another number, expected text or null/,
    ],
    [readSendRequest, { ...send, lines: null }, /^lines is not valid, got null, expected text$/],
    [readSendRequest, { ...send, compression: undefined }, /^compression .* expected none, lz4, gzip, zstd$/],
    [readSendRequest, { ...send, compression: 'secret' }, /^compression is not valid, got another string/],
    [readDeadLetterChoice, { records: ['secret', 1] }, /^records is not valid, got another list/],
    [
      readDeadLetterChoice,
      { to: 'queue' },
      /^to is not valid, got another string, expected function, topic, or/,
    ],
    [readConfirmation, { plan: 1 }, /^plan is not valid, got another number, expected text$/],
  ];
  for (const [read, body, says] of cases)
    assert.throws(
      () => read(body),
      (error: Error) =>
        error.name === 'RequestError' && says.test(error.message) && !/secret/.test(error.message),
    );
});
