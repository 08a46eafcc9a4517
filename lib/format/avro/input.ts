// Avro's binary encoding, read within bounds: every length and count is checked against the bytes that are left before
// anything is allocated, because six bytes can declare a list of 2^62 items.
// Source: Apache Avro 1.12 specification, "Binary Encoding"

import { isUtf8 } from 'node:buffer';
import { toOwnBuffer } from '../bytes.ts';
import { FormatError, type FormatErrorCode, type FormatSource } from '../format.ts';

const maxDepth = 100;
// Items without a byte of their own (nulls, empty records) cost memory and no input.
const maxEmptyItems = 10_000;
const maxAsciiBytes = 64;
const two28 = 0x1000_0000;

/** One value's bytes and how far they are read. */
export class AvroInput {
  readonly #bytes: Buffer;
  readonly #source: FormatSource;
  #pos = 0;
  #depth = 0;
  #emptyItems = 0;

  constructor(bytes: Buffer, source: FormatSource) {
    this.#bytes = bytes;
    this.#source = source;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#pos;
  }

  readBoolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw this.fault('CORRUPT', 'a boolean that is neither 0 nor 1');
    return byte === 1;
  }

  /** A zig-zag varint of at most 32 bits. */
  readInt(): number {
    const value = this.#readZigZag();
    if (value === undefined || value !== (value | 0))
      throw this.fault('CORRUPT', 'an int of more than 32 bits');
    return value;
  }

  /** A zig-zag varint of at most 64 bits. @throws FormatError `UNSAFE_INTEGER` beyond ±(2^53 - 1) */
  readLong(): number {
    const start = this.#pos;
    const value = this.#readZigZag();
    if (value !== undefined) return value;
    this.#pos = start;
    const big = Number(this.readBigLong());
    if (Number.isSafeInteger(big)) return big; // a small number in more bytes than it needs
    throw new FormatError(
      'UNSAFE_INTEGER',
      `${this.#source.part} holds a 64-bit integer that a number would round, got one beyond 2^53 - 1, ` +
        "expected less; let the format give bigints, with longs: 'bigint'",
    );
  }

  readBigLong(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value >= 1n << 64n) break;
        return (value >> 1n) ^ -(value & 1n);
      }
    }
    throw this.fault('CORRUPT', 'a long of more than 64 bits');
  }

  readFloat(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  readDouble(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  readString(): string {
    const length = this.#readLength();
    const start = this.#take(length);
    const end = start + length;
    // ASCII needs no check for malformed UTF-8, which costs half of a short string's decoding.
    if (length <= maxAsciiBytes && this.#isAscii(start, end)) return this.#bytes.toString('latin1', start, end);
    const text = this.#bytes.toString('utf8', start, end);
    // Malformed bytes decode to U+FFFD, so only text that has one needs the second look.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, end)))
      throw this.fault('CORRUPT', 'a string that is not UTF-8');
    return text;
  }

  /** Bytes in memory of their own. */
  readBytes(): Buffer {
    return this.readFixed(this.#readLength());
  }

  /** `size` bytes in memory of their own. */
  readFixed(size: number): Buffer {
    const start = this.#take(size);
    return toOwnBuffer(this.#bytes.subarray(start, start + size));
  }

  /** An index into `count` symbols or branches. */
  readIndex(count: number): number {
    const index = this.readInt();
    if (index < 0 || index >= count) throw this.fault('CORRUPT', `the index of no symbol or branch`);
    return index;
  }

  /**
   * The number of items in the next block of a list or map, 0 at its end; each item takes at least `minItemBytes`.
   */
  readBlock(minItemBytes: number): number {
    let count = this.#readZigZag() ?? Infinity;
    if (count < 0) {
      count = -count;
      this.#readSize(); // the block's length, for those who skip
    }
    if (minItemBytes === 0) {
      this.#emptyItems += count;
      if (this.#emptyItems > maxEmptyItems)
        throw this.fault('CORRUPT', `more than ${maxEmptyItems} empty items`);
    } else if (count * minItemBytes > this.left) {
      throw this.fault('TRUNCATED', 'more items than there are bytes for');
    }
    return count;
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.#byte() < 0x80) return;
    throw this.fault('CORRUPT', 'a long of more than 64 bits');
  }

  /** Skips a string or bytes. */
  skipSized(): void {
    this.#take(this.#readLength());
  }

  /** Enters a record, list or map: a recursive schema must not exhaust the stack. Call {@link AvroInput.leave} after. */
  enter(): void {
    if (++this.#depth > maxDepth) throw this.fault('CORRUPT', `more than ${maxDepth} levels of nesting`);
  }

  leave(): void {
    this.#depth--;
  }

  /** The error of bytes that are not what their schema says; `got` in words, never from the bytes. */
  fault(code: FormatErrorCode, got: string): FormatError {
    return new FormatError(
      code,
      `${this.#source.part} does not decode as Avro, got ${got} at byte ${this.#pos} of ${this.#bytes.length}, ` +
        'expected what its schema says; check that the producer writes with this schema',
    );
  }

  #isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.#bytes[at]! > 0x7f) return false;
    return true;
  }

  #readLength(): number {
    const length = this.#readZigZag();
    if (length === undefined || length < 0) throw this.fault('CORRUPT', 'a negative or absurd length');
    return length;
  }

  #readSize(): void {
    if (this.#readLength() > this.left) throw this.fault('TRUNCATED', 'a block longer than the rest');
  }

  #take(bytes: number): number {
    if (bytes > this.left) throw this.fault('TRUNCATED', 'an early end');
    const start = this.#pos;
    this.#pos += bytes;
    return start;
  }

  #byte(): number {
    const byte = this.#bytes[this.#pos];
    if (byte === undefined) throw this.fault('TRUNCATED', 'an early end');
    this.#pos++;
    return byte;
  }

  /** A zig-zag varint as a number; undefined when that would round it, or when it has more than 8 bytes. */
  #readZigZag(): number | undefined {
    let byte = this.#byte();
    if (byte < 0x80) return byte & 1 ? -((byte + 1) >>> 1) : byte >>> 1;
    let low = byte & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low & 1 ? -((low + 1) / 2) : low / 2;
    }
    let high = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      byte = this.#byte();
      high |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      // low and high hold 28 bits each: halve before joining, so that 54 bits stay exact.
      const half = (low >>> 1) + high * (two28 / 2);
      const value = low & 1 ? -half - 1 : half;
      return Number.isSafeInteger(value) ? value : undefined;
    }
    return undefined;
  }
}
