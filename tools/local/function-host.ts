// All sandboxes of one function: reuses a warm one, starts one when none is free, and replaces what crashed or timed
// out. Its callers see invocations only.
import {
  startSandbox,
  type Invocation,
  type InvocationRequest,
  type Sandbox,
  type SandboxOptions,
} from './sandbox.ts';

/** Runs invocations of one function. */
export interface FunctionHost {
  /** Runs one invocation in a sandbox of its own; any number may run side by side. */
  readonly invoke: (request: InvocationRequest) => Promise<Invocation>;
  /** Ends all sandboxes; invocations that run end as crashes. */
  readonly close: () => Promise<void>;
}

/** Lambda's limit for the init phase; when it is exceeded, init is repeated under the function's own timeout. */
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
  const all = new Set<Sandbox>();
  const idle: Sandbox[] = [];
  const starting = new Set<Promise<unknown>>();
  const stop = new AbortController();
  const { signal } = stop;

  const start = async (): Promise<Sandbox | Invocation> => {
    let started = await startSandbox(options, { limitMs: initLimitMs, signal });
    if (started.kind === 'overrun')
      started = await startSandbox(options, { limitMs: options.fn.timeoutSeconds * 1000, signal });
    if (started.kind === 'ready') {
      all.add(started.sandbox);
      return started.sandbox;
    }
    const { initMs, memoryMb } = started;
    const seconds = options.fn.timeoutSeconds.toFixed(2);
    const result =
      started.kind === 'failed'
        ? started.result
        : {
            kind: 'timeout' as const,
            errorType: 'Sandbox.Timedout',
            errorMessage: `Task timed out after ${seconds} seconds`,
          };
    return { requestId: 'init', result, durationMs: initMs, initMs, memoryMb };
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
          if ('requestId' in started) return started;
          sandbox = started;
        }
        const invocation = await sandbox.invoke(request);
        if (invocation !== undefined && sandbox.isAlive()) idle.push(sandbox);
        else await retire(sandbox);
        // A warm sandbox may have died while it was idle; on Lambda, too, nobody would notice.
        if (invocation !== undefined) return invocation;
      }
      return neverRan;
    },
    async close() {
      stop.abort();
      await Promise.all(starting);
      await Promise.all([...all].map(retire));
    },
  };
}
