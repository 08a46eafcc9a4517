// Which records a document without records is about. It says how many of those from a first to a last offset; where others lie
// between them, only the run's own event of that discard says which.

import type { LocalEvent, OffsetRange } from '../local/events.ts';
import type { FailureDocument } from './readers/read-documents.ts';

/** What one consumer's mapping has discarded. */
export interface Discards {
  readonly note: (event: Extract<LocalEvent, { readonly kind: 'destination' }>) => void;
  /** The records of a document; none where no discard of this run fits it. Each discard explains one document. */
  readonly take: (
    document: Pick<FailureDocument, 'condition' | 'ranges' | 'records'>,
  ) => readonly OffsetRange[];
}

/** Starts with nothing discarded. */
export function createDiscards(): Discards {
  const open = new Map<string, (readonly OffsetRange[])[]>();
  return {
    note({ condition, records, ranges = [] }) {
      const bounds = toBounds(ranges);
      // Its document will say it all.
      if (countOffsets(bounds) === records) return;
      const name = toName(condition, records, bounds);
      open.set(name, [...(open.get(name) ?? []), ranges]);
    },
    take({ condition, records, ranges }) {
      if (countOffsets(ranges) === records) return ranges;
      return open.get(toName(condition, records, ranges))?.shift() ?? [];
    },
  };
}

/** From the first to the last offset of each partition, as documents have it. */
function toBounds(ranges: readonly OffsetRange[]): readonly OffsetRange[] {
  const bounds = new Map<number, OffsetRange>();
  for (const { partition, from, to } of ranges)
    bounds.set(partition, { partition, from: bounds.get(partition)?.from ?? from, to });
  return [...bounds.values()];
}

function countOffsets(ranges: readonly OffsetRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

function toName(condition: string, records: number, bounds: readonly OffsetRange[]): string {
  const places = bounds.map(({ partition, from, to }) => `${partition}@${from}-${to}`).toSorted();
  return [condition, records, ...places].join(' ');
}
