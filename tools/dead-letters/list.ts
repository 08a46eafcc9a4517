// `dead-letters list` and `show`: how many there are of what, how old, and how long they can still be redriven; and one record by itself.
import { toCount, toTable } from '../terminal/table.ts';
import type { Style } from '../terminal/style.ts';
import { groupBy, toPlaceName, toRedriveCount, type FailedRecord, type Group } from './failed-record.ts';
import type { DeadLettersOptions } from './options.ts';
import type { Located } from './originals.ts';
import { toShown } from './value.ts';

/** What `list` prints with `--json`. */
export interface ListReport {
  readonly total: number;
  readonly groups: readonly Group[];
  /** Records of which it is not known whether they failed: AWS's document tells a range of offsets and a lower count. */
  readonly uncertain: number;
  /** Records whose bytes are gone, by why. */
  readonly lost: Readonly<Record<string, number>>;
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
): ListReport {
  const records = chosen.map(({ failed }) => failed);
  const lost: Record<string, number> = {};
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
  if (report.total === 0) return ['no dead letters'];
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
    `${toCount(report.total)} dead letters; the first: ${report.examples.slice(0, 2).join(', ')}`,
    ...(report.uncertain === 0
      ? []
      : [
          style.warn(
            `${toCount(report.uncertain)} may not have failed: their document tells a range of offsets, and fewer failures`,
          ),
        ]),
    ...Object.entries(report.lost).map(([why, count]) =>
      style.warn(`${toCount(count)} without their bytes: ${lostWords[why] ?? why}`),
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

const lostWords: Readonly<Record<string, string>> = {
  'no brokers': 'their documents name offsets only; give --brokers to read them from Kafka',
  retention: 'retention has deleted them; nothing can bring them back',
  'topic deleted': 'their topic is gone',
};

/** An age in its largest unit, such as `3 h`. */
export function toAge(ms: number): string {
  const minutes = Math.max(0, ms) / 60_000;
  if (minutes < 1) return `${Math.round(minutes * 60)} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}

/** One record, without its payload. What `show --json` prints. */
export function toShowReport({ failed, lost, deletedAtMs }: Located): Readonly<Record<string, unknown>> {
  const { record } = failed;
  return {
    place: toPlaceName(failed),
    keptAt: toKeptAt(failed),
    consumer: failed.consumer,
    code: failed.code,
    failedAt: new Date(failed.failedAtMs).toISOString(),
    attempts: failed.attempts ?? null,
    redrives: toRedriveCount(record),
    timestamp: record === undefined ? null : new Date(record.timestamp).toISOString(),
    keyBytes: toBytes(record?.key),
    valueBytes: toBytes(record?.value),
    headers: (record?.headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, bytes]) => ({ name, bytes: bytes.length })),
    ),
    lost: lost ?? null,
    originalDeletedAt: deletedAtMs === undefined ? null : new Date(deletedAtMs).toISOString(),
  };
}

/** The same as lines; `payload` adds error message, key and value, for a terminal only. */
export function toShowLines(located: Located, { payload }: { readonly payload: boolean }): readonly string[] {
  const report = toShowReport(located);
  const { failed } = located;
  const lines = Object.entries(report).map(([name, value]) => `${name.padEnd(18)} ${toCell(value)}`);
  if (!payload) return [...lines, 'message, key and value are shown with --payload, on a terminal'];
  const key =
    typeof failed.record?.key === 'string' ? Buffer.from(failed.record.key, 'base64').toString() : '(none)';
  return [
    ...lines,
    `message            ${failed.message ?? '(none)'}`,
    `key                ${key}`,
    'value',
    toShown(failed.record),
  ];
}

function toCell(value: unknown): string {
  if (value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toKeptAt({ place }: FailedRecord): string {
  switch (place.kind) {
    case 'letter':
    case 'batch':
      return `s3://${place.bucket}/${place.key}`;
    case 'message':
      return `${place.queueUrl} message ${place.messageId}`;
    case 'topic':
      return `${place.topic}-${place.partition}@${place.offset}`;
  }
}

function toBytes(base64: string | null | undefined): number | null {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').length : null;
}
