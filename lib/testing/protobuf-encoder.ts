// Protobuf values, written by protobufjs, whose reflected type the definition's format carries. Well-known types are given as
// the decoder shows them, a Timestamp as text (or a Date), a wrapper as its bare value; or as the messages that they are.

import { ownValue } from '../format/bounds/plain-object.ts';
import type { Field, Type } from 'protobufjs';
import { EncodeError, isObject, misfit } from './encode-error.ts';
import { toEnumNumber, toMapKey, toScalar } from './protobuf-scalar.ts';

type Message = Readonly<Record<string, unknown>>;

/** What the definition's format carries. */
interface Shape {
  readonly type: unknown;
  /** Whether objects in place of well-known types are what the decoder shows of them, rather than messages. */
  readonly wellKnownTypes: boolean;
}

/** @throws EncodeError `CANNOT_ENCODE`, naming the place in the value */
export function encodeProtobuf({ type, wellKnownTypes }: Shape, value: unknown, part: string): Buffer {
  const message = type as Type;
  try {
    const bytes = message.encode(toMessage(message, value, part, wellKnownTypes)).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (cause) {
    if (cause instanceof EncodeError) throw cause;
    throw new EncodeError(part, 'an object that does not fit', `a message ${message.fullName}`, cause);
  }
}

function toMessage(type: Type, value: unknown, path: string, isShown: boolean): Message {
  const known = ownValue(wellKnown, type.fullName.replace('.google.protobuf.', ''));
  const isMessage = known === undefined || (!isShown && isObject(value));
  const message = isMessage ? value : known(value, path);
  if (!isObject(message)) throw misfit(path, value, `a message ${type.fullName}`);
  // What a well-known type has inside is nothing that the test has named.
  return toFields(type, message, (name) => (message === value ? `${path}.${name}` : path), isShown);
}

/** The fields of a message, under the names that protobufjs knows them by. It would pass over those that it does not know. */
function toFields(type: Type, value: Message, toPath: (name: string) => string, isShown: boolean): Message {
  // Without a prototype, from which protobufjs would take a `constructor` that is not given.
  const fields = Object.create(null) as Record<string, unknown>;
  const left = new Set(Object.keys(value).filter((name) => value[name] !== undefined));
  const oneofs = new Set<unknown>();
  for (const field of type.fieldsArray.map((each) => each.resolve())) {
    const name = Object.hasOwn(value, field.name) ? field.name : nameInSchema(field);
    const given = ownValue(value, name);
    left.delete(name);
    if (given === undefined || (given === null && !mayBeNull(field))) {
      if (field.required) throw misfit(toPath(name), given, 'a value, which the schema requires');
      continue;
    }
    if (oneofs.has(field.partOf ?? undefined))
      throw new EncodeError(
        toPath(name),
        `a second member of ${field.partOf?.name}`,
        'one member of a oneof',
      );
    if (field.partOf) oneofs.add(field.partOf);
    fields[field.name] = toField(field, given, toPath(name), isShown);
  }
  for (const name of left) throw misfit(toPath(name), value[name], `a field of ${type.fullName}`);
  return fields;
}

function nameInSchema(field: Field): string {
  return field.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function mayBeNull({ repeated, map, resolvedType }: Field): boolean {
  return !repeated && !map && resolvedType?.fullName === '.google.protobuf.Value';
}

function toField(field: Field, value: unknown, path: string, isShown: boolean): unknown {
  const keyType = keyTypeOf(field);
  if (keyType === undefined) {
    if (!field.repeated) return toSingle(field, value, path, isShown);
    if (!Array.isArray(value)) throw misfit(path, value, 'a list');
    return value.map((each, index) => toSingle(field, each, `${path}[${index}]`, isShown));
  }
  if (!isObject(value)) throw misfit(path, value, 'an object');
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => {
      const place = `${path}.${name}`;
      const key = toMapKey(keyType, name, place);
      if (field.map) return [name, toSingle(field, each, place, isShown)] as const;
      const { value: part } = (field.resolvedType as Type).fields;
      return [name, { key, value: toField(part!.resolve(), each, place, isShown) }] as const;
    });
  return field.map ? Object.fromEntries(entries) : entries.map(([, entry]) => entry);
}

/** The type of a map's keys. Descriptors have a map as a list of entries. */
function keyTypeOf(field: Field): string | undefined {
  if (field.map) return (field as Field & { readonly keyType: string }).keyType;
  const { resolvedType, repeated } = field;
  const { map_entry: isInText, mapEntry: isInDescriptor } = resolvedType?.options ?? {};
  const isEntry = repeated && (isInText === true || isInDescriptor === true);
  return isEntry ? (resolvedType as Type).fields['key']?.type : undefined;
}

function toSingle({ type, resolvedType }: Field, value: unknown, path: string, isShown: boolean): unknown {
  if (resolvedType === null) return toScalar(type, value, path);
  if ('fieldsArray' in resolvedType) return toMessage(resolvedType, value, path, isShown);
  return toEnumNumber(resolvedType, value, path);
}

const toWrapped = (value: unknown): unknown => (isObject(value) ? value : { value });

const wellKnown: Readonly<Record<string, (value: unknown, path: string) => unknown>> = {
  Timestamp: (value, path) =>
    typeof value === 'string' || value instanceof Date ? toTimestamp(value, path) : value,
  Duration: (value, path) => (typeof value === 'string' ? toDuration(value, path) : value),
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

function toJsonValue(value: unknown, path: string): Message {
  if (value === null) return { null_value: 0 };
  if (Array.isArray(value)) return { list_value: value };
  switch (typeof value) {
    case 'number':
      return { number_value: value };
    case 'string':
      return { string_value: value };
    case 'boolean':
      return { bool_value: value };
    default:
      if (!isObject(value)) throw misfit(path, value, 'what JSON can hold');
      return { struct_value: value };
  }
}

function toTimestamp(value: string | Date, path: string): Message {
  const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : String(value);
  const [, local, fraction = '', zone] =
    /^([+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(text) ?? [];
  const epochMs = Date.parse(`${local}${zone}`);
  // JavaScript takes the 30th of February for a day in March.
  const isReal = !Number.isNaN(epochMs) && new Date(`${local}Z`).toISOString().startsWith(local!);
  if (!isReal) throw misfit(path, value, 'a Date, or text such as 2026-11-22T12:00:00Z');
  return { seconds: epochMs / 1000, nanos: Number(fraction.padEnd(9, '0')) };
}

function toDuration(text: string, path: string): Message {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text) ?? [];
  if (seconds === undefined) throw misfit(path, text, 'text such as 1.5s');
  const factor = sign === '-' ? -1 : 1;
  return { seconds: factor * Number(seconds), nanos: factor * Number(fraction.padEnd(9, '0')) };
}
