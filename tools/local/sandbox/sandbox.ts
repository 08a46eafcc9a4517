// One execution environment: a child process running the function's asset behind its own Runtime API, one invocation at
// a time, frozen in between. Deadlines, crashes, memory and injected faults become invocation results here; nothing
// below knows what they mean.
import { randomBytes, randomUUID } from 'node:crypto';
import { toCpus } from './cpu-share.ts';
import { platformLines } from './platform-log.ts';
import type { MemoryCapKind } from './memory/memory-cap.ts';
import type { RuntimeApi } from './runtime-api.ts';
import type { ProcessEnd, SandboxProcess } from './process/sandbox-process.ts';
import type { Signals } from './sandbox-signals.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import type { InvocationResult } from '../batch-result.ts';
import type { Invocation, InvocationRequest } from './invocation.ts';

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
  /** Told in one line of what had to be fetched for it. Default: a platform line of its log. */
  readonly onNotice?: (message: string) => void;
  /** How its memory size is enforced. Default: the best means of this machine. */
  readonly memoryCap?: MemoryCapKind;
  /** Whether it gets CPU time in proportion to its memory size only, as on Lambda; see `canCapCpu`. Default false. */
  readonly cpuShare?: boolean;
  /**
   * Lets a debugger attach at this port of 127.0.0.1; 0 for a free one, which Node prints to the log. Init and
   * invocations then have a day, and the process runs on between them. A port is for one sandbox at a time.
   */
  readonly inspectPort?: number;
  /** Whether the process stops before its first line until a debugger lets it go on. Default false. */
  readonly breaksAtStart?: boolean;
}

/** A sandbox that waits for an invocation or works on one. */
export interface Sandbox {
  readonly isAlive: () => boolean;
  /** Settles once its process has ended, whoever ended it. */
  readonly ended: Promise<ProcessEnd>;
  /** Runs one invocation. Undefined if the process had ended before it could take the event: nothing ran. */
  readonly invoke: (request: InvocationRequest) => Promise<Invocation | undefined>;
  /** With `cpuShare`: gives it one whole CPU from now on, or its share again; to warm it up takes long at a share. */
  readonly setCpus: (cpus: 'one' | 'share') => void;
  readonly close: () => Promise<void>;
}

/** What a sandbox is made of. */
export interface SandboxParts {
  readonly options: SandboxOptions;
  readonly api: RuntimeApi;
  readonly child: SandboxProcess;
  readonly signals: Signals;
  readonly initMs: number;
  /** `invoke`: the init was part of the first invocation, and has used up some of its time. */
  readonly phase: 'init' | 'invoke';
  readonly close: () => Promise<void>;
}

/** Makes the sandbox of a process whose runtime has just asked for its first event. */
export function createSandbox(parts: SandboxParts): Sandbox {
  const { options, api, child, signals } = parts;
  const { fn } = options;
  const isDebugged = options.inspectPort !== undefined;
  let initMs = parts.phase === 'init' ? parts.initMs : undefined;
  let spentMs = parts.phase === 'invoke' ? parts.initMs : 0;
  let resting = Promise.resolve(true);

  // The runtime asks for the next event on its own, some time after it has answered the last one. From then on nothing
  // of the function may run: what it has left behind, timers and promises, goes on in the next invocation.
  const rest = async (): Promise<boolean> => {
    const { kind } = await signals.next(Infinity);
    // A debugger cannot talk to a process that stands still.
    if (kind === 'next' && !isDebugged) child.freeze();
    return kind === 'next';
  };

  const run = async (request: InvocationRequest, requestId: string): Promise<InvocationResult> => {
    const timeoutMs = isDebugged ? debugTimeoutMs : fn.timeoutSeconds * 1000 - spentMs;
    api.deliver({
      requestId,
      event: request.event,
      deadlineMs: Date.now() + timeoutMs,
      functionArn: `arn:aws:lambda:${options.region}:${options.accountId}:function:${fn.name}`,
      traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Sampled=0`,
    });
    const killer =
      request.fault === 'kill' ? setTimeout(() => child.kill(), request.killAfterMs ?? 0) : undefined;
    const signal = await signals.next(timeoutMs);
    clearTimeout(killer);
    if (request.fault === 'kill') {
      // The function may have been faster than the fault: its work is done, but nobody hears of it.
      child.kill();
      return toCrash(await child.ended, requestId);
    }
    if (signal.kind === 'timeout') {
      child.kill();
      await child.ended;
      return toTimeout(fn, `${new Date().toISOString()} ${requestId} `);
    }
    if (signal.kind === 'ended') return toCrash(signal.end, requestId);
    await child.flushed(requestId);
    // Over its memory for a moment that nobody saw: on Lambda it would not have come to answer.
    if (await child.checkMemory()) return toCrash(await child.ended, requestId);
    if (signal.kind === 'error') return { kind: 'error', ...signal.failure };
    if (signal.kind !== 'response') throw new Error(`a runtime in an invocation said ${signal.kind}`);
    if (request.fault !== 'throw') return { kind: 'response', body: signal.body };
    return { kind: 'error', errorType: 'InjectedFault', errorMessage: 'injected after the work was done' };
  };

  return {
    isAlive: child.isAlive,
    ended: child.ended,
    async invoke(request) {
      if (!(await resting) || !child.isAlive()) return undefined;
      child.thaw();
      const requestId = randomUUID();
      const coldMs = initMs;
      initMs = undefined;
      const log = platformLines(fn, requestId);
      options.onLog('platform', log.start(), requestId);
      const startedMs = performance.now();
      const result = await run(request, requestId);
      const durationMs = performance.now() - startedMs + spentMs;
      spentMs = 0;
      resting = child.isAlive() ? rest() : Promise.resolve(false);
      const isOutOfMemory = result.kind === 'crash' && result.errorType === outOfMemory;
      const memoryMb = isOutOfMemory ? fn.memoryMb : await child.peakMemoryMb();
      const invocation = { requestId, result, durationMs, initMs: coldMs, memoryMb };
      for (const line of log.end(invocation)) options.onLog('platform', line, requestId);
      return invocation;
    },
    setCpus: (cpus) => child.setCpus(cpus === 'one' ? 1 : toCpus(fn)),
    close: parts.close,
  };
}

/**
 * Whether a process has ended for want of memory: V8 gives up on a full heap before any cap does, with SIGABRT, or with SIGTRAP where it
 * cannot even reserve. Lambda's words do not tell that from any other abort, such as a failed assertion of an addon.
 */
export function diedOfMemory(crash: { readonly errorType: string; readonly isHeapFull?: boolean }): boolean {
  return crash.errorType === outOfMemory || crash.isHeapFull === true;
}

/** Lambda's error type for a process that was killed for its memory (runtime interface emulator, `Runtime.ExitError` otherwise). */
export const outOfMemory = 'Runtime.OutOfMemory';

const debugTimeoutMs = 24 * 60 * 60 * 1000;

/** Lambda's words for a process that ended by itself, or that the kernel ended. */
export function toCrash(
  { how, isOutOfMemory, isHeapFull = false }: ProcessEnd,
  requestId?: string,
): InvocationResult {
  const message =
    how === '' ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return {
    kind: 'crash',
    errorType: isOutOfMemory ? outOfMemory : 'Runtime.ExitError',
    errorMessage: requestId === undefined ? message : `RequestId: ${requestId} Error: ${message}`,
    ...(isHeapFull && { isHeapFull }),
  };
}

/** Lambda's words for a function that took longer than its timeout, after `prefix`. */
export function toTimeout(fn: LambdaFunction, prefix: string): InvocationResult {
  const errorMessage = `${prefix}Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`;
  return { kind: 'timeout', errorType: 'Sandbox.Timedout', errorMessage };
}
