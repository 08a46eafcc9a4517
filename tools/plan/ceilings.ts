// How far a consumer goes as it is set, and what ends it there: the limits in the order in which growing traffic meets them.

import { toAmount } from '../terminal/table.ts';
import { toDurationMs, toLargestBatch, toPace } from './batch.ts';
import { pollerBytesPerSecond, pollerInvocations, toLoad, toRecordBytes, type Load } from './capacity.ts';
import type { Workload } from './workload.ts';

/** A limit, and the records a second at which it is met. */
export interface Ceiling {
  readonly name: 'partitions' | 'pollers' | 'poller bandwidth' | 'account concurrency' | 'MSK Serverless';
  readonly recordsPerSecond: number;
  readonly why: string;
  readonly remedy: string;
}

/** AWS Lambda quotas: invocations at once in a Region, by default, for all functions of an account. */
const accountConcurrency = 1000;
/** Pollers of one mapping, and of one poller group (AWS Lambda guide, Kafka scaling modes). */
const maxPollersOfMapping = 2000;

/** Written to one cluster (Amazon MSK guide, MSK Serverless quota). */
const serverlessBytesPerSecond = 200_000_000;

/** Every ceiling, the lowest first. */
export function toCeilings(workload: Workload): readonly Ceiling[] {
  const { partitions, maxPollers } = workload;
  const { records } = toLargestBatch(workload);
  const perSlot = records === 0 ? 0 : (records * 1000) / toDurationMs(toPace(workload), records);
  const pollers = Math.min(maxPollers, partitions);
  const ceilings: readonly Ceiling[] = [
    {
      name: 'partitions',
      recordsPerSecond: partitions * perSlot,
      why: `${toAmount(partitions, 'partition')}, each with one batch under way`,
      remedy: 'more partitions (keys move to others), a faster handler, or order by key or none',
    },
    {
      name: 'pollers',
      recordsPerSecond: pollers * pollerInvocations * perSlot,
      why: `${toAmount(pollers, 'poller')} of ${pollerInvocations} invocations at once`,
      remedy: 'a higher provisionedPollers.max, up to the partitions and 2,000',
    },
    {
      name: 'poller bandwidth',
      recordsPerSecond: (pollers * pollerBytesPerSecond) / toRecordBytes(workload),
      why: `${toAmount(pollers, 'poller')} of 5 MB/s`,
      remedy: 'a higher provisionedPollers.max, or smaller values: compress them',
    },
    {
      name: 'account concurrency',
      recordsPerSecond: accountConcurrency * perSlot,
      why: `${accountConcurrency.toLocaleString('en-US')} invocations at once in the account and Region, less what others use`,
      remedy: 'a raised quota of Lambda, larger batches, or a faster handler',
    },
  ];
  const ofCluster: Ceiling = {
    name: 'MSK Serverless',
    recordsPerSecond: serverlessBytesPerSecond / toRecordBytes(workload),
    why: 'a cluster takes in 200 MB/s',
    remedy: 'a provisioned cluster, several clusters, or smaller values',
  };
  const all = workload.msk === 'serverless' ? [...ceilings, ofCluster] : ceilings;
  return all.toSorted((a, b) => a.recordsPerSecond - b.recordsPerSecond);
}

/** What a rate would take if nothing that can be set stood in the way. */
export interface Step extends Load {
  /** The fewest partitions that keep up. */
  readonly partitions: number;
  /** Mappings, each with its own group and share of the topics: one has at most 2,000 pollers. */
  readonly mappings: number;
}

/** The load at `rate` with as many partitions and pollers as it takes. */
function toStep(workload: Workload, rate: number): Step {
  const { records } = toLargestBatch(workload);
  const concurrency = (rate / records) * (toDurationMs(toPace(workload), records) / 1000);
  const byBandwidth = (rate * toRecordBytes(workload)) / pollerBytesPerSecond;
  const pollers = Math.max(1, Math.ceil(Math.max(concurrency / pollerInvocations, byBandwidth)));
  const partitions = Math.max(1, Math.ceil(concurrency), pollers);
  const load = toLoad({ ...workload, partitions, minPollers: pollers, maxPollers: pollers }, rate);
  return { ...load, partitions, mappings: Math.ceil(pollers / maxPollersOfMapping) };
}

/** From the workload's own rate, ten times at a time, to a million records a second. */
export function toGrowth(workload: Workload): readonly Step[] {
  const rates = [workload.recordsPerSecond];
  for (let rate = 10 ** Math.ceil(Math.log10(workload.recordsPerSecond + 1e-9)); rate <= 1e6; rate *= 10) {
    if (rate > workload.recordsPerSecond) rates.push(rate);
  }
  return rates.map((rate) => toStep(workload, rate));
}
