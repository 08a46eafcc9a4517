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
  /** How long an id is not asked for again after the registry could not be reached. Default 1000 ms. */
  readonly failedForMs?: number;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

/** Compiled schemas by id. */
export interface SchemaCache<T> {
  /** The schema, or what to wait for. @throws FormatError, RegistryError that an earlier try ended with */
  get(id: string | number): T | Pending;
}

/** Makes a cache in front of `load`, which rejects with a FormatError when the id can never be had. */
export function createSchemaCache<T>(
  load: (id: string) => Promise<T>,
  options: SchemaCacheOptions = {},
): SchemaCache<T> {
  const { maxSchemas = 200, unknownForMs = 10_000, failedForMs = 1000, now = Date.now } = options;
  if (!Number.isSafeInteger(maxSchemas) || maxSchemas < 1 || maxSchemas > 10_000)
    throw new RangeError(`maxSchemas is out of range, got ${maxSchemas}, expected an integer 1..10000`);
  const ready = new Map<string | number, T>();
  const failed = new Map<string | number, { readonly error: unknown; readonly until: number }>();
  const loading = new Map<string | number, Pending>();
  // Nearly every record names the schema of the one before it.
  let last: { readonly id: string | number; readonly value: T } | undefined;

  const fetchInto = async (id: string | number): Promise<void> => {
    try {
      keep(ready, id, await load(String(id)), maxSchemas);
    } catch (error) {
      const forMs = error instanceof FormatError ? unknownForMs : failedForMs;
      keep(failed, id, { error: toRecordError(error), until: now() + forMs }, maxSchemas);
    } finally {
      loading.delete(id);
    }
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
      let pending = loading.get(id);
      if (pending === undefined) {
        failed.delete(id);
        // It never rejects: whoever opens its record anew meets the error in `failed`.
        pending = new Pending(fetchInto(id));
        loading.set(id, pending);
      }
      return pending;
    },
  };
}

function keep<K, V>(map: Map<K, V>, key: K, value: V, maxEntries: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > maxEntries) map.delete(map.keys().next().value as K);
}

function toRecordError(error: unknown): unknown {
  if (error instanceof FormatError || error instanceof RegistryError) return error;
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    'registry gave no schema, got an error, expected a schema; see its cause',
    { cause: error },
  );
}
