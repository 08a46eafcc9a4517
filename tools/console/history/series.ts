// The last minutes of every consumer, a point a second. Events are counted, not kept: a million records a minute are sixty points.
import type { LocalEvent } from '../../local/events.ts';
import type { MappingStatus } from '../../local/mapping/mapping-status.ts';
import type { ConsumerState, Point } from '../wire.ts';

/** Points kept of each consumer: ten minutes. */
export const maxPoints = 600;

/** The series of a run. */
export interface Series {
  /** Notes what no status has: memory. */
  readonly note: (event: LocalEvent) => void;
  /** Takes a point of each consumer. */
  readonly sample: (statuses: readonly MappingStatus[], atSeconds: number) => void;
  /** All consumers, with their points from `since` on, in epoch seconds. */
  readonly read: (since: number) => readonly ConsumerState[];
}

interface Row {
  readonly status: MappingStatus;
  readonly points: Point[];
  readonly lastLiveMb: number | null;
}

/** Starts without points. */
export function createSeries(): Series {
  const rows = new Map<string, Row>();
  const memory = new Map<string, { rssMb: number | null; liveMb: number | null }>();
  const memoryOf = (consumer: string): { rssMb: number | null; liveMb: number | null } => {
    const known = memory.get(consumer) ?? { rssMb: null, liveMb: null };
    memory.set(consumer, known);
    return known;
  };
  return {
    note(event) {
      if (event.kind === 'invocation' && event.memoryMb > 0) {
        const row = memoryOf(event.consumer);
        row.rssMb = Math.max(row.rssMb ?? 0, event.memoryMb);
      }
      if (event.kind !== 'log' || event.stream !== 'stdout') return;
      const usedMb = readUsedMb(event.line);
      if (usedMb === undefined) return;
      const row = memoryOf(event.consumer);
      row.liveMb = Math.min(row.liveMb ?? Infinity, usedMb);
    },
    sample(statuses, at) {
      for (const status of statuses) {
        const { consumer } = status;
        const before = rows.get(consumer);
        const told = memoryOf(consumer);
        memory.delete(consumer);
        const point: Point = {
          at,
          records: toDone(status) - (before === undefined ? 0 : toDone(before.status)),
          calls: status.invocations - (before?.status.invocations ?? 0),
          failed: status.failedInvocations - (before?.status.failedInvocations ?? 0),
          lag: toPartitions(status).map(({ committed, end }) => Math.max(0, end - committed)),
          rssMb: told.rssMb,
          liveMb: told.liveMb,
        };
        const points = before?.points ?? [];
        points.push(isSane(point) ? point : { ...point, records: 0, calls: 0, failed: 0 });
        if (points.length > maxPoints) points.shift();
        rows.set(consumer, {
          status,
          points,
          lastLiveMb: told.liveMb ?? before?.lastLiveMb ?? null,
        });
      }
    },
    read: (since) =>
      [...rows.values()].map(({ status, points, lastLiveMb }) => ({
        consumer: status.consumer,
        partitions: toPartitions(status),
        lag: status.lag,
        pollers: status.pollers,
        polled: status.polled,
        done: status.done,
        skipped: status.skipped,
        filtered: status.filtered,
        redelivered: status.redelivered,
        invocations: status.invocations,
        failedInvocations: status.failedInvocations,
        deadLettered: status.deadLettered,
        discarded: status.discarded,
        peakMemoryMb: status.peakMemoryMb,
        liveMb: lastLiveMb,
        stopped: status.stopped ?? null,
        points: points.filter(({ at }) => at >= since),
      })),
  };
}

/** A mapping that was restarted counts from zero again. */
function isSane({ records, calls, failed }: Point): boolean {
  return records >= 0 && calls >= 0 && failed >= 0;
}

function toDone({ done, skipped, deadLettered }: MappingStatus): number {
  return done + skipped + deadLettered;
}

function toPartitions({ committed, ends }: MappingStatus): ConsumerState['partitions'] {
  return Object.entries(ends)
    .map(([partition, end]) => ({
      partition: Number(partition),
      committed: committed[Number(partition)] ?? 0,
      end,
    }))
    .toSorted((a, b) => a.partition - b.partition);
}

/** Heap and external memory behind an invocation, by the runtime's line: garbage included, so what is alive is at most that. */
function readUsedMb(line: string): number | undefined {
  if (!line.startsWith('{') || !line.includes('"tailrace"')) return undefined;
  // The lines come by the thousand, and two of their numbers are wanted.
  const heap = /"heapUsedBytes":(\d+)/.exec(line)?.[1];
  const external = /"externalBytes":(\d+)/.exec(line)?.[1];
  return heap === undefined || external === undefined
    ? undefined
    : (Number(heap) + Number(external)) / 1_048_576;
}
