// Objects as V8 takes least for them, and what it takes: their fields are known to the schema only, and a map's names to nobody.
// Figures in bytes, Node 24.21, 2026-11.

/** An object whose members are names of the producer's, and each of them beside its name. */
export const mapBytes = 120;
/** One entry of it. */
export const entryBytes = 80;

/** What the object itself has under a name: every object inherits a `constructor` and a `toString`, which are names of fields, too. */
export function ownValue<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

const maxBlankFields = 128;
const largestIndex = 4_294_967_294;

/** What an object of so many named fields takes: beyond 128 of them it is a table of hashes, see `createBlank`. */
export function objectBytes(fields: number): number {
  return fields <= maxBlankFields ? 24 + 8 * fields : 64 + 72 * fields;
}

/**
 * A function that gives a new object with these fields and values; null stands for one that is always assigned.
 *
 * Copied from one that has them all, it takes 8 bytes a field; made field by field, one of 20 fields is a table of hashes of
 * 40 to 80 bytes a field, and takes four times as long.
 */
export function createBlank(
  fields: readonly (readonly [name: string, value: unknown])[],
): () => Record<string, unknown> {
  const values = Object.fromEntries(fields);
  if (fields.length === 0 || fields.length > maxBlankFields) return () => Object.assign({}, values);
  // Parsed, for its fields are to lie in the object itself.
  const text = `{${fields.map(([name]) => `${JSON.stringify(name)}:null`).join()}}`;
  const blank = Object.assign(JSON.parse(text), values) as Record<string, unknown>;
  return () => ({ ...blank });
}

/**
 * Sets an entry under a name that the producer chose.
 *
 * Names that are numbers would lie in a list as long as the largest of them, 11 KB for one of `900`: an object that has met one
 * beyond all lists keeps them in a table. `__proto__`, assigned, would set the object's prototype.
 */
export function setEntry(map: Record<string, unknown>, name: string, value: unknown): void {
  const first = name.charCodeAt(0);
  if (first === 0x5f && name === '__proto__') {
    Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  if (first >= 0x30 && first <= 0x39 && name.length > 1) {
    map[largestIndex] = undefined;
    delete map[largestIndex];
  }
  map[name] = value;
}
