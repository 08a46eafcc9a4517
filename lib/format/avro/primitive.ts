// Avro's types without parts, their promotions and logical types. Own file: none of it looks at any other schema.

import { SchemaError } from '../schema/schema-error.ts';
import { bigintBytes, numberBytes } from '../bounds/bounded-input.ts';
import type { AvroInput } from './input.ts';
import { toLogicalValue, type Logical } from './logical.ts';
import type { AvroNode } from './schema.ts';
import type { PrimitiveKind } from './logical.ts';

/** How 64-bit integers are given: as numbers, where one beyond ±(2^53 - 1) is an error, or as bigints. */
export type Longs = 'number' | 'bigint';

/** How values are shown. */
export interface AvroShow {
  readonly longs: Longs;
  readonly timestamps: 'date' | 'raw';
  readonly logicalTypes: boolean;
}

/** The logical type as which a value is shown; undefined where it is shown as it is stored. */
export function toShownLogical(logical: Logical | undefined, show: AvroShow): Logical | undefined {
  if (logical === undefined || !show.logicalTypes) return undefined;
  return logical.name === 'timestamp-millis' && show.timestamps === 'raw' ? undefined : logical;
}

/** How a `long` of that logical type is read: for a Date rounded, because those that would be are out of its range anyway. */
export function longsOf(logical: Logical | undefined, { longs }: AvroShow): Longs | 'rounded' {
  if (logical?.name === 'nanos') return 'bigint';
  return logical?.name === 'timestamp-millis' ? 'rounded' : longs;
}

/**
 * What a value takes beside its place, where its type alone says it; what its bytes say is charged when they are read.
 */
export function scalarBytes(node: AvroNode, show: AvroShow): number {
  switch (node.kind) {
    case 'long':
      return longsOf(toShownLogical(node.logical, show), show) === 'bigint' ? bigintBytes : numberBytes;
    case 'float':
    case 'double':
      return numberBytes;
    case 'union':
      return Math.max(...node.branches.map((branch) => scalarBytes(branch, show)));
    default:
      return 0;
  }
}

/** Reads one value. @throws FormatError */
export type AvroRead = (input: AvroInput) => unknown;

/** Reads a primitive type; promotions included: int to long, float and double; long to float and double; float to double; string and bytes. */
export function readPrimitive(
  writer: AvroNode['kind'],
  reader: PrimitiveKind,
  as: Longs | 'rounded',
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
      return as === 'bigint' ? (input) => BigInt(input.readInt()) : (input) => input.readInt();
    case 'long long':
      if (as === 'bigint') return (input) => input.readBigLong();
      return as === 'rounded' ? (input) => input.readRoundedLong() : (input) => input.readLong();
    case 'long float':
    case 'long double':
      return (input) => input.readRoundedLong(); // the reader's schema asks for the rounding
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

/** A Date, an object of three numbers, or a text that is put together from parts. */
const logicalBytes = 112;
const maxDigitsPerByte = 2.5;

/** What `value` takes when it is shown: a decimal has a digit for each of its scale, however few its bytes are. */
function shownBytes(logical: Logical, value: unknown): number {
  if (logical.name !== 'decimal') return logicalBytes;
  return logicalBytes + Math.max(logical.scale, Math.ceil((value as Buffer).length * maxDigitsPerByte));
}

function remedyFor({ name }: Logical): string {
  if (name === 'timestamp-millis')
    return "let the format give the number that is stored, with timestamps: 'raw'";
  return 'let the format give what is stored, with logicalTypes: false';
}

/** `read`, and its value shown as its logical type. */
export function withLogical(read: AvroRead, logical: Logical | undefined): AvroRead {
  if (logical === undefined) return read;
  return (input) => {
    const stored = read(input);
    input.charge(shownBytes(logical, stored));
    const value = toLogicalValue(logical, stored);
    if (value === undefined) throw input.outOfRange(logical.name, remedyFor(logical));
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
