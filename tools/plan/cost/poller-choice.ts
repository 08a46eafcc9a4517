// Pollers as a choice that shows its price: a mapping's own, shared in a group, or on demand.

import { toRecordBytes, toUnitShare, type Load } from '../capacity.ts';
import { charge, hoursPerMonth } from './prices.ts';
import type { Workload } from '../workload.ts';

/** One way to have pollers, and what it costs a consumer in a month. */
export interface PollerChoice {
  readonly way: string;
  readonly units: number;
  readonly dollars: number;
  /** What it loses, or asks for. */
  readonly price: string;
  readonly isChosen: boolean;
}

/** Mappings of a group where the workload has none of its own: the three consumers of this app. */
const exampleGroup = 3;

/** Event poller units that a consumer is billed for: its share of a group's, or none on demand. */
export function toBilledUnits(workload: Workload, load: Load): number {
  return workload.onDemand === 1 ? 0 : toGroupShare(workload, load, workload.pollerGroupMappings);
}

function choose(way: string, units: number, price: string, isChosen: boolean): PollerChoice {
  return { way, units, dollars: charge('eventPollerUnitHour', units * hoursPerMonth), price, isChosen };
}

/** The three ways beside each other. */
export function toPollerChoices(workload: Workload, load: Load): readonly PollerChoice[] {
  const { onDemand, pollerGroupMappings } = workload;
  const mappings = pollerGroupMappings > 1 ? pollerGroupMappings : exampleGroup;
  return [
    choose('of its own', load.units, '-', onDemand === 0 && pollerGroupMappings === 1),
    choose(
      `in a group of ${mappings} alike`,
      toGroupShare(workload, load, mappings),
      'one VPC; a busy mapping takes from the others',
      onDemand === 0 && pollerGroupMappings > 1,
    ),
    choose(
      'on demand',
      0,
      'no retry settings, halving, partial responses, schema registry, Kafka destination, logs',
      onDemand === 1,
    ),
  ];
}

/** A group of mappings alike is billed for what they fill together. */
function toGroupShare(workload: Workload, { pollers, recordsPerSecond }: Load, mappings: number): number {
  const bytesPerSecond = recordsPerSecond * toRecordBytes(workload);
  return Math.ceil(mappings * toUnitShare(pollers, bytesPerSecond)) / mappings;
}
