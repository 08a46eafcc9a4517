// Sees early that a consumer does none of its work: its function does not load, or every call of it fails. Waiting for all of
// its retries would take minutes and change nothing.

import type { LocalEvent } from '../../local/events.ts';

/** Why a consumer cannot go on. */
export type Hopelessness = 'does not load' | 'every call fails';

/** What was seen of a consumer at an event. */
export interface Finding {
  readonly consumer: string;
  readonly what: Hopelessness;
  /** Failed invocations so far. */
  readonly failed: number;
  /** Whether it shall be stopped; otherwise it is only told. */
  readonly stops: boolean;
}

/** Watches the consumers of a run. */
export interface FailFast {
  /** Notes an event; a finding is given once each. */
  readonly note: (event: LocalEvent) => Finding | undefined;
}

/** After so many failed invocations a person wants to know. */
const worthAWord = 5;
/** Halving a batch of 10,000 records down to its guilty first one takes 14 failed invocations, and some retries. */
const hopeless = 30;
const hopelessWhenSlow = { failed: 8, afterMs: 60_000 };

interface State {
  hasLoaded: boolean;
  hasProcessed: boolean;
  failed: number;
  firstAtMs: number;
  isStopped: boolean;
}

/** Starts watching. `stopsCalls`: whether a consumer is stopped because every call fails; one that does not load always is. */
export function createFailFast({
  stopsCalls,
  now = Date.now,
}: {
  readonly stopsCalls: boolean;
  readonly now?: () => number;
}): FailFast {
  const states = new Map<string, State>();
  return {
    note(event) {
      if (event.kind !== 'invocation' || event.status === 'unavailable') return undefined;
      const { consumer } = event;
      const state = states.get(consumer) ?? {
        hasLoaded: false,
        hasProcessed: false,
        failed: 0,
        firstAtMs: now(),
        isStopped: false,
      };
      states.set(consumer, state);
      if (!event.isInitFailure) state.hasLoaded = true;
      if (event.failed < event.records) state.hasProcessed = true;
      if (state.hasProcessed || state.isStopped) return undefined;
      state.failed++;
      const finding = judge(state, { stopsCalls, elapsedMs: now() - state.firstAtMs });
      if (finding?.stops === true) state.isStopped = true;
      return finding === undefined ? undefined : { consumer, failed: state.failed, ...finding };
    },
  };
}

function judge(
  { hasLoaded, failed }: State,
  { stopsCalls, elapsedMs }: { readonly stopsCalls: boolean; readonly elapsedMs: number },
): Pick<Finding, 'what' | 'stops'> | undefined {
  if (!hasLoaded) return { what: 'does not load', stops: true };
  const isHopeless =
    failed >= hopeless || (failed >= hopelessWhenSlow.failed && elapsedMs >= hopelessWhenSlow.afterMs);
  if (isHopeless && stopsCalls) return { what: 'every call fails', stops: true };
  return failed === worthAWord ? { what: 'every call fails', stops: false } : undefined;
}
