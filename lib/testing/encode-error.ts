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
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
