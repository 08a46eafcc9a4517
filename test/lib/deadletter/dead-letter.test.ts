import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { toDeadLetter } from '../../../lib/deadletter/dead-letter.ts';
import { createS3Store, deadLetterKey } from '../../../lib/deadletter/s3.ts';
import { toEvent } from '../../support/events.ts';

describe('dead letters', () => {
  const place = { consumer: 'archive', topic: 'a-b', partition: 3, offset: 42 };

  test('are named by consumer, topic, partition, padded offset and timestamp, so that a second copy overwrites the first', () => {
    const key = deadLetterKey({ ...place, timestamp: 1_700_000_000_000 });
    assert.equal(key, 'dead-letter/archive/a-b/3/00000000000000000042-1700000000000.json');
    const largest = deadLetterKey({
      consumer: 'a',
      topic: 't',
      partition: 0,
      offset: Number.MAX_SAFE_INTEGER,
      timestamp: 0,
    });
    assert.match(largest, /\/\d{20}-0\.json$/);
  });

  test('of a topic that was made again do not take the place of those of the first', () => {
    const first = deadLetterKey({ ...place, timestamp: 1_700_000_000_000 });
    assert.notEqual(deadLetterKey({ ...place, timestamp: 1_700_000_000_001 }), first);
  });

  test('say what was thrown when it was no error', () => {
    const [record] = toEvent([{ offset: 1, headers: [] }]).records['orders-0'] ?? [];
    assert.ok(record);
    const letter = toDeadLetter(record, 'oops', { consumer: 'c', requestId: 'r', now: 0 });
    assert.deepEqual(letter.error, { code: 'string', message: 'oops', issues: [] });
    assert.deepEqual(
      [letter.key, letter.value, letter.headers, letter.deadLetteredAt],
      [null, null, [], '1970-01-01T00:00:00.000Z'],
    );
  });

  test('hold at most 10,000 characters of a message, of its bytes as they were', () => {
    const [record] =
      toEvent([{ offset: 1, key: 'k', value: 'v', headers: [['h', 'w']] }]).records['orders-0'] ?? [];
    assert.ok(record);
    const error = new Error('x'.repeat(10_001));
    const letter = toDeadLetter(record, error, { consumer: 'c', requestId: 'r', now: 0 });
    assert.equal(letter.error.message.length, 10_000);
    assert.deepEqual([letter.key, letter.value, letter.headers], ['aw==', 'dg==', [['h', 'dw==']]]);
  });

  test('need their bucket named at start where Lambda runs the function', () => {
    for (const bucket of [{}, { TAILRACE_DEAD_LETTER_BUCKET: '' }]) {
      assert.throws(() => createS3Store({ ...bucket, AWS_LAMBDA_FUNCTION_NAME: 'orders' }), {
        code: 'MISSING_ENVIRONMENT',
      });
    }
  });

  test('need their bucket elsewhere only once there is a dead letter', async () => {
    const [record] = toEvent([{ offset: 1 }]).records['orders-0'] ?? [];
    assert.ok(record);
    const letter = toDeadLetter(record, 'oops', { consumer: 'c', requestId: 'r', now: 0 });
    await assert.rejects(createS3Store({}).store(letter), { code: 'MISSING_ENVIRONMENT' });
  });
});
