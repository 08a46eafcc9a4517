// From a record of the event to a record under lease: opened within the byte budget, weighed, and followed by the retention
// watch. Own file: it is the hot path of an invocation, synchronous wherever there is nothing to wait for.

import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import type { EventRecord } from './event.ts';
import { openWhenReady, Pending } from '../format/pending.ts';
import type { ByteBudget } from '../memory/budget.ts';
import { weighRecord, type Ledger } from '../memory/ledger.ts';
import type { RetentionWatch } from '../retention/watch.ts';
import { openWithin, type Opened, type Opener } from './value-decoder.ts';
import { Lease, type LeaseSurroundings } from './record.ts';

/** What a hold works with. */
export interface HoldSetup<V, K> {
  readonly config: ConsumerDefinition<V, K>;
  readonly opener: Opener<V, K>;
  readonly budget: ByteBudget;
  readonly ledger: Ledger;
  readonly retention: RetentionWatch | undefined;
  /** Until no new record starts, in milliseconds. */
  readonly remainingMs: () => number;
}

/** Opens and leases the records of one invocation. */
export class Hold<V, K> {
  readonly #setup: HoldSetup<V, K>;
  readonly #around: LeaseSurroundings<V, K>;

  constructor(setup: HoldSetup<V, K>) {
    const { opener, ledger, retention } = setup;
    this.#setup = setup;
    this.#around = { opener, ledger, retention };
  }

  /**
   * Waits for budget, opens a record and leases it; a promise only where there is something to wait for.
   * @throws whatever kept the value from being opened, or rejects with it
   */
  lease(event: EventRecord): Lease<V, K> | Promise<Lease<V, K>> {
    const { opener, ledger } = this.#setup;
    weighRecord(ledger, event);
    const opening = opener.isKeyLazy ? this.#open(event) : undefined;
    if (opening === undefined || opening instanceof Promise) return this.#leaseLater(event, opening);
    const { value } = opening;
    if (value instanceof Pending || value instanceof Promise) return this.#leaseLater(event, opening);
    return this.#leaseNow(event, opening, value, null);
  }

  #open(event: EventRecord): Opened<V> | Promise<Opened<V>> {
    const { opener, budget } = this.#setup;
    return openWithin(budget, opener, event);
  }

  /** Opens a record whose format was not ready; what it still waits for instead of a value, with nothing taken. */
  async #openReady(event: EventRecord): Promise<Opened<V> | Pending> {
    const opened = await this.#open(event);
    if (!(opened.value instanceof Pending)) return opened;
    this.#setup.budget.give(opened.budgetBytes);
    return opened.value;
  }

  #leaseNow(event: EventRecord, opened: Opened<V>, value: V | null, key: K | null): Lease<V, K> {
    const { ledger, retention } = this.#setup;
    const { decompressedBytes, budgetBytes } = opened;
    ledger.decodedBytes += opened.decodedBytes;
    ledger.decompressedBytes += decompressedBytes;
    retention?.follow(event.topic, value);
    return new Lease(event, { value, key, decompressedBytes, budgetBytes }, this.#around);
  }

  /** What has to wait for a key's format, for budget, or for a value's format. */
  async #leaseLater(
    event: EventRecord,
    opening: Promise<Opened<V>> | Opened<V> | undefined,
  ): Promise<Lease<V, K>> {
    const { opener, budget, remainingMs } = this.#setup;
    // The key first: were the value's promise already under way, a key that throws would leave its rejection to nobody.
    const key = opener.isKeyLazy ? null : await openWhenReady(() => opener.openKey(event), remainingMs);
    let opened = await (opening ?? this.#open(event));
    if (opened.value instanceof Pending) {
      budget.give(opened.budgetBytes);
      opened = await openWhenReady(() => this.#openReady(event), remainingMs);
    }
    try {
      return this.#leaseNow(event, opened, (await opened.value) as V | null, key);
    } catch (error) {
      budget.give(opened.budgetBytes);
      throw error;
    }
  }
}
