// Which orders exist at a point of the traffic: a tombstone needs one that does, and a document its version number.
import type { Random } from '../random.ts';

/** The keys that have a document. */
export interface LiveKeys {
  readonly count: number;
  /** Notes a document of this key; returns how many it had before (since its last tombstone). */
  add(keyNumber: number): number;
  /** Takes out one live key, any with equal chance; only while count > 0. */
  remove(random: Random): number;
}

/** Record key of an order, as `order-000123`. */
export function toKey(keyNumber: number): string {
  return `order-${String(keyNumber).padStart(6, '0')}`;
}

/** Makes the empty set for key numbers below `keys`; 12 bytes a key. */
export function createLiveKeys(keys: number): LiveKeys {
  const versions = new Uint32Array(keys);
  const live = new Uint32Array(keys);
  const places = new Uint32Array(keys); // where a live key stands in `live`
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(keyNumber) {
      const version = versions[keyNumber] ?? 0;
      versions[keyNumber] = version + 1;
      if (version === 0) {
        live[count] = keyNumber;
        places[keyNumber] = count;
        count += 1;
      }
      return version;
    },
    remove(random) {
      const place = random.below(count);
      const keyNumber = live[place] ?? 0;
      count -= 1;
      const last = live[count] ?? 0;
      live[place] = last;
      places[last] = place;
      versions[keyNumber] = 0;
      return keyNumber;
    },
  };
}
