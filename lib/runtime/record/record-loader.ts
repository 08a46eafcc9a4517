// From a record of the event to a leased record, and back: takes room in the byte budget, decodes, leases, and when the lease
// ends gives back what it took. The hot path of an invocation, synchronous wherever there is nothing to wait for.

import type { EventRecord } from '../event/event.ts';
import { openWhenReady, Pending } from '../../format/pending.ts';
import { NoRoomError } from '../../format/bounds/value-memory.ts';
import type { BudgetAccount } from '../../memory/budget.ts';
import { weighRecord, type Ledger } from '../../memory/ledger.ts';
import { Lease, type LeaseSource, type LoadedValue } from './record.ts';
import type { Decoded, ValueDecoder } from './value-decoder.ts';

/** What a loader works with. */
export interface RecordLoaderOptions<V, K> {
  readonly decoder: ValueDecoder<V, K>;
  readonly budget: BudgetAccount;
  readonly ledger: Ledger;
  /** Until no new record starts, in milliseconds. */
  readonly remainingMs: () => number;
}

const undecoded: LoadedValue<unknown> = { value: undefined, decompressedBytes: 0, budgetBytes: 0 };
// What a record that has to wait is taken to become, per decompressed byte: JSON becomes two to six times as much.
const presumedGrowth = 4;

/** Loads the records of one invocation. */
export class RecordLoader<V, K> implements LeaseSource<K> {
  readonly toKey: ((event: EventRecord) => K | null) | undefined;
  readonly #options: RecordLoaderOptions<V, K>;

  constructor(options: RecordLoaderOptions<V, K>) {
    const { decoder } = options;
    this.#options = options;
    this.toKey = decoder.isKeyLazy ? (event) => decoder.toKeyText(event) as K | null : undefined;
  }

  /**
   * Loads a record; {@link RecordLoader.unload} must follow. A promise only where it waits for budget, for a key's or for a
   * value's format.
   *
   * Non-obvious: what a value becomes is known only while it is decoded. One that does not fit what is left is given up, waits for
   * what it needs at least, and, because the scratch areas are everybody's, is decoded from its base64 again. One that
   * needs more than the whole budget gets all of it, and runs alone.
   *
   * @throws CodecError, FormatError, RecordError, RegistryError or what else kept it from being decoded, or rejects with it; nothing
   * is taken from the budget then
   */
  load(event: EventRecord): Lease<V, K> | Promise<Lease<V, K>> {
    const { decoder, ledger } = this.#options;
    weighRecord(ledger, event);
    if (event.fault !== undefined) throw event.fault;
    if (!decoder.isKeyLazy) return this.#loadWithKey(event);
    const decoded = this.#decode(event);
    if (decoded instanceof Promise) return this.#loadLater(event, decoded, null);
    return isReady(decoded) ? this.#lease(event, decoded, null) : this.#loadLater(event, decoded, null);
  }

  /** Ends the lease and gives back its share of the budget. */
  unload(lease: Lease<V, K>): void {
    this.#options.budget.give(lease.release());
  }

  /** A record that could not be decoded, as far as it can be used without its value; nothing is taken for it. */
  leaseUndecoded(event: EventRecord): Lease<V, K> {
    return new Lease<V, K>(event, this, undecoded as LoadedValue<V>, null);
  }

  toKeyBytes(event: EventRecord): Buffer | null {
    return this.#options.decoder.toKeyBytes(event);
  }

  toBuffer(event: EventRecord): Buffer | null {
    return this.#options.decoder.toBuffer(event);
  }

  handOut(bytes: number): void {
    this.#options.ledger.keptBytes += bytes;
  }

  #lease(event: EventRecord, decoded: Decoded<V> & LoadedValue<V>, key: K | null): Lease<V, K> {
    const { ledger } = this.#options;
    ledger.decodedBytes += decoded.decodedBytes;
    ledger.decompressedBytes += decoded.decompressedBytes;
    return new Lease(event, this, decoded, key);
  }

  /** The key first: were the value's promise already under way, a key that throws would leave its rejection to nobody. */
  async #loadWithKey(event: EventRecord): Promise<Lease<V, K>> {
    const { decoder, remainingMs } = this.#options;
    const key = await openWhenReady(() => decoder.decodeKey(event), remainingMs);
    return this.#loadLater(event, this.#decode(event), key);
  }

  async #loadLater(
    event: EventRecord,
    decoding: Decoded<V> | Promise<Decoded<V>>,
    key: K | null,
  ): Promise<Lease<V, K>> {
    const { budget, remainingMs } = this.#options;
    let decoded = await decoding;
    if (decoded.value instanceof Pending) {
      budget.give(decoded.budgetBytes);
      decoded = await openWhenReady(() => this.#decodeReady(event), remainingMs);
    }
    try {
      return this.#lease(event, { ...decoded, value: (await decoded.value) as V | null }, key);
    } catch (error) {
      budget.give(decoded.budgetBytes);
      throw error;
    }
  }

  /** Decodes a record whose format was not ready; what it still waits for instead of a value, with nothing taken. */
  async #decodeReady(event: EventRecord): Promise<Decoded<V> | Pending> {
    const decoded = await this.#decode(event);
    if (!(decoded.value instanceof Pending)) return decoded;
    this.#options.budget.give(decoded.budgetBytes);
    return decoded.value;
  }

  /** Decodes a record once the budget has room for what it becomes, and takes that; a promise only where it has to wait. */
  #decode(event: EventRecord): Decoded<V> | Promise<Decoded<V>> {
    const { budget, decoder } = this.#options;
    const { free } = budget;
    if (free === 0) return this.#decodeLater(event, decoder.decompressedSize(event) * presumedGrowth);
    let decoded: Decoded<V>;
    try {
      decoded = decoder.decode(event, free);
    } catch (error) {
      if (error instanceof NoRoomError) return this.#decodeLater(event, error.neededBytes);
      throw error;
    }
    if (budget.tryTake(decoded.budgetBytes)) return decoded;
    abandon(decoded);
    return this.#decodeLater(event, decoded.budgetBytes);
  }

  async #decodeLater(event: EventRecord, leastBytes: number): Promise<Decoded<V>> {
    const { budget, decoder } = this.#options;
    for (let bytes = leastBytes; ;) {
      await budget.take(bytes);
      let decoded: Decoded<V>;
      try {
        decoded = decoder.decode(event, bytes < budget.maxBytes ? bytes : undefined);
      } catch (error) {
        budget.give(bytes);
        if (!(error instanceof NoRoomError)) throw error;
        bytes = Math.max(error.neededBytes, bytes * 2);
        continue;
      }
      const spareBytes = Math.min(bytes, budget.maxBytes) - Math.min(decoded.budgetBytes, budget.maxBytes);
      if (spareBytes >= 0) {
        budget.give(spareBytes);
        return decoded;
      }
      budget.give(bytes);
      abandon(decoded);
      bytes = decoded.budgetBytes;
    }
  }
}

/** What comes of a validator that is under way is nobody's any more, since its record is decoded again. */
function abandon<V>({ value }: Decoded<V>): void {
  if (value instanceof Promise) value.catch(() => undefined);
}

function isReady<V>(decoded: Decoded<V>): decoded is Decoded<V> & LoadedValue<V> {
  const { value } = decoded;
  return !(value instanceof Pending) && !(value instanceof Promise);
}
