// One call of a function in a sandbox: what is asked for, and what came of it.

import type { InvocationResult } from '../batch-result.ts';
import type { Fault } from '../fault.ts';

/** One invocation that has ended. */
export interface Invocation {
  readonly requestId: string;
  readonly result: InvocationResult;
  readonly durationMs: number;
  /** Cold start before it, if there was one. */
  readonly initMs: number | undefined;
  /** Whether the function failed while it loaded, so that it never got the event. Default false. */
  readonly isInitFailure?: boolean;
  /** Peak resident memory of the sandbox so far, in MB. */
  readonly memoryMb: number;
  /** Which of the function's sandboxes ran it, from 1 on; undefined where none did. */
  readonly environment?: number;
}

/** What to run once. */
export interface InvocationRequest {
  readonly event: string;
  readonly fault?: Extract<Fault['kind'], 'throw' | 'kill'>;
  /** For `kill`: how long the function may work before it is killed. */
  readonly killAfterMs?: number;
}
