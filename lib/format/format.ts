// The seam between bytes and values. A format is imported by the definition that names it, so a bundle carries
// only the formats that its consumers use.

/** Why bytes did not become a value; none of these can succeed on a later try. */
export type FormatErrorCode = 'INVALID_JSON' | 'INVALID_TEXT' | 'SCHEMA_MISMATCH';

/** Turns a record's inflated bytes into a value. */
export interface Format<T> {
  /** Shown in errors and docs: `json`, `text`, `bytes`. */
  readonly name: string;
  /**
   * Decodes one value.
   *
   * `bytes` is a view of a scratch area that the next record overwrites: read it before the first `await`, and never
   * return or keep it or a part of it.
   *
   * @throws FormatError (or rejects with one) when the bytes can never become a value
   */
  readonly decode: (bytes: Buffer) => T | Promise<T>;
}

/** The value type that a format gives. */
export type FormatValue<F> = F extends Format<infer T> ? T : never;

/** Bytes that can never become a value of the definition's format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  /**
   * What a validator said, each with its path. May quote the record, so it goes into the dead letter beside the
   * record itself and never into a log.
   */
  readonly issues: readonly string[];

  constructor(code: FormatErrorCode, message: string, issues: readonly string[] = []) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}
