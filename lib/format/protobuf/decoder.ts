// A message type -> one function that turns bytes into a plain object, made once per type. protobufjs reads the .proto
// text; its decoder is not used, because it has no bound on what a value grows to (154 MB from 1 MB, Node 24, 2026) and
// gives views of the scratch, hashed keys of maps and objects for 64-bit integers.
// Source: https://protobuf.dev/programming-guides/encoding/

import protobuf from 'protobufjs';
import { SchemaError } from '../schema-error.ts';
import { wire, type ProtobufInput } from './input.ts';
import { enumScalar, toScalar, type Longs, type Scalar } from './scalar.ts';
import { wellKnown, type Show } from './well-known.ts';

/** A message as it is gathered. */
export type Gathered = Record<string, unknown>;

/** Reads fields into `into` until the input's end, or the end of group `groupTag`. @throws FormatError */
type ReadFields = (input: ProtobufInput, into: Gathered, groupTag: number | undefined) => void;

interface MessagePlan {
  create: () => Gathered;
  readFields: ReadFields;
  readonly show: Show | undefined;
}

/** Reads one field's content into the message. */
type ReadField = (input: ProtobufInput, into: Gathered, tag: number) => void;

interface Context {
  readonly longs: Longs;
  /** What is made or being made: a message that contains itself finds itself here. */
  readonly plans: Map<protobuf.Type, MessagePlan>;
}

/** Makes the decoder of one message type. @throws SchemaError `INVALID_SCHEMA` */
export function createProtobufDecoder(type: protobuf.Type, longs: Longs): (input: ProtobufInput) => unknown {
  const plan = toPlan(type, { longs, plans: new Map() });
  return (input) => {
    const message = plan.create();
    plan.readFields(input, message, undefined);
    return finish(plan, input, message);
  };
}

function toPlan(type: protobuf.Type, context: Context): MessagePlan {
  const known = context.plans.get(type);
  if (known) return known;
  const plan: MessagePlan = {
    create: () => ({}),
    readFields: () => undefined,
    show: wellKnown(type.fullName),
  };
  context.plans.set(type, plan);

  const fields = new Map<number, ReadField>();
  const prefilled: (readonly [name: string, make: () => unknown])[] = [];
  const required: string[] = [];
  for (const field of type.fieldsArray.map((each) => each.resolve())) {
    if (nameOf(field) === '__proto__')
      throw new SchemaError('INVALID_SCHEMA', `${type.fullName} has a field __proto__; rename it`);
    fields.set(field.id, toFieldReader(field, context, prefilled));
    if (field.required) required.push(nameOf(field));
  }
  plan.create = () => {
    const message: Gathered = {};
    for (const [name, make] of prefilled) message[name] = make();
    return message;
  };
  plan.readFields = readAllFields(fields, required, 56 + 32 * type.fieldsArray.length);
  return plan;
}

function readAllFields(
  fields: ReadonlyMap<number, ReadField>,
  required: readonly string[],
  heapBytes: number,
): ReadFields {
  return (input, into, groupTag) => {
    input.enter();
    input.charge(heapBytes);
    const endTag = groupTag === undefined ? undefined : groupTag + 1;
    for (;;) {
      if (endTag === undefined && input.left === 0) break;
      const tag = input.readTag();
      if (tag === endTag) break;
      const read = fields.get(tag >>> 3);
      if (read) read(input, into, tag);
      else input.skip(tag);
    }
    for (const name of required) {
      if (!(name in into)) throw input.fault('SCHEMA_MISMATCH', `no field ${name}, which is required`);
    }
    input.leave();
  };
}

function toFieldReader(
  field: protobuf.Field,
  context: Context,
  prefilled: (readonly [name: string, make: () => unknown])[],
): ReadField {
  const name = nameOf(field);
  if (field instanceof protobuf.MapField) {
    prefilled.push([name, () => ({})]);
    return readMapEntry(field, context);
  }
  if (field.repeated) prefilled.push([name, () => []]);
  if (field.resolvedType instanceof protobuf.Type)
    return readMessage(field, toPlan(field.resolvedType, context));
  const scalar = scalarOf(field, context);
  if (field.repeated) return readRepeated(name, scalar);
  if (!field.hasPresence) prefilled.push([name, scalar.toDefault]);
  const others = othersOf(field);
  return (input, into, tag) => {
    if ((tag & 7) !== scalar.wireType) return input.skip(tag);
    for (const other of others) if (other in into) delete into[other];
    into[name] = scalar.read(input);
  };
}

function scalarOf(field: protobuf.FieldBase, { longs }: Context): Scalar {
  const type = field.resolvedType;
  const scalar =
    type instanceof protobuf.Enum
      ? enumScalar(type.valuesById, Object.values(type.values)[0] ?? 0)
      : toScalar(field.type, longs);
  if (scalar) return scalar;
  throw new SchemaError(
    'INVALID_SCHEMA',
    `${field.fullName} has a type that does not exist, got ${field.type}`,
  );
}

/** The fields that are unset by setting this one. */
function othersOf(field: protobuf.Field): readonly string[] {
  return (field.partOf?.fieldsArray ?? [])
    .filter((each) => each !== field)
    .map((each) => nameOf(each.resolve()));
}

/** The name in the .proto text; protobufjs's own google/protobuf files are in camelCase. */
function nameOf(field: protobuf.FieldBase): string {
  return field.protoName ?? field.name;
}

/** Packed or not, as the writer liked: both may even alternate. */
function readRepeated(name: string, scalar: Scalar): ReadField {
  return (input, into, tag) => {
    const items = into[name] as unknown[];
    if ((tag & 7) === scalar.wireType) {
      input.charge(8);
      items.push(scalar.read(input));
    } else if ((tag & 7) === wire.sized) {
      const outerEnd = input.startPart();
      input.charge(input.left * 8);
      while (input.left > 0) items.push(scalar.read(input));
      input.endPart(outerEnd);
    } else input.skip(tag);
  };
}

function readMessage(field: protobuf.Field, plan: MessagePlan): ReadField {
  const name = nameOf(field);
  const { repeated } = field;
  const others = othersOf(field);
  return (input, into, tag) => {
    const isGroup = (tag & 7) === wire.groupStart;
    if (!isGroup && (tag & 7) !== wire.sized) return input.skip(tag);
    for (const other of others) if (other in into) delete into[other];
    // A message that comes twice is merged; a well-known type is not an object any more, so its last one counts.
    const before = repeated || plan.show ? undefined : (into[name] as Gathered | undefined);
    const message = before ?? plan.create();
    if (isGroup) plan.readFields(input, message, tag);
    else {
      const outerEnd = input.startPart();
      plan.readFields(input, message, undefined);
      input.endPart(outerEnd);
    }
    const value = finish(plan, input, message);
    if (repeated) (into[name] as unknown[]).push(value);
    else into[name] = value;
  };
}

function readMapEntry(field: protobuf.MapField, context: Context): ReadField {
  const name = nameOf(field);
  const { resolvedType } = field;
  const key = toScalar(field.keyType, 'bigint'); // bigints, because as text every key is exact
  const plan = resolvedType instanceof protobuf.Type ? toPlan(resolvedType, context) : undefined;
  const scalar = plan === undefined ? scalarOf(field, context) : undefined;
  if (key === undefined) throw new SchemaError('INVALID_SCHEMA', `${field.fullName} has a key of no type`);
  const readValue = (input: ProtobufInput, entry: Gathered): void => {
    if (scalar) {
      entry['value'] = scalar.read(input);
      return;
    }
    const message = plan!.create();
    const outerEnd = input.startPart();
    plan!.readFields(input, message, undefined);
    input.endPart(outerEnd);
    entry['value'] = finish(plan!, input, message);
  };
  return (input, into, tag) => {
    if ((tag & 7) !== wire.sized) return input.skip(tag);
    input.charge(64);
    const entry: Gathered = { key: undefined, value: undefined };
    const outerEnd = input.startPart();
    while (input.left > 0) {
      const inner = input.readTag();
      if (inner === (8 | key.wireType)) entry['key'] = key.read(input);
      else if (inner === (16 | (scalar?.wireType ?? wire.sized))) readValue(input, entry);
      else input.skip(inner);
    }
    input.endPart(outerEnd);
    const value = entry['value'] ?? (scalar ? scalar.toDefault() : finish(plan!, input, plan!.create()));
    setEntry(into[name] as Gathered, String(entry['key'] ?? key.toDefault()), value);
  };
}

function setEntry(map: Gathered, key: string, value: unknown): void {
  // Assigned, this name would set the object's prototype.
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}

function finish(plan: MessagePlan, input: ProtobufInput, message: Gathered): unknown {
  if (plan.show === undefined) return message;
  const shown = plan.show(message);
  if (shown === undefined) throw input.fault('CORRUPT', 'a well-known type outside its range');
  return shown;
}
