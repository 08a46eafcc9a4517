// What an invocation's outcome means for its batch. Its own file because AWS spells out every form of the partial
// response, and consumers get it wrong in ways that silently lose records.

/** How one invocation ended, seen from outside the function. */
export type InvocationResult =
  | {
      readonly kind: 'response';
      /** JSON text, `null` for a handler that returned nothing. */ readonly body: string;
    }
  | {
      readonly kind: 'error';
      readonly errorType: string;
      readonly errorMessage: string;
      /** Lines of its stack, the message among them, as the runtime reported them. Default none. */
      readonly trace?: readonly string[];
    }
  | { readonly kind: 'timeout'; readonly errorType: string; readonly errorMessage: string }
  | {
      readonly kind: 'crash';
      readonly errorType: string;
      readonly errorMessage: string;
      /** Whether V8 or the allocator has given up for want of memory. Default false. */
      readonly isHeapFull?: boolean;
    }
  /** The function never ran: throttled, or no process could be started for it. */
  | { readonly kind: 'unavailable'; readonly errorMessage: string };

/** What the mapping makes of it. */
export type BatchResult<R> =
  | {
      readonly kind: 'success';
      /** Something odd that AWS lets pass. */ readonly warning: string | undefined;
    }
  /** Only these records failed, in their order in the batch; at least one. */
  | { readonly kind: 'partial'; readonly failed: readonly R[] }
  | {
      readonly kind: 'failed';
      /** Without payload bytes. */ readonly reason: string;
      readonly functionError: boolean;
    }
  /** Nothing ran; the same records go again and no attempt is counted. */
  | { readonly kind: 'notRun'; readonly reason: string };

/** What a batch result needs to know of a record. */
export interface RecordPosition {
  readonly partition: number;
  readonly offset: number;
}

/**
 * Reads an invocation's result as the mapping does.
 *
 * Without ReportBatchItemFailures the response is ignored. With it: nothing, `{}` and an empty or null list are
 * success; valid identifiers of records in the batch are retried alone; one identifier that is malformed or names
 * a record that was not in the batch fails the whole batch (AWS Lambda guide, Kafka partial batch response).
 */
export function toBatchResult<R extends RecordPosition>(
  result: InvocationResult,
  batch: {
    readonly topic: string;
    readonly records: readonly R[];
    readonly reportBatchItemFailures: boolean;
  },
): BatchResult<R> {
  if (result.kind === 'unavailable') return { kind: 'notRun', reason: result.errorMessage };
  if (result.kind !== 'response') return { kind: 'failed', reason: result.errorType, functionError: true };
  return batch.reportBatchItemFailures
    ? readResponse(result.body, batch)
    : { kind: 'success', warning: undefined };
}

function readResponse<R extends RecordPosition>(
  body: string,
  batch: { readonly topic: string; readonly records: readonly R[] },
): BatchResult<R> {
  let response: unknown;
  try {
    response = JSON.parse(body);
  } catch {
    // The parser's message would quote the function's answer; its text adds nothing to the result.
    return malformed('the response is not JSON');
  }
  if (response === null) return { kind: 'success', warning: undefined };
  if (typeof response !== 'object' || Array.isArray(response)) {
    return { kind: 'success', warning: `response is not an object, got ${kindOf(response)}` };
  }
  const failures = (response as { readonly batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return malformed(`batchItemFailures is not a list, got ${kindOf(failures)}`);
  if (failures.length === 0) return { kind: 'success', warning: undefined };

  const known = new Set(
    batch.records.map(({ partition, offset }) => `${batch.topic}-${partition}@${offset}`),
  );
  const failed = new Set<string>();
  for (const failure of failures) {
    const name = readIdentifier(failure);
    if (name === undefined) return malformed('an itemIdentifier is not { partition, offset }');
    if (!known.has(name)) return malformed('an itemIdentifier names a record that was not in the batch');
    failed.add(name);
  }
  return {
    kind: 'partial',
    failed: batch.records.filter(({ partition, offset }) =>
      failed.has(`${batch.topic}-${partition}@${offset}`),
    ),
  };
}

function readIdentifier(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null) return undefined;
  const { itemIdentifier } = failure as { readonly itemIdentifier?: unknown };
  if (typeof itemIdentifier !== 'object' || itemIdentifier === null) return undefined;
  const { partition, offset } = itemIdentifier as { readonly partition?: unknown; readonly offset?: unknown };
  if (typeof partition !== 'string' || typeof offset !== 'number') return undefined;
  return `${partition}@${offset}`;
}

function malformed<R>(reason: string): BatchResult<R> {
  return { kind: 'failed', reason, functionError: false };
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
