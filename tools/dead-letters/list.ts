// `dead-letters list`: how many there are of what, how old, and how long they can still be redriven.
import { toAmount, toCount, toTable } from '../terminal/table.ts';
import type { Style } from '../terminal/style.ts';
import { groupBy, toPlaceName, type Group } from './failed-record.ts';
import type { DeadLettersOptions } from './options.ts';
import { lostWords, type Located, type Lost } from './originals.ts';

/** What `list` prints with `--json`. */
export interface ListReport {
  readonly total: number;
  readonly groups: readonly Group[];
  /** Records of which it is not known whether they failed: AWS's document tells a range of offsets and a lower count. */
  readonly uncertain: number;
  /** Records whose bytes are gone, by why. */
  readonly lost: Readonly<Partial<Record<Lost, number>>>;
  /** Records that a redrive was done with, and that their place still holds; not in `total`. */
  readonly done: number;
  /** Objects and messages that are no dead letters, and are left out. */
  readonly unreadable: number;
  /** When the next original is deleted by retention, ISO 8601; null: not told, or none is at risk. */
  readonly nextDeletion: string | null;
  /** The first places, as `show` takes them. */
  readonly examples: readonly string[];
}

const mostExamples = 5;

/** Counts what was found. */
export function toListReport(
  chosen: readonly Located[],
  options: Pick<DeadLettersOptions, 'groupBy'>,
): Omit<ListReport, 'done' | 'unreadable'> {
  const records = chosen.map(({ failed }) => failed);
  const lost: Partial<Record<Lost, number>> = {};
  for (const each of chosen) if (each.lost !== undefined) lost[each.lost] = (lost[each.lost] ?? 0) + 1;
  const deletions = chosen.flatMap(({ deletedAtMs }) => deletedAtMs ?? []);
  return {
    total: records.length,
    groups: groupBy(records, options.groupBy),
    uncertain: records.filter(({ isCertain }) => !isCertain).length,
    lost,
    nextDeletion: deletions.length === 0 ? null : new Date(Math.min(...deletions)).toISOString(),
    examples: records.slice(0, mostExamples).map(toPlaceName),
  };
}

/** The report as lines of at most 80 columns. */
export function toListLines(
  report: ListReport,
  { nowMs, style }: { readonly nowMs: number; readonly style: Style },
): readonly string[] {
  const done = report.done === 0 ? [] : [`redriven, and still held by their places: ${toCount(report.done)}`];
  if (report.total === 0) return ['no dead letters', ...done];
  const rows = report.groups.map(({ name, count, oldestMs, newestMs }) => [
    name,
    toCount(count),
    toAge(nowMs - oldestMs),
    toAge(nowMs - newestMs),
  ]);
  const [head = '', ...body] = toTable(['what', 'records', 'oldest', 'newest'], rows);
  return [
    style.dim(head),
    ...body,
    '',
    `${toAmount(report.total, 'dead letter')}; ${report.total === 1 ? 'at' : 'the first:'} ${report.examples.slice(0, 2).join(', ')}`,
    ...done,
    ...(report.uncertain === 0
      ? []
      : [
          style.warn(
            `${toCount(report.uncertain)} may not have failed: their document tells a range of offsets, and fewer failures`,
          ),
        ]),
    ...Object.entries(report.lost).map(([why, count]) =>
      style.warn(`${toCount(count)} without their bytes: ${lostWords[why as Lost]}`),
    ),
    ...(report.nextDeletion === null
      ? []
      : [
          style.warn(
            `retention deletes the next original in ${toAge(Date.parse(report.nextDeletion) - nowMs)}`,
          ),
        ]),
  ];
}

/** An age in its largest unit, such as `3 h`. */
export function toAge(ms: number): string {
  const minutes = Math.max(0, ms) / 60_000;
  if (minutes < 1) return `${Math.round(minutes * 60)} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}
