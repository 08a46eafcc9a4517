// The price of pollers, one way or another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toLoad } from '../../../../tools/plan/capacity.ts';
import { toCosts } from '../../../../tools/plan/cost/cost.ts';
import { toPollerChoices } from '../../../../tools/plan/cost/poller-choice.ts';
import { defaultWorkload, fromDefinition, type Workload } from '../../../../tools/plan/workload.ts';
import { defineConsumer } from '../../../../lib/definition/define-consumer.ts';

const slow: Workload = { ...defaultWorkload, recordsPerSecond: 0.3, peakPerSecond: 0.3 };

function choices(
  workload: Workload,
): readonly (readonly [way: string, dollars: number, isChosen: boolean])[] {
  const load = toLoad(workload, workload.recordsPerSecond);
  return toPollerChoices(workload, load).map(({ way, dollars, isChosen }) => [
    way,
    Math.round(dollars * 100) / 100,
    isChosen,
  ]);
}

test('costs a unit alone, a share of one in a group, and nothing on demand', () => {
  assert.deepEqual(choices(slow), [
    ['of its own', 135.05, true],
    ['in a group of 3 alike', 45.02, false],
    ['on demand', 0, false],
  ]);
  assert.deepEqual(choices({ ...slow, pollerGroupMappings: 12 })[1], ['in a group of 12 alike', 22.51, true]);
});

test('bills a group of busy mappings for all that they fill together', () => {
  const busy = {
    ...slow,
    recordsPerSecond: 60_000,
    partitions: 96,
    maxPollers: 96,
    minPollers: 20,
    handlerMs: 0.1,
  };
  const load = toLoad(busy, busy.recordsPerSecond);
  const [, group] = toPollerChoices(busy, load);
  assert.ok(group !== undefined && group.units >= 2, 'twenty pollers fill two units, whoever shares them');
});

test('leaves pollers out of the bill of a definition that has none', () => {
  const definition = defineConsumer({ name: 'orders', topic: 'orders', provisionedPollers: false });
  const workload = { ...slow, ...fromDefinition(definition) };
  const load = toLoad(workload, workload.recordsPerSecond);
  assert.equal(
    toCosts(workload, load, 0.3).some(({ part }) => part === 'pollers'),
    false,
  );
  assert.equal(choices(workload)[2]?.[2], true);
});
