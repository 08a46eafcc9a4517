// What an app's mappings cost before the first record: provisioned pollers are paid for by the hour. Synth says it, as a deployment
// is when a person decides to pay it.

import { Annotations, AspectPriority, Aspects, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { MappingProperties } from './mapping.ts';

/** Pollers that are billed as one event poller unit, by default (AWS Lambda guide, Kafka scaling modes). */
export const unitPollers = 10;
/** Of a unit, in dollars: list price of us-east-1 (AWS Lambda pricing, read 2026-11-22), for a month of 730 hours. */
const dollarsPerHour = 0.185;
const hoursPerMonth = 730;
/** Of a unit, dollars a month. */
export const unitDollarsPerMonth: number = dollarsPerHour * hoursPerMonth;

const mappings = new WeakMap<IConstruct, MappingProperties[]>();

/** Counts a consumer's mapping; once all of the app are known, a note at its first stack tells their cost at rest. */
export function countIdleCost(consumer: IConstruct, mapping: MappingProperties): void {
  const { root } = consumer.node;
  const known = mappings.get(root);
  if (known !== undefined) return void known.push(mapping);
  const all = [mapping];
  mappings.set(root, all);
  const stack = Stack.of(consumer);
  const visit = (node: IConstruct): void => {
    const text = node === root ? toIdleCost(all) : undefined;
    if (text !== undefined) Annotations.of(stack).addInfoV2('tailrace:idle-cost', text);
  };
  Aspects.of(root).add({ visit }, { priority: AspectPriority.READONLY });
}

/** The note in words; undefined when nothing is paid for at rest. */
export function toIdleCost(all: readonly MappingProperties[]): string | undefined {
  const provisioned = all.flatMap(({ Enabled, ProvisionedPollerConfig }) =>
    Enabled === false || ProvisionedPollerConfig === undefined ? [] : [ProvisionedPollerConfig],
  );
  if (provisioned.length === 0) return undefined;
  // Mappings of one poller group share their units.
  const pollers = new Map<string | symbol, number>();
  for (const { MinimumPollers: min = 1, PollerGroupName: group } of provisioned) {
    // Alone each counts for itself, also where an override gives several mappings one object.
    const key = group === undefined || group === '' ? Symbol() : group;
    pollers.set(key, (pollers.get(key) ?? 0) + min);
  }
  const units = [...pollers.values()].reduce((sum, count) => sum + Math.ceil(count / unitPollers), 0);
  const dollars = Math.round(units * unitDollarsPerMonth).toLocaleString('en-US');
  return (
    `${toCount(provisioned.length, 'mapping')} with provisioned pollers: ${toCount(units, 'event poller unit')} at rest, ` +
    `about ${dollars} USD a month before the first record (${dollarsPerHour} USD an hour each, us-east-1); ` +
    'provisionedPollers: false has none'
  );
}

function toCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
