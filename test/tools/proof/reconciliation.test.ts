import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { LocalEvent } from '../../../tools/local/events.ts';
import { createDeliveries, type Deliveries } from '../../../tools/proof/deliveries.ts';
import {
  openAccount,
  type Account,
  type Closing,
  type OpenAccount,
} from '../../../tools/proof/reconciliation.ts';
import type { Found } from '../../../tools/proof/found.ts';
import { createLedger } from '../../../tools/traffic/ledger.ts';
import { trafficKinds } from '../../../tools/traffic/record.ts';
import { invocationEvent } from '../../support/invocation-event.ts';

/** One record of each kind, at offsets 100, 101, ... of partition 0. */
const produced = createLedger();
for (const [sequence, kind] of trafficKinds.entries()) {
  const isEmpty = kind === 'tombstone';
  const digests = isEmpty
    ? { documentDigest: 0n, valueDigest: 0n }
    : { documentDigest: BigInt(sequence + 10), valueDigest: BigInt(sequence + 20) };
  const place = { partition: 0, offset: sequence + 100, timestampMs: 7 };
  produced.append({ sequence, kind, key: 'k', value: null, headers: { h: 'v' }, ...digests }, place);
}
const [good = 0, , undecodable = 0, invalid = 0] = trafficKinds.map((_, index) => 100 + index);

/** All records delivered `times` times, each but the last time failed. */
function delivered(times = 1, records = produced.count): Deliveries {
  const deliveries = createDeliveries('orders');
  const range = [{ partition: 0, from: 100, to: 100 + records }];
  for (let time = 1; time <= times; time++)
    deliveries.note(
      invocationEvent({
        records,
        delivered: range,
        ...(time < times && { failed: records, unresolved: range }),
      }),
    );
  return deliveries;
}

/** A read whose records, from offset `from` up to, not including, `to`, no filter let through. */
function polledEvent(from: number, to: number): LocalEvent {
  const filtered = [{ partition: 0, from, to }];
  const read = { partition: 0, records: to - from, filtered, bytes: 0, endOffset: to };
  return { kind: 'polled', consumer: 'orders', ...read };
}

/** What was found of a record as it was produced. */
function asProduced(
  offset: number,
  part: 'documentDigest' | 'valueDigest' = 'documentDigest',
): Required<Found> {
  const { keyDigest, headersDigest, timestampMs, [part]: digest } = produced.find(0, offset)!;
  return { keyDigest, headersDigest, timestampMs, digest };
}

/** An account in which all is well; `change` may spoil it, and records of `skip` are found nowhere. */
function accountOf(
  change: (account: OpenAccount) => void = () => {},
  { skip = [], ...closing }: Partial<Closing> & { readonly skip?: readonly number[] } = {},
): Account {
  const account = openAccount('archive', produced);
  for (const { kind, offset } of produced) {
    if (skip.includes(offset)) continue;
    if (kind === 'undecodable' || kind === 'over-limit')
      account.deadLetter(0, offset, {
        by: 'function',
        code: 'CORRUPT',
        ...asProduced(offset, 'valueDigest'),
      });
    else account.landInOrder(0, 0, offset, asProduced(offset));
  }
  change(account);
  return account.close({
    deliveries: delivered(),
    reported: { done: 3, hasReadableLetters: true },
    isReadBack: true,
    minShare: 0.9,
    ...closing,
  });
}

describe('an account', () => {
  test('is proven when every record landed or was dead-lettered, once, as it was produced', () => {
    const { verdict, seen, processed, deadLettered, deadLettersByCode, processedShare } = accountOf();
    assert.deepEqual([verdict, seen, processed, deadLettered, processedShare], ['proven', 5, 3, 2, 1]);
    assert.equal(deadLettersByCode.get('CORRUPT'), 2);
  });

  test('is disproved when a record is missing, and names it', () => {
    const { verdict, missing, missingPlaces } = accountOf(undefined, { skip: [101] });
    assert.deepEqual([verdict, missing, missingPlaces], ['disproved', 1, ['0@101']]);
  });

  for (const [what, other] of [
    ['content', { digest: 99n }],
    ['key', { keyDigest: 99n }],
    ['headers', { headersDigest: 0 }],
    ['timestamp', { timestampMs: 8 }],
  ] as const) {
    test(`is disproved when a record landed, or was dead-lettered, with another ${what}`, () => {
      const landed = accountOf((account) => account.land(0, good, { ...asProduced(good), ...other }), {
        skip: [good],
      });
      assert.equal(landed.verdict, 'disproved');
      assert.match(landed.wrongPlaces[0] ?? '', new RegExp(`0@100 landed with .*other ${what}`));
      const found = { ...asProduced(undecodable, 'valueDigest'), ...other };
      const letter = { by: 'function', code: 'CORRUPT', ...found } as const;
      const dead = accountOf((account) => account.deadLetter(0, undecodable, letter), {
        skip: [undecodable],
      });
      assert.match(dead.wrongPlaces[0] ?? '', new RegExp(`dead-lettered with .*other ${what}`));
    });
  }

  test('is disproved when records landed out of order, but not by a copy of an earlier one', () => {
    const swapped = accountOf(
      (account) => {
        account.landInOrder(0, 0, invalid, asProduced(invalid));
        account.landInOrder(0, 0, good, asProduced(good));
      },
      { skip: [good, invalid] },
    );
    assert.deepEqual([swapped.verdict, swapped.wrongPlaces], ['disproved', ['0@100 landed after 0@103']]);
    const copied = accountOf((account) => account.landInOrder(0, 0, good, asProduced(good)), {
      deliveries: delivered(2),
    });
    assert.equal(copied.verdict, 'proven');
  });

  test('is disproved by a copy that no delivery explains', () => {
    const twice = (account: OpenAccount): void => account.land(0, good, asProduced(good));
    const once = accountOf(twice);
    assert.deepEqual([once.verdict, once.doubled, once.unexplained], ['disproved', 1, 1]);
    const again = accountOf(twice, { deliveries: delivered(2) });
    assert.deepEqual([again.verdict, again.doubled, again.unexplained], ['proven', 1, 0]);
  });

  test('is disproved when poison landed, a good record was dead-lettered by the function, or something contradicts', () => {
    assert.equal(
      accountOf((account) => account.land(0, undecodable), { skip: [undecodable] }).verdict,
      'disproved',
    );
    const letter = { by: 'function', code: 'INVALID_JSON', ...asProduced(good, 'valueDigest') } as const;
    assert.equal(
      accountOf((account) => account.deadLetter(0, good, letter), { skip: [good] }).verdict,
      'disproved',
    );
    assert.equal(accountOf((account) => account.contradict('key k: gone')).verdict, 'disproved');
  });

  test("is disproved by the runner's own faults", () => {
    const deliveries = delivered();
    deliveries.note(invocationEvent({ records: 1, delivered: [{ partition: 0, from: 100, to: 101 }] }));
    const { verdict, wrongPlaces } = accountOf(undefined, { deliveries });
    assert.deepEqual(
      [verdict, wrongPlaces],
      ['disproved', ['0@100 was delivered again after it had been processed']],
    );
  });

  test('has no verdict below the share of good records that must be processed', () => {
    const letter = { by: 'mapping', code: 'RetryAttemptsExhausted' } as const;
    const given = (account: OpenAccount): void =>
      account.deadLetter(0, good, { ...letter, ...asProduced(good, 'valueDigest') });
    const { verdict, processedShare, deadLettered } = accountOf(given, { skip: [good] });
    assert.deepEqual([verdict, processedShare, deadLettered], ['undecided', 0.5, 3]);
    assert.equal(accountOf(given, { skip: [good], minShare: 0.5 }).verdict, 'proven');
  });

  test('takes exactly the records for dead-lettered that a document without records is about', () => {
    const close = (from: number, to: number): Account => {
      const ranges = [{ partition: 0, from, to }];
      const given = (account: OpenAccount): void =>
        account.deadLetterUnseen(ranges, 'RetryAttemptsExhausted');
      return accountOf(given, { skip: [100, 101], minShare: 0 });
    };
    const { verdict, deadLettered, deadLettersByCode } = close(100, 102);
    assert.deepEqual([verdict, deadLettered], ['proven', 4]);
    assert.equal(deadLettersByCode.get('RetryAttemptsExhausted'), 2);
    assert.deepEqual(close(100, 101).missingPlaces, ['0@101']);
    const { verdict: ofOthers, foreign } = accountOf((account) =>
      account.deadLetterUnseen([{ partition: 7, from: 0, to: 9 }], 'RetryAttemptsExhausted'),
    );
    assert.deepEqual([ofOthers, foreign], ['proven', 0]);
  });

  test('takes a record for filtered that the mapping says it has filtered, and no other one', () => {
    const close = (skip: readonly number[], count: number, ...filtered: readonly LocalEvent[]): Account => {
      const deliveries = delivered(1, count);
      for (const event of filtered) deliveries.note(event);
      return accountOf(undefined, { skip, deliveries });
    };
    const last = close([104], 4, polledEvent(104, 105));
    assert.deepEqual([last.verdict, last.filtered], ['proven', 1]);
    const none = close([100, 101, 102, 103, 104], 0, polledEvent(100, 105));
    assert.deepEqual([none.verdict, none.filtered, none.processedShare], ['proven', 5, 1]);
    // What was read twice explains itself alone.
    const twice = close([103, 104], 3, polledEvent(104, 105), polledEvent(104, 105));
    assert.deepEqual([twice.verdict, twice.filtered, twice.missingPlaces], ['disproved', 1, ['0@103']]);
    const given = close([103], 5, polledEvent(103, 104));
    assert.deepEqual([given.verdict, given.filtered, given.missingPlaces], ['disproved', 0, ['0@103']]);
  });

  test('counts records of others apart', () => {
    const { verdict, foreign } = accountOf((account) => account.land(3, 1));
    assert.deepEqual([verdict, foreign], ['proven', 1]);
  });
});

describe('an account of a consumer whose destination cannot be read', () => {
  const close = (
    done: number,
    {
      letters = [undecodable, 104],
      ...closing
    }: Partial<Closing> & { readonly letters?: readonly number[] } = {},
  ): Account => {
    const account = openAccount('mine', produced, { mustLand: false });
    for (const offset of letters)
      account.deadLetter(0, offset, {
        by: 'function',
        code: 'CORRUPT',
        ...asProduced(offset, 'valueDigest'),
      });
    return account.close({
      deliveries: delivered(),
      reported: { done, hasReadableLetters: true },
      isReadBack: false,
      minShare: 0.9,
      ...closing,
    });
  };

  test('counts what was answered for, and finds the dead letters', () => {
    const { verdict, processed, deadLettered } = close(3);
    assert.deepEqual([verdict, processed, deadLettered], ['proven', 3, 2]);
  });

  test('is disproved when the function has processed less than was answered for: a dead letter is lost', () => {
    assert.equal(close(3, { letters: [undecodable] }).verdict, 'disproved');
    assert.equal(close(2).verdict, 'disproved');
    assert.equal(close(4).verdict, 'proven', 'what was delivered again may count again');
  });

  test("takes the function's word for dead letters that nobody can read", () => {
    const reported = { done: 3, hasReadableLetters: false };
    const { verdict, processed, deadLettered } = close(3, { letters: [], reported });
    assert.deepEqual([verdict, processed, deadLettered], ['proven', 3, 2]);
  });

  test('is disproved when a record was never answered for', () => {
    const { verdict, missingPlaces } = close(3, { deliveries: delivered(1, 3) });
    assert.deepEqual([verdict, missingPlaces], ['disproved', ['0@103']]);
  });

  test('may dead-letter good records by its own rules', () => {
    const { verdict, processed, deadLettered } = close(2, {
      letters: [good, undecodable, 104],
      minShare: 0.5,
    });
    assert.deepEqual([verdict, processed, deadLettered], ['proven', 2, 3]);
  });
});
