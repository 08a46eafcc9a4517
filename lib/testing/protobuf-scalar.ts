// Protobuf's values without parts, checked before protobufjs sees them: it would cut an integer to its type's bits, and write
// the default for what it does not understand.

import type { Enum } from 'protobufjs';
import { EncodeError, misfit } from './encode-error.ts';

const integerBits: Readonly<Record<string, readonly [bits: 32 | 64, isSigned: boolean]>> = {
  int32: [32, true],
  sint32: [32, true],
  sfixed32: [32, true],
  uint32: [32, false],
  fixed32: [32, false],
  int64: [64, true],
  sint64: [64, true],
  sfixed64: [64, true],
  uint64: [64, false],
  fixed64: [64, false],
};

/**
 * A scalar as protobufjs writes it. Integers may be numbers, bigints or decimal text; bytes may be base64, as in ProtoJSON.
 *
 * @throws EncodeError
 */
export function toScalar(type: string, value: unknown, path: string): unknown {
  const integer = integerBits[type];
  if (integer !== undefined) {
    const whole = toWhole(value);
    if (whole === undefined) throw misfit(path, value, `an integer of type ${type}`);
    const [bits, isSigned] = integer;
    const cut = isSigned ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole);
    if (cut !== whole) throw new EncodeError(path, 'an integer out of range', `one of type ${type}`);
    return bits === 32 ? Number(whole) : toWords(whole);
  }
  const scalar = type === 'bytes' ? toBytes(value) : toPlain(type, value);
  if (scalar === undefined) throw misfit(path, value, type);
  return scalar;
}

/** A map's key, which an object has as text. @throws EncodeError */
export function toMapKey(type: string, key: string, path: string): unknown {
  if (type === 'bool' && (key === 'true' || key === 'false')) return key === 'true';
  return toScalar(type, key, path);
}

/** A symbol's number, or a number that may have none. @throws EncodeError */
export function toEnumNumber({ name, values }: Enum, value: unknown, path: string): number {
  const known = typeof value === 'string' && Object.hasOwn(values, value) ? values[value] : value;
  if (typeof known !== 'number' || known !== (known | 0)) throw misfit(path, value, `a symbol of ${name}`);
  return known;
}

function toWhole(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  const isWhole = typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isSafeInteger(value);
  return isWhole ? BigInt(value as string | number) : undefined;
}

/** A 64-bit integer in two words, as protobufjs takes it without a library for them. */
function toWords(value: bigint): { readonly low: number; readonly high: number } {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
}

function toBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string') return value instanceof Uint8Array ? value : undefined;
  const bytes = Buffer.from(value, 'base64');
  // Node passes over what is no base64.
  const isWhole = bytes.toString('base64url') === toBase64Url(value);
  return isWhole ? bytes : undefined;
}

function toBase64Url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function toPlain(type: string, value: unknown): unknown {
  if (type === 'string' || type === 'bool')
    return typeof value === (type === 'bool' ? 'boolean' : type) ? value : undefined;
  const number = typeof value === 'string' && isNumeric(value) ? Number(value) : value;
  if (typeof number !== 'number') return undefined;
  const isTooLarge = type === 'float' && Number.isFinite(number) && !Number.isFinite(Math.fround(number));
  return isTooLarge ? undefined : number;
}

// ProtoJSON has no other way to write NaN.
function isNumeric(text: string): boolean {
  return text === 'NaN' || (text.trim() !== '' && !Number.isNaN(Number(text)));
}
