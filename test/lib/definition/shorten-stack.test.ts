import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { DefinitionError, defineConsumer } from '../../../lib/index.ts';

test('prints an error of a definition as its message and the lines that lead to it, without the fields once more', () => {
  let error: unknown;
  try {
    defineConsumer({ name: 'orders', topic: 'orders', order: 'kye' as 'key' });
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof DefinitionError);
  const printed = inspect(error);
  assert.equal(printed, error.stack);
  const [first, second, ...frames] = printed.split('\n');
  assert.match(first ?? '', /^DefinitionError: definition of consumer "orders" is not valid/);
  assert.match(second ?? '', /order: got "kye"/);
  assert.ok(frames.length > 0 && frames.length <= 3, printed);
  for (const frame of frames)
    assert.match(frame, /^ +at .*(?:define-consumer|shorten-stack\.test)\.ts:\d+:\d+/);
  assert.equal(error.problems.length, 1);
});
