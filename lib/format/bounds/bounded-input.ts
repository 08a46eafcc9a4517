// What reading a binary encoding within bounds takes, whichever encoding: no byte past the end, no nesting that exhausts
// the stack, and no few bytes that become many objects. Avro's and Protobuf's inputs extend it.

import { isUtf8 } from 'node:buffer';
import { bufferBytes, toOwnBuffer } from '../bytes.ts';
import { FormatError, type FormatErrorCode } from '../format-error.ts';
import type { FormatSource } from '../format.ts';
import { explain, type Expected } from '../hint.ts';
import type { ValueMemory } from './value-memory.ts';

/** Levels of nesting; the limit of protoc, too. */
const maxDepth = 100;

/** Items and messages of no bytes that one value may hold: their number is bound by nothing else that is in the bytes. */
const maxZeroWidthItems = 65_536;
const maxAsciiBytes = 64;

// Bytes that V8 takes (Node 24.21, 2026-11).
/** A string beside its characters. */
const stringBytes = 24;
/** A float, or an integer that is not of 31 bits. */
export const numberBytes = 16;
/** A bigint of 64 bits. */
export const bigintBytes = 24;
/** A list without items. */
export const listBytes = 48;
/** The first item that is pushed makes room for 17, the 18th for 41; from then on it grows by half. */
const [firstItemBytes, itemsOfFirst, nextItemsBytes, laterItemBytes] = [152, 17, 208, 24];

/** One value's bytes and how far they are read; how a length is written is the encoding's. */
export abstract class BoundedInput {
  protected readonly bytes: Buffer;
  protected pos = 0;
  /** Where the part that is being read ends. */
  protected end: number;
  readonly #language: Extract<Expected, 'Avro' | 'Protobuf'>;
  readonly #part: FormatSource['part'];
  readonly #memory: ValueMemory;
  #depth = 0;
  #zeroWidthItems = 0;

  constructor(bytes: Buffer, source: FormatSource, language: Extract<Expected, 'Avro' | 'Protobuf'>) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.#part = source.part;
    this.#memory = source.memory;
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

  /** Accounts for heap that the value is about to take. @throws FormatError `VALUE_TOO_LARGE`; NoRoomError */
  charge(heapBytes: number): void {
    this.#memory.charge(heapBytes);
  }

  /** Accounts for what a list of `length` items takes when another is pushed. */
  chargePush(length: number): void {
    if (length > itemsOfFirst) this.#memory.charge(laterItemBytes);
    else if (length === 0) this.#memory.charge(firstItemBytes);
    else if (length === itemsOfFirst) this.#memory.charge(nextItemsBytes);
  }

  /** Accounts for what a list of exactly `length` items, at least one, takes beside when it grows: half as many, and 16. */
  chargeGrowth(length: number): void {
    this.#memory.charge(8 * (17 + ((length + 1) >>> 1)));
  }

  /** Accounts for items of which the bytes hold nothing but their number. @throws FormatError `VALUE_TOO_LARGE` */
  countZeroWidth(items: number): void {
    this.#zeroWidthItems += items;
    if (this.#zeroWidthItems <= maxZeroWidthItems) return;
    throw new FormatError(
      'VALUE_TOO_LARGE',
      `${this.#part} has too many items of no bytes, got more than ${maxZeroWidthItems}, expected at most as many; ` +
        'let the producer send their number, or spread them over records',
    );
  }

  /** The error of bytes that are not what their schema says; `got` in words, never from the bytes. */
  fault(code: FormatErrorCode, got: string): FormatError {
    const { looks, remedy } = explain(
      this.bytes,
      this.#language,
      'check that the producer writes with this schema',
    );
    return new FormatError(
      code,
      `${this.#part} does not decode as ${this.#language}, got ${got} at byte ${this.pos} of ` +
        `${this.bytes.length}${looks}, expected what its schema says; ${remedy}`,
    );
  }

  /** The error of an integer beyond ±(2^53 - 1) where numbers are asked for. */
  unsafeInteger(): FormatError {
    return new FormatError(
      'UNSAFE_INTEGER',
      `${this.#part} holds a 64-bit integer that a number would round, got one beyond 2^53 - 1, ` +
        "expected less; let the format give bigints, with longs: 'bigint'",
    );
  }

  /** The error of a value that its logical type cannot be shown as; `remedy` names the option that shows it otherwise. */
  outOfRange(type: string, remedy: string): FormatError {
    return new FormatError(
      'OUT_OF_RANGE',
      `${this.#part} holds a ${type} outside of its range, expected one that can be shown as it; ${remedy}`,
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
    this.charge(bufferBytes + bytes);
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
    if (bytes <= maxAsciiBytes && this.#isAscii(start, end)) {
      this.charge(stringBytes + bytes);
      return this.bytes.toString('latin1', start, end);
    }
    // Two bytes a character as soon as there is one beyond U+00FF.
    this.charge(stringBytes + 2 * bytes);
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
