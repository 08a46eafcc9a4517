// Avro's types without parts, their promotions and logical types. Own file: none of it looks at any other schema.

import { SchemaError } from '../schema-error.ts';
import type { AvroInput } from './input.ts';
import { toLogicalValue, type Logical } from './logical.ts';
import type { AvroNode, PrimitiveKind } from './schema.ts';

/** How 64-bit integers are given: as numbers, where one beyond ±(2^53 - 1) is an error, or as bigints. */
export type Longs = 'number' | 'bigint';

/** Reads one value. @throws FormatError */
export type AvroRead = (input: AvroInput) => unknown;

/** Reads a primitive type; promotions included: int to long, float and double; long to float and double; float to double; string and bytes. */
export function readPrimitive(
  writer: AvroNode['kind'],
  reader: PrimitiveKind,
  asBigint: boolean,
): AvroRead | undefined {
  const pair = `${writer} ${reader}`;
  switch (pair) {
    case 'null null':
      return () => null;
    case 'boolean boolean':
      return (input) => input.readBoolean();
    case 'int int':
    case 'int float':
    case 'int double':
      return (input) => input.readInt();
    case 'int long':
      return asBigint ? (input) => BigInt(input.readInt()) : (input) => input.readInt();
    case 'long long':
      return asBigint ? (input) => input.readBigLong() : (input) => input.readLong();
    case 'long float':
    case 'long double':
      return (input) => Number(input.readBigLong()); // the reader's schema asks for the rounding
    case 'float float':
    case 'float double':
      return (input) => input.readFloat();
    case 'double double':
      return (input) => input.readDouble();
    case 'string string':
    case 'bytes string':
      return (input) => input.readString();
    case 'bytes bytes':
    case 'string bytes':
      return (input) => input.readBytes();
    default:
      return undefined;
  }
}

/** `read`, and its value shown as its logical type. */
export function withLogical(read: AvroRead, logical: Logical | undefined): AvroRead {
  if (logical === undefined) return read;
  return (input) => {
    input.charge(64); // a Date or a text, where the bytes may be one
    const value = toLogicalValue(logical, read(input));
    if (value === undefined) throw input.fault('CORRUPT', `a value outside the range of ${logical.name}`);
    return value;
  };
}

/** Decimals of another scale are other numbers. @throws SchemaError `SCHEMA_MISMATCH` */
export function checkDecimals(writer: Logical | undefined, reader: Logical | undefined, path: string): void {
  if (writer?.name !== 'decimal' || reader?.name !== 'decimal' || writer.scale === reader.scale) return;
  throw new SchemaError(
    'SCHEMA_MISMATCH',
    `${path} cannot be read, got a decimal of scale ${writer.scale}, expected scale ${reader.scale}; let both agree`,
  );
}
