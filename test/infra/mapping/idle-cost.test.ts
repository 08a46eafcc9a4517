// The price of mappings that nobody sends anything.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { toIdleCost } from '../../../infra/mapping/idle-cost.ts';
import type { MappingProperties } from '../../../infra/mapping/mapping.ts';
import { toSummary } from '../../../infra/monitoring/summary.ts';
import { toPlan } from '../../../tools/plan/plan.ts';
import { charge, hoursPerMonth, priceOf } from '../../../tools/plan/cost/prices.ts';
import { defaultWorkload } from '../../../tools/plan/workload.ts';
import { addConsumer, createStack, orders } from '../consumer-stack.ts';

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

test('is the same in synth, plan, README and reference: three mappings of their own, in a group, on demand', () => {
  const quiet = { ...defaultWorkload, recordsPerSecond: 0.3, peakPerSecond: 0.3 }; // the README's command
  const planned = toPlan(quiet).pollerChoices.map(({ dollars }) => Math.round(3 * dollars));
  assert.deepEqual(planned, [405, 135, 0]);

  const ofNote = (each: MappingProperties): number =>
    Number(/about (\d+) USD a month/.exec(toIdleCost([each, each, each]) ?? '')?.[1] ?? 0);
  assert.deepEqual([mapping(), mapping(1, 'shared'), {}].map(ofNote), planned);

  const own = createStack();
  const definition = { ...orders, provisionedPollers: false } as const;
  const lines = [addConsumer(own, 'Own'), addConsumer(own, 'Cheap', { definition })].map(toSummary);
  const said = lines.map((line) => 3 * Number(/(\d+) USD a month/.exec(line)?.[1]));
  assert.deepEqual(said, [planned[0], planned[2]]);

  const read = (file: string): string =>
    readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  const readme =
    /Provisioned pollers cost about (\d+) USD a month .* Three mappings cost (\d+) USD, or (\d+) USD together if they share a poller group.* On-demand pollers are (\w+) /.exec(
      read('README.md'),
    );
  const [own3, group] = planned;
  assert.deepEqual(readme?.slice(1), [`${group}`, `${own3}`, `${group}`, 'free']);
  const { price } = priceOf('eventPollerUnitHour').tiers[0] ?? {};
  const reference = read('docs/reference/infrastructure.md');
  assert.ok(
    reference.includes(`${price} USD an hour for each unit of ten pollers; at least ${group} USD a month`),
  );
});
