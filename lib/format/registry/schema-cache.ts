// Schemas by id, compiled once and fetched once however many records wait. Bounded, because ids come from producers: one
// who invents them makes it ask, but neither grow nor forget the schemas that are in use.

import { FormatError } from '../format-error.ts';
import { Pending } from '../pending.ts';
import { RegistryError } from './registry.ts';

/** Bounds of a cache. */
export interface SchemaCacheOptions {
  /** Compiled schemas that are kept, the least recently used ones leave first. 1..10000, default 200. */
  readonly maxSchemas?: number;
  /** How long an id that the registry does not have, or that makes no sense, is not asked for again. Default 10000 ms. */
  readonly unknownForMs?: number;
  /**
   * How long nothing is asked of a registry that did not answer. Default 1000 ms; twice as long each time that it does not answer
   * the one request which follows, at most 30 s.
   */
  readonly failedForMs?: number;
  /**
   * How long a load may take until the registry counts as one that did not answer; what comes later is kept. Time in which the process is
   * frozen does not count. Default 60000 ms.
   */
  readonly maxLoadMs?: number;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

/** Compiled schemas by id. */
export interface SchemaCache<T> {
  /** The schema, or what to wait for. @throws FormatError, RegistryError that an earlier try ended with */
  get(id: string | number): T | Pending;
}

const maxFailedForMs = 30_000;
// Longer than our clients take for a document at their defaults: three requests, each after three seconds for credentials and with three for
// itself, and two pauses of two seconds are 22 s. A registry of the user's own may have no time-out at all.
const defaultMaxLoadMs = 60_000;
// Of the time that a load may take: a freeze counts as one of them.
const intervals = 60;

/**
 * Makes a cache in front of `load`, which rejects with a FormatError when the id can never be had; `isProbe` says that the registry
 * did not answer the last time.
 *
 * Non-obvious: a registry that is down would take every schema's records, one after the other, as long as its time-outs allow. After a
 * failure nobody asks for a while; then one id is asked for, once, and the records of all others wait for what becomes of it.
 */
export function createSchemaCache<T>(
  load: (id: string, isProbe: boolean) => Promise<T>,
  options: SchemaCacheOptions = {},
): SchemaCache<T> {
  const { maxSchemas = 200, unknownForMs = 10_000, failedForMs = 1000, now = Date.now } = options;
  const { maxLoadMs = defaultMaxLoadMs } = options;
  if (!Number.isSafeInteger(maxSchemas) || maxSchemas < 1 || maxSchemas > 10_000)
    throw new RangeError(`maxSchemas is out of range, got ${maxSchemas}, expected an integer 1..10000`);
  const ready = new Map<string | number, T>();
  const failed = new Map<string | number, { readonly error: unknown; readonly until: number }>();
  const loading = new Map<string | number, Pending>();
  // Nearly every record names the schema of the one before it.
  let last: { readonly id: string | number; readonly value: T } | undefined;
  // Set while the registry is held to be down.
  let down: { readonly error: unknown; readonly until: number; readonly forMs: number } | undefined;

  // Apart from the wait for it: a schema that comes after that is kept, too.
  const loadInto = async (id: string | number): Promise<void> => {
    keep(ready, id, await load(String(id), down !== undefined), maxSchemas);
    down = undefined;
  };

  const fetchInto = async (id: string | number): Promise<void> => {
    try {
      await settleWithin(loadInto(id), maxLoadMs);
    } catch (error) {
      if (isUnavailable(error)) {
        // Of several that were under way when it went down, each finds it so: that is one failure.
        if (down !== undefined && now() < down.until) return;
        const forMs = Math.min(maxFailedForMs, down === undefined ? failedForMs : down.forMs * 2);
        down = { error, until: now() + forMs, forMs };
        return;
      }
      down = undefined;
      const forMs = error instanceof FormatError ? unknownForMs : failedForMs;
      keep(failed, id, { error, until: now() + forMs }, maxSchemas);
    } finally {
      loading.delete(id);
    }
  };

  const start = (id: string | number): Pending => {
    failed.delete(id);
    // It never rejects: whoever opens its record anew meets the error in `failed` or `down`.
    const pending = new Pending(fetchInto(id));
    loading.set(id, pending);
    return pending;
  };

  return {
    get(id) {
      if (last?.id === id) return last.value;
      const value = ready.get(id);
      if (value !== undefined) {
        keep(ready, id, value, maxSchemas);
        last = { id, value };
        return value;
      }
      const failure = failed.get(id);
      if (failure !== undefined && now() < failure.until) throw failure.error;
      const pending = loading.get(id);
      if (pending !== undefined) return pending;
      if (down === undefined) return start(id);
      if (now() < down.until) throw down.error;
      const [probe] = loading.values();
      return probe ?? start(id);
    },
  };
}

/**
 * Waits for `load`. The time is counted in short intervals: after a freeze a timer of the whole time would be due before the answer that has
 * arrived meanwhile is read, and condemn a healthy registry. An interval is due once, however long the freeze.
 *
 * @throws RegistryError `REGISTRY_UNAVAILABLE` once `maxMs` have passed; else what `load` rejects with
 */
async function settleWithin(load: Promise<void>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    let left = intervals;
    timer = setInterval(() => {
      if (--left > 0) return;
      reject(
        new RegistryError(
          'REGISTRY_UNAVAILABLE',
          `registry gave no schema, got no answer within ${maxMs} ms, expected one; its records are delivered again`,
        ),
      );
    }, maxMs / intervals);
    timer.unref();
  });
  try {
    await Promise.race([load, late]);
  } finally {
    clearInterval(timer);
  }
}

/** Says something of the registry rather than of one schema: it may refuse us one schema, and give others. */
function isUnavailable(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'REGISTRY_UNAVAILABLE';
}

function keep<K, V>(map: Map<K, V>, key: K, value: V, maxEntries: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > maxEntries) map.delete(map.keys().next().value as K);
}
