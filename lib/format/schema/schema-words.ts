// Which words a schema consists of. A validator says where a value is wrong, and the names on the way may be the record's own (the
// keys of a map): only those that the schema itself has are told.

const maxObjects = 5000;
const maxWordLength = 64;

/**
 * Every property name and short text that can be reached from `schema`, whatever library it is of: found in zod's `shape`, valibot's
 * `entries` or arktype's `json` alike. Take it before the schema has seen a value: a validator may keep one.
 */
export function wordsOf(schema: object): ReadonlySet<string> {
  const words = new Set<string>();
  const seen = new Set<object>([schema]);
  const add = (value: unknown): void => {
    if (typeof value === 'string' && value.length <= maxWordLength) words.add(value);
    else if (isObject(value) && seen.size < maxObjects) seen.add(value);
  };
  // A set gives what is added to it meanwhile, so this ends with the last object.
  for (const object of seen) {
    for (const key of Object.keys(object)) {
      if (key.length <= maxWordLength) words.add(key);
      add(readOwn(object, key));
    }
    if (object instanceof Set || object instanceof Map)
      for (const entry of object) for (const part of [entry].flat()) add(part);
  }
  return words;
}

function readOwn(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key) as unknown;
  } catch {
    // A getter that cannot be read here, such as a reference to what is not defined yet: it has no words.
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
