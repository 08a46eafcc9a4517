// "Run again": one record through the live function, as it is or edited, outside its mapping: nothing is committed or counted, and what
// the function writes is written.
import type { ConsumerDefinition, EventRecord } from '../../../lib/index.ts';
import { EncodeError } from '../../../lib/testing/encode-error.ts';
import type { LocalRun } from '../../local/run.ts';
import type { Trial } from '../../local/invoker.ts';
import { createRecordEncoder } from '../../traffic/own/record-encoder.ts';
import { findReport, readNamed, readOwnLine } from '../history/call-detail.ts';
import { findOwnLine } from '../history/history.ts';
import type { RunAgainResult } from '../record-wire.ts';
import type { CallStatus, LogLine } from '../wire.ts';

/** An edited value that cannot be written; the message does not quote it. */
export class EditError extends Error {
  override readonly name = 'EditError';
  readonly code = 'EDIT';
}

/** The record with another value; its content encoding goes, since the new value is not packed. @throws EditError */
export function withValue(
  record: EventRecord,
  value: string | null,
  definition: ConsumerDefinition | undefined,
): EventRecord {
  const headers = (record.headers ?? []).filter((header) => !('content-encoding' in header));
  const { value: _old, ...rest } = record;
  if (value === null) return { ...rest, headers };
  return { ...rest, headers, value: toBytes(value, definition).toString('base64') };
}

function toBytes(value: string, definition: ConsumerDefinition | undefined): Buffer {
  const kind = definition?.value?.shape?.kind;
  // JSON is sent as it was typed, well-formed or not: whoever edits may want to see what a broken value does.
  if (
    definition === undefined ||
    kind === undefined ||
    kind === 'json' ||
    kind === 'text' ||
    kind === 'bytes'
  )
    return Buffer.from(value);
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new EditError(`the value is not JSON, which ${kind}() needs to write it`);
  }
  try {
    const { document } = createRecordEncoder({ definition, packing: 'none' }).encode({ value: parsed });
    return document ?? Buffer.alloc(0);
  } catch (error) {
    if (error instanceof EncodeError) throw new EditError(error.message);
    throw error;
  }
}

/** Runs it. @throws LocalError for a consumer that is stopped */
export async function runAgain(
  local: Pick<LocalRun, 'tryOnce'>,
  consumer: string,
  record: EventRecord,
): Promise<Trial> {
  const { partition, offset, timestamp } = record;
  return await local.tryOnce(consumer, [
    {
      partition,
      offset,
      timestampMs: timestamp,
      content: record,
      bytes: Buffer.byteLength(JSON.stringify(record)),
    },
  ]);
}

/** What became of it. */
export function toRunAgainResult({ result, invocation }: Trial, logs: readonly LogLine[]): RunAgainResult {
  const { requestId, durationMs, initMs = null, memoryMb } = invocation;
  const ended = invocation.result;
  const counted = readOwnLine(findOwnLine(logs))?.counted;
  const named = logs.flatMap(({ line }) => readNamed(line) ?? []).find(({ code }) => code !== null);
  const outcome =
    result.kind === 'notRun'
      ? 'not run'
      : result.kind !== 'success'
        ? 'failed'
        : counted !== undefined && counted.deadLettered > 0
          ? 'dead-lettered'
          : counted !== undefined && counted.skipped > 0
            ? 'skipped'
            : 'processed';
  return {
    requestId,
    outcome,
    status: toStatus({ result, invocation }),
    durationMs,
    initMs,
    memoryMb,
    errorType: 'errorType' in ended ? ended.errorType : null,
    errorMessage: 'errorMessage' in ended ? ended.errorMessage : null,
    code: named?.code ?? null,
    response: ended.kind === 'response' ? ended.body : null,
    report: findReport(logs),
    logs,
  };
}

function toStatus({ result, invocation }: Trial): CallStatus {
  const answered = { success: 'ok', partial: 'partial', failed: 'error', notRun: 'unavailable' } as const;
  const { kind } = invocation.result;
  return kind === 'response' ? answered[result.kind] : kind;
}
