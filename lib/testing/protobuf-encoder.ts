// Protobuf values, written by protobufjs, whose reflected type the definition's format carries. Well-known types are given as
// the decoder shows them: a Timestamp as text, a wrapper as its bare value.

import type { Field, Type } from 'protobufjs';
import { EncodeError, kindOf } from './encode-error.ts';

type Message = Readonly<Record<string, unknown>>;

/** @throws EncodeError `CANNOT_ENCODE` */
export function encodeProtobuf(type: unknown, value: unknown, part: string): Buffer {
  const message = type as Type;
  if (!isObject(value)) throw new EncodeError(part, kindOf(value), `a message ${message.fullName}`);
  try {
    const bytes = message.encode(message.fromObject(toFields(message, value))).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (cause) {
    throw new EncodeError(part, 'an object that does not fit', `a message ${message.fullName}`, cause);
  }
}

/** The fields of a message, under the names that protobufjs knows them by, as `fromObject` takes them. */
function toFields(type: Type, value: Message): Message {
  const fields: Record<string, unknown> = {};
  for (const field of type.fieldsArray.map((each) => each.resolve())) {
    const given = value[field.name] ?? value[nameInSchema(field)];
    if (given !== undefined && given !== null) fields[field.name] = toField(field, given);
  }
  return fields;
}

function nameInSchema(field: Field): string {
  return field.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toField(field: Field, value: unknown): unknown {
  if (field.repeated && Array.isArray(value)) return value.map((each) => toSingle(field, each));
  if (field.map && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toSingle(field, each)]));
  return toSingle(field, value);
}

function toSingle({ resolvedType }: Field, value: unknown): unknown {
  if (typeof value === 'bigint') return toWords(value);
  if (resolvedType === null || !('fieldsArray' in resolvedType)) return value;
  const known = wellKnown[resolvedType.fullName.replace('.google.protobuf.', '')];
  const message = known === undefined ? value : known(value);
  return isObject(message) ? toFields(resolvedType, message) : message;
}

const toWrapped = (value: unknown): Message => ({ value });

const wellKnown: Readonly<Record<string, (value: unknown) => unknown>> = {
  Timestamp: (value) => (typeof value === 'string' ? toTimestamp(value) : value),
  Duration: (value) => (typeof value === 'string' ? toDuration(value) : value),
  DoubleValue: toWrapped,
  FloatValue: toWrapped,
  Int64Value: toWrapped,
  UInt64Value: toWrapped,
  Int32Value: toWrapped,
  UInt32Value: toWrapped,
  BoolValue: toWrapped,
  StringValue: toWrapped,
  BytesValue: toWrapped,
  Struct: (value) => ({ fields: value }),
  ListValue: (values) => ({ values }),
  Value: toJsonValue,
};

function toJsonValue(value: unknown): Message {
  if (value === null) return { nullValue: 0 };
  if (Array.isArray(value)) return { listValue: value };
  switch (typeof value) {
    case 'number':
      return { numberValue: value };
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    default:
      return { structValue: value };
  }
}

function toTimestamp(text: string): Message {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return {
    seconds: Math.floor(Date.parse(text.replace(/\.\d+/, '')) / 1000),
    nanos: Number(fraction.padEnd(9, '0')),
  };
}

function toDuration(text: string): Message {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?s$/.exec(text) ?? [];
  const factor = sign === '-' ? -1 : 1;
  return { seconds: factor * Number(seconds), nanos: factor * Number(fraction.padEnd(9, '0')) };
}

/** A 64-bit integer in two words, as protobufjs takes it without a library for them. */
function toWords(value: bigint): Message {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: value >= 0n,
  };
}

function isObject(value: unknown): value is Message {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
