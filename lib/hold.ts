// From a record of the event to a record under lease: opened within the byte budget, weighed, and followed by the retention
// watch. Own file: it is the hot path of an invocation, synchronous wherever there is nothing to wait for.

import type { ConsumerConfig } from './define.ts';
import type { EventRecord } from './event.ts';
import { openWhenReady, Pending } from './format/pending.ts';
import type { ByteBudget } from './memory/budget.ts';
import { weighRecord, type Ledger } from './memory/ledger.ts';
import type { RetentionWatch } from './memory/retention.ts';
import { openWithin, type Opened, type Opener } from './opener.ts';
import { Lease } from './record.ts';

/**
 * Waits for budget, opens a record and leases it; a promise only where there is something to wait for.
 * @throws whatever kept the value from being opened, or rejects with it
 */
export type Hold<V, K> = (event: EventRecord) => Lease<V, K> | Promise<Lease<V, K>>;

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
  const openValue = (event: EventRecord): Opened<V> | Promise<Opened<V>> =>
    openWithin(budget, config.limits.maxInflatedBytesPerRecord, opener, event);

  const lease = (event: EventRecord, opened: Opened<V>, value: V | null, key: K | null): Lease<V, K> => {
    const { inflatedBytes, budgetBytes } = opened;
    ledger.decodedBytes += opened.decodedBytes;
    ledger.inflatedBytes += inflatedBytes;
    retention?.follow(event.topic, value);
    return new Lease(event, { value, key, inflatedBytes, budgetBytes }, around);
  };

  /** What has to wait for a key's format, for budget, or for a value's format. */
  const holdLater = async (
    event: EventRecord,
    opening: Promise<Opened<V>> | Opened<V> | undefined,
  ): Promise<Lease<V, K>> => {
    // The key first: were the value's promise already under way, a key that throws would leave its rejection to nobody.
    const key = opener.isKeyLazy ? null : await holdKey(event);
    const opened = await (opening ?? openValue(event));
    try {
      let { value } = opened;
      if (value instanceof Pending) value = await openWhenReady(() => opener.open(event).value, remainingMs);
      return lease(event, opened, await value, key);
    } catch (error) {
      budget.give(opened.budgetBytes);
      throw error;
    }
  };

  return (event) => {
    weighRecord(ledger, event);
    const opening = opener.isKeyLazy ? openValue(event) : undefined;
    if (opening === undefined || opening instanceof Promise) return holdLater(event, opening);
    const { value } = opening;
    if (value instanceof Pending || value instanceof Promise) return holdLater(event, opening);
    return lease(event, opening, value, null);
  };
}
