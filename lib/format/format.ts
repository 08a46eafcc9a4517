// The seam between bytes and values. A format is imported by the definition that names it, so a bundle carries
// only the formats that its consumers use.

import type { SchemaMetadata } from '../runtime/event.ts';
import type { Pending } from './pending.ts';
import type { FormatShape } from './shape.ts';

/**
 * Why bytes did not become a value; none of these can succeed on a later try.
 * `INVALID_JSON`, `INVALID_TEXT`: not of that kind. `TRUNCATED`: they end early. `CORRUPT`: they break their schema's
 * encoding. `SCHEMA_MISMATCH`: they do not fit the schema that the definition names. `NOT_FRAMED`: they lack their
 * registry's prefix. `UNKNOWN_SCHEMA`: the registry does not have the schema they name. `INVALID_SCHEMA`: it has one that
 * makes no sense. `UNSAFE_INTEGER`: they hold a 64-bit integer that a number would round. `TOO_LARGE`: packed inside
 * their framing, they decompress to more than the limit.
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
  | 'TOO_LARGE';

/** Where the bytes come from: what a format may need beside them. */
export interface FormatSource {
  readonly topic: string;
  readonly part: 'key' | 'value';
  /** The definition's `limits.maxDecompressedBytesPerRecord`: a format that decompresses stays below it. */
  readonly maxBytes: number;
  /** The schema that the mapping found, when it has a schema registry: the bytes then have no prefix of their own. */
  readonly schemaMetadata: SchemaMetadata | undefined;
}

/** Turns a record's decompressed bytes into a value. */
export interface Format<T> {
  /** Shown in errors and docs: `json`, `text`, `bytes`. */
  readonly name: string;
  /**
   * Decodes one value.
   *
   * `bytes` is a view of a scratch area that the next record overwrites: read it before the first `await`, and never
   * return or keep it or a part of it. A format that lacks something gives a `Pending` and is asked anew afterwards.
   *
   * @throws FormatError (or rejects with one) when the bytes can never become a value
   */
  readonly decode: (bytes: Buffer, source: FormatSource) => T | Promise<T> | Pending;
  /**
   * For a format of UTF-8 text: `decode` from the text that its bytes are. The text is the format's to keep. Small values
   * that are UTF-8 may come this way; whether one does makes no difference but of time.
   */
  readonly decodeText?: (text: string, source: FormatSource) => T | Promise<T> | Pending;
  /**
   * For a format that decompresses by itself: at most how many bytes that gives, so that the byte budget holds them. Without
   * it the bytes stand for themselves.
   */
  readonly decompressedBytes?: (bytes: Buffer, source: FormatSource) => number;
  /** For tools that write such values; the runtime never reads it. Without it they can only be told bytes. */
  readonly shape?: FormatShape;
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
