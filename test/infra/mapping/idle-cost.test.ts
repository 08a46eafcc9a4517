// The price of mappings that nobody sends anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { toIdleCost } from '../../../infra/mapping/idle-cost.ts';
import type { MappingProperties } from '../../../infra/mapping/mapping.ts';
import { charge, hoursPerMonth } from '../../../tools/plan/prices.ts';
import { addConsumer, createStack } from '../consumer-stack.ts';

const mapping = (MinimumPollers?: number, PollerGroupName?: string): MappingProperties => ({
  ProvisionedPollerConfig: {
    ...(MinimumPollers !== undefined && { MinimumPollers }),
    ...(PollerGroupName !== undefined && { PollerGroupName }),
  },
});

test('counts a unit for each mapping, for every ten of its pollers, and once for a poller group', () => {
  const unit = charge('eventPollerUnitHour', hoursPerMonth);
  for (const [all, units] of [
    [[mapping(), mapping(1), mapping(10)], 3],
    [[mapping(11)], 2],
    [[mapping(4, 'a'), mapping(5, 'a'), mapping(1, 'b')], 2],
    [[mapping(4, 'a'), mapping(7, 'a')], 2],
    [[mapping(), { Enabled: false, ...mapping(200) }, {}], 1],
  ] as const) {
    const dollars = Math.round(units * unit).toLocaleString('en-US');
    assert.match(toIdleCost(all) ?? '', new RegExp(`: ${units} event poller units? .* about ${dollars} USD`));
  }
  assert.equal(toIdleCost([{}, { Enabled: false, ...mapping() }]), undefined);
});

test('says so once for an app', () => {
  const own = createStack();
  for (const id of ['One', 'Two', 'Three']) addConsumer(own, id);
  const notes = Annotations.fromStack(own.stack).findInfo('*', Match.anyValue());
  assert.deepEqual(
    notes.map(({ id }) => id),
    ['/Test'],
  );
  assert.match(JSON.stringify(notes[0]?.entry.data), /^"3 mappings .* about 405 USD a month/);
});
