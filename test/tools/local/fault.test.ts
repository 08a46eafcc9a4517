import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueFaults, type Fault } from '../../../tools/local/fault.ts';

const faults: readonly Fault[] = [
  { kind: 'throw', atInvocation: 2 },
  { kind: 'kill', consumer: 'archive', atInvocation: 2 },
  { kind: 'restart-poller', consumer: 'relay', atInvocation: 3 },
];

test('finds the faults of one consumer and of every consumer at their invocation alone', () => {
  assert.deepEqual(dueFaults(faults, 'archive', 1), []);
  assert.deepEqual(dueFaults(faults, 'archive', 2), ['throw', 'kill']);
  assert.deepEqual(dueFaults(faults, 'relay', 2), ['throw']);
  assert.deepEqual(dueFaults(faults, 'relay', 3), ['restart-poller']);
  assert.deepEqual(dueFaults(faults, 'archive', 3), []);
});
