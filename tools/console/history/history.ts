// The past of a run as far as the console keeps it: invocations with their log lines and answers, by batch. What is kept how long is in
// batch-store.ts.
import type { LocalEvent } from '../../local/events.ts';
import {
  createBatchStore,
  usualLimits,
  type HistoryLimits,
  type KeptBatch,
  type KeptCall,
} from './batch-store.ts';
import { createLogBook } from './log-book.ts';
import type { Batch, Call, HistoryState, LogLine } from '../wire.ts';

/** The history of a run. */
export interface History {
  readonly note: (event: LocalEvent) => void;
  /** Newest first. */
  readonly batches: () => readonly KeptBatch[];
  readonly find: (requestId: string) => { readonly call: KeptCall; readonly batch: KeptBatch } | undefined;
  /** Lines of a call that is in no batch, and takes them away. */
  readonly takeLogs: (requestId: string) => readonly LogLine[];
  readonly state: () => HistoryState;
}

type InvocationEvent = Extract<LocalEvent, { readonly kind: 'invocation' }>;

const maxEnvironments = 200;
/** What a call takes beside its texts. */
const callBytes = 500;

/** Starts empty. */
export function createHistory(given: Partial<HistoryLimits> = {}, now: () => number = Date.now): History {
  const limits = { ...usualLimits, ...given };
  const logs = createLogBook();
  const byRequest = new Map<string, KeptCall>();
  const lastLines = new Map<string, string>();
  const store = createBatchStore(limits, {
    now,
    onDrop({ calls }) {
      for (const { call } of calls) byRequest.delete(call.requestId);
    },
  });

  /** The environment's line before this one, which takes its place. */
  const swapLine = (environment: string, line: string | undefined): string | undefined => {
    const before = lastLines.get(environment);
    lastLines.delete(environment);
    if (line !== undefined) lastLines.set(environment, line);
    const [longestUnused] = lastLines.keys();
    if (lastLines.size > maxEnvironments && longestUnused !== undefined) lastLines.delete(longestUnused);
    return before;
  };

  const noteInvocation = (event: InvocationEvent): void => {
    const { consumer, requestId, environment } = event;
    const call = toCall(event, now());
    const batch = store.open(event.batch ?? 0, consumer, call.startedAt);
    const { lines, dropped: droppedLogs, bytes } = logs.take(requestId);
    const made: KeptCall = {
      call,
      batch: batch.number,
      consumer,
      logs: lines,
      droppedLogs,
      response: event.response ?? null,
      errorMessage: event.errorMessage ?? null,
      trace: event.trace,
      lineBefore:
        environment === undefined ? undefined : swapLine(`${consumer} ${environment}`, findOwnLine(lines)),
    };
    batch.calls.push(made);
    byRequest.set(requestId, made);
    if (batch.calls.length > limits.maxCalls) {
      // The first half tells how it began, the rest how it goes.
      const [gone] = batch.calls.splice(limits.maxCalls / 2, 1);
      if (gone !== undefined) byRequest.delete(gone.call.requestId);
      batch.droppedCalls++;
    }
    store.settle(
      batch,
      callBytes + bytes + (event.response?.length ?? 0) + (event.errorMessage?.length ?? 0),
    );
  };

  return {
    note(event) {
      if (event.kind === 'log' && event.requestId !== undefined)
        logs.add(event.requestId, { stream: event.stream, line: event.line });
      else if (event.kind === 'invocation') noteInvocation(event);
      else if (event.kind === 'destination') {
        const at = now();
        const batch = store.open(event.batch ?? 0, event.consumer, at);
        const { condition, records, ranges = [], target = null, error = null } = event;
        batch.discards.push({ at, condition, records, ranges, target, error });
        store.settle(batch, callBytes);
      }
    },
    batches: () => store.all().toReversed(),
    find(requestId) {
      const call = byRequest.get(requestId);
      const batch = call === undefined ? undefined : store.get(call.batch);
      return call === undefined || batch === undefined ? undefined : { call, batch };
    },
    takeLogs: (requestId) => logs.take(requestId).lines,
    state: store.state,
  };
}

/** The runtime's account of an invocation among its lines. */
export function findOwnLine(lines: readonly LogLine[]): string | undefined {
  return lines.findLast(({ stream, line }) => stream === 'stdout' && line.includes('"tailrace":{'))?.line;
}

function toCall(event: InvocationEvent, now: number): Call {
  const { requestId, status, durationMs, initMs = null, records, failed, delivered, unresolved } = event;
  return {
    requestId,
    status,
    startedAt: now - durationMs,
    durationMs,
    initMs,
    records,
    failed,
    delivered,
    unresolved,
    memoryMb: event.memoryMb,
    environment: event.environment ?? null,
    errorType: event.errorType ?? null,
  };
}

/** A batch as the page gets it. */
export function toBatch({ number, consumer, outcome, calls, discards, droppedCalls }: KeptBatch): Batch {
  return {
    batch: number,
    consumer,
    outcome,
    records: calls[0]?.call.records ?? discards.reduce((sum, { records }) => sum + records, 0),
    calls: calls.map(({ call }) => call),
    discards,
    droppedCalls,
  };
}
