// Bytes that can never become a value: the one error that formats raise about a record.

/**
 * Why bytes did not become a value; none of these can succeed on a later try.
 * `INVALID_JSON`, `INVALID_TEXT`: not of that kind. `TRUNCATED`: they end early. `CORRUPT`: they break their schema's
 * encoding. `SCHEMA_MISMATCH`: they do not fit the schema that the definition names. `NOT_FRAMED`: they lack their
 * registry's prefix. `UNKNOWN_SCHEMA`: the registry does not have the schema they name. `INVALID_SCHEMA`: it has one that
 * makes no sense. `UNSAFE_INTEGER`: they hold an integer that a number would round. `OUT_OF_RANGE`: they hold a moment or a
 * decimal that the form in which it is given cannot hold. `TOO_LARGE`: packed inside
 * their framing, they decompress to more than the limit. `VALUE_TOO_LARGE`: as objects they take more memory than the limit.
 * `VALIDATOR_FAILED`: the schema's validator threw.
 */
export type FormatErrorCode =
  | 'INVALID_JSON'
  | 'INVALID_TEXT'
  | 'TRUNCATED'
  | 'CORRUPT'
  | 'SCHEMA_MISMATCH'
  | 'NOT_FRAMED'
  | 'UNKNOWN_SCHEMA'
  | 'INVALID_SCHEMA'
  | 'UNSAFE_INTEGER'
  | 'OUT_OF_RANGE'
  | 'TOO_LARGE'
  | 'VALUE_TOO_LARGE'
  | 'VALIDATOR_FAILED';

/** Bytes that can never become a value of the definition's format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  /**
   * What a validator said, each with its path. May quote the record, so it goes into the dead letter beside the
   * record itself and never into a log.
   */
  readonly issues: readonly string[];

  constructor(
    code: FormatErrorCode,
    message: string,
    issues: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.issues = issues;
  }
}
