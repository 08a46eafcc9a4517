// Protobuf's scalar types: how each is read, what it is when it is absent, and as what a map's key appears.

import { ownValue } from '../../bounds/plain-object.ts';
import { bigintBytes, numberBytes } from '../../bounds/bounded-input.ts';
import { wire, type ProtobufInput } from './input.ts';

/** How 64-bit integers are given: as numbers, where one beyond ±(2^53 - 1) is an error, or as bigints. */
export type Longs = 'number' | 'bigint';

/** How one type is read. */
export interface Scalar {
  readonly wireType: number;
  /** @throws FormatError */
  readonly read: (input: ProtobufInput) => unknown;
  /** The value of an absent field. */
  readonly byDefault: unknown;
  /** What a value takes beside its place; what its bytes say is charged when they are read. */
  readonly heapBytes: number;
}

// One for all: it has no bytes that could be changed.
const noBytes = Buffer.alloc(0);

const numbers: Readonly<Record<string, readonly [wireType: number, read: Scalar['read']]>> = {
  int32: [wire.varint, (input) => input.readUint32() | 0],
  uint32: [wire.varint, (input) => input.readUint32()],
  sint32: [wire.varint, (input) => input.readSint32()],
  fixed32: [wire.fixed32, (input) => input.readFixed32()],
  sfixed32: [wire.fixed32, (input) => input.readSfixed32()],
  float: [wire.fixed32, (input) => input.readFloat()],
  double: [wire.fixed64, (input) => input.readDouble()],
};

const longs: Readonly<
  Record<string, readonly [wireType: number, read: (input: ProtobufInput, big: boolean) => unknown]>
> = {
  int64: [wire.varint, (input, big) => input.readInt64(big)],
  uint64: [wire.varint, (input, big) => input.readUint64(big)],
  sint64: [wire.varint, (input, big) => input.readSint64(big)],
  fixed64: [wire.fixed64, (input, big) => input.readFixed64(big)],
  sfixed64: [wire.fixed64, (input, big) => input.readSfixed64(big)],
};

/** The scalar type of that name, or undefined for names of messages and enums. */
export function toScalar(type: string, options: Longs): Scalar | undefined {
  const number = ownValue(numbers, type);
  if (number) {
    // Those that are signed are integers of 31 bits to V8.
    const heapBytes = /^s?(?:int|fixed)32$/.test(type) && type !== 'fixed32' ? 0 : numberBytes;
    return { wireType: number[0], read: number[1], byDefault: 0, heapBytes };
  }
  const long = ownValue(longs, type);
  if (long) {
    const [wireType, read] = long;
    return options === 'bigint'
      ? { wireType, read: (input) => read(input, true), byDefault: 0n, heapBytes: bigintBytes }
      : { wireType, read: (input) => read(input, false), byDefault: 0, heapBytes: numberBytes };
  }
  if (type === 'bool')
    return { wireType: wire.varint, read: (input) => input.readBool(), byDefault: false, heapBytes: 0 };
  if (type === 'string')
    return { wireType: wire.sized, read: (input) => input.readString(), byDefault: '', heapBytes: 0 };
  if (type === 'bytes')
    return { wireType: wire.sized, read: (input) => input.readBytes(), byDefault: noBytes, heapBytes: 0 };
  return undefined;
}

/** An enum: its value's name, or its number where it has none. */
export function enumScalar(names: Readonly<Record<number, string>>, first: number): Scalar {
  return {
    wireType: wire.varint,
    read(input) {
      const number = input.readUint32() | 0;
      return names[number] ?? number;
    },
    byDefault: names[first] ?? first,
    heapBytes: 0,
  };
}
