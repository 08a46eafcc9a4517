import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findCollector } from '../../../../lib/memory/gc.ts';
import type { EventRecord } from '../../../../lib/runtime/event/event.ts';
import { Lane } from '../../../../lib/runtime/lanes/lanes.ts';

const record = (offset: number): EventRecord => ({
  topic: 'orders',
  partition: 0,
  offset,
  timestamp: 1,
  timestampType: 'CREATE_TIME',
});

test('a lane holds no record that it has passed', async () => {
  const records = [record(0), record(1), record(2)];
  const [begun, dropped, next] = records.map((each) => new WeakRef(each));
  const lane = new Lane(records, 'orders-0');
  lane.begin(lane.peek()!);
  lane.event = undefined;
  lane.drop();
  // A reference is held until its turn of the event loop is over.
  await new Promise(setImmediate);
  findCollector()?.thorough();
  assert.deepEqual([begun?.deref(), dropped?.deref()], [undefined, undefined]);
  assert.equal(next?.deref(), lane.peek());
});
