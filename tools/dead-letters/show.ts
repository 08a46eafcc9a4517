// `dead-letters show`: one record by itself; and which there are to choose from.
import { toAmount } from '../terminal/table.ts';
import { toPlaceName, toRedriveCount, type FailedRecord } from './failed-record.ts';
import { toAge } from './list.ts';
import type { Located } from './originals.ts';
import { toShown } from './value.ts';

const mostChoices = 20;

/** What may be shown, one a line, the newest failure first. */
export function toChoiceLines(
  chosen: readonly Located[],
  { nowMs }: { readonly nowMs: number },
): readonly string[] {
  const newest = chosen
    .map(({ failed }) => failed)
    .toSorted((a, b) => b.failedAtMs - a.failedAtMs)
    .slice(0, mostChoices);
  const width = newest.reduce((most, each) => Math.max(most, toPlaceName(each).length), 0);
  const rest = chosen.length - newest.length;
  return [
    `${toAmount(chosen.length, 'dead letter')}; show one with --record:`,
    ...newest.map((each) => {
      const { consumer, code, failedAtMs } = each;
      return `  ${toPlaceName(each).padEnd(width)}  ${consumer}, ${code}, ${toAge(nowMs - failedAtMs)} ago`;
    }),
    ...(rest === 0 ? [] : [`and ${rest} older; choose with --consumer, --code, --since, --key`]),
  ];
}

/** What is said of a record; of its headers no value, which is payload. */
type Shown = string | number | null | readonly { readonly name: string; readonly bytes: number }[];

/** One record, without its payload. What `show --json` prints. */
export function toShowReport({ failed, lost, deletedAtMs }: Located): Readonly<Record<string, Shown>> {
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

function toCell(value: Shown): string {
  if (value === null) return '-';
  if (typeof value !== 'object') return String(value);
  return value.length === 0 ? '-' : value.map(({ name, bytes }) => `${name} (${bytes} B)`).join(', ');
}

/** Where a failed record is kept, as a person looks it up. */
export function toKeptAt({ place }: FailedRecord): string {
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
