// Avro's binary encoding, read within bounds: every length and count is checked against the bytes that are left before
// anything is allocated, because six bytes can declare a list of 2^62 items.
// Source: Apache Avro 1.12 specification, "Binary Encoding"

import { BoundedInput } from '../bounds/bounded-input.ts';
import type { FormatSource } from '../format.ts';

const two28 = 0x1000_0000;

/** One Avro value's bytes and how far they are read. */
export class AvroInput extends BoundedInput {
  constructor(bytes: Buffer, source: FormatSource) {
    super(bytes, source, 'Avro');
  }

  readBoolean(): boolean {
    const byte = this.byte();
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
    const start = this.pos;
    const value = this.#readZigZag();
    if (value !== undefined) return value;
    this.pos = start;
    const big = Number(this.readBigLong());
    if (Number.isSafeInteger(big)) return big; // a small number in more bytes than it needs
    throw this.unsafeInteger();
  }

  /** A zig-zag varint of at most 64 bits, rounded beyond ±(2^53 - 1). */
  readRoundedLong(): number {
    const start = this.pos;
    const value = this.#readZigZag();
    if (value !== undefined) return value;
    this.pos = start;
    return Number(this.readBigLong());
  }

  readBigLong(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value >= 1n << 64n) break;
        return (value >> 1n) ^ -(value & 1n);
      }
    }
    throw this.fault('CORRUPT', 'a long of more than 64 bits');
  }

  /** An index into `count` symbols or branches. */
  readIndex(count: number): number {
    const index = this.readInt();
    if (index < 0 || index >= count) throw this.fault('CORRUPT', 'the index of no symbol or branch');
    return index;
  }

  /** The number of items in the next block of a list or map, 0 at its end; each item takes at least `minItemBytes`. */
  readBlock(minItemBytes: number): number {
    let count = this.#readZigZag() ?? Infinity;
    if (count < 0) {
      count = -count;
      // The block's length, for those who skip it unread.
      if (this.readLength() > this.left) throw this.fault('TRUNCATED', 'a block longer than the rest');
    }
    if (count * minItemBytes > this.left)
      throw this.fault('TRUNCATED', 'more items than there are bytes for');
    if (minItemBytes === 0) this.countZeroWidth(count);
    return count;
  }

  skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return;
    throw this.fault('CORRUPT', 'a long of more than 64 bits');
  }

  protected override readLength(): number {
    const length = this.#readZigZag();
    if (length === undefined || length < 0) throw this.fault('CORRUPT', 'a negative or absurd length');
    return length;
  }

  /** A zig-zag varint as a number; undefined when that would round it, or when it has more than 8 bytes. */
  #readZigZag(): number | undefined {
    let byte = this.byte();
    if (byte < 0x80) return byte & 1 ? -((byte + 1) >>> 1) : byte >>> 1;
    let low = byte & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low & 1 ? -((low + 1) / 2) : low / 2;
    }
    let high = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      byte = this.byte();
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
