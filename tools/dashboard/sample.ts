// Data to draw a dashboard with: eight hours of an invented consumer. After five of them a downstream fails for half an
// hour: records come back, lag and age grow, the backlog is worked off, a few records end as dead letters.

import { createRandom } from '../traffic/random.ts';
import type { Series } from './widget.ts';

/** Points of a series, one for five minutes of eight hours. */
export const points = 96;

const hour = points / 8;
const failsAt = 5 * hour;
const healsAt = 5.5 * hour;
const caughtUpAt = 6.25 * hour;
const mb = 1_048_576;

/** What a metric is at a point, given a noise of 0.9..1.1. */
type Shape = (point: number, noise: number) => number;

const steady =
  (level: number): Shape =>
  (point, noise) =>
    level * (1 + 0.25 * Math.sin((point / points) * 2 * Math.PI - 1.5)) * noise;
const flat =
  (level: number): Shape =>
  () =>
    level;
/** Up while it fails, down while the backlog is worked off. */
const hill =
  (rest: number, top: number): Shape =>
  (point, noise) => {
    if (point < failsAt || point >= caughtUpAt) return rest * noise;
    if (point < healsAt) return rest + ((top - rest) * (point - failsAt)) / (healsAt - failsAt);
    return top - ((top - rest) * (point - healsAt)) / (caughtUpAt - healsAt);
  };
const whileFailing =
  (level: number, otherwise = 0): Shape =>
  (point, noise) =>
    point >= failsAt && point < healsAt ? level * noise : otherwise;
/** Grows quickly from `from`, then levels off at `to`. */
const levelling =
  (from: number, to: number): Shape =>
  (point, noise) =>
    from + (to - from) * (1 - Math.exp(-point / 14)) * (0.97 + (noise - 0.9) / 6);

const records = 27_000; // 90 a second
const served: Shape = (point, noise) =>
  steady(records)(point, noise) * (point >= failsAt && point < healsAt ? 0.4 : 1);

const shapes: Readonly<Record<string, Shape>> = {
  SumOffsetLag: hill(140, 52_000),
  MaxOffsetLag: hill(40, 23_000),
  OffsetLag: hill(140, 52_000),
  EstimatedMaxTimeLag: hill(1.4, 420),
  OldestRecordAge: hill(1900, 1_650_000),
  RecordsReceived: steady(records),
  RecordsDone: served,
  RecordsSkipped: flat(0),
  RecordsRetried: whileFailing(16_000),
  RecordsDeclined: flat(0),
  RecordsDeadLettered: (point) => (point % 31 === 5 ? 4 : 0),
  ProvisionedPollers: (point) => (point >= failsAt && point < caughtUpAt ? 3 : 1),
  EventPollerUnit: flat(1),
  EventPollerThroughputInBytes: steady(records * 640),
  PolledEventCount: steady(records),
  FilteredOutEventCount: flat(0),
  InvokedEventCount: (point, noise) => steady(records)(point, noise) + whileFailing(15_000)(point, noise),
  CommittedEventCount: served,
  FailedInvokeEventCount: whileFailing(18_000),
  DroppedEventCount: flat(0),
  Invocations: (point, noise) => steady(310)(point, noise) + whileFailing(140)(point, noise),
  Errors: flat(0),
  Throttles: flat(0),
  OutOfMemoryKills: flat(0),
  ConcurrentExecutions: (point, noise) => 2 * noise + whileFailing(6)(point, noise),
  Duration: (point, noise) => steady(420)(point, noise) + whileFailing(9000)(point, noise),
  DecompressionRatio: steady(2.1),
  MemoryLimitBytes: flat(256 * mb),
  RssBytes: levelling(96 * mb, 139 * mb),
  HeapUsedBytes: steady(31 * mb),
  ExternalBytes: steady(14 * mb),
  ArrayBufferBytes: steady(9 * mb),
  EventBytes: steady(0.11 * mb),
  DecodedBytes: steady(0.08 * mb),
  DecompressedBytes: steady(0.17 * mb),
  InFlightBytesPeak: steady(0.03 * mb),
  KeptBytes: flat(0),
  RetainedBytesPerInvocation: flat(0),
  OnFailureDestinationDeliveredEventCount: (point) => (point === Math.round(healsAt) ? 12 : 0),
  DestinationDeliveryFailures: flat(0),
  NumberOfObjects: flat(37),
  ApproximateNumberOfMessagesVisible: flat(3),
};

// How the statistics of one metric lie to each other.
const factors: Readonly<Record<string, number>> = { p50: 0.35, p99: 0.8, Average: 0.6 };

/**
 * The points of a series; undefined for a metric that has no invented course.
 *
 * The same series is the same in every run.
 */
export function toSample({ metric, statistic }: Series): readonly number[] | undefined {
  const shape = shapes[metric.split('.')[0] ?? metric];
  if (shape === undefined) return undefined;
  const random = createRandom(metric.length * 31 + statistic.length);
  const factor = factors[statistic] ?? 1;
  return Array.from({ length: points }, (_, point) => shape(point, 0.9 + random.next() * 0.2) * factor);
}
