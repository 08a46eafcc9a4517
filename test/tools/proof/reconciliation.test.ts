import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { openAccount, type Account, type OpenAccount } from '../../../tools/proof/reconciliation.ts';
import { trafficKinds } from '../../../tools/traffic/generator.ts';
import { createLedger } from '../../../tools/traffic/ledger.ts';

/** One record of each kind, at offsets 100, 101, ... of partition 0. */
const produced = createLedger();
for (const [sequence, kind] of trafficKinds.entries()) {
  const [documentDigest, valueDigest] =
    kind === 'tombstone' ? [0n, 0n] : [BigInt(sequence + 10), BigInt(sequence + 20)];
  const record = {
    sequence,
    kind,
    key: 'k',
    value: null,
    headers: {},
    documentBytes: 0,
    documentDigest,
    valueDigest,
  };
  produced.append(record, { partition: 0, offset: sequence + 100 });
}

/** An account in which all is well; `change` may spoil it. */
function accountOf(
  change: (account: OpenAccount) => void = () => {},
  skip: readonly number[] = [],
  redelivered = 0,
): Account {
  const account = openAccount('archive', produced);
  for (const { sequence, kind, offset, documentDigest, valueDigest } of produced) {
    if (skip.includes(sequence)) continue;
    if (kind === 'undecodable' || kind === 'over-limit')
      account.deadLetter(0, offset, { by: 'function', code: 'CORRUPT', digest: valueDigest });
    else account.land(0, offset, documentDigest);
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
    const twice = (account: OpenAccount): void => account.land(0, 100, 10n);
    assert.deepEqual([accountOf(twice).isProven, accountOf(twice).doubled], [false, 1]);
    assert.equal(accountOf(twice, [], 1).isProven, true);
  });

  test('is not proven when poison landed, a good record was given up by the function, or content differs', () => {
    assert.equal(accountOf((account) => account.land(0, 102), [2]).isProven, false);
    assert.equal(
      accountOf(
        (account) => account.deadLetter(0, 100, { by: 'function', code: 'INVALID_JSON', digest: 20n }),
        [0],
      ).isProven,
      false,
    );
    assert.equal(accountOf((account) => account.land(0, 100, 7n), [0]).isProven, false);
    assert.equal(accountOf((account) => account.contradict('key k: gone')).isProven, false);
  });

  test('is not proven when a dead letter has other bytes than were produced', () => {
    const letter = { by: 'function', code: 'CORRUPT', digest: 99n } as const;
    assert.equal(accountOf((account) => account.deadLetter(0, 102, letter), [2]).isProven, false);
  });

  test('takes a record that the mapping gave up as dead-lettered', () => {
    const { isProven, deadLettered } = accountOf(
      (account) => account.deadLetter(0, 100, { by: 'mapping', code: 'RetryAttemptsExhausted', digest: 20n }),
      [0],
    );
    assert.deepEqual([isProven, deadLettered], [true, 3]);
  });

  test('counts records of others apart', () => {
    const { isProven, foreign } = accountOf((account) => account.land(3, 1));
    assert.deepEqual([isProven, foreign], [true, 1]);
  });

  test('takes the word of a function whose destination cannot be read, but not for too few records', () => {
    const unread = (done: number): Account => {
      const account = openAccount('mine', produced);
      const poison = produced.find(0, 102);
      account.deadLetter(0, 102, { by: 'function', code: 'CORRUPT', digest: poison?.valueDigest ?? 0n });
      return account.closeUnread(0, { done, deadLettered: 0, filtered: 0 });
    };
    assert.deepEqual([unread(4).isProven, unread(4).landed, unread(4).deadLettered], [true, 4, 1]);
    assert.deepEqual([unread(3).isProven, unread(3).missing], [false, 1]);
    assert.equal(unread(5).isProven, true, 'a record that was delivered twice is reported twice');
  });

  test('takes the word of an on-failure destination that cannot be read, and of filters', () => {
    const { isProven, landed, deadLettered, filtered } = openAccount('mine', produced).closeUnread(0, {
      done: 1,
      deadLettered: 2,
      filtered: 2,
    });
    assert.deepEqual([isProven, landed, deadLettered, filtered], [true, 1, 2, 2]);
  });
});
