// Faults that a person or a test may ask for, to see that nothing is lost: kept apart so that the rest of the runner
// only asks "is one due now?".

/** One fault, injected once per consumer that it is meant for. */
export interface Fault {
  /**
   * - `throw`: the handler does its work, then the invocation ends in an error (the worst case for idempotency).
   * - `kill`: the function's process gets SIGKILL in the middle of a batch.
   * - `restart-poller`: the poller is closed and started while a batch is in flight.
   */
  readonly kind: 'throw' | 'kill' | 'restart-poller';
  /** Name of one consumer; default every consumer. */
  readonly consumer?: string;
  /** The consumer's how many-th invocation is hit, from 1. */
  readonly atInvocation: number;
}

/** Finds the faults that are due at an invocation (counted from 1) of `consumer`. */
export function dueFaults(
  faults: readonly Fault[],
  consumer: string,
  invocation: number,
): readonly Fault['kind'][] {
  return faults
    .filter((fault) => fault.atInvocation === invocation && (fault.consumer ?? consumer) === consumer)
    .map(({ kind }) => kind);
}
