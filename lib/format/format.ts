// The seam between bytes and values. A format is imported by the definition that names it, so a bundle carries
// only the formats that its consumers use.

import type { SchemaMetadata } from '../runtime/event/event.ts';
import type { Pending } from './pending.ts';
import type { ValueMemory } from './bounds/value-memory.ts';
import type { FormatShape } from './schema/shape.ts';

/** Where the bytes come from: what a format may need beside them. */
export interface FormatSource {
  readonly topic: string;
  readonly part: 'key' | 'value';
  /** The definition's `limits.maxDecompressedBytesPerRecord`: a format that decompresses stays below it. */
  readonly maxBytes: number;
  /** What the value may take as objects: a format charges it before it makes them, until its first `await`. */
  readonly memory: ValueMemory;
  /** The schema that the mapping found, when it has a schema registry: the bytes then have no prefix of their own. */
  readonly schemaMetadata: SchemaMetadata | undefined;
  /** Whether sixteen digits follow each other in the text that is decoded; undefined where nobody has looked. */
  readonly hasLongDigits?: boolean | undefined;
  /** The record's last header of that name, or undefined when it has none. */
  readonly header: (name: string) => Buffer | undefined;
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
  /**
   * Its values may start with any bytes, so a magic number does not tell that one is packed: under `compression: 'detect'`
   * only a content-encoding does.
   */
  readonly isBinary?: boolean;
  /** For tools that write such values; the runtime never reads it. Without it they can only be told bytes. */
  readonly shape?: FormatShape;
}

const ours = new WeakSet<object>();

/** Marks a format, a reader or a registry as this library's: the messages of its errors are made of safe parts, so they may be logged. */
export function markOurs<T extends object>(made: T): T {
  ours.add(made);
  return made;
}

/** Whether {@link markOurs} has marked it; a user's format may put anything into the message of a FormatError. */
export function isOurs(made: object): boolean {
  return ours.has(made);
}

/** The value type that a format gives. */
export type FormatValue<F> = F extends Format<infer T> ? T : never;
