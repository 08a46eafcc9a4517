// Calls a deployed function through Lambda's Invoke API, where the local runner would call one of its sandboxes: the other
// side of the seam in tools/local/sandbox/host/function-host.ts.

import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { FunctionHost } from '../local/sandbox/host/function-host.ts';
import type { SandboxOptions } from '../local/sandbox/sandbox.ts';
import type { Invocation } from '../local/sandbox/invocation.ts';
import type { LambdaFunction } from '../template/topology.ts';
import type { InvocationResult } from '../local/batch-result.ts';

/** Makes the host of the deployed function `fn`; `url` is where Lambda answers. Faults are not injected there. */
export function createDeployedHost(
  url: string,
  fn: LambdaFunction,
  onLog: SandboxOptions['onLog'],
): FunctionHost {
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();
  const invokeOnce = async (event: string): Promise<Invocation> => {
    const startedAt = performance.now();
    const { result, requestId, log } = await call(url, fn, event, stop.signal);
    const durationMs = performance.now() - startedAt;
    for (const line of log) onLog('stdout', line, requestId);
    // The API does not tell of a cold start.
    return { requestId, result, durationMs, initMs: undefined, memoryMb: toMemoryMb(log) };
  };
  return {
    async invoke({ event }) {
      const invocation = invokeOnce(event);
      running.add(invocation);
      return await invocation.finally(() => running.delete(invocation));
    },
    async close() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

/** Peak resident memory as the runtime reports it in its line of metrics; 0 where there is none: the API does not tell. */
function toMemoryMb(log: readonly string[]): number {
  const bytes = log.map((line) => /"RssBytes":(\d+)/.exec(line)?.[1]).findLast((each) => each !== undefined);
  return Math.round(Number(bytes ?? 0) / 1_048_576);
}

interface Answer {
  readonly requestId: string;
  readonly result: InvocationResult;
  /** The last 4 KB of what the function printed: as much as the API gives. */
  readonly log: readonly string[];
}

async function call(url: string, fn: LambdaFunction, event: string, signal: AbortSignal): Promise<Answer> {
  try {
    const path = `/2015-03-31/functions/${encodeURIComponent(fn.name)}/invocations`;
    // Not fetch(): it gives up after five minutes without a header, and a function may take 14.
    const outgoing = request(new URL(path, url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Amz-Log-Type': 'Tail' },
      signal,
    });
    outgoing.end(event);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return toAnswer(response, await text(response));
  } catch (error) {
    const errorMessage = signal.aborted ? 'the run was closed' : `no answer from ${url}: ${String(error)}`;
    return { requestId: 'none', result: { kind: 'unavailable', errorMessage }, log: [] };
  }
}

function toAnswer({ statusCode = 0, headers }: IncomingMessage, body: string): Answer {
  const requestId = String(headers['x-amzn-requestid'] ?? 'none');
  const tail = Buffer.from(String(headers['x-amz-log-result'] ?? ''), 'base64').toString();
  const log = tail.split('\n').filter((line) => line !== '');
  return {
    requestId,
    result: toResult(statusCode, headers['x-amz-function-error'] !== undefined, body),
    log,
  };
}

function toResult(status: number, isFunctionError: boolean, body: string): InvocationResult {
  // Throttled, or a failure of the service's own: the function has not run, and no attempt counts.
  if (status === 429 || status >= 500) return { kind: 'unavailable', errorMessage: `HTTP ${status}` };
  if (status !== 200) return { kind: 'crash', errorType: `HTTP ${status}`, errorMessage: 'no such function' };
  if (!isFunctionError) return { kind: 'response', body };
  const { errorType = 'Unhandled', errorMessage = '' } = JSON.parse(body) as {
    readonly errorType?: string;
    readonly errorMessage?: string;
  };
  return errorMessage.includes('Task timed out')
    ? { kind: 'timeout', errorType: 'Sandbox.Timedout', errorMessage }
    : { kind: 'error', errorType, errorMessage };
}
