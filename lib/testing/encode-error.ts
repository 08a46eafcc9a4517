// A test's value that the definition's format cannot write.

/** The message names the place in the value, never the value. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  readonly code = 'CANNOT_ENCODE';

  constructor(place: string, got: string, expected: string, cause?: unknown) {
    super(
      `${place} cannot be encoded, got ${got}, expected ${expected}; correct it, or give the bytes as a Uint8Array`,
      { cause },
    );
  }
}

/** Says what kind of thing was met without quoting it. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/** The error of a value that is of another kind than expected. */
export function misfit(path: string, value: unknown, expected: string): EncodeError {
  return new EncodeError(path, kindOf(value), expected);
}

/** Whether a value has its parts by name. Lists, bytes, Map and Date have none that `Object.entries` would give. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !(Symbol.iterator in value) && !(value instanceof Date)
  );
}
