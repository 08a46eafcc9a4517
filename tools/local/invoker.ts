// One mapping's calls to its function: records in, batch result out, with everything that is told about a call (faults due,
// redelivery, summary line, status numbers) gathered in one place.
import { composeEvent, type EventEnvelope, type PolledRecord } from './event.ts';
import { maxResponseChars, toRanges, type LocalEvent, type OnLocalEvent, type Summary } from './events.ts';
import { dueFaults, type Fault } from './fault.ts';
import type { FunctionHost } from './sandbox/host/function-host.ts';
import type { Mapping } from './mapping/mapping.ts';
import type { StatusCounter } from './mapping/mapping-status.ts';
import type { LogStream } from './sandbox/sandbox.ts';
import type { Invocation } from './sandbox/invocation.ts';
import type { LambdaFunction } from '../template/topology.ts';
import { toBatchResult, type BatchResult } from './batch-result.ts';

/** Calls the function once with these records. */
export type Invoke = (
  records: readonly PolledRecord[],
  hooks: {
    /** Number of the batch that the records are of. */
    readonly batch: number;
    readonly onFault: (fault: Fault['kind']) => void;
  },
) => Promise<{ readonly result: BatchResult<PolledRecord>; readonly invocation: Invocation }>;

/** What calls are made with. */
export interface InvokerOptions {
  readonly mapping: Mapping;
  readonly envelope: EventEnvelope;
  readonly faults: readonly Fault[];
  readonly status: StatusCounter;
  readonly onEvent: OnLocalEvent;
  readonly fn: LambdaFunction;
  /** Makes the function's host; its log lines come to the invoker first. */
  readonly createHost: (
    fn: LambdaFunction,
    onLog: (stream: LogStream, line: string, requestId?: string) => void,
  ) => FunctionHost;
}

/** A call that somebody asked for, and what the mapping would make of it. */
export interface Trial {
  readonly result: BatchResult<PolledRecord>;
  readonly invocation: Invocation;
}

/** A mapping's way to its function. */
export interface Invoker {
  readonly invoke: Invoke;
  /** Calls the function once with these records, for a person: nothing is counted, committed or sent again. */
  readonly tryOnce: (records: readonly PolledRecord[]) => Promise<Trial>;
  /** Lets calls from now on go to another version of the function; calls under way end in the old one. */
  readonly replaceFunction: (fn: LambdaFunction) => void;
  readonly close: () => Promise<void>;
}

/** Makes the invoker and its function host; starts no process yet. */
export function createInvoker(options: InvokerOptions): Invoker {
  const { mapping, envelope, status, onEvent } = options;
  const { consumer, topic, reportBatchItemFailures } = mapping;
  const summaries = new Map<string, Summary>();
  const sentUpTo = new Map<number, number>();
  let calls = 0;
  let lastDurationMs = 10;

  const onLog = (stream: LogStream, line: string, requestId?: string): void => {
    onEvent({ kind: 'log', consumer, stream, line, requestId });
    const summary = stream === 'stdout' && requestId !== undefined ? readSummary(line) : undefined;
    if (summary === undefined || requestId === undefined) return;
    summaries.set(requestId, summary);
    onEvent({ kind: 'summary', consumer, requestId, summary });
  };
  const hosts = createReplaceableHost((fn) => options.createHost(fn, onLog), options.fn);

  const invoke: Invoke = async (records, { batch, onFault }) => {
    const call = ++calls;
    const faults = dueFaults(options.faults, consumer, call);
    for (const fault of faults) onEvent({ kind: 'fault', consumer, fault, invocation: call });
    const redelivered = countRedelivered(records, sentUpTo);
    onEvent({ kind: 'invoking', consumer, records: records.length });
    const running = hosts.invoke({
      event: composeEvent(envelope, records),
      fault: faults.find((fault) => fault !== 'restart-poller'),
      killAfterMs: lastDurationMs / 2,
    });
    for (const fault of faults) onFault(fault);
    const invocation = await running;
    const result = toBatchResult(invocation.result, { topic, records, reportBatchItemFailures });
    const unresolved = result.kind === 'success' ? [] : result.kind === 'partial' ? result.failed : records;
    const failed = unresolved.length;
    if (result.kind === 'success' && result.warning !== undefined) {
      onEvent({ kind: 'warning', consumer, message: result.warning });
    }
    // What the function has answered, or that it never ran, is in no log of it.
    if (result.kind === 'notRun' || (result.kind === 'failed' && !result.functionError)) {
      onEvent({ kind: 'warning', consumer, message: result.reason });
    }
    if (invocation.result.kind === 'response') {
      lastDurationMs = invocation.durationMs;
      // A function without our runtime writes no summary: what it did not fail, it has done.
      status.achieve(
        summaries.get(invocation.requestId) ?? { done: records.length - failed, skipped: 0, deadLettered: 0 },
      );
    }
    summaries.delete(invocation.requestId);
    const event = toEvent(consumer, {
      batch,
      result,
      invocation,
      records,
      unresolved,
      redelivered,
    });
    status.count(event);
    onEvent(event);
    return { result, invocation };
  };
  const tryOnce = async (records: readonly PolledRecord[]): Promise<Trial> => {
    const invocation = await hosts.invoke({ event: composeEvent(envelope, records) });
    summaries.delete(invocation.requestId);
    return {
      result: toBatchResult(invocation.result, { topic, records, reportBatchItemFailures }),
      invocation,
    };
  };
  return { invoke, tryOnce, replaceFunction: hosts.replace, close: hosts.close };
}

interface ReplaceableHost extends FunctionHost {
  readonly replace: (fn: LambdaFunction) => void;
}

/** A host whose function may become another one: the old one's processes end once their calls have. */
function createReplaceableHost(
  create: (fn: LambdaFunction) => FunctionHost,
  first: LambdaFunction,
): ReplaceableHost {
  let current = { host: create(first), calls: new Set<Promise<unknown>>() };
  const leaving = new Set<Promise<void>>();
  return {
    async invoke(request) {
      const { host, calls } = current;
      const call = host.invoke(request);
      calls.add(call);
      return await call.finally(() => calls.delete(call));
    },
    replace(fn) {
      const { host, calls } = current;
      current = { host: create(fn), calls: new Set() };
      const end = Promise.allSettled(calls)
        .then(async () => await host.close())
        .finally(() => leaving.delete(end));
      leaving.add(end);
    },
    async close() {
      await Promise.all([current.host.close(), ...leaving]);
    },
  };
}

function toEvent(
  consumer: string,
  call: {
    readonly batch: number;
    readonly result: BatchResult<PolledRecord>;
    readonly invocation: Invocation;
    readonly records: readonly PolledRecord[];
    readonly unresolved: readonly PolledRecord[];
    readonly redelivered: number;
  },
): LocalEvent {
  const { result, requestId, durationMs, initMs, memoryMb, environment } = call.invocation;
  const answered = { success: 'ok', partial: 'partial', failed: 'error', notRun: 'unavailable' } as const;
  return {
    kind: 'invocation',
    consumer,
    requestId,
    status: result.kind === 'response' ? answered[call.result.kind] : result.kind,
    durationMs,
    initMs,
    records: call.records.length,
    failed: call.unresolved.length,
    delivered: toRanges(call.records),
    unresolved: toRanges(call.unresolved),
    redelivered: call.redelivered,
    memoryMb,
    errorType: 'errorType' in result ? result.errorType : undefined,
    errorMessage: 'errorMessage' in result ? result.errorMessage : undefined,
    trace: 'trace' in result ? (result.trace ?? []) : [],
    isInitFailure: call.invocation.isInitFailure === true,
    batch: call.batch,
    environment,
    response: result.kind === 'response' ? result.body.slice(0, maxResponseChars) : undefined,
  };
}

// Offsets only rise while nothing is repeated, so the highest one sent tells repeated ones without remembering each.
function countRedelivered(records: readonly PolledRecord[], sentUpTo: Map<number, number>): number {
  let count = 0;
  for (const { partition, offset } of records) {
    if (offset <= (sentUpTo.get(partition) ?? -1)) count++;
    else sentUpTo.set(partition, offset);
  }
  return count;
}

function readSummary(line: string): Summary | undefined {
  if (!line.startsWith('{') || !line.includes('"tailrace"')) return undefined;
  let parsed: { readonly tailrace?: Partial<Record<keyof Summary, unknown>> };
  try {
    parsed = JSON.parse(line) as typeof parsed;
  } catch {
    // Some other line that looks like it; the function may print what it likes.
    return undefined;
  }
  const { tailrace } = parsed;
  if (typeof tailrace !== 'object' || tailrace === null) return undefined;
  return {
    records: toCount(tailrace.records),
    done: toCount(tailrace.done),
    skipped: toCount(tailrace.skipped),
    deadLettered: toCount(tailrace.deadLettered),
    retried: toCount(tailrace.retried),
  };
}

function toCount(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
