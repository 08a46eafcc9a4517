// All sandboxes of one function: reuses a warm one, starts one when none is free, and replaces what crashed or timed
// out. Its callers see invocations only.
import { randomUUID } from 'node:crypto';
import { platformLines } from '../platform-log.ts';
import { toTimeout, type Sandbox, type SandboxOptions } from '../sandbox.ts';
import type { Invocation, InvocationRequest } from '../invocation.ts';
import { startSandbox, type SandboxStart } from '../sandbox-start.ts';
import type { LambdaFunction } from '../../../template/topology.ts';

/** Runs invocations of one function. */
export interface FunctionHost {
  /** Runs one invocation in a sandbox of its own; any number may run side by side. */
  readonly invoke: (request: InvocationRequest) => Promise<Invocation>;
  /** Ends all sandboxes; invocations that run end as crashes. */
  readonly close: () => Promise<void>;
}

/** Makes the host of a function that runs somewhere else than in a sandbox here. */
export type CreateHost = (fn: LambdaFunction, onLog: SandboxOptions['onLog']) => FunctionHost;

/** Lambda's limit for the init phase; when it is exceeded, init is repeated inside the invocation, in its time. */
const initLimitMs = 10_000;

const neverRan: Invocation = {
  requestId: 'none',
  result: { kind: 'unavailable', errorMessage: 'the run was closed' },
  durationMs: 0,
  initMs: undefined,
  memoryMb: 0,
};

/** Makes the host of a function; starts no process yet. */
export function createFunctionHost(options: SandboxOptions): FunctionHost {
  /** Those that are alive, with their numbers. */
  const all = new Map<Sandbox, number>();
  let numbers = 0;
  const idle: Sandbox[] = [];
  const starting = new Set<Promise<unknown>>();
  const stop = new AbortController();
  const { signal } = stop;

  // Environments that an invocation has ended: Lambda resets them, and runs their init again inside the next invocation.
  let resets = 0;

  const start = async (): Promise<SandboxStart> => {
    // Whoever debugs an init may take their time.
    const isDebugged = options.inspectPort !== undefined;
    if (resets === 0) {
      const limitMs = isDebugged ? Infinity : initLimitMs;
      const first = await startSandbox(options, { limitMs, phase: 'init', signal });
      if (first.kind !== 'overrun' || signal.aborted) return first;
    } else resets--;
    const limitMs = isDebugged ? Infinity : options.fn.timeoutSeconds * 1000;
    return await startSandbox(options, { limitMs, phase: 'invoke', signal });
  };

  const retire = async (sandbox: Sandbox): Promise<void> => {
    all.delete(sandbox);
    await sandbox.close();
  };

  return {
    async invoke(request) {
      while (!signal.aborted) {
        let sandbox = idle.pop();
        if (sandbox === undefined) {
          const launch = start();
          starting.add(launch);
          const started = await launch.finally(() => starting.delete(launch));
          if (started.kind !== 'ready') return failInvocation(options, started);
          all.set(started.sandbox, ++numbers);
          sandbox = started.sandbox;
        }
        const environment = all.get(sandbox) ?? 0;
        const invocation = await sandbox.invoke(request);
        if (invocation !== undefined && sandbox.isAlive()) idle.push(sandbox);
        else {
          await retire(sandbox);
          if (invocation !== undefined) resets++;
        }
        // A warm sandbox may have died while it was idle; on Lambda, too, nobody would notice.
        if (invocation !== undefined) return { ...invocation, environment };
      }
      return neverRan;
    },
    async close() {
      stop.abort();
      await Promise.all(starting);
      await Promise.all([...all.keys()].map(retire));
    },
  };
}

// What fails before the handler is an invocation all the same: with an id, its lines in the log, and its attempt counted.
function failInvocation(
  { fn, onLog }: SandboxOptions,
  start: Exclude<SandboxStart, { readonly kind: 'ready' }>,
): Invocation {
  const requestId = randomUUID();
  const { initMs, memoryMb } = start;
  const result = start.kind === 'failed' ? start.result : toTimeout(fn, `${requestId} `);
  const isInitFailure = start.kind === 'failed' && result.kind !== 'unavailable';
  const invocation = { requestId, result, durationMs: initMs, initMs: undefined, isInitFailure, memoryMb };
  const log = platformLines(fn, requestId);
  for (const line of [log.start(), ...log.end(invocation)]) onLog('platform', line, requestId);
  return invocation;
}
