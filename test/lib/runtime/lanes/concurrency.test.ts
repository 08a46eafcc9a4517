import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConcurrency } from '../../../../lib/runtime/lanes/concurrency.ts';

const definition = { concurrency: 10 };

test('takes the lanes of the definition, or those of the environment', () => {
  assert.equal(readConcurrency(definition, {}), 10);
  assert.equal(readConcurrency(definition, { TAILRACE_CONCURRENCY: '' }), 10);
  assert.equal(readConcurrency(definition, { TAILRACE_CONCURRENCY: '3' }), 3);
});

for (const value of ['0', '1001', '1.5', 'many', '-1'])
  test(`refuses ${value} lanes`, () => {
    assert.throws(() => readConcurrency(definition, { TAILRACE_CONCURRENCY: value }), {
      name: 'RangeError',
      message: `TAILRACE_CONCURRENCY is out of range, got "${value}", expected an integer 1..1000`,
    });
  });
