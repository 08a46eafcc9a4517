// A consumer under AWS's own runtime client, stopped between invocations as Lambda freezes an environment, and started again
// when its process has ended. An event whose process ends is delivered again, as a mapping does. Its own file beside its test.

import { toLambdaFunction } from '../../support/lambda-function.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { bundleSettings } from '../../../infra/function/bundle-settings.ts';
import { lambdaEnvironment, nodeFlags } from '../../../tools/local/sandbox/process/lambda-environment.ts';
import { startRuntimeApi, type RuntimeApi } from '../../../tools/local/sandbox/runtime-api.ts';
import { createSignals, type Signals } from '../../../tools/local/sandbox/sandbox-signals.ts';
import { toEvent } from '../../support/events.ts';

/** One delivery of an event. */
export interface Delivery {
  readonly requestId: string;
  /** Records that the answer reports; undefined where the process ended instead of answering. */
  readonly reported: number | undefined;
  /** How the process ended. */
  readonly exitStatus: number | undefined;
}

/** What was seen of a run. */
export interface Seen {
  readonly deliveries: readonly Delivery[];
  /** JSON lines that its processes wrote. */
  readonly lines: readonly Record<string, unknown>[];
}

/** What to run. */
export interface FrozenRun {
  /** The runtime client's entry file. */
  readonly entry: string;
  /** Code of the consumer's module after its imports of `createConsumer`, `defineConsumer`, `text`. */
  readonly source: string;
  readonly events: number;
  readonly recordsPerEvent: number;
  readonly memoryMb: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Delivers every event until it is answered. */
export async function runFrozen(run: FrozenRun): Promise<Seen> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-frozen-')));
  try {
    await bundle(folder, run.source);
    const deliveries: Delivery[] = [];
    const lines: Record<string, unknown>[] = [];
    let environment: Environment | undefined;
    for (let event = 0; event < run.events;) {
      environment ??= await startEnvironment(folder, run, (line) => lines.push(line));
      const delivery = await environment.deliver(event);
      deliveries.push(delivery);
      if (delivery.exitStatus === undefined) event++;
      else environment = undefined;
    }
    await environment?.close();
    return { deliveries, lines };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundle(folder: string, source: string): Promise<void> {
  await build({
    ...bundleSettings,
    write: true,
    stdin: {
      contents: `import { createConsumer, defineConsumer, text } from '../../../lib/index.ts';\n${source}`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    outfile: join(folder, 'index.mjs'),
  });
}

interface Environment {
  readonly deliver: (event: number) => Promise<Delivery>;
  readonly close: () => Promise<void>;
}

async function startEnvironment(
  folder: string,
  run: FrozenRun,
  onLine: (line: Record<string, unknown>) => void,
): Promise<Environment> {
  const signals = createSignals();
  const api = await startRuntimeApi(
    {
      onNext: () => signals.push({ kind: 'next' }),
      onResponse: (_id, body) => signals.push({ kind: 'response', body }),
      onError: (_id, failure) => signals.push({ kind: 'error', failure }),
      onInitError: (failure) => signals.push({ kind: 'initError', failure }),
    },
    { asksForToken: false },
  );
  const child = startChild(folder, { run, api, signals });
  const outputs = [child.stdout, child.stderr].map(async (stream) => {
    if (stream === null) return;
    for await (const line of createInterface(stream))
      if (line.startsWith('{')) onLine(JSON.parse(line) as Record<string, unknown>);
  });
  const freeze = async (): Promise<void> => {
    await expect(signals, 'next');
    child.kill('SIGSTOP');
  };
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await Promise.all(outputs);
    await api.close();
  };
  try {
    await freeze();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async deliver(event) {
      const invocation = toInvocation(event, run.recordsPerEvent);
      const { requestId } = invocation;
      child.kill('SIGCONT');
      api.deliver(invocation);
      const signal = await signals.next(30_000);
      if (signal.kind === 'ended') {
        await close();
        return { requestId, reported: undefined, exitStatus: Number(signal.end.how) };
      }
      if (signal.kind !== 'response') throw new Error(`a runtime in an invocation said ${signal.kind}`);
      const { batchItemFailures } = JSON.parse(signal.body) as { readonly batchItemFailures: unknown[] };
      await freeze();
      return { requestId, reported: batchItemFailures.length, exitStatus: undefined };
    },
    close,
  };
}

function startChild(
  folder: string,
  { run, api, signals }: { readonly run: FrozenRun; readonly api: RuntimeApi; readonly signals: Signals },
): ChildProcess {
  const fn = toLambdaFunction('frozen', { assetPath: folder, memoryMb: run.memoryMb });
  const environment = lambdaEnvironment({
    fn,
    runtimeApi: api.address,
    sandboxId: '0'.repeat(32),
    region: 'us-east-1',
    endpoints: {},
  });
  const child = spawn(process.execPath, [...nodeFlags(run.memoryMb), run.entry], {
    cwd: folder,
    env: { ...environment, ...run.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.once('exit', (code) =>
    signals.push({ kind: 'ended', end: { how: String(code), isOutOfMemory: false } }),
  );
  return child;
}

async function expect(signals: Signals, kind: 'next'): Promise<void> {
  const signal = await signals.next(30_000);
  if (signal.kind !== kind)
    throw new Error(`the runtime said ${signal.kind}, expected ${kind}: ${JSON.stringify(signal)}`);
}

function toInvocation(event: number, count: number): Parameters<RuntimeApi['deliver']>[0] {
  const records = Array.from({ length: count }, (_, i) => ({
    offset: event * count + i,
    value: `value ${i}`,
  }));
  return {
    requestId: `00000000-0000-4000-8000-${String(event).padStart(12, '0')}`,
    event: JSON.stringify(toEvent(records)),
    deadlineMs: Date.now() + 60_000,
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:frozen',
    traceId: 'Root=1-00000000-000000000000000000000000;Sampled=0',
  };
}
