// One function of a written app with its host and its log, for tests of sandboxes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createFunctionHost, type FunctionHost } from '../../tools/local/sandbox/host/function-host.ts';
import type { SandboxOptions } from '../../tools/local/sandbox/sandbox.ts';
import { readTopology, type LambdaFunction } from '../../tools/template/topology.ts';
import { writeLocalApp, type LocalAppConsumer } from './local-app.ts';

/** A function that can be invoked. */
export interface FunctionProbe {
  readonly host: FunctionHost;
  readonly fn: LambdaFunction;
  /** Every log line so far, as `<stream>: <line>`. */
  readonly log: string[];
  readonly close: () => Promise<void>;
}

/** The account that probes run in. */
export const account = { accountId: '000000000000', region: 'us-east-1' };

/** Writes an app with one function, `App-ProbeFunction`, and makes its host. */
export async function startProbe(
  consumer: Omit<LocalAppConsumer, 'name'>,
  options: Partial<SandboxOptions> = {},
): Promise<FunctionProbe> {
  const app = await writeLocalApp([{ name: 'probe', ...consumer }]);
  const { functions } = readTopology(app.cdkOut, { ...account, queueUrl: (name) => name });
  const [fn] = functions;
  assert.ok(fn !== undefined);
  const log: string[] = [];
  const host = createFunctionHost({
    fn,
    ...account,
    endpoints: { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' },
    onLog: (stream, line) => log.push(`${stream}: ${line}`),
    ...options,
  });
  const close = async (): Promise<void> => {
    await host.close();
    await app.remove();
  };
  return { host, fn, log, close };
}

/** The value that an invocation has returned. */
export function bodyOf(result: { readonly kind: string; readonly body?: string }): unknown {
  assert.equal(result.kind, 'response', JSON.stringify(result));
  return JSON.parse(result.body ?? '');
}

/** Whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: no such process.
    return false;
  }
}

/** Whether a process is stopped; Linux only. */
export function isStopped(pid: number): boolean {
  // The state follows the command's name in parentheses (proc_pid_stat(5)).
  return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
