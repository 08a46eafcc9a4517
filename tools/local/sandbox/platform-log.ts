// The lines that Lambda itself writes around an invocation (START, END, REPORT), in its text and its JSON format.
import type { Invocation } from './invocation.ts';
import type { InvocationResult } from '../batch-result.ts';
import type { LambdaFunction } from '../../template/topology.ts';

/** How a start ended that gave no sandbox. */
export type FailedStart =
  | {
      readonly kind: 'failed';
      readonly result: InvocationResult;
      readonly initMs: number;
      readonly memoryMb: number;
    }
  /** Init took longer than its limit; the process was killed. */
  | { readonly kind: 'overrun'; readonly initMs: number; readonly memoryMb: number };

/** Makes the lines of one invocation. */
export interface PlatformLines {
  readonly start: () => string;
  readonly end: (invocation: Invocation) => readonly string[];
}

/** Lines in the function's log format (AWS Lambda guide, log formats; telemetry API schema). */
export function platformLines(fn: LambdaFunction, requestId: string): PlatformLines {
  if (fn.logFormat === 'Text') {
    return {
      start: () => `START RequestId: ${requestId} Version: $LATEST`,
      end: (invocation) => [
        ...endText(invocation),
        `END RequestId: ${requestId}`,
        reportText(fn, invocation),
      ],
    };
  }
  const line = (type: string, record: object): string =>
    JSON.stringify({ time: new Date().toISOString(), type, record: { requestId, ...record } });
  return {
    start: () => line('platform.start', { version: '$LATEST' }),
    end: (invocation) => [line('platform.report', reportRecord(fn, invocation))],
  };
}

/** The line about an init that did not end well, in the function's log format. */
export function initReportLine(fn: LambdaFunction, start: FailedStart, phase: 'init' | 'invoke'): string {
  const errorType =
    start.kind === 'failed' && 'errorType' in start.result ? start.result.errorType : undefined;
  const status = start.kind === 'overrun' ? 'timeout' : 'error';
  if (fn.logFormat === 'JSON') {
    const metrics = { durationMs: round(start.initMs) };
    const record = { initializationType: 'on-demand', phase, status, errorType, metrics };
    return JSON.stringify({ time: new Date().toISOString(), type: 'platform.initReport', record });
  }
  const fields = [
    `INIT_REPORT Init Duration: ${start.initMs.toFixed(2)} ms`,
    `Phase: ${phase}`,
    `Status: ${status}`,
    ...(errorType === undefined ? [] : [`Error Type: ${errorType}`]),
  ];
  return fields.join('\t');
}

// What a runtime that is gone cannot say itself. JSON logs have it in `platform.report` alone.
function endText({ result }: Invocation): readonly string[] {
  if (result.kind === 'timeout') return [result.errorMessage];
  return result.kind === 'crash' ? [result.errorMessage, result.errorType] : [];
}

function reportText(fn: LambdaFunction, invocation: Invocation): string {
  const { durationMs, initMs } = invocation;
  const fields = [
    `REPORT RequestId: ${invocation.requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${fn.memoryMb} MB`,
    `Max Memory Used: ${invocation.memoryMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...statusText(invocation),
  ];
  return fields.join('\t');
}

function statusText({ result }: Invocation): readonly string[] {
  if (result.kind === 'timeout') return ['Status: timeout'];
  if (result.kind === 'crash') return ['Status: error', `Error Type: ${result.errorType}`];
  return [];
}

function reportRecord(fn: LambdaFunction, { result, durationMs, initMs, memoryMb }: Invocation): object {
  const statuses = {
    response: 'success',
    error: 'error',
    crash: 'failure',
    timeout: 'timeout',
    unavailable: 'failure',
  };
  return {
    status: statuses[result.kind],
    ...('errorType' in result ? { errorType: result.errorType } : {}),
    metrics: {
      durationMs: round(durationMs),
      billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
      memorySizeMB: fn.memoryMb,
      maxMemoryUsedMB: memoryMb,
      ...(initMs === undefined ? {} : { initDurationMs: round(initMs) }),
    },
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
