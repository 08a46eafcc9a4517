// One execution environment: a child process running the function's asset behind its own Runtime API, one invocation at
// a time. Deadlines, crashes and injected faults become invocation results here; nothing below knows what they mean.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Fault } from './fault.ts';
import { lambdaEnvironment, nodeFlags } from './lambda-environment.ts';
import { platformLines } from './platform-log.ts';
import { startRuntimeApi, type RuntimeApi, type RuntimeFailure } from './runtime-api.ts';
import { startSandboxProcess, type SandboxProcess } from './sandbox-process.ts';
import type { LambdaFunction } from './topology.ts';
import type { InvocationResult } from './verdict.ts';

/** Where a log line comes from; `platform` lines are those that Lambda itself writes. */
export type LogStream = 'stdout' | 'stderr' | 'platform';

/** How a function is run. */
export interface SandboxOptions {
  readonly fn: LambdaFunction;
  readonly accountId: string;
  readonly region: string;
  /** Environment that points the AWS SDK at the local services. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Takes log lines; `requestId` is that of the invocation that wrote it, undefined during init. */
  readonly onLog: (stream: LogStream, line: string, requestId?: string) => void;
}

/** Limits of a start. */
export interface SandboxStartLimits {
  /** Longest init, in milliseconds. */
  readonly limitMs: number;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

/** One invocation that has ended. */
export interface Invocation {
  readonly requestId: string;
  readonly result: InvocationResult;
  readonly durationMs: number;
  /** Cold start before it, if there was one. */
  readonly initMs: number | undefined;
  /** Peak resident memory of the sandbox so far, in MB. */
  readonly memoryMb: number;
}

/** What to run once. */
export interface InvocationRequest {
  /** The event as JSON text. */
  readonly event: string;
  readonly fault?: Extract<Fault['kind'], 'throw' | 'kill'>;
  /** For `kill`: how long the function may work before it is killed. */
  readonly killAfterMs?: number;
}

/** A sandbox that waits for an invocation or works on one. */
export interface Sandbox {
  readonly isAlive: () => boolean;
  /** Runs one invocation. Undefined if the process had ended before it could take the event: nothing ran. */
  readonly invoke: (request: InvocationRequest) => Promise<Invocation | undefined>;
  readonly close: () => Promise<void>;
}

/** How a start ended. */
export type SandboxStart =
  | { readonly kind: 'ready'; readonly sandbox: Sandbox }
  | {
      readonly kind: 'failed';
      readonly result: InvocationResult;
      readonly initMs: number;
      readonly memoryMb: number;
    }
  /** Init took longer than its limit; the process was killed. */
  | { readonly kind: 'overrun'; readonly initMs: number; readonly memoryMb: number };

type Signal =
  | { readonly kind: 'next' }
  | { readonly kind: 'response'; readonly body: string }
  | { readonly kind: 'error'; readonly failure: RuntimeFailure }
  | { readonly kind: 'initError'; readonly failure: RuntimeFailure }
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'timeout' };

/** Starts a sandbox and waits until its runtime asks for an event, at most `limitMs`. */
export async function startSandbox(
  options: SandboxOptions,
  limits: SandboxStartLimits,
): Promise<SandboxStart> {
  const { fn } = options;
  const signals = createSignals();
  const api = await startRuntimeApi({
    onNext: () => signals.push({ kind: 'next' }),
    onResponse: (_requestId, body) => signals.push({ kind: 'response', body }),
    onError: (_requestId, failure) => signals.push({ kind: 'error', failure }),
    onInitError: (failure) => signals.push({ kind: 'initError', failure }),
  });
  const startedMs = performance.now();
  const child = startSandboxProcess({
    environment: lambdaEnvironment({
      fn,
      runtimeApi: api.address,
      sandboxId: randomBytes(16).toString('hex'),
      region: options.region,
      endpoints: options.endpoints,
    }),
    flags: nodeFlags(fn.memoryMb),
    taskRoot: fn.assetPath,
    onLine: (stream, line) => options.onLog(stream, line, api.current()),
  });
  const close = async (): Promise<void> => {
    child.kill();
    await child.ended;
    await api.close();
  };
  const watchEnd = async (): Promise<void> => signals.push({ kind: 'ended', how: await child.ended });
  void watchEnd();

  limits.signal.addEventListener('abort', child.kill);
  if (limits.signal.aborted) child.kill();
  const first = await signals.next(limits.limitMs);
  limits.signal.removeEventListener('abort', child.kill);
  const initMs = performance.now() - startedMs;
  const memoryMb = await child.peakMemoryMb();
  if (first.kind === 'next') {
    return { kind: 'ready', sandbox: createSandbox({ options, api, child, signals, initMs, close }) };
  }
  await close();
  if (first.kind === 'timeout') return { kind: 'overrun', initMs, memoryMb };
  const how = first.kind === 'ended' ? first.how : '';
  const crash: InvocationResult = child.hasStarted
    ? toCrash(how)
    : { kind: 'unavailable', errorMessage: how };
  const result = first.kind === 'initError' ? ({ kind: 'error', ...first.failure } as const) : crash;
  return { kind: 'failed', result, initMs, memoryMb };
}

interface SandboxParts {
  readonly options: SandboxOptions;
  readonly api: RuntimeApi;
  readonly child: SandboxProcess;
  readonly signals: Signals;
  readonly initMs: number;
  readonly close: () => Promise<void>;
}

function createSandbox(parts: SandboxParts): Sandbox {
  const { options, api, child, signals } = parts;
  const { fn } = options;
  let isReady = true;
  let initMs: number | undefined = parts.initMs;

  const run = async (request: InvocationRequest, requestId: string): Promise<InvocationResult> => {
    const timeoutMs = fn.timeoutSeconds * 1000;
    api.deliver({
      requestId,
      event: request.event,
      deadlineMs: Date.now() + timeoutMs,
      functionArn: `arn:aws:lambda:${options.region}:${options.accountId}:function:${fn.name}`,
      traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Sampled=0`,
    });
    const killer =
      request.fault === 'kill' ? setTimeout(() => child.kill(), request.killAfterMs ?? 0) : undefined;
    let signal = await signals.next(timeoutMs);
    clearTimeout(killer);
    if (request.fault === 'kill' && signal.kind !== 'ended') {
      // The function was faster than the fault: its work is done, but nobody hears of it.
      child.kill();
      signal = { kind: 'ended', how: await child.ended };
    }
    if (signal.kind === 'timeout') {
      child.kill();
      await child.ended;
      const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`;
      return { kind: 'timeout', errorType: 'Sandbox.Timedout', errorMessage };
    }
    if (signal.kind === 'response') {
      await child.flushed(requestId);
      if (request.fault !== 'throw') return { kind: 'response', body: signal.body };
      return { kind: 'error', errorType: 'InjectedFault', errorMessage: 'injected after the work was done' };
    }
    if (signal.kind === 'error') {
      await child.flushed(requestId);
      return { kind: 'error', ...signal.failure };
    }
    return toCrash(signal.kind === 'ended' ? signal.how : '', requestId);
  };

  return {
    isAlive: child.isAlive,
    async invoke(request) {
      // The runtime asks for the next event on its own, some time after it has answered the last one.
      if (!isReady && (await signals.next(Infinity)).kind !== 'next') return undefined;
      if (!child.isAlive()) return undefined;
      isReady = false;
      const requestId = randomUUID();
      const coldMs = initMs;
      initMs = undefined;
      const log = platformLines(fn, requestId);
      options.onLog('platform', log.start(), requestId);
      const startedMs = performance.now();
      const result = await run(request, requestId);
      const durationMs = performance.now() - startedMs;
      const invocation = {
        requestId,
        result,
        durationMs,
        initMs: coldMs,
        memoryMb: await child.peakMemoryMb(),
      };
      for (const line of log.end(invocation)) options.onLog('platform', line, requestId);
      return invocation;
    },
    close: parts.close,
  };
}

/** Lambda's words for a process that ended by itself. */
function toCrash(how: string, requestId?: string): InvocationResult {
  const message =
    how === '' ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return {
    kind: 'crash',
    errorType: 'Runtime.ExitError',
    errorMessage: requestId === undefined ? message : `RequestId: ${requestId} Error: ${message}`,
  };
}

interface Signals {
  readonly push: (signal: Signal) => void;
  /** The next thing that the process said or did; `timeout` after `limitMs`. */
  readonly next: (limitMs: number) => Promise<Signal>;
}

// What the process says arrives by HTTP, what it does by its exit; one queue gives both a single order.
function createSignals(): Signals {
  const queue: Signal[] = [];
  let waiting: ((signal: Signal) => void) | undefined;
  return {
    push(signal) {
      if (waiting === undefined) queue.push(signal);
      else waiting(signal);
    },
    async next(limitMs) {
      const ready = queue.shift();
      if (ready !== undefined) return ready;
      const { promise, resolve } = Promise.withResolvers<Signal>();
      const timer = Number.isFinite(limitMs)
        ? setTimeout(() => resolve({ kind: 'timeout' }), limitMs)
        : undefined;
      waiting = resolve;
      const signal = await promise;
      clearTimeout(timer);
      waiting = undefined;
      return signal;
    },
  };
}
