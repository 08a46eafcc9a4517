// From a record of the event to a record under lease: opened within the byte budget, weighed, and followed by the retention
// watch. Own file: it is the hot path of an invocation, synchronous wherever there is nothing to wait for.

import type { ConsumerConfig } from './define.ts';
import type { EventRecord } from './event.ts';
import { openWhenReady, Pending } from './format/pending.ts';
import type { ByteBudget } from './memory/budget.ts';
import { weighRecord, type Ledger } from './memory/ledger.ts';
import type { RetentionWatch } from './memory/retention.ts';
import { openWithin, type OpenedWithin, type Opener } from './opener.ts';
import { Lease } from './record.ts';

/** A record under lease and the share of the byte budget that it holds. */
export interface Held<V, K> {
  readonly lease: Lease<V, K>;
  readonly budgetBytes: number;
}

/**
 * Waits for budget, opens a record and leases it; a promise only where there is something to wait for.
 * @throws whatever kept the value from being opened, or rejects with it
 */
export type Hold<V, K> = (event: EventRecord) => Held<V, K> | Promise<Held<V, K>>;

/** What a hold works with. */
export interface HoldSetup<V, K> {
  readonly config: ConsumerConfig<V, K>;
  readonly opener: Opener<V, K>;
  readonly budget: ByteBudget;
  readonly ledger: Ledger;
  readonly retention: RetentionWatch | undefined;
  /** Until no new record starts, in milliseconds. */
  readonly remainingMs: () => number;
}

/** Makes the hold of one invocation. */
export function createHold<V, K>(setup: HoldSetup<V, K>): Hold<V, K> {
  const { config, opener, budget, ledger, retention, remainingMs } = setup;
  const around = { opener, ledger, retention };
  const holdKey = (event: EventRecord): Promise<K | null> =>
    openWhenReady(() => opener.openKey(event), remainingMs);
  const openValue = (event: EventRecord): OpenedWithin<V> | Promise<OpenedWithin<V>> =>
    openWithin(budget, config.limits.maxInflatedBytesPerRecord, opener, event);

  const lease = (
    event: EventRecord,
    { opened, budgetBytes }: OpenedWithin<V>,
    value: V | null,
    key: K | null,
  ): Held<V, K> => {
    const { inflatedBytes } = opened;
    ledger.decodedBytes += opened.decodedBytes;
    ledger.inflatedBytes += inflatedBytes;
    retention?.follow(event.topic, value);
    return { lease: new Lease(event, { value, key, inflatedBytes }, around), budgetBytes };
  };

  /** What has to wait for a key's format, for budget, or for a value's format. */
  const holdLater = async (
    event: EventRecord,
    within: Promise<OpenedWithin<V>> | OpenedWithin<V> | undefined,
  ): Promise<Held<V, K>> => {
    // The key first: were the value's promise already under way, a key that throws would leave its rejection to nobody.
    const key = opener.isKeyLazy ? null : await holdKey(event);
    const taken = await (within ?? openValue(event));
    try {
      let { value } = taken.opened;
      if (value instanceof Pending) value = await openWhenReady(() => opener.open(event).value, remainingMs);
      return lease(event, taken, await value, key);
    } catch (error) {
      budget.give(taken.budgetBytes);
      throw error;
    }
  };

  return (event) => {
    weighRecord(ledger, event);
    const within = opener.isKeyLazy ? openValue(event) : undefined;
    if (within === undefined || within instanceof Promise) return holdLater(event, within);
    const { value } = within.opened;
    if (value instanceof Pending || value instanceof Promise) return holdLater(event, within);
    return lease(event, within, value, null);
  };
}
