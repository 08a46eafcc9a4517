// Values that a Protobuf message describes, as the decoder gives them and the encoder takes them.

import fc, { type Arbitrary } from 'fast-check';
import type { Enum, Field, Type } from 'protobufjs';
import { word } from './word.ts';

const maxDepth = 4;
const small = fc.integer({ min: 0, max: 1000 });
const json: Arbitrary<unknown> = fc.oneof(word, small, fc.boolean());

/** Makes values of protobufjs's reflected message type. */
export function fromProtobufType(type: unknown): Arbitrary<unknown> {
  return toMessage(type as Type, 0);
}

function toMessage(type: Type, depth: number): Arbitrary<Readonly<Record<string, unknown>>> {
  // Of a oneof the first member only: a value holds one of them.
  const others = new Set(type.oneofsArray.flatMap(({ fieldsArray }) => fieldsArray.slice(1)));
  const fields = type.fieldsArray.filter((field) => !others.has(field) && !isTooDeep(field, depth));
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, toField(field.resolve(), depth)])), {
    noNullPrototype: true,
  });
}

function isTooDeep(field: Field, depth: number): boolean {
  return depth >= maxDepth && field.resolve().resolvedType !== null && !field.required;
}

function toField(field: Field, depth: number): Arbitrary<unknown> {
  const single = toSingle(field, depth + 1);
  if (field.map) {
    const { keyType } = field as Field & { readonly keyType: string };
    const key =
      keyType === 'string' ? word : keyType === 'bool' ? fc.constantFrom('true', 'false') : small.map(String);
    return fc.dictionary(key, single, { maxKeys: 3, noNullPrototype: true });
  }
  return field.repeated ? fc.array(single, { maxLength: 3 }) : single;
}

function toSingle({ type, resolvedType }: Field, depth: number): Arbitrary<unknown> {
  if (resolvedType === null) return scalars[type] ?? small;
  if (isEnum(resolvedType)) return fc.constantFrom(...Object.keys(resolvedType.values));
  const known = wellKnown[resolvedType.fullName.replace('.google.protobuf.', '')];
  return known ?? toMessage(resolvedType, depth);
}

function isEnum(type: Type | Enum): type is Enum {
  return 'values' in type;
}

const scalars: Readonly<Record<string, Arbitrary<unknown>>> = {
  string: word,
  bytes: word.map((text) => Buffer.from(text)),
  bool: fc.boolean(),
  // Quarters are exact in four bytes.
  float: small.map((count) => count / 4),
  double: small.map((count) => count / 4),
};

const moment = fc.integer({ min: 0, max: 364 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)));

const wellKnown: Readonly<Record<string, Arbitrary<unknown>>> = {
  Timestamp: moment.map((date) => date.toISOString().replace('.000Z', 'Z')),
  Duration: small.map((seconds) => `${seconds}s`),
  DoubleValue: small,
  FloatValue: small,
  Int64Value: small,
  UInt64Value: small,
  Int32Value: small,
  UInt32Value: small,
  BoolValue: fc.boolean(),
  StringValue: word,
  BytesValue: word.map((text) => Buffer.from(text)),
  Struct: fc.dictionary(word, json, { maxKeys: 3, noNullPrototype: true }),
  Value: json,
  ListValue: fc.array(json, { maxLength: 3 }),
};
