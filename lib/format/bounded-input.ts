// What reading a binary encoding within bounds takes, whichever encoding: no byte past the end, no nesting that exhausts
// the stack, and no few bytes that become many objects. Avro's and Protobuf's inputs extend it.

import { isUtf8 } from 'node:buffer';
import { toOwnBuffer } from './bytes.ts';
import { FormatError, type FormatErrorCode } from './format-error.ts';
import type { FormatSource } from './format.ts';

/** Levels of nesting; the limit of protoc, too. */
const maxDepth = 100;

/**
 * Estimated heap bytes a value may take, per byte of `limits.maxDecompressedBytesPerRecord`. JSON reaches about 12 (`[{},{}`);
 * two bytes of Protobuf, or one of Avro, can be an object of dozens of fields.
 */
const maxGrowth = 32;
const maxAsciiBytes = 64;

/** One value's bytes and how far they are read; how a length is written is the encoding's. */
export abstract class BoundedInput {
  protected readonly bytes: Buffer;
  protected pos = 0;
  /** Where the part that is being read ends. */
  protected end: number;
  readonly #language: string;
  readonly #source: FormatSource;
  #depth = 0;
  readonly #maxHeapBytes: number;
  #heapBytes = 0;

  constructor(bytes: Buffer, source: FormatSource, language: string) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.#source = source;
    this.#maxHeapBytes = maxGrowth * source.maxBytes;
    this.#language = language;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.end - this.pos;
  }

  /** Enters a record, message, list or map. Call {@link BoundedInput.leave} after. */
  enter(): void {
    if (++this.#depth > maxDepth) throw this.fault('CORRUPT', `more than ${maxDepth} levels of nesting`);
  }

  leave(): void {
    this.#depth--;
  }

  /** Accounts for about `heapBytes` that the value is about to take. @throws FormatError `TOO_LARGE` */
  charge(heapBytes: number): void {
    this.#heapBytes += heapBytes;
    if (this.#heapBytes <= this.#maxHeapBytes) return;
    throw new FormatError(
      'TOO_LARGE',
      `${this.#source.part} grows too much, got ${this.bytes.length} bytes that become over ` +
        `${this.#maxHeapBytes} bytes of objects, expected at most ${maxGrowth} times ` +
        'limits.maxDecompressedBytesPerRecord; raise it or let the producer send less',
    );
  }

  /** The error of bytes that are not what their schema says; `got` in words, never from the bytes. */
  fault(code: FormatErrorCode, got: string): FormatError {
    return new FormatError(
      code,
      `${this.#source.part} does not decode as ${this.#language}, got ${got} at byte ${this.pos} of ` +
        `${this.bytes.length}, expected what its schema says; check that the producer writes with this schema`,
    );
  }

  /** The error of an integer beyond ±(2^53 - 1) where numbers are asked for. */
  unsafeInteger(): FormatError {
    return new FormatError(
      'UNSAFE_INTEGER',
      `${this.#source.part} holds a 64-bit integer that a number would round, got one beyond 2^53 - 1, ` +
        "expected less; let the format give bigints, with longs: 'bigint'",
    );
  }

  /** Passes over `bytes`; gives where they start. */
  take(bytes: number): number {
    if (bytes > this.left) throw this.fault('TRUNCATED', 'an early end');
    const start = this.pos;
    this.pos += bytes;
    return start;
  }

  /** `bytes` bytes in memory of their own. */
  takeBytes(bytes: number): Buffer {
    const start = this.take(bytes);
    this.charge(100); // a Buffer's own weight, however short
    return toOwnBuffer(this.bytes.subarray(start, start + bytes));
  }

  readFloat(): number {
    return this.bytes.readFloatLE(this.take(4));
  }

  readDouble(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  /** Bytes behind their length, in memory of their own. */
  readBytes(): Buffer {
    return this.takeBytes(this.readLength());
  }

  /** UTF-8 behind its length. */
  readString(): string {
    const bytes = this.readLength();
    const start = this.take(bytes);
    const end = start + bytes;
    // ASCII needs no check for malformed UTF-8, which costs half of a short string's decoding.
    if (bytes <= maxAsciiBytes && this.#isAscii(start, end)) return this.bytes.toString('latin1', start, end);
    const text = this.bytes.toString('utf8', start, end);
    // Malformed bytes decode to U+FFFD, so only text that has one needs the second look.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end)))
      throw this.fault('CORRUPT', 'a string that is not UTF-8');
    return text;
  }

  /** Passes over bytes or text behind their length. */
  skipSized(): void {
    this.take(this.readLength());
  }

  /** The length of the bytes that follow; it may be beyond the end. @throws FormatError when it is no length */
  protected abstract readLength(): number;

  protected byte(): number {
    if (this.pos >= this.end) throw this.fault('TRUNCATED', 'an early end');
    return this.bytes[this.pos++]!;
  }

  #isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.bytes[at]! > 0x7f) return false;
    return true;
  }
}
