// A sandbox's init phase: its Runtime API, its memory cap and its process are started, until the runtime asks for the
// first event. Its own file because a start has ends of its own, and each has to take back all three.
import { randomBytes } from 'node:crypto';
import { lambdaEnvironment, nodeFlags } from './process/lambda-environment.ts';
import { toCpus } from './cpu-share.ts';
import { capMemory, chooseMemoryCap } from './memory/memory-cap.ts';
import { initReportLine, type FailedStart } from './platform-log.ts';
import { startRuntimeApi, type RuntimeApi } from './runtime-api.ts';
import { createSandbox, toCrash, type Sandbox, type SandboxOptions } from './sandbox.ts';
import { startSandboxProcess, type ProcessEnd, type SandboxProcess } from './process/sandbox-process.ts';
import { createSignals, type Signals } from './sandbox-signals.ts';
import { provideSdk } from './process/sdk-packages.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import type { InvocationResult } from '../batch-result.ts';

/** Limits of a start. */
export interface SandboxStartLimits {
  /** Longest init, in milliseconds. */
  readonly limitMs: number;
  /** When this is: before the first invocation, or again inside it. */
  readonly phase: 'init' | 'invoke';
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

/** How a start ended. */
export type SandboxStart = { readonly kind: 'ready'; readonly sandbox: Sandbox } | FailedStart;

/** Starts a sandbox and waits until its runtime asks for an event, at most `limitMs`. */
export async function startSandbox(
  options: SandboxOptions,
  limits: SandboxStartLimits,
): Promise<SandboxStart> {
  const { fn } = options;
  const sdkParents = await provideSdkOf(options, limits.signal);
  const signals = createSignals();
  const api = await startRuntimeApi({
    onNext: () => signals.push({ kind: 'next' }),
    onResponse: (_requestId, body) => signals.push({ kind: 'response', body }),
    onError: (_requestId, failure) => signals.push({ kind: 'error', failure }),
    onInitError: (failure) => signals.push({ kind: 'initError', failure }),
  });
  const startedMs = performance.now();
  let child: SandboxProcess;
  try {
    child = startChild(options, api, sdkParents);
  } catch (error) {
    await api.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await child.close();
    await api.close();
  };
  const watchEnd = async (): Promise<void> => signals.push({ kind: 'ended', end: await child.ended });
  void watchEnd();

  limits.signal.addEventListener('abort', child.kill);
  if (limits.signal.aborted) child.kill();
  const first = await signals.next(limits.limitMs);
  limits.signal.removeEventListener('abort', child.kill);
  const initMs = performance.now() - startedMs;
  const memoryMb = await child.peakMemoryMb();
  if (first.kind === 'next') {
    return {
      kind: 'ready',
      sandbox: createSandbox({ options, api, child, signals, initMs, phase: limits.phase, close }),
    };
  }
  await close();
  const start = toFailure(first, { fn, initMs, memoryMb, hasStarted: child.hasStarted });
  // Closed by the runner, the function has not failed.
  if (!limits.signal.aborted) options.onLog('platform', initReportLine(fn, start, limits.phase));
  return start;
}

const provided = new WeakMap<LambdaFunction, Promise<readonly string[]>>();

/** A function's code is the same in all of its sandboxes. */
async function provideSdkOf(
  { fn, onLog, onNotice }: SandboxOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const known = provided.get(fn);
  if (known !== undefined) return await known;
  const notice = onNotice ?? ((message: string): void => onLog('platform', message));
  const providing = provideSdk([fn.assetPath, ...fn.layerPaths], { onNotice: notice, signal });
  provided.set(fn, providing);
  return await providing;
}

function startChild(options: SandboxOptions, api: RuntimeApi, sdkParents: readonly string[]): SandboxProcess {
  const { fn, region, endpoints } = options;
  const cap = capMemory({
    kind: options.memoryCap ?? chooseMemoryCap(),
    limitMb: fn.memoryMb,
    cpus: options.cpuShare === true ? toCpus(fn) : undefined,
  });
  return startSandboxProcess({
    environment: {
      ...lambdaEnvironment({
        fn,
        runtimeApi: api.address,
        sandboxId: randomBytes(16).toString('hex'),
        region,
        endpoints,
      }),
      TAILRACE_RUNTIME_TOKEN: api.token,
    },
    flags: [...nodeFlags(fn.memoryMb), ...inspectFlags(options)],
    taskRoot: fn.assetPath,
    readOnlyFolders: [fn.assetPath, ...fn.layerPaths],
    sdkParents,
    cap,
    onLine: (stream, line) => options.onLog(stream, line, api.current()),
  });
}

function inspectFlags({ inspectPort, breaksAtStart }: SandboxOptions): readonly string[] {
  if (inspectPort === undefined) return [];
  return [`--inspect${breaksAtStart === true ? '-brk' : ''}=127.0.0.1:${inspectPort}`];
}

function toFailure(
  first: Awaited<ReturnType<Signals['next']>>,
  start: {
    readonly fn: LambdaFunction;
    readonly initMs: number;
    readonly memoryMb: number;
    readonly hasStarted: boolean;
  },
): Exclude<SandboxStart, { kind: 'ready' }> {
  const { fn, initMs, memoryMb, hasStarted } = start;
  if (first.kind === 'timeout') return { kind: 'overrun', initMs, memoryMb };
  const end: ProcessEnd = first.kind === 'ended' ? first.end : { how: '', isOutOfMemory: false };
  if (first.kind === 'initError') {
    return { kind: 'failed', result: { kind: 'error', ...first.failure }, initMs, memoryMb };
  }
  const result: InvocationResult = hasStarted ? toCrash(end) : { kind: 'unavailable', errorMessage: end.how };
  return { kind: 'failed', result, initMs, memoryMb: end.isOutOfMemory ? fn.memoryMb : memoryMb };
}
