// Protobuf's wire format, read within bounds.
// Source: https://protobuf.dev/programming-guides/encoding/

import { BoundedInput } from '../../bounds/bounded-input.ts';
import type { FormatSource } from '../../format.ts';

/** Wire types: varint, 8 bytes, length and bytes, start and end of a group, 4 bytes. */
export const wire = { varint: 0, fixed64: 1, sized: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

const two32 = 0x1_0000_0000;
const firstEntryBytes = 64;

/** One message's bytes and how far they are read. */
export class ProtobufInput extends BoundedInput {
  /** The high half of the last 64-bit integer that was read. */
  #high = 0;
  #map: object | undefined;

  constructor(bytes: Buffer, source: FormatSource) {
    super(bytes, source, 'Protobuf');
  }

  /** Accounts for what the first entry of a map takes beside itself, each time that another map goes on. */
  enterMap(map: object): void {
    if (map === this.#map) return;
    this.#map = map;
    this.charge(firstEntryBytes);
  }

  /** Field number times 8 plus wire type. */
  readTag(): number {
    const tag = this.readUint32();
    if (tag < 8) throw this.fault('CORRUPT', 'a field without a number');
    return tag;
  }

  /** The low 32 bits of a varint, unsigned. */
  readUint32(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let low = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low >>> 0;
    }
    for (let i = 0; i < 5; i++) if (this.byte() < 0x80) return low >>> 0;
    throw this.fault('CORRUPT', 'a varint of more than 10 bytes');
  }

  /** A 32-bit integer, zig-zag encoded. */
  readSint32(): number {
    const value = this.readUint32();
    return (value >>> 1) ^ -(value & 1);
  }

  readBool(): boolean {
    return this.#readVarint64() !== 0 || this.#high !== 0;
  }

  readUint64(asBigint: boolean): number | bigint {
    const low = this.#readVarint64();
    return this.#join(low, this.#high, asBigint);
  }

  readInt64(asBigint: boolean): number | bigint {
    const low = this.#readVarint64();
    return this.#join(low, this.#high | 0, asBigint);
  }

  /** A 64-bit integer, zig-zag encoded. */
  readSint64(asBigint: boolean): number | bigint {
    const low = this.#readVarint64();
    const sign = -(low & 1);
    const half = ((low >>> 1) | (this.#high << 31)) ^ sign;
    return this.#join(half >>> 0, (this.#high >>> 1) ^ sign, asBigint);
  }

  readFixed64(asBigint: boolean): number | bigint {
    const start = this.take(8);
    return this.#join(this.bytes.readUInt32LE(start), this.bytes.readUInt32LE(start + 4), asBigint);
  }

  readSfixed64(asBigint: boolean): number | bigint {
    const start = this.take(8);
    return this.#join(this.bytes.readUInt32LE(start), this.bytes.readInt32LE(start + 4), asBigint);
  }

  readFixed32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  readSfixed32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  /** Narrows the input to the sized part that follows; pass what this gives to {@link ProtobufInput.endPart}. */
  startPart(): number {
    const length = this.readLength();
    const outerEnd = this.end;
    this.end = this.pos + length;
    return outerEnd;
  }

  endPart(outerEnd: number): void {
    if (this.pos !== this.end) throw this.fault('CORRUPT', 'a part that does not end with its last field');
    this.end = outerEnd;
  }

  /** Passes over the content of a field that nobody knows. */
  skip(tag: number): void {
    switch (tag & 7) {
      case wire.varint:
        this.readUint32();
        return;
      case wire.fixed64:
        this.take(8);
        return;
      case wire.sized:
        this.skipSized();
        return;
      case wire.groupStart:
        this.#skipGroup(tag);
        return;
      case wire.fixed32:
        this.take(4);
        return;
      default:
        throw this.fault(
          'CORRUPT',
          'the end of a group that did not start, or a wire type that does not exist',
        );
    }
  }

  #skipGroup(start: number): void {
    this.enter();
    for (let tag = this.readTag(); tag !== start + 1; tag = this.readTag()) this.skip(tag);
    this.leave();
  }

  protected override readLength(): number {
    const length = this.readUint32();
    if (length > this.left) throw this.fault('TRUNCATED', 'a length beyond the end');
    return length;
  }

  /** Gives the low 32 bits, unsigned; the high ones, unsigned, are in `#high`. */
  #readVarint64(): number {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#high = 0;
        return low;
      }
    }
    let byte = this.byte();
    low |= (byte & 0x7f) << 28;
    let high = (byte & 0x7f) >>> 4;
    for (let shift = 3; byte >= 0x80; shift += 7) {
      if (shift > 31) throw this.fault('CORRUPT', 'a varint of more than 10 bytes');
      byte = this.byte();
      high |= (byte & 0x7f) << shift;
    }
    this.#high = high >>> 0;
    return low >>> 0;
  }

  /** `high` has the sign of the integer. */
  #join(low: number, high: number, asBigint: boolean): number | bigint {
    if (asBigint) return (BigInt(high) << 32n) | BigInt(low);
    const value = high * two32 + low;
    if (Number.isSafeInteger(value)) return value;
    throw this.unsafeInteger();
  }
}
