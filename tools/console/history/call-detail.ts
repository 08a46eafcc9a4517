// Everything about one invocation, read out of its log lines when somebody asks for it: the runtime's own account, the REPORT line, and
// the records that lines name.
import type { KeptBatch, KeptCall } from './batch-store.ts';
import { findOwnLine, toBatch } from './history.ts';
import type { CallDetail, Counted, LogLine, MemoryFigures, NamedRecord } from '../wire.ts';

/** Puts it together; `memoryMb` is the function's memory size. */
export function toCallDetail(
  { call, batch }: { readonly call: KeptCall; readonly batch: KeptBatch },
  memoryMb: number,
): CallDetail {
  const { logs, droppedLogs, response, errorMessage, trace, lineBefore } = call;
  const own = readOwnLine(findOwnLine(logs));
  return {
    call: call.call,
    batch: toBatch(batch),
    logs,
    droppedLogs,
    report: findReport(logs),
    response,
    errorMessage,
    trace,
    counted: own?.counted ?? null,
    memory: {
      limitMb: memoryMb,
      before: readOwnLine(lineBefore)?.memory ?? null,
      after: own?.memory ?? null,
    },
    named: logs.flatMap(({ line }) => readNamed(line) ?? []),
  };
}

/** Lambda's line behind an invocation, in either of its formats. */
export function findReport(logs: readonly LogLine[]): string | null {
  const found = logs.findLast(
    ({ stream, line }) => stream === 'platform' && /^REPORT |"type":"platform\.report"/.test(line),
  );
  return found?.line ?? null;
}

/** What the runtime's own line says. */
export function readOwnLine(
  line: string | undefined,
): { readonly counted: Counted; readonly memory: MemoryFigures } | undefined {
  const own = parse(line)?.['tailrace'];
  if (typeof own !== 'object' || own === null) return undefined;
  const figures = own as Readonly<Record<string, unknown>>;
  const number = (name: string): number | null => {
    const value = figures[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    counted: {
      done: number('done') ?? 0,
      skipped: number('skipped') ?? 0,
      deadLettered: number('deadLettered') ?? 0,
      retried: number('retried') ?? 0,
    },
    memory: {
      rssBytes: number('rssBytes'),
      heapUsedBytes: number('heapUsedBytes'),
      externalBytes: number('externalBytes'),
    },
  };
}

/** A record that a line of the runtime is about. */
export function readNamed(line: string): NamedRecord | undefined {
  if (!line.includes('"offset":')) return undefined;
  const entry = parse(line);
  const { partition, offset, message, error } = entry ?? {};
  if (typeof partition !== 'number' || typeof offset !== 'number' || typeof message !== 'string')
    return undefined;
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  const said = code ?? name;
  return { partition, offset, message, code: typeof said === 'string' ? said : null };
}

function parse(line: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (line === undefined || !line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    // A function may print what it likes, and a long line was cut.
    return undefined;
  }
}
