// One warm sandbox of the function that is soaked, with its inspector attached. Its own file because both the soak and the
// search for the holder need one, and because an attached inspector changes when a process ends and times out.
import type { AwsEndpoints } from '../../aws/endpoints.ts';
import { toTimeout, type Sandbox } from '../../local/sandbox/sandbox.ts';
import type { Invocation } from '../../local/sandbox/invocation.ts';
import { startSandbox } from '../../local/sandbox/sandbox-start.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import { SoakError } from '../error.ts';
import { connectInspector, type Inspector } from './inspector.ts';

/** A sandbox that is kept warm. */
export interface WarmSandbox {
  /** One for each thread that runs invocations; the function's own is the first. */
  readonly inspectors: readonly [Inspector, ...Inspector[]];
  /** Runs one invocation; undefined if the process had ended before it. */
  readonly invoke: (event: string) => Promise<Invocation | undefined>;
  /** Settles once its process has ended, whoever ended it. */
  readonly ended: Sandbox['ended'];
  readonly close: () => Promise<void>;
}

/** What to start. */
export interface WarmSandboxOptions {
  readonly fn: LambdaFunction;
  readonly endpoints: AwsEndpoints;
  readonly signal: AbortSignal;
  /** Takes what the function prints, line by line. Default: nobody. */
  readonly onLog?: (line: string) => void;
  /** Told what has to be fetched or compiled first. Default: nobody. */
  readonly onNotice?: (message: string) => void;
}

const initLimitMs = 30_000;
/** What Node prints because an inspector is attached. */
const ofInspector = /^(?:Debugger (?:listening|attached|ending)|For help, see: https:\/\/nodejs\.org)/;

/**
 * Starts the function under its memory size.
 * @throws {SoakError} `FUNCTION` when it does not come up, `INSPECTOR` when its inspector does not.
 */
export async function startWarmSandbox(options: WarmSandboxOptions): Promise<WarmSandbox> {
  const { fn, endpoints, signal } = options;
  const address = Promise.withResolvers<string>();
  let inspector: Inspector | undefined;
  let lastError = '';
  const start = await startSandbox(
    {
      fn,
      accountId: endpoints.accountId,
      region: endpoints.region,
      endpoints: endpoints.environment,
      inspectPort: 0,
      onLog(stream, line) {
        const url = stream === 'stdout' ? undefined : /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
        if (url !== undefined) address.resolve(url);
        // Node says so when it ends and we are still attached; it would wait for us for ever.
        else if (line.startsWith('Waiting for the debugger to disconnect')) inspector?.close();
        else if (stream !== 'platform' && !ofInspector.test(line)) options.onLog?.(line);
        // A line of JSON is the runtime's own, and says what the answer says.
        if (stream === 'stderr' && line.includes('Error') && !line.startsWith('{')) lastError = line;
      },
    },
    { limitMs: initLimitMs, phase: 'init', signal },
  );
  signal.throwIfAborted();
  if (start.kind !== 'ready') {
    const reason =
      start.kind === 'failed' && 'errorMessage' in start.result
        ? start.result.errorMessage
        : 'it takes too long';
    const why = `${reason} ${lastError}`.trim();
    throw new SoakError('FUNCTION', `function ${fn.name} does not start: ${why}; --logs shows more`);
  }
  const { sandbox } = start;
  try {
    inspector = await connectInspector(await address.promise);
    await inspector.call('HeapProfiler.enable');
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  const attached = inspector;
  return {
    inspectors: [attached],
    invoke: async (event) => await invokeWithin(sandbox, fn, event),
    ended: sandbox.ended,
    async close() {
      attached.close();
      await sandbox.close();
    },
  };
}

// Under an inspector a sandbox gives an invocation a day, for a person at a debugger; a soak keeps the function's timeout.
async function invokeWithin(
  sandbox: Sandbox,
  fn: LambdaFunction,
  event: string,
): Promise<Invocation | undefined> {
  const late = Promise.withResolvers<Invocation>();
  const durationMs = fn.timeoutSeconds * 1000;
  const timer = setTimeout(() => {
    late.resolve({ requestId: '', result: toTimeout(fn, ''), durationMs, initMs: undefined, memoryMb: 0 });
  }, durationMs);
  try {
    return await Promise.race([sandbox.invoke({ event }), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
