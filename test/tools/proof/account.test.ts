import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  openAccount,
  type Account,
  type OpenAccount,
  type ProducedRecord,
  type ProducedRecords,
} from '../../../tools/proof/account.ts';

const kinds: readonly ProducedRecord['kind'][] = [
  'order',
  'tombstone',
  'undecodable',
  'invalid',
  'over-limit',
];
const records = kinds.map((kind, sequence): ProducedRecord => {
  return {
    sequence,
    kind,
    key: 'k',
    partition: 0,
    offset: sequence + 100,
    digest: kind === 'tombstone' ? undefined : BigInt(sequence),
  };
});
const produced: ProducedRecords = {
  size: records.length,
  at: (partition, offset) => (partition === 0 ? records[offset - 100] : undefined),
  [Symbol.iterator]: () => records[Symbol.iterator](),
};

/** An account in which all is well; `change` may spoil it. */
function accountOf(
  change: (account: OpenAccount) => void = () => {},
  skip: readonly number[] = [],
  redelivered = 0,
): Account {
  const account = openAccount('archive', produced);
  for (const { sequence, kind, offset, digest } of records) {
    if (skip.includes(sequence)) continue;
    if (kind === 'undecodable' || kind === 'over-limit') account.deadLetter(0, offset, 'CORRUPT', 'function');
    else account.land(0, offset, digest);
  }
  change(account);
  return account.close(redelivered);
}

describe('an account', () => {
  test('is proven when every record landed or was dead-lettered, once, with its content', () => {
    const { isProven, landed, deadLettered, deadLettersByCode } = accountOf();
    assert.deepEqual([isProven, landed, deadLettered, deadLettersByCode.get('CORRUPT')], [true, 3, 2, 2]);
  });

  test('is not proven when a record is missing, and names it', () => {
    const { isProven, missing, missingPlaces } = accountOf(undefined, [1]);
    assert.deepEqual([isProven, missing, missingPlaces], [false, 1, ['0@101']]);
  });

  test('is not proven when a copy is more than redeliveries explain', () => {
    const twice = (account: OpenAccount): void => account.land(0, 100, 0n);
    assert.deepEqual([accountOf(twice).isProven, accountOf(twice).doubled], [false, 1]);
    assert.equal(accountOf(twice, [], 1).isProven, true);
  });

  test('is not proven when poison landed, a good record was given up by the function, or content differs', () => {
    assert.equal(accountOf((account) => account.land(0, 102), [2]).isProven, false);
    assert.equal(
      accountOf((account) => account.deadLetter(0, 100, 'INVALID_JSON', 'function'), [0]).isProven,
      false,
    );
    assert.equal(accountOf((account) => account.land(0, 100, 7n), [0]).isProven, false);
    assert.equal(accountOf((account) => account.contradict('key k: gone')).isProven, false);
  });

  test('takes a record that the mapping gave up as dead-lettered', () => {
    const { isProven, deadLettered } = accountOf(
      (account) => account.deadLetter(0, 100, 'RetryAttemptsExhausted', 'mapping'),
      [0],
    );
    assert.deepEqual([isProven, deadLettered], [true, 3]);
  });

  test('counts records of others apart', () => {
    const { isProven, foreign } = accountOf((account) => account.land(3, 1));
    assert.deepEqual([isProven, foreign], [true, 1]);
  });
});
