// Events of invocations for tests of what is made of them.

import type { LocalEvent } from '../../tools/local/events.ts';

type InvocationEvent = Extract<LocalEvent, { readonly kind: 'invocation' }>;

/** An invocation of two records, of which `failed` have failed; all of them: a function error. */
export function invocationEvent(given: Partial<InvocationEvent>): InvocationEvent {
  const { failed = 0, records = 2 } = given;
  return {
    kind: 'invocation',
    consumer: 'orders',
    requestId: 'r',
    status: failed === 0 ? 'ok' : failed < records ? 'partial' : 'error',
    durationMs: 1,
    initMs: undefined,
    records,
    failed,
    delivered: [{ partition: 0, from: 0, to: records }],
    unresolved: failed === 0 ? [] : [{ partition: 0, from: 0, to: failed }],
    redelivered: 0,
    memoryMb: 50,
    errorType: undefined,
    errorMessage: undefined,
    trace: [],
    isInitFailure: false,
    ...given,
  };
}
