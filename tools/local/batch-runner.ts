// One batch from its cut to its last commit: carries out what retry-machine.ts decides, action by action, and decides nothing
// itself.
import {
  beginAttempts,
  settleAttempt,
  type AttemptAction,
  type AttemptCall,
  type RetryPolicy,
} from './retry-machine.ts';
import type { Batch } from './batch-builder.ts';
import type { Deliver } from './destination/destination.ts';
import type { PolledRecord } from './event.ts';
import { toRanges, type OnLocalEvent } from './events.ts';
import type { Fault } from './fault.ts';
import type { Invoke } from './invoker.ts';
import type { Mapping } from './mapping/mapping.ts';
import type { StatusCounter } from './mapping/mapping-status.ts';
import { pause } from './poller/pause.ts';
import type { Invocation } from './sandbox/invocation.ts';

const unavailableDelayMs = 200;
const maxPlaces = 10;
let batches = 0;
// Two may be bad luck; whoever waits for the fifth wants to know that it will go on like that.
const failuresBeforeWarning = 5;

/** What all batches of one mapping run with. */
export interface BatchTools {
  readonly mapping: Mapping;
  readonly invoke: Invoke;
  readonly deliver: Deliver;
  readonly status: StatusCounter;
  /** Pause before a first retry, in milliseconds. */
  readonly backoffMs: number;
  readonly onEvent: OnLocalEvent;
}

/** What one batch runs with. */
export interface BatchRun extends BatchTools {
  /** Aborted once the batch's partitions are no longer ours: nothing more may be done for it. */
  readonly signal: AbortSignal;
  readonly commit: (partition: number, offset: number) => void;
  readonly restartPoller: () => Promise<void>;
}

/** Carries out a batch's actions until it is done or no longer ours. */
export async function runBatch(batch: Batch, run: BatchRun): Promise<void> {
  const { mapping, signal } = run;
  const policy: RetryPolicy = {
    maximumRetryAttempts: mapping.maximumRetryAttempts,
    maximumRecordAgeSeconds: mapping.maximumRecordAgeSeconds,
    bisect: mapping.bisect,
    hasDestination: mapping.onFailure !== undefined,
    backoffMs: run.backoffMs,
  };
  const number = ++batches;
  let failures = 0;
  let step = beginAttempts(batch.records, policy, { nowMs: Date.now(), oversize: batch.oversize });
  for (;;) {
    const call = step.actions.at(-1);
    for (const action of step.actions) {
      if (signal.aborted) return;
      if (action.kind === 'discard') await discard(action, number, run);
      else if (action.kind === 'commit') run.commit(action.partition, action.offset);
    }
    if (call?.kind !== 'invoke') return;
    if (call.delayMs > 0 && !(await pause(call.delayMs, signal))) return;
    const { result, invocation } = await run.invoke(call.records, {
      batch: number,
      onFault: (fault: Fault['kind']) => {
        if (fault === 'restart-poller') void run.restartPoller();
      },
    });
    // The function never ran, so no attempt is counted and nothing else slows this loop down.
    if (result.kind === 'notRun' && !(await pause(unavailableDelayMs, signal))) return;
    if (result.kind === 'failed' || result.kind === 'partial') failures++;
    if (failures === failuresBeforeWarning && isEndless(policy)) warnOfEndlessRetries(run);
    step = settleAttempt(step.state, result, { nowMs: Date.now(), call: toCall(invocation) });
  }
}

function isEndless(policy: RetryPolicy): boolean {
  const { maximumRetryAttempts, maximumRecordAgeSeconds, hasDestination } = policy;
  return maximumRetryAttempts === -1 && maximumRecordAgeSeconds === -1 && !hasDestination;
}

function warnOfEndlessRetries({ mapping, onEvent }: BatchRun): void {
  const message =
    `a batch has failed ${failuresBeforeWarning} times and is sent until it succeeds, while its partitions wait, as on AWS; ` +
    'the mapping has no MaximumRetryAttempts, no MaximumRecordAgeInSeconds and no on-failure destination';
  onEvent({ kind: 'warning', consumer: mapping.consumer, message });
}

function toCall({ requestId, result }: Invocation): AttemptCall {
  return { requestId, errorType: 'errorType' in result ? result.errorType : undefined };
}

async function discard(
  action: Extract<AttemptAction<PolledRecord>, { readonly kind: 'discard' }>,
  batch: number,
  { mapping, deliver, status, onEvent }: BatchRun,
): Promise<void> {
  const { records, condition, lastCall } = action;
  const about = {
    kind: 'destination',
    consumer: mapping.consumer,
    condition,
    records: records.length,
    places: records
      .slice(0, maxPlaces)
      .map(({ partition, offset }) => `${mapping.topic}-${partition}@${offset}`),
    errorType: lastCall?.errorType,
    batch,
    ranges: toRanges(records),
  } as const;
  let outcome: { readonly target: string | undefined; readonly error: string | undefined };
  try {
    outcome = {
      target: await deliver({ ...action, requestId: lastCall?.requestId }, Date.now()),
      error: undefined,
    };
  } catch (error) {
    // As on AWS: what the destination does not take (after the SDK's own retries) is dropped, and the partition goes on.
    outcome = { target: undefined, error: error instanceof Error ? error.message : String(error) };
  }
  const event = { ...about, ...outcome };
  status.count(event);
  onEvent(event);
}
