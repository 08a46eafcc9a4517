// A function on Lambda Managed Instances: one process under its memory cap, in which AWS's own runtime client runs several invocations
// at once in worker threads. Its own file beside function-host.ts because here invocations share a process, and it is never frozen.
import { randomBytes, randomUUID } from 'node:crypto';
import type { InvocationResult } from '../../batch-result.ts';
import type { FunctionHost } from './function-host.ts';
import { lambdaEnvironment, nodeFlags } from '../process/lambda-environment.ts';
import { capMemory, chooseMemoryCap } from '../memory/memory-cap.ts';
import { platformLines } from '../platform-log.ts';
import { startRuntimeApi, type RuntimeApi } from '../runtime-api.ts';
import { toCrash, toTimeout, type SandboxOptions } from '../sandbox.ts';
import { startSandboxProcess, type SandboxProcess } from '../process/sandbox-process.ts';
import { provideSdk } from '../process/sdk-packages.ts';

/** How a function runs on Managed Instances. */
export interface WorkerHostOptions extends Omit<
  SandboxOptions,
  'breaksAtStart' | 'cpuShare' | 'inspectPort'
> {
  /** The entry file of aws-lambda-ric 4. */
  readonly ric: string;
  /** Worker threads. On AWS 8 for each vCPU. */
  readonly threads: number;
  /** Invocations that are under way at once, at most. On AWS 64 for each vCPU, and less by the function's setting. */
  readonly concurrency: number;
  /** Where on 127.0.0.1 each worker thread offers its inspector, as worker-inspector.mjs says. Default: nowhere. */
  readonly inspectors?: { readonly port: number; readonly token: string };
}

/** A host whose invocations share one process. */
export interface WorkerHost extends FunctionHost {
  /** Settles once every thread has asked for its first event: with nothing, or with why the function did not start. */
  readonly started: Promise<string | undefined>;
  /** Settles once its process has ended, whoever ended it. */
  readonly ended: SandboxProcess['ended'];
  /** Peak resident memory of the process so far, in MB. */
  readonly peakMemoryMb: () => Promise<number>;
}

/** Starts the process; more invocations than `concurrency` wait for others. */
export async function startWorkerHost(options: WorkerHostOptions): Promise<WorkerHost> {
  const { fn } = options;
  const controller = new AbortController();
  const onNotice = options.onNotice ?? ((message: string): void => options.onLog('platform', message));
  const sdkParents = await provideSdk([fn.assetPath, ...fn.layerPaths], {
    onNotice,
    signal: controller.signal,
  });
  const underWay = new Map<string, (result: InvocationResult) => void>();
  const settle = (requestId: string, result: InvocationResult): void => {
    underWay.get(requestId)?.(result);
    underWay.delete(requestId);
  };
  const gate = createGate(options.concurrency);
  const started = Promise.withResolvers<string | undefined>();
  let asking = 0;
  // AWS's own client knows of no token.
  const api = await startRuntimeApi(
    {
      onNext() {
        if (++asking === options.threads) started.resolve(undefined);
        gate.onReady();
      },
      onResponse: (requestId, body) => settle(requestId, { kind: 'response', body }),
      onError: (requestId, failure) => settle(requestId, { kind: 'error', ...failure }),
      onInitError({ errorType, errorMessage }) {
        options.onLog('platform', `INIT ${errorType}: ${errorMessage}`);
        started.resolve(`${errorType}: ${errorMessage}`);
      },
    },
    { asksForToken: false },
  );
  const child = startChild(options, api, sdkParents);
  const watchEnd = async (): Promise<void> => {
    const end = await child.ended;
    started.resolve(`its process has ended, ${end.how}`);
    gate.close();
    for (const requestId of underWay.keys()) settle(requestId, toCrash(end, requestId));
  };
  void watchEnd();

  const run = async (event: string, requestId: string): Promise<InvocationResult> => {
    const timeoutMs = fn.timeoutSeconds * 1000;
    const answer = Promise.withResolvers<InvocationResult>();
    underWay.set(requestId, answer.resolve);
    api.deliver({
      requestId,
      event,
      deadlineMs: Date.now() + timeoutMs,
      functionArn: `arn:aws:lambda:${options.region}:${options.accountId}:function:${fn.name}`,
      traceId: `Root=1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')};Sampled=0`,
    });
    // Only this invocation is given up: others are under way in the same process.
    const timer = setTimeout(() => settle(requestId, toTimeout(fn, `${requestId} `)), timeoutMs);
    const result = await answer.promise;
    clearTimeout(timer);
    return result;
  };

  return {
    async invoke({ event }) {
      const requestId = randomUUID();
      const isOpen = await gate.enter();
      const log = platformLines(fn, requestId);
      options.onLog('platform', log.start(), requestId);
      const startedMs = performance.now();
      const result = isOpen ? await run(event, requestId) : toCrash(await child.ended, requestId);
      if (isOpen) gate.leave();
      const durationMs = performance.now() - startedMs;
      const memoryMb = await child.peakMemoryMb();
      const invocation = { requestId, result, durationMs, initMs: undefined, memoryMb };
      for (const line of log.end(invocation)) options.onLog('platform', line, requestId);
      return invocation;
    },
    started: started.promise,
    ended: child.ended,
    peakMemoryMb: child.peakMemoryMb,
    async close() {
      controller.abort();
      await child.close();
      await api.close();
    },
  };
}

function startChild(
  options: WorkerHostOptions,
  api: RuntimeApi,
  sdkParents: readonly string[],
): SandboxProcess {
  const { fn, region, endpoints } = options;
  const environment = lambdaEnvironment({
    fn,
    runtimeApi: api.address,
    sandboxId: randomBytes(16).toString('hex'),
    region,
    endpoints,
  });
  const preload = new URL('../bootstrap/worker-preload.mjs', import.meta.url);
  for (const parent of sdkParents) preload.searchParams.append('sdk', parent);
  for (const [name, value] of Object.entries(options.inspectors ?? {}))
    preload.searchParams.append(`inspector-${name}`, String(value));
  return startSandboxProcess({
    environment: {
      // Each thread's wait for its next event takes one of libuv's threads for as long as it lasts (aws-lambda-ric 4.0.2). With Node's four,
      // eight threads leave none for files and names: the AWS SDK's first call hangs. How AWS sizes the pool is not documented.
      UV_THREADPOOL_SIZE: String(4 + options.threads),
      ...environment,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances',
      AWS_LAMBDA_MAX_CONCURRENCY: String(options.concurrency),
      AWS_LAMBDA_NODEJS_WORKER_COUNT: String(options.threads),
    },
    flags: [...nodeFlags(fn.memoryMb), `--import=${preload.href}`],
    taskRoot: fn.assetPath,
    readOnlyFolders: [fn.assetPath, ...fn.layerPaths],
    sdkParents: [],
    runtime: options.ric,
    cap: capMemory({ kind: options.memoryCap ?? chooseMemoryCap(), limitMb: fn.memoryMb, cpus: undefined }),
    onLine: options.onLog,
  });
}

/** Lets an invocation in where a thread has asked for one, and no more than so many are under way. */
function createGate(most: number): {
  readonly onReady: () => void;
  readonly leave: () => void;
  /** Resolves once there is room; false where the process has ended. */
  readonly enter: () => Promise<boolean>;
  readonly close: () => void;
} {
  const waiting: ((isOpen: boolean) => void)[] = [];
  let [ready, underWay] = [0, 0];
  let isClosed = false;
  const serve = (): void => {
    while (waiting.length > 0 && ready > 0 && underWay < most) {
      ready--;
      underWay++;
      waiting.shift()?.(true);
    }
  };
  return {
    onReady() {
      ready++;
      serve();
    },
    leave() {
      underWay--;
      serve();
    },
    async enter() {
      if (isClosed) return false;
      return await new Promise((resolve) => {
        waiting.push(resolve);
        serve();
      });
    },
    close() {
      isClosed = true;
      for (const resolve of waiting.splice(0)) resolve(false);
    },
  };
}
